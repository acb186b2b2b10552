/// The type of a tensor's elements.
///
/// The order is the order of promotion: an operation on two types computes in the later one.
public enum DType: UInt8, Sendable, Hashable, CaseIterable, Comparable {
    case bool = 0
    case uint8 = 1
    case int32 = 2
    case int64 = 3
    case float32 = 4
    case float64 = 5

    /// Bytes of one element.
    @inlinable public var size: Int {
        switch self {
        case .bool, .uint8: 1
        case .int32, .float32: 4
        case .int64, .float64: 8
        }
    }

    /// Whether the elements are real numbers with a fraction.
    @inlinable public var isFloatingPoint: Bool { self >= .float32 }

    /// Whether gradients can flow through elements of this type.
    @inlinable public var isDifferentiable: Bool { isFloatingPoint }

    /// Whether the elements are whole numbers (`bool` is not).
    @inlinable public var isInteger: Bool { self > .bool && self < .float32 }

    /// Whether the left type comes before the right one in promotion.
    @inlinable public static func < (left: DType, right: DType) -> Bool { left.rawValue < right.rawValue }

    /// The type in which an operation on both computes.
    @inlinable public static func promoted(_ left: DType, _ right: DType) -> DType { max(left, right) }
}

extension DType: CustomStringConvertible {
    /// The value as text.
    public var description: String {
        switch self {
        case .bool: "bool"
        case .uint8: "uint8"
        case .int32: "int32"
        case .int64: "int64"
        case .float32: "float32"
        case .float64: "float64"
        }
    }
}

/// A Swift type that can be a tensor's element.
public protocol TensorScalar: Sendable, Hashable, BitwiseCopyable {
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

/// A number without a type of its own: it takes the type of the tensor that it meets.
public enum Scalar: Sendable, Hashable {
    case int(Int)
    case double(Double)
    case bool(Bool)

    /// The number as a `Double`, rounded if it needs more than 53 bits.
    public var double: Double {
        switch self {
        case .int(let value): Double(value)
        case .double(let value): value
        case .bool(let value): value ? 1 : 0
        }
    }

    /// The number as an integer: truncated, saturated at the ends, 0 for NaN.
    public var int: Int {
        switch self {
        case .int(let value): value
        case .bool(let value): value ? 1 : 0
        case .double(let value):
            if value.isNaN { 0 } else { Int(exactly: value.rounded(.towardZero)) ?? (value < 0 ? .min : .max) }
        }
    }

    /// The type that a tensor of type `dtype` computes in when it meets this number: a whole number keeps the
    /// tensor's type, a `Double` makes integers `float32`.
    public func dtype(meeting dtype: DType) -> DType {
        switch self {
        case .bool: dtype
        case .int: dtype == .bool ? .int64 : dtype
        case .double: dtype.isFloatingPoint ? dtype : .float32
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
        }
    }
}
