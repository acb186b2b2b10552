/// The extents of a tensor, one an axis, kept inline: up to 10 axes of up to 2³² − 1 elements.
///
/// A shape whose number of elements does not fit an `Int` cannot be made by a tensor operation: it is an error.
@frozen public struct Shape: Sendable, Hashable {
    /// Two extents a word, so that comparing shapes is comparing five words. Extents past the rank are 0.
    @usableFromInline var words: (UInt64, UInt64, UInt64, UInt64, UInt64)
    @usableFromInline var storedRank: UInt8

    /// The largest number of axes.
    public static let maximumRank = 10
    /// The largest extent.
    public static let maximumExtent = Int(UInt32.max)

    /// The shape of a scalar.
    @inlinable public init() {
        words = (0, 0, 0, 0, 0)
        storedRank = 0
    }

    /// The number of axes.
    @inlinable public var rank: Int { Int(storedRank) }

    /// The extent of an axis in `0 ..< rank`.
    @inlinable public internal(set) subscript(axis: Int) -> Int {
        get {
            precondition(axis >= 0 && axis < Int(storedRank), "Shape: axis out of range")
            return extent(axis)
        }
        set {
            let shift = UInt64((axis & 1) << 5)
            let mask = ~(UInt64(UInt32.max) << shift)
            let bits = UInt64(UInt32(newValue)) << shift
            switch axis >> 1 {
            case 0: words.0 = words.0 & mask | bits
            case 1: words.1 = words.1 & mask | bits
            case 2: words.2 = words.2 & mask | bits
            case 3: words.3 = words.3 & mask | bits
            default: words.4 = words.4 & mask | bits
            }
        }
    }

    @inlinable func extent(_ axis: Int) -> Int {
        let word =
            switch axis >> 1 {
            case 0: words.0
            case 1: words.1
            case 2: words.2
            case 3: words.3
            default: words.4
            }
        return Int(truncatingIfNeeded: (word >> UInt64((axis & 1) << 5)) & UInt64(UInt32.max))
    }

    /// The number of elements.
    @inlinable @inline(__always) public var count: Int {
        storedRank == 0 ? 1 : storedRank == 1 ? Int(truncatingIfNeeded: words.0) : product
    }

    /// The number of elements, where there are axes.
    @usableFromInline var product: Int {
        var product = extent(0)
        for axis in 1..<Int(storedRank) { product &*= extent(axis) }
        return product
    }

    /// Whether both are the same.
    @inlinable public static func == (left: Shape, right: Shape) -> Bool {
        left.words.0 == right.words.0 && left.words.1 == right.words.1 && left.words.2 == right.words.2
            && left.words.3 == right.words.3 && left.words.4 == right.words.4 && left.storedRank == right.storedRank
    }

    /// Feeds what makes the value equal to others into a hasher.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
        hasher.combine(words.2)
        hasher.combine(words.3)
        hasher.combine(words.4)
        hasher.combine(storedRank)
    }
}

extension Shape {
    /// The shape with these extents; nil if there are more than 10, one is negative or too large, or the number of
    /// elements, taken with every 0 as 1, does not fit an `Int` of bytes.
    public init?(checking extents: [Int]) {
        guard extents.count <= Self.maximumRank else { return nil }
        self.init()
        var product = 1
        for (axis, extent) in extents.enumerated() {
            guard extent >= 0, extent <= Self.maximumExtent else { return nil }
            let (result, overflow) = product.multipliedReportingOverflow(by: Swift.max(extent, 1))
            guard !overflow, result <= Int.max / 16 else { return nil }
            product = result
            self[axis] = extent
        }
        storedRank = UInt8(extents.count)
    }

    /// The shape with these extents, which are known to be good.
    package init(_ extents: [Int]) {
        self.init()
        for extent in extents { append(extent) }
    }

    /// Adds an axis at the end; there are fewer than 10.
    package mutating func append(_ extent: Int) {
        self[Int(storedRank)] = extent
        storedRank += 1
    }

