import AdjointRuntime
public import ComplexModule
import RealModule
import CKernels

// Tensors from nothing. Extents that no tensor can have fail; element types default to float32.
extension Tensor {
    /// Zeros.
    public static func zeros(_ shape: Int..., dtype: DType = .float32) -> Tensor { full(shape, 0, dtype: dtype) }
    /// Zeros of a shape given as an array.
    public static func zeros(_ shape: [Int], dtype: DType = .float32) -> Tensor { full(shape, 0, dtype: dtype) }
    /// Ones.
    public static func ones(_ shape: Int..., dtype: DType = .float32) -> Tensor { full(shape, 1, dtype: dtype) }
    /// Ones of a shape given as an array.
    public static func ones(_ shape: [Int], dtype: DType = .float32) -> Tensor { full(shape, 1, dtype: dtype) }

    /// One number everywhere; without `dtype`, `int64` for a whole number, `float32` for a `Double`, `bool` for a `Bool`.
    public static func full(_ shape: [Int], _ number: some Number, dtype: DType? = nil) -> Tensor {
        attempt { () throws(TensorError) in
            let type = TensorType(try checkedShape(shape, "full"), dtype ?? number.scalar.ownDType)
            return Tensor(try Kernels.fill(type, number.scalar))
        }
    }

    /// Zeros of the shape and type of another tensor.
    public static func zeros(like other: Tensor) -> Tensor { full(other.shape.extents, 0, dtype: other.dtype) }
    /// Ones of the shape and type of another tensor.
    public static func ones(like other: Tensor) -> Tensor { full(other.shape.extents, 1, dtype: other.dtype) }
    /// One number in the shape and type of another tensor.
    public static func full(like other: Tensor, _ number: some Number) -> Tensor {
        full(other.shape.extents, number, dtype: other.dtype)
    }

    /// The identity matrix [rows, columns]; square without `columns`.
    public static func eye(_ rows: Int, _ columns: Int? = nil, dtype: DType = .float32) -> Tensor {
        attempt { () throws(TensorError) in
            let shape = try checkedShape([rows, columns ?? rows], "eye")
            let value = try Kernels.fill(TensorType(shape, dtype), 0)
            let diagonal = value.view(
                Shape(Swift.min(shape[0], shape[1])), strides: Strides([shape[1] + 1]))
            let ones = try Kernels.fill(diagonal.type, 1)
            Kernels.copy(ones, to: value.elements, strides: diagonal.strides)
            return Tensor(value)
        }
    }

    /// start, start + step, … below `end`. Without `dtype`, `float32` if a number is a `Double`, else `int64`.
    public static func arange(
        _ start: some Number, _ end: some Number, step: some Number = 1, dtype: DType? = nil
    ) -> Tensor {
        attempt { () throws(TensorError) in
            let (start, end, step) = (start.scalar, end.scalar, step.scalar)
            let type = dtype ?? Swift.max(start.ownDType, end.ownDType, step.ownDType)
            guard step.double != 0, start.double.isFinite, end.double.isFinite, step.double.isFinite else {
                throw TensorError(
                    .argument, "arange", "from \(start) to \(end) in steps of \(step) is no range",
                    "use finite ends and a step that is not 0")
            }
            let count = Swift.max(((end.double - start.double) / step.double).rounded(.up), 0)
            guard count <= Double(Shape.maximumExtent) else { throw TensorError.tooLarge("arange") }
            return Tensor(
                try filled(Shape(Int(count)), type) { index in
                    type.isFloatingPoint
                        ? .double(start.double + Double(index) * step.double) : .int(start.int + index * step.int)
                })
        }
    }

    /// 0, 1, … below `end`.
    public static func arange(_ end: some Number, dtype: DType? = nil) -> Tensor {
        arange(end.scalar.zero, end, dtype: dtype)
    }

