import CKernels

/// The elements of a tensor, or what stands for them: immutable once it is made.
///
/// The type, the place of the elements and, for small tensors, the elements themselves are one allocation. Larger
/// tensors hold a `Block` from the cache; a view holds the value that it looks into.
///
/// Unchecked: elements are written only between `allocate` and the first time that the value is shared, or while
/// the one reference to it is held (`isUniquelyHeld`).
@usableFromInline package struct TensorValue: @unchecked Sendable {
    @usableFromInline package enum Kind: UInt8 {
        /// Row-major elements without gaps.
        case contiguous
        /// Elements at strides, in another value's memory.
        case strided
        /// A value of a transform: `owner` is its box.
        case traced
        /// What an operation that failed inside `checked` gives: `owner` is the error's box.
        case failed
        /// A forward value that a node keeps elsewhere: `owner` knows how to get it back. Only nodes hold one.
        case packed
        /// The cotangents of an operation with several results: `owner` holds them. Only a reverse pass has one.
        case tuple

        // The one that the compiler derives is not inlined into other modules.
        @inlinable @inline(__always) package static func == (left: Kind, right: Kind) -> Bool {
            unsafeBitCast(left, to: UInt8.self) == unsafeBitCast(right, to: UInt8.self)
        }
    }

    @usableFromInline package var buffer: Buffer

    /// Small tensors' elements follow the header.
    @usableFromInline package final class Buffer: ManagedBuffer<Header, UInt64> {
        deinit {
            let bytes = withUnsafeMutablePointerToHeader { Int($0.pointee.inlineBytes) }
            if bytes > 0 { Memory.remove(bytes) }
        }
    }

    @usableFromInline package struct Header {
        @usableFromInline package let type: TensorType
        @usableFromInline package let kind: Kind
        /// Whether the elements are written when they are asked for first: `owner` is a `PendingProduct`.
        @usableFromInline let isPending: Bool
        /// Bytes in this allocation that `Memory` counts.
        let inlineBytes: UInt16
        @usableFromInline package let elements: UnsafeMutableRawPointer
        /// `Block`, `StridedView`, the buffer looked into, or the box of a traced or failed value; nil if the elements
        /// are inline.
        var owner: AnyObject?
    }

    private static let inlineLimit = 1024

    @inline(__always) private init(capacity: Int, _ header: (Buffer) -> Header) {
        let buffer = Buffer.create(minimumCapacity: capacity) { header(unsafeDowncast($0, to: Buffer.self)) }
        self.buffer = unsafeDowncast(buffer, to: Buffer.self)
    }

    /// A contiguous value whose elements are still to be written.
    package init(uninitialized type: TensorType) throws(TensorError) {
        let bytes = type.byteCount
        if bytes <= Self.inlineLimit {
            Memory.add(bytes)
            self.init(capacity: (bytes &+ 7) >> 3) { buffer in
                Header(
                    type: type, kind: .contiguous, isPending: false, inlineBytes: UInt16(bytes),
                    elements: buffer.withUnsafeMutablePointerToElements { UnsafeMutableRawPointer($0) }, owner: nil)
            }
        } else {
            let block = try Block(bytes: bytes, for: type)
            self.init(type, .contiguous, block.address, owner: block)
        }
    }

    private init(
        _ type: TensorType, _ kind: Kind, _ elements: UnsafeMutableRawPointer, owner: AnyObject, isPending: Bool = false
    ) {
        self.init(capacity: 0) { _ in
            Header(type: type, kind: kind, isPending: isPending, inlineBytes: 0, elements: elements, owner: owner)
        }
    }

    /// The product of a column [m, 1] and a row [1, n], whose elements are written when they are asked for first.
    package init(pendingProductOf column: TensorValue, _ row: TensorValue) throws(TensorError) {
        let type = TensorType(column.shape.replacing(1, with: row.shape[1]), column.dtype)
        let product = PendingProduct(try Block(bytes: type.byteCount, for: type), column, row)
        self.init(type, .contiguous, product.block.address, owner: product, isPending: true)
    }

    /// The factors of a product that is still pending.
    package var pendingFactors: (column: TensorValue, row: TensorValue)? { pendingProduct?.factors }

    private var pendingProduct: PendingProduct? {
        header.pointee.isPending ? unsafeDowncast(header.pointee.owner!, to: PendingProduct.self) : nil
    }

    @usableFromInline func finish() { pendingProduct?.finish() }

    /// The same elements under another type of the same element size and count, without copying. Contiguous values only.
    package func retyped(_ type: TensorType) -> TensorValue {
        TensorValue(type, .contiguous, elements, owner: base)
    }

    /// A look at this stored value's elements from `offset` (in elements) on, at `strides`, without copying.
    package func view(_ shape: Shape, strides: Strides, offset: Int = 0) -> TensorValue {
        let type = TensorType(shape, dtype)
        let start = elements + offset * dtype.size
        if strides.isContiguous(shape) { return TensorValue(type, .contiguous, start, owner: base) }
        return TensorValue(type, .strided, start, owner: StridedView(base: base, strides: strides))
    }

    /// A value that stands for something else: `kind` is `.traced`, `.failed` or `.packed`.
    package init(_ kind: Kind, type: TensorType, owner: AnyObject & Sendable) {
        self.init(type, kind, UnsafeMutableRawPointer(bitPattern: 8)!, owner: owner)
    }

    /// A contiguous value that has a type and no elements, for working out what a run does to memory.
    /// - Parameter owner: goes when the last value that looks into this one's memory goes.
    package init(standIn type: TensorType, owner: AnyObject & Sendable = NoMemory.shared) {
        self.init(type, .contiguous, UnsafeMutableRawPointer(bitPattern: 64)!, owner: owner)
    }

    /// What keeps the elements alive.
    private var base: AnyObject {
        guard let owner else { return buffer }
        return kind == .strided ? unsafeDowncast(owner, to: StridedView.self).base : owner
    }
}