    package init(_ first: Int) {
        self.init()
        words.0 = UInt64(UInt32(first))
        storedRank = 1
    }

    /// The extents as an array.
    public var extents: [Int] {
        [Int](unsafeUninitializedCapacity: rank) { buffer, count in
            for axis in 0..<rank { buffer[axis] = extent(axis) }
            count = rank
        }
    }

    /// The shape without one axis.
    package func removing(_ axis: Int) -> Shape {
        var shape = Shape()
        for kept in 0..<rank where kept != axis { shape.append(self[kept]) }
        return shape
    }

    /// The shape with one extent changed.
    package func replacing(_ axis: Int, with extent: Int) -> Shape {
        var copy = self
        copy[axis] = extent
        return copy
    }

    /// The shape that both broadcast to, aligned at the last axis: equal extents or 1; nil if there is none.
    public static func broadcast(_ left: Shape, _ right: Shape) -> Shape? {
        let rank = Swift.max(left.rank, right.rank)
        var extents = [Int](repeating: 1, count: rank)
        for offset in 1...Swift.max(rank, 1) where rank > 0 {
            let l = offset <= left.rank ? left[left.rank - offset] : 1
            let r = offset <= right.rank ? right[right.rank - offset] : 1
            guard l == r || l == 1 || r == 1 else { return nil }
            extents[rank - offset] = l == 1 ? r : l
        }
        return Shape(checking: extents)
    }
}

extension Shape: ExpressibleByArrayLiteral, CustomStringConvertible {
    /// A shape written out, as in `[2, 3]`; a literal that is no shape stops the program.
    public init(arrayLiteral extents: Int...) {
        guard let shape = Shape(checking: extents) else { preconditionFailure("\(extents) is not a shape") }
        self = shape
    }

    /// The value as text.
    public var description: String { "[" + extents.map(String.init).joined(separator: ", ") + "]" }
}

/// The shape and the element type of a tensor.
@frozen public struct TensorType: Sendable, Hashable, CustomStringConvertible {
    /// The shape and the element type of a tensor.
    public var shape: Shape
    /// The element type with the same representation.
    public var dtype: DType

    /// The type of a tensor of this shape and element type.
    @inlinable public init(_ shape: Shape, _ dtype: DType) {
        self.shape = shape
        self.dtype = dtype
    }

    /// Whether both are the same.
    @inlinable @inline(__always) public static func == (left: TensorType, right: TensorType) -> Bool {
        left.dtype == right.dtype && left.shape == right.shape
    }

    /// Bytes of all elements.
    @inlinable public var byteCount: Int { shape.count * dtype.size }

    /// The value as text.
    public var description: String { "\(dtype)\(shape)" }
}

/// Steps from one element to the next along each axis, counted in elements; 0 repeats, negative runs backwards.
package struct Strides: Sendable, Hashable {
    private var words: SIMD16<Int>

    package init() { words = .zero }

    package init(_ steps: [Int]) {
        words = .zero
        for (axis, step) in steps.enumerated() { words[axis] = step }
    }

    /// The strides of row-major elements without gaps.
    package init(contiguous shape: Shape) {
        words = .zero
        var step = 1
        for axis in stride(from: shape.rank - 1, through: 0, by: -1) {
            words[axis] = step
            step &*= shape[axis]
        }
    }

    package subscript(axis: Int) -> Int {
        get { words[axis] }
        set { words[axis] = newValue }
    }

    /// Whether the elements of `shape` stand in row-major order without gaps.
    package func isContiguous(_ shape: Shape) -> Bool {
        var step = 1
        for axis in stride(from: shape.rank - 1, through: 0, by: -1) where shape[axis] != 1 {
            if words[axis] != step { return shape.count == 0 }
            step &*= shape[axis]
        }
        return true
    }

    /// Calls `body` with the first of the steps.
    package func withPointer<R>(_ body: (UnsafePointer<Int64>) -> R) -> R {
        withUnsafeBytes(of: words) { body($0.baseAddress!.assumingMemoryBound(to: Int64.self)) }
    }
}
