import AdjointCore
import AdjointRuntime

/// What an operator gives: a tensor, or something that is none.
enum Output: Sendable {
    case tensor(Tensor)
    case value(Argument)
}

/// Translates a call of PyTorch's operator to the library's functions.
typealias Adapter = @Sendable (Call) throws -> [Output]

/// A tensor, or a number without a type of its own.
enum Operand: Sendable {
    case tensor(Tensor)
    case scalar(Scalar)
}

/// A call of an operator: arguments are found by their place after the input (0 = first) or by PyTorch's name.
struct Call: Sendable {
    var operation: String
    var input: Argument
    /// The arguments after the input.
    var positional: [Argument] = []
    /// The names of `positional`, where the case tells them.
    var positionalNames: [String]?
    var keywords: [String: Argument] = [:]

    /// The input as a tensor; a number becomes a tensor of rank 0.
    var x: Tensor { get throws { try input.asTensor("input") } }

    /// The input as a list of tensors.
    var inputs: [Tensor] { get throws { try input.asTensors("input") } }

    /// The input as a tensor or a number.
    var operand: Operand { get throws { try input.asOperand("input") } }

    /// An argument; nil if the call does not give it, `.null` if it gives None.
    func argument(_ position: Int?, _ name: String) -> Argument? {
        if let argument = keywords[name] { return argument }
        if let place = positionalNames?.firstIndex(of: name) { return positional[place] }
        guard let position, positional.indices.contains(position) else { return nil }
        return positional[position]
    }

    /// An argument that is given and is not None.
    private func given(_ position: Int?, _ name: String) -> Argument? {
        let argument = argument(position, name)
        if case .null? = argument { return nil }
        return argument
    }

    private func required(_ position: Int?, _ name: String) throws -> Argument {
        guard let argument = given(position, name) else { throw CaseError("the argument \(name) is missing") }
        return argument
    }

    func tensor(_ position: Int?, _ name: String) throws -> Tensor { try required(position, name).asTensor(name) }

    func optionalTensor(_ position: Int?, _ name: String) throws -> Tensor? {
        try given(position, name)?.asTensor(name)
    }

    func tensors(_ position: Int?, _ name: String) throws -> [Tensor] { try required(position, name).asTensors(name) }

    /// A tensor or a number.
    func scalarOrTensor(_ position: Int?, _ name: String) throws -> Operand {
        try required(position, name).asOperand(name)
    }

    func optionalScalarOrTensor(_ position: Int?, _ name: String) throws -> Operand? {
        try given(position, name)?.asOperand(name)
    }

    /// A number that keeps whether it is whole.
    func scalar(_ position: Int?, _ name: String, default value: Scalar) throws -> Scalar {
        try given(position, name)?.asScalar(name) ?? value
    }

    func optionalScalar(_ position: Int?, _ name: String) throws -> Scalar? {
        try given(position, name)?.asScalar(name)
    }

    func int(_ position: Int?, _ name: String) throws -> Int { try required(position, name).asInt(name) }
    func int(_ position: Int?, _ name: String, default value: Int) throws -> Int {
        try given(position, name)?.asInt(name) ?? value
    }
    func optionalInt(_ position: Int?, _ name: String) throws -> Int? { try given(position, name)?.asInt(name) }

    func double(_ position: Int?, _ name: String) throws -> Double { try required(position, name).asDouble(name) }
    func double(_ position: Int?, _ name: String, default value: Double) throws -> Double {
        try given(position, name)?.asDouble(name) ?? value
    }
    func optionalDouble(_ position: Int?, _ name: String) throws -> Double? {
        try given(position, name)?.asDouble(name)
    }

    func bool(_ position: Int?, _ name: String, default value: Bool) throws -> Bool {
        try given(position, name)?.asBool(name) ?? value
    }
    func optionalBool(_ position: Int?, _ name: String) throws -> Bool? { try given(position, name)?.asBool(name) }

