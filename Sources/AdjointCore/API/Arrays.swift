import AdjointRuntime
public import ComplexModule
public import RealModule

/// Numbers written out as nested array literals, as in `Tensor([[1, 2], [3, 4]])`.
public indirect enum NestedNumbers: Sendable, ExpressibleByArrayLiteral, ExpressibleByFloatLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral
{
    case number(Scalar)
    case list([NestedNumbers])

    /// The value of a literal.
    public init(arrayLiteral elements: NestedNumbers...) { self = .list(elements) }
    /// The value of a literal.
    public init(floatLiteral value: Double) { self = .number(.double(value)) }
    /// The value of a literal.
    public init(integerLiteral value: Int) { self = .number(.int(value)) }
    /// The value of a literal.
    public init(booleanLiteral value: Bool) { self = .number(.bool(value)) }
}

extension Tensor {
    /// A tensor written out. Without `dtype`: `int64` if all numbers are whole, `bool` if all are truth values, else
    /// `float32`.
    /// - Fails: if the lists are ragged.
    public init(_ numbers: NestedNumbers, dtype: DType? = nil) {
        self = attempt { () throws(TensorError) in
            var extents: [Int] = []
            var level = numbers
            while case .list(let items) = level {
                extents.append(items.count)
                guard let first = items.first else { break }
                level = first
            }
            let shape = try Tensor.checkedShape(extents, "Tensor")
            // Breadth first, one level of lists after the other.
            var row = [numbers]
            for extent in extents {
                var next: [NestedNumbers] = []
                for item in row {
                    guard case .list(let items) = item, items.count == extent else { throw Tensor.ragged }
                    next += items
                }
                row = next
            }
            var scalars: [Scalar] = []
            for item in row {
                guard case .number(let scalar) = item else { throw Tensor.ragged }
                scalars.append(scalar)
            }
            let dtype = dtype ?? scalars.map(\.ownDType).max() ?? .float32
            if dtype.isDifferentiable {
                return Tensor(try Tensor.stored(scalars.map(\.double), shape)).to(dtype)
            }
            return Tensor(try Tensor.stored(scalars.map(\.int), shape)).to(dtype)
        }
    }

    private static var ragged: TensorError {
        TensorError(
            .shape, "Tensor", "the nested lists are ragged", "give every list of the same depth the same length")
    }

    /// A tensor of the numbers of an array, in row-major order; one axis without `shape`.
    /// - Fails: if the shape does not have as many elements as the array.
    @_disfavoredOverload
    public init<Element: TensorScalar>(_ elements: [Element], shape: [Int]? = nil) {
        self = attempt { () throws(TensorError) in
            let shape = try Tensor.checkedShape(shape ?? [elements.count], "Tensor")
            guard shape.count == elements.count else {
                throw TensorError(
                    .shape, "Tensor", "\(shape) has \(shape.count) elements, the array has \(elements.count)",
                    "give a shape with as many elements as the array")
            }
            return Tensor(try Tensor.stored(elements, shape))
        }
    }

    static func stored<Element: TensorScalar>(_ elements: [Element], _ shape: Shape) throws(TensorError) -> TensorValue
    {
        let value = try TensorValue(uninitialized: TensorType(shape, Element.dtype))
        elements.withUnsafeBytes { bytes in
            if let base = bytes.baseAddress { value.elements.copyMemory(from: base, byteCount: bytes.count) }
        }
        return value
    }

    /// A tensor of raw bytes in native order, row-major.
    /// - Fails: if the number of bytes is not that of the shape and type.
    public init(bytes: [UInt8], shape: [Int], dtype: DType) {
        self = attempt { () throws(TensorError) in
            let type = TensorType(try Tensor.checkedShape(shape, "Tensor"), dtype)
            guard type.byteCount == bytes.count else {
                throw TensorError(
                    .shape, "Tensor",
                    "a tensor of type \(type) takes \(type.byteCount) bytes, and \(bytes.count) were given",
                    "check the shape and the element type")
            }
            let value = try TensorValue(uninitialized: type)
            // Any byte but 0 is true.
            let bytes = dtype == .bool ? bytes.map { Swift.min($0, 1) } : bytes
            bytes.withUnsafeBytes {
                if let base = $0.baseAddress { value.elements.copyMemory(from: base, byteCount: $0.count) }
            }
            return Tensor(value)
        }
    }

