import AdjointCore
import AdjointRuntime

/// An argument of an operator call, as a case writes it.
enum Argument: Sendable {
    case tensor(Tensor)
    case list([Argument])
    case tuple([Argument])
    case int(Int)
    case double(Double)
    case complex(Double, Double)
    case bool(Bool)
    case string(String)
    case dtype(DType)
    case slice(Int?, Int?, Int?)
    case ellipsis
    case null
}

/// What is wrong with a case, or with what an adapter made of it.
struct CaseError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

extension Argument {
    /// Reads an encoded argument.
    init(_ json: JSON) throws {
        switch json {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .int(let value): self = .int(value)
        case .double(let value): self = .double(value)
        case .string(let text): self = Self.nonFinite(text).map(Argument.double) ?? .string(text)
        case .array(let elements): self = .list(try elements.map { try Argument($0) })
        case .object(let members): self = try Self.tagged(members)
        }
    }

    /// NaN and infinities are written as strings.
    static func nonFinite(_ text: String) -> Double? {
        switch text {
        case "nan": .nan
        case "inf": .infinity
        case "-inf": -.infinity
        default: nil
        }
    }

    private static func tagged(_ members: [String: JSON]) throws -> Argument {
        guard members.count == 1, let (tag, value) = members.first else {
            throw CaseError("an argument has one tag, not \(members.keys.sorted())")
        }
        switch (tag, value) {
        case ("t", _): return .tensor(try RecordedTensor(value).tensor())
        case ("tuple", .array(let elements)): return .tuple(try elements.map { try Argument($0) })
        case ("slice", .array(let parts)) where parts.count == 3:
            let bounds = try parts.map { try Argument($0).optionalInt() }
            return .slice(bounds[0], bounds[1], bounds[2])
        case ("ellipsis", _): return .ellipsis
        case ("dtype", .string(let name)): return .dtype(try DType(named: name))
        case ("complex", .array(let parts)) where parts.count == 2:
            return .complex(try Argument(parts[0]).number(), try Argument(parts[1]).number())
        default: throw CaseError("no argument has the tag \"\(tag)\"")
        }
    }

    private func optionalInt() throws -> Int? {
        switch self {
        case .null: nil
        case .int(let value): value
        default: throw CaseError("\(self) is no bound of a slice")
        }
    }

    private func number() throws -> Double {
        switch self {
        case .int(let value): Double(value)
        case .double(let value): value
        default: throw CaseError("\(self) is no number")
        }
    }
}

extension Argument: CustomStringConvertible {
    var description: String {
        switch self {
        case .tensor(let tensor): "tensor \(tensor.type)"
        case .list(let elements): "[" + elements.map(\.description).joined(separator: ", ") + "]"
        case .tuple(let elements): "(" + elements.map(\.description).joined(separator: ", ") + ")"
        case .int(let value): "\(value)"
        case .double(let value): "\(value)"
        case .complex(let real, let imaginary): "(\(real) + \(imaginary)i)"
        case .bool(let value): "\(value)"
        case .string(let text): "\"\(text)\""
        case .dtype(let dtype): "\(dtype)"
        case .slice(let start, let stop, let step):
            [start, stop, step].map { $0.map(String.init) ?? "" }.joined(separator: ":")
        case .ellipsis: "..."
        case .null: "null"
        }
    }
}

extension Argument {
    /// The elements of a list or tuple.
    var elements: [Argument]? {
        switch self {
        case .list(let elements), .tuple(let elements): elements
        default: nil
        }
    }

    /// The argument at places in nested lists.
    subscript(path: ArraySlice<Int>) -> Argument? {
        guard let place = path.first else { return self }
        guard let elements, elements.indices.contains(place) else { return nil }
        return elements[place][path.dropFirst()]
    }

    /// The same with another argument at places in nested lists.
    func replacing(_ path: ArraySlice<Int>, with argument: Argument) -> Argument {
        guard let place = path.first, var elements else { return argument }
        elements[place] = elements[place].replacing(path.dropFirst(), with: argument)
        if case .tuple = self { return .tuple(elements) }
        return .list(elements)
    }
}