    /// `count` numbers from `start` to `end`, both included, evenly spaced.
    public static func linspace(_ start: Double, _ end: Double, _ count: Int, dtype: DType = .float32) -> Tensor {
        attempt { () throws(TensorError) in
            let shape = try checkedShape([count], "linspace")
            let step = count > 1 ? (end - start) / Double(count - 1) : 0
            return Tensor(
                try filled(shape, dtype) { index in
                    // From the nearer end, so that both ends are exact.
                    .double(2 * index < count ? start + Double(index) * step : end - Double(count - 1 - index) * step)
                })
        }
    }

    /// `count` numbers from baseˢᵗᵃʳᵗ to baseᵉⁿᵈ, both included, whose logarithms are evenly spaced.
    public static func logspace(
        _ start: Double, _ end: Double, _ count: Int, base: Double = 10, dtype: DType = .float32
    ) -> Tensor {
        let exponents = linspace(start, end, count, dtype: .float64)
        return Tensor.full(like: exponents, base).pow(exponents).to(dtype)
    }

    /// A scalar tensor; without `dtype`, `float32` for a `Double`, `int64` for an `Int`, `bool` for a `Bool`.
    public init(_ number: some Number, dtype: DType? = nil) {
        self = Tensor.full([], number, dtype: dtype)
    }

    /// One stored number, repeated over the shape without taking memory.
    package static func repeating(_ number: Scalar, _ type: TensorType) -> Tensor {
        attempt { () throws(TensorError) in
            let one = try Kernels.fill(TensorType(Shape(), type.dtype), number)
            return Tensor(type.shape.rank == 0 ? one : one.view(type.shape, strides: Strides()))
        }
    }

    static func checkedShape(_ extents: [Int], _ operation: String) throws(TensorError) -> Shape {
        guard let shape = Shape(checking: extents) else {
            throw TensorError(
                extents.contains { $0 < 0 } || extents.count > Shape.maximumRank ? .shape : .outOfMemory, operation,
                "\(extents) is not a shape: a tensor has up to 10 axes of 0 to 2^32 - 1 elements, and at most 2^59 elements",
                "check the extents")
        }
        return shape
    }

    private static func filled(
        _ shape: Shape, _ dtype: DType, _ body: (Int) -> Scalar
    ) throws(TensorError) -> TensorValue {
        let exact: DType = dtype.isDifferentiable ? .float64 : .int64
        let value = try TensorValue(uninitialized: TensorType(shape, exact))
        for index in 0..<shape.count {
            if exact == .float64 {
                value.elements.storeBytes(of: body(index).double, toByteOffset: 8 * index, as: Double.self)
            } else {
                value.elements.storeBytes(of: body(index).int, toByteOffset: 8 * index, as: Int.self)
            }
        }
        return dtype == exact ? value : try Kernels.cast(value, to: dtype)
    }
}

/// A Swift number that meets tensors in expressions without a type of its own: `2 * x` keeps the type of x.
public protocol Number: Sendable {
    /// The number, with whether it is whole.
    var scalar: Scalar { get }
}

extension Int: Number {
    /// The number, with whether it is whole.
    public var scalar: Scalar { .int(self) }
}
extension Double: Number {
    /// The number, with whether it is whole.
    public var scalar: Scalar { .double(self) }
}
extension Float: Number {
    /// The number, with whether it is whole.
    public var scalar: Scalar { .double(Double(self)) }
}
extension Bool: Number {
    /// The number, with whether it is whole.
    public var scalar: Scalar { .bool(self) }
}
extension Complex: Number where RealType: BinaryFloatingPoint {
    /// The number.
    public var scalar: Scalar { .complex(Complex<Double>(Double(real), Double(imaginary))) }
}
extension Scalar: Number {
    /// The number, with whether it is whole.
    public var scalar: Scalar { self }
}

extension Scalar {
    /// The element type of a tensor made of this number alone.
    var ownDType: DType {
        switch self {
        case .int: .int64
        case .double: .float32
        case .bool: .bool
        case .complex: .complex64
        }
    }

    /// The zero of the same kind.
    var zero: Scalar {
        switch self {
        case .double, .complex: .double(0)
        case .int, .bool: .int(0)
        }
    }
}