    /// The elements in row-major order, converted to `Element`.
    public func array<Element: TensorScalar>(of _: Element.Type = Element.self) -> [Element] {
        guard let value = hostValue("array") else { return [] }
        do throws(TensorError) {
            let converted =
                value.dtype == Element.dtype ? try value.contiguous() : try Kernels.cast(value, to: Element.dtype)
            let start = converted.elements.assumingMemoryBound(to: Element.self)
            let array = Array(UnsafeBufferPointer(start: start, count: converted.shape.count))
            return withExtendedLifetime(converted) { array }
        } catch {
            complain(error)
            return []
        }
    }

    /// The elements as `Float`s.
    public var floats: [Float] { array() }
    /// The elements as `Double`s.
    public var doubles: [Double] { array() }
    /// The elements as `Int`s; fractions are cut off.
    public var ints: [Int] { array() }
    /// The elements as `Bool`s: nonzero is true.
    public var bools: [Bool] { array() }

    /// The elements' bytes in native order, row-major.
    public var bytes: [UInt8] {
        guard let stored = hostValue("bytes"), let value = try? stored.contiguous() else { return [] }
        let bytes = Array(UnsafeRawBufferPointer(start: value.elements, count: value.type.byteCount))
        return withExtendedLifetime(value) { bytes }
    }

    /// The one element of a tensor that has one. NaN for a failed tensor inside `checked`.
    /// - Fails: if there is not exactly one element, or the value belongs to a transform that has no numbers yet.
    public func item() -> Double {
        guard let value = hostValue("item") else { return .nan }
        guard value.shape.count == 1 else {
            complain(
                TensorError(
                    .shape, "item", "the tensor of shape \(shape) has \(count) elements, not one",
                    "reduce it first, or read doubles or floats"))
            return .nan
        }
        switch value.dtype {
        case .float16, .bfloat16: return Tensor(value).to(.float32).item()
        case .float32: return Double(value.elements.load(as: Float.self))
        case .float64: return value.elements.load(as: Double.self)
        case .complex64, .complex128:
            complain(
                TensorError(
                    .dtype, "item", "the element is a complex number, and this reads a real one",
                    "read complexItem(), or take real or imaginary first"))
            return .nan
        case .int32: return Double(value.elements.load(as: Int32.self))
        case .int64: return Double(value.elements.load(as: Int64.self))
        case .uint8, .bool: return Double(value.elements.load(as: UInt8.self))
        }
    }

    /// The one element of a tensor that has one, as a complex number.
    /// - Fails: as `item()` does.
    public func complexItem() -> Complex<Double> {
        guard dtype.isComplex else { return Complex(item()) }
        guard count == 1 else {
            complain(
                TensorError(
                    .shape, "complexItem", "the tensor of shape \(shape) has \(count) elements, not one",
                    "reduce it first, or read an array"))
            return Complex(.nan)
        }
        return array(of: Complex<Double>.self).first ?? Complex(.nan)
    }

    /// The elements in memory: those of the primal value under forward mode.
    package func hostValue(_ operation: String) -> TensorValue? {
        var tensor = self
        while let traced = tensor.traced {
            guard let primal = traced.concrete else {
                complain(
                    TensorError(
                        .traced, operation, "the value of type \(type) is not known while the program is transformed",
                        traced.interpreter.readRemedy))
                return nil
            }
            tensor = primal
        }
        return tensor.value.isStored ? tensor.value : nil
    }
}