// Read on every operation, so inlined into the modules above.
extension TensorValue {
    @inlinable @inline(__always) package var header: UnsafeMutablePointer<Header> {
        buffer.withUnsafeMutablePointerToHeader { $0 }
    }

    @inlinable @inline(__always) package var type: TensorType { header.pointee.type }
    @inlinable @inline(__always) package var shape: Shape { header.pointee.type.shape }
    @inlinable @inline(__always) package var dtype: DType { header.pointee.type.dtype }
    @inlinable @inline(__always) package var kind: Kind { header.pointee.kind }

    /// Whether the elements are in memory.
    @inlinable @inline(__always) package var isStored: Bool { kind == .contiguous || kind == .strided }
    @inlinable @inline(__always) package var isContiguous: Bool { kind == .contiguous }

    /// The first element.
    @inlinable @inline(__always) package var elements: UnsafeMutableRawPointer {
        if header.pointee.isPending { finish() }
        return header.pointee.elements
    }
}

extension TensorValue {
    package var owner: AnyObject? { header.pointee.owner }

    package var strides: Strides {
        kind == .strided ? unsafeDowncast(owner!, to: StridedView.self).strides : Strides(contiguous: shape)
    }

    /// Whether nobody else holds this value or its memory, so that the elements may be written.
    package mutating func isUniquelyHeld() -> Bool {
        guard kind == .contiguous, isKnownUniquelyReferenced(&buffer) else { return false }
        return header.pointee.owner == nil || isKnownUniquelyReferenced(&header.pointee.owner)
    }

    /// Writes the one element of a `float32` or `float64` value.
    package func store(_ number: Double) {
        if dtype == .float64 {
            elements.storeBytes(of: number, as: Double.self)
        } else {
            elements.storeBytes(of: Float(number), as: Float.self)
        }
    }

    /// This value with its elements in row-major order.
    package func contiguous() throws(TensorError) -> TensorValue {
        if isContiguous { return self }
        let result = try TensorValue(uninitialized: type)
        Kernels.copy(self, to: result.elements, strides: Strides(contiguous: shape))
        return result
    }
}

/// Owns nothing.
package final class NoMemory: Sendable {
    package static let shared = NoMemory()
}

/// A strided view's base and steps.
private final class StridedView {
    let base: AnyObject
    let strides: Strides

    init(base: AnyObject, strides: Strides) {
        self.base = base
        self.strides = strides
    }
}
