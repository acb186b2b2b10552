public import ComplexModule
public import RealModule

/// The type of a tensor's elements.
///
/// The order is the order of promotion: an operation on two types computes in the later one.
public enum DType: UInt8, Sendable, Hashable, CaseIterable, Comparable {
    case bool = 0
    case uint8 = 1
    case int32 = 2
    case int64 = 3
    case float16 = 4
    case bfloat16 = 5
    case float32 = 6
    case float64 = 7
    case complex64 = 8
    case complex128 = 9

    /// Bytes of one element.
    @inlinable public var size: Int {
        switch self {
        case .bool, .uint8: 1
        case .float16, .bfloat16: 2
        case .int32, .float32: 4
        case .int64, .float64, .complex64: 8
        case .complex128: 16
        }
    }

    /// Whether the elements are real numbers with a fraction.
    @inlinable @inline(__always) public var isFloatingPoint: Bool { self >= .float16 && self <= .float64 }

    /// Whether the elements are complex numbers.
    @inlinable @inline(__always) public var isComplex: Bool { self >= .complex64 }

    /// Whether gradients can flow through elements of this type: real numbers with a fraction, and complex ones.
    @inlinable @inline(__always) public var isDifferentiable: Bool { self >= .float16 }

    /// Whether the elements are whole numbers (`bool` is not).
    @inlinable public var isInteger: Bool { self > .bool && self < .float16 }

    /// Whether the type has 16 bits: such elements are stored, and computed with in `float32`.
    @inlinable @inline(__always) public var isHalf: Bool { self == .float16 || self == .bfloat16 }

    /// The type in which elements of this type are computed with.
    @inlinable @inline(__always) package var computing: DType { isHalf ? .float32 : self }

    /// The type of the real and the imaginary part; the type itself if it is not complex.
    @inlinable public var realType: DType {
        switch self {
        case .complex64: .float32
        case .complex128: .float64
        default: self
        }
    }

    /// The complex type whose parts have this type, or `complex64` for the other real ones.
    @inlinable public var complexType: DType {
        switch self {
        case .float64, .complex128: .complex128
        default: .complex64
        }
    }

    /// Whether the left type comes before the right one in promotion.
    @inlinable @inline(__always) public static func < (left: DType, right: DType) -> Bool {
        left.rawValue < right.rawValue
    }

    /// The type in which an operation on both computes: the later one; `float32` for the two 16-bit types, `complex128` for
    /// `complex64` and `float64`.
    @inlinable public static func promoted(_ left: DType, _ right: DType) -> DType {
        let later = max(left, right)
        if later == left, later == right { return later }
        let earlier = min(left, right)
        if later == .bfloat16, earlier == .float16 { return .float32 }
        return later == .complex64 && earlier == .float64 ? .complex128 : later
    }
}

extension DType: CustomStringConvertible {
    /// The value as text.
    public var description: String {
        switch self {
        case .bool: "bool"
        case .uint8: "uint8"
        case .int32: "int32"
        case .int64: "int64"
        case .float16: "float16"
        case .bfloat16: "bfloat16"
        case .float32: "float32"
        case .float64: "float64"
        case .complex64: "complex64"
        case .complex128: "complex128"
        }
    }
}

/// A Swift type that can be a tensor's element.
public protocol TensorScalar: Sendable, Hashable {
    /// The element type with the same representation.
    static var dtype: DType { get }
}

extension Bool: TensorScalar {
    /// The element type with the same representation.
    public static var dtype: DType { .bool }
}
extension UInt8: TensorScalar {
    /// The element type with the same representation.
    public static var dtype: DType { .uint8 }
}
extension Int32: TensorScalar {
    /// The element type with the same representation.
    public static var dtype: DType { .int32 }
}
extension Int64: TensorScalar {
    /// The element type with the same representation.
    public static var dtype: DType { .int64 }
}
extension Int: TensorScalar {
    /// The element type with the same representation.
    public static var dtype: DType { .int64 }
}
extension Float: TensorScalar {
    /// The element type with the same representation.
    public static var dtype: DType { .float32 }
}
extension Double: TensorScalar {
    /// The element type with the same representation.
    public static var dtype: DType { .float64 }
}
#if !(os(macOS) && arch(x86_64))
extension Float16: TensorScalar {
    /// The element type with the same representation.
    public static var dtype: DType { .float16 }
}
#endif
extension Complex: TensorScalar where RealType: TensorScalar {
    /// The element type with the same representation.
    public static var dtype: DType { RealType.dtype.complexType }
}

/// A number without a type of its own: it takes the type of the tensor that it meets.
public enum Scalar: Sendable, Hashable {
    case int(Int)
    case double(Double)
    case bool(Bool)
    case complex(Complex<Double>)

    /// The number as a `Double`, rounded if it needs more than 53 bits; the real part of a complex number.
    public var double: Double {
        switch self {
        case .int(let value): Double(value)
        case .double(let value): value
        case .bool(let value): value ? 1 : 0
        case .complex(let value): value.real
        }
    }

    /// The imaginary part; 0 for real numbers.
    public var imaginary: Double {
        if case .complex(let value) = self { value.imaginary } else { 0 }
    }

    /// The number as an integer: truncated, saturated at the ends, 0 for NaN.
    public var int: Int {
        switch self {
        case .int(let value): value
        case .bool(let value): value ? 1 : 0
        case .double, .complex:
            if Swift.abs(double) < 0x1p63 { Int(double) } else { double.isNaN ? 0 : double < 0 ? .min : .max }
        }
    }

    /// The type that a tensor of type `dtype` computes in when it meets this number: a whole number keeps the
    /// tensor's type, a `Double` makes integers `float32`, a complex number makes real types complex.
    public func dtype(meeting dtype: DType) -> DType {
        switch self {
        case .bool: dtype
        case .int: dtype == .bool ? .int64 : dtype
        case .double: dtype.isDifferentiable ? dtype : .float32
        case .complex: dtype.complexType
        }
    }
}

extension Scalar: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, CustomStringConvertible {
    /// The value of a literal.
    public init(integerLiteral value: Int) { self = .int(value) }
    /// The value of a literal.
    public init(floatLiteral value: Double) { self = .double(value) }

    /// The value as text.
    public var description: String {
        switch self {
        case .int(let value): "\(value)"
        case .double(let value): "\(value)"
        case .bool(let value): "\(value)"
        case .complex(let value): "\(value.real)\(value.imaginary < 0 ? "" : "+")\(value.imaginary)i"
        }
    }
}
