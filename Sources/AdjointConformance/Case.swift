import AdjointCore
import AdjointRuntime

/// One recorded call with its outputs and derivatives.
struct Case: Sendable {
    let id: String
    /// The operator, where the file has cases of several.
    let operation: String?
    let call: Call
    let outputs: [RecordedOutput]
    /// Where the differentiable inputs stand.
    let wrt: [ArgumentPath]
    let vjp: (cotangents: [FlatNumbers?], grads: [FlatNumbers?])?
    let jvp: (tangents: [FlatNumbers?], outputs: [FlatNumbers?])?
    let gradgrad: (directions: [FlatNumbers?], grads: [FlatNumbers?])?
    let tolerance: Tolerance
    /// Functions composed with the operator.
    let pre: String?
    let processed: String?
}

enum RecordedOutput: Sendable {
    case tensor(RecordedTensor)
    case value(Argument)
}

struct Tolerance: Sendable {
    let relative: Double
    let absolute: Double
}

extension Case {
    init(_ json: JSON, file: String) throws {
        guard case .object(let members) = json, case .string(let id)? = members["id"] else {
            throw CaseError("a case is an object with an id")
        }
        self.id = id
        if case .string(let name)? = members["op"] { operation = name } else { operation = nil }
        var call = Call(operation: operation ?? file, input: try Argument(members["input"] ?? .null))
        call.positional = try Self.array(members["args"]).map { try Argument($0) }
        if case .object(let keywords)? = members["kwargs"] {
            call.keywords = try keywords.mapValues { try Argument($0) }
        }
        // The first name is the input's.
        let names = try Self.array(members["arg_names"]).map { try Self.text($0) }
        if names.count == call.positional.count + 1 { call.positionalNames = Array(names.dropFirst()) }
        self.call = call
        outputs = try Self.array(members["outputs"]).map { output in
            guard case .object(let members) = output else { throw CaseError("an output is an object") }
            if let tensor = members["t"] { return .tensor(try RecordedTensor(tensor)) }
            guard let value = members["value"] else { throw CaseError("an output is a tensor or a value") }
            return .value(try Argument(value))
        }
        wrt = try Self.array(members["wrt"]).map { try ArgumentPath(try Self.text($0)) }
        vjp = try Self.check(members["vjp"], "cotangents", "grads").map { ($0, $1) }
        jvp = try Self.check(members["jvp"], "tangents", "outputs").map { ($0, $1) }
        gradgrad = try Self.check(members["gradgrad"], "r", "grads").map { ($0, $1) }
        tolerance = Tolerance(
            relative: try Self.number(members["rtol"]) ?? 1e-7, absolute: try Self.number(members["atol"]) ?? 1e-9)
        pre = try Self.optionalText(members["pre"])
        processed = try Self.optionalText(members["processed"])
        try validate()
    }

    /// The counts that the runner relies on.
    private func validate() throws {
        if let vjp, vjp.cotangents.count != outputs.count || vjp.grads.count != wrt.count {
            throw CaseError("vjp does not match the outputs and wrt")
        }
        if let jvp, jvp.tangents.count != wrt.count || jvp.outputs.count != outputs.count {
            throw CaseError("jvp does not match wrt and the outputs")
        }
        if let gradgrad, vjp == nil || gradgrad.directions.count != wrt.count || gradgrad.grads.count != wrt.count {
            throw CaseError("gradgrad does not match wrt, or there is no vjp")
        }
    }

    private static func array(_ json: JSON?) throws -> [JSON] {
        switch json {
        case nil, .null: []
        case .array(let elements): elements
        default: throw CaseError("an array expected")
        }
    }

    static func text(_ json: JSON) throws -> String {
        guard case .string(let text) = json else { throw CaseError("a string expected") }
        return text
    }

    private static func optionalText(_ json: JSON?) throws -> String? {
        if case .null? = json { return nil }
        return try json.map(text)
    }

    private static func number(_ json: JSON?) throws -> Double? {
        switch json {
        case nil, .null: nil
        case .int(let value): Double(value)
        case .double(let value): value
        default: throw CaseError("a tolerance is a number")
        }
    }

    private static func check(
        _ json: JSON?, _ first: String, _ second: String
    ) throws -> ([FlatNumbers?], [FlatNumbers?])? {
        if case .null? = json { return nil }
        guard let json else { return nil }
        guard case .object(let members) = json else { throw CaseError("a derivative is an object or null") }
        func arrays(_ name: String) throws -> [FlatNumbers?] {
            try array(members[name]).map { if case .null = $0 { nil } else { try FlatNumbers($0) } }
        }
        return (try arrays(first), try arrays(second))
    }
}

/// Where a tensor stands in a call: `input`, `args.0`, `kwargs.weight`, `input.1`.
struct ArgumentPath: Sendable, CustomStringConvertible {
    private enum Root: Sendable {
        case input
        case positional(Int)
        case keyword(String)
    }
    private let root: Root
    private let places: [Int]
    let description: String

    init(_ text: String) throws {
        description = text
        var parts = text.split(separator: ".", omittingEmptySubsequences: false)[...]
        switch parts.popFirst() {
        case "input": root = .input
        case "args":
            guard let place = parts.popFirst().flatMap({ Int($0) }) else { throw CaseError("\(text) is no path") }
            root = .positional(place)
        case "kwargs":
            guard let name = parts.popFirst() else { throw CaseError("\(text) is no path") }
            root = .keyword(String(name))
        default: throw CaseError("\(text) is no path")
        }
        places = try parts.map {
            guard let place = Int($0) else { throw CaseError("\(text) is no path") }
            return place
        }
    }

    func tensor(in call: Call) throws -> Tensor {
        let start: Argument? =
            switch root {
            case .input: call.input
            case .positional(let place): call.positional.indices.contains(place) ? call.positional[place] : nil
            case .keyword(let name): call.keywords[name]
            }
        guard case .tensor(let tensor)? = start?[places[...]] else { throw CaseError("there is no tensor at \(self)") }
        return tensor
    }

    /// Puts another tensor where `tensor(in:)` found one.
    func put(_ tensor: Tensor, into call: inout Call) {
        switch root {
        case .input: call.input = call.input.replacing(places[...], with: .tensor(tensor))
        case .positional(let place):
            call.positional[place] = call.positional[place].replacing(places[...], with: .tensor(tensor))
        case .keyword(let name):
            call.keywords[name] = call.keywords[name]?.replacing(places[...], with: .tensor(tensor))
        }
    }
}