    func string(_ position: Int?, _ name: String, default value: String) throws -> String {
        try optionalString(position, name) ?? value
    }
    func optionalString(_ position: Int?, _ name: String) throws -> String? {
        guard let argument = given(position, name) else { return nil }
        guard case .string(let text) = argument else { throw CaseError("\(name) is \(argument), not a string") }
        return text
    }

    func dtype(_ position: Int?, _ name: String = "dtype") throws -> DType? {
        guard let argument = given(position, name) else { return nil }
        guard case .dtype(let dtype) = argument else { throw CaseError("\(name) is \(argument), not a dtype") }
        return dtype
    }

    /// An int or a list of ints; nil if it is absent or None.
    func ints(_ position: Int?, _ name: String) throws -> [Int]? { try given(position, name)?.asInts(name) }

    /// The ints of a variadic parameter: `f(2, 3)` or `f([2, 3])`, from a place on, or by name.
    func variadicInts(_ position: Int, _ name: String) throws -> [Int]? {
        if let named = keywords[name] { return try named.asInts(name) }
        guard positional.count > position else { return nil }
        if positional[position].elements != nil { return try positional[position].asInts(name) }
        return try positional[position...].map { try $0.asInt(name) }
    }
}

extension Argument {
    /// A tensor; a number is one of rank 0.
    func asTensor(_ name: String) throws -> Tensor {
        switch self {
        case .tensor(let tensor): return tensor
        case .int(let value): return Tensor(value)
        case .double(let value): return Tensor(value, dtype: .float64)
        case .bool(let value): return Tensor(value)
        case .complex(let real, let imaginary):
            let parts = try FlatNumbers(.array([.double(real), .double(imaginary)]))
            return try parts.tensor(shape: [], dtype: try DType(named: "complex128"))
        default: throw CaseError("\(name) is \(self), not a tensor")
        }
    }

    func asTensors(_ name: String) throws -> [Tensor] {
        if let elements { return try elements.map { try $0.asTensor(name) } }
        return [try asTensor(name)]
    }

    func asOperand(_ name: String) throws -> Operand {
        switch self {
        case .int, .double, .bool: .scalar(try asScalar(name))
        default: .tensor(try asTensor(name))
        }
    }

    func asScalar(_ name: String) throws -> Scalar {
        switch self {
        case .int(let value): return .int(value)
        case .double(let value): return .double(value)
        case .bool(let value): return .bool(value)
        case .tensor(let tensor) where tensor.count == 1:
            return tensor.dtype.isFloatingPoint ? .double(tensor.item()) : .int(tensor.ints[0])
        default: throw CaseError("\(name) is \(self), not a number")
        }
    }

    func asInt(_ name: String) throws -> Int {
        switch self {
        case .int(let value): return value
        case .bool(let value): return value ? 1 : 0
        case .tensor(let tensor) where tensor.count == 1 && !tensor.dtype.isFloatingPoint: return tensor.ints[0]
        default: throw CaseError("\(name) is \(self), not a whole number")
        }
    }

    func asInts(_ name: String) throws -> [Int] {
        if let elements { return try elements.map { try $0.asInt(name) } }
        return [try asInt(name)]
    }

    func asDouble(_ name: String) throws -> Double { try asScalar(name).double }

    func asBool(_ name: String) throws -> Bool {
        switch self {
        case .bool(let value): return value
        case .int(let value): return value != 0
        default: throw CaseError("\(name) is \(self), not a truth value")
        }
    }
}

extension Call {
    /// The call with another tensor in place of each.
    func mappingTensors(_ body: (Tensor) -> Tensor) -> Call {
        func mapped(_ argument: Argument) -> Argument {
            switch argument {
            case .tensor(let tensor): .tensor(body(tensor))
            case .list(let parts): .list(parts.map(mapped))
            case .tuple(let parts): .tuple(parts.map(mapped))
            default: argument
            }
        }
        var call = self
        call.input = mapped(input)
        call.positional = positional.map(mapped)
        call.keywords = keywords.mapValues(mapped)
        return call
    }
}
