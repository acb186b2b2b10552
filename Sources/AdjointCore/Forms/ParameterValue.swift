import AdjointRuntime

/// A parameter of an operation as texts and files state it.
package enum ParameterValue: Sendable, Hashable {
    case none
    case bool(Bool)
    case integer(Int)
    case number(Double)
    /// One of a few names, as of an element type.
    case word(String)
    case text(String)
    case list([ParameterValue])
}

/// A Swift type that a parameter of an operation can have.
package protocol OperationParameter: Hashable, Sendable {
    /// What messages call such a value.
    static var expectation: String { get }
    /// The value as it is stated.
    var stated: ParameterValue { get }
    /// Reads a stated value; nil if it is another kind of value.
    init?(stated: ParameterValue)
}

extension Int: OperationParameter {
    package static var expectation: String { "a whole number" }
    package var stated: ParameterValue { .integer(self) }
    package init?(stated: ParameterValue) {
        guard case .integer(let value) = stated else { return nil }
        self = value
    }
}

extension Double: OperationParameter {
    package static var expectation: String { "a number" }
    package var stated: ParameterValue { .number(self) }
    package init?(stated: ParameterValue) {
        switch stated {
        case .number(let value): self = value
        case .integer(let value): self = Double(value)
        default: return nil
        }
    }
}

extension Bool: OperationParameter {
    package static var expectation: String { "true or false" }
    package var stated: ParameterValue { .bool(self) }
    package init?(stated: ParameterValue) {
        guard case .bool(let value) = stated else { return nil }
        self = value
    }
}

extension String: OperationParameter {
    package static var expectation: String { "text in quotes" }
    package var stated: ParameterValue { .text(self) }
    package init?(stated: ParameterValue) {
        guard case .text(let value) = stated else { return nil }
        self = value
    }
}

extension Array: OperationParameter where Element: OperationParameter {
    package static var expectation: String { "a list in brackets, of \(Element.expectation) each" }
    package var stated: ParameterValue { .list(map(\.stated)) }
    package init?(stated: ParameterValue) {
        guard case .list(let values) = stated else { return nil }
        self = []
        reserveCapacity(values.count)
        for value in values {
            guard let element = Element(stated: value) else { return nil }
            append(element)
        }
    }
}

extension Optional: OperationParameter where Wrapped: OperationParameter {
    package static var expectation: String { "none or \(Wrapped.expectation)" }
    package var stated: ParameterValue { map(\.stated) ?? .none }
    package init?(stated: ParameterValue) {
        if case .none = stated {
            self = .none
        } else {
            guard let value = Wrapped(stated: stated) else { return nil }
            self = .some(value)
        }
    }
}

/// An enumeration states the name of its case.
extension OperationParameter where Self: RawRepresentable & CaseIterable, RawValue == String {
    package static var expectation: String { "one of " + allCases.map(\.rawValue).joined(separator: ", ") }
    package var stated: ParameterValue { .word(rawValue) }
    package init?(stated: ParameterValue) {
        guard case .word(let name) = stated else { return nil }
        self.init(rawValue: name)
    }
}

extension DType: OperationParameter {
    package static var expectation: String { "an element type" }
    package var stated: ParameterValue { .word(description) }
    package init?(stated: ParameterValue) {
        guard case .word(let name) = stated, let dtype = DType.allCases.first(where: { $0.description == name }) else {
            return nil
        }
        self = dtype
    }
}

extension SubgradientConvention: OperationParameter {
    package static var expectation: String { "minimumNorm or pytorch" }
    package var stated: ParameterValue { .word(self == .pytorch ? "pytorch" : "minimumNorm") }
    package init?(stated: ParameterValue) {
        switch stated {
        case .word("pytorch"): self = .pytorch
        case .word("minimumNorm"): self = .minimumNorm
        default: return nil
        }
    }
}

/// A complex number is the list of its parts.
extension Scalar: OperationParameter {
    package static var expectation: String { "a number" }
    package var stated: ParameterValue {
        switch self {
        case .int(let value): .integer(value)
        case .double(let value): .number(value)
        case .bool(let value): .bool(value)
        case .complex(let value): .list([.number(value.real), .number(value.imaginary)])
        }
    }
    package init?(stated: ParameterValue) {
        switch stated {
        case .integer(let value): self = .int(value)
        case .number(let value): self = .double(value)
        case .bool(let value): self = .bool(value)
        case .list(let parts) where parts.count == 2:
            guard let real = Double(stated: parts[0]), let imaginary = Double(stated: parts[1]) else { return nil }
            self = .complex(.init(real, imaginary))
        default: return nil
        }
    }
}

extension Shape: OperationParameter {
    package static var expectation: String { "a list of up to 10 extents" }
    package var stated: ParameterValue { extents.stated }
    package init?(stated: ParameterValue) {
        guard let extents = [Int](stated: stated) else { return nil }
        self.init(checking: extents)
    }
}

extension AxisSet: OperationParameter {
    package static var expectation: String { "a list of axes" }
    package var stated: ParameterValue { (0..<Shape.maximumRank).filter { contains($0) }.stated }
    package init?(stated: ParameterValue) {
        guard let axes = [Int](stated: stated), axes.allSatisfy({ (0..<Shape.maximumRank).contains($0) }) else {
            return nil
        }
        self.init()
        for axis in axes { insert(axis) }
    }
}
