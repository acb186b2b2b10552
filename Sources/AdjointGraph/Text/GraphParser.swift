import AdjointCore
import AdjointRuntime

extension Graph {
    /// The largest value in bytes that a text or a file may have, unless more is allowed.
    public static let usualByteLimit = 1 << 36

    /// Reads the text of a graph, as `description` gives it.
    ///
    /// Each step is checked: its operands stand before it, its parameters and types fit, its results have the types that are
    /// stated. So the graph can be run, whoever wrote the text.
    /// - Parameter byteLimit: no value, and not all constants together, may take more bytes.
    /// - Throws: for anything else than a graph, with the line, the column and what was expected.
    public init(parsing text: String, byteLimit: Int = Graph.usualByteLimit) throws(TensorError) {
        var parser = try GraphParser(Array(text.utf8), byteLimit)
        self = try parser.parse()
    }
}

/// Reads graphs from text. Recursion goes only as deep as loops and branches hold each other, up to a limit.
struct GraphParser {
    private var scanner: TextScanner
    private let bytes: [UInt8]
    private let byteLimit: Int
    /// Where the bytes of large constants stand.
    private var data: [Int: Range<Int>] = [:]
    private var constantBytes = 0

    private static let depthLimit = 32

    init(_ bytes: [UInt8], _ byteLimit: Int) throws(TensorError) {
        self.bytes = bytes
        self.byteLimit = byteLimit
        let (data, end) = Self.dataLines(bytes)
        self.data = data
        scanner = try TextScanner(bytes, end: end)
    }

    mutating func parse() throws(TensorError) -> Graph {
        let graph = try graph(depth: 0)
        guard scanner.next == .end else { throw scanner.unexpected("the end of the graph") }
        return graph
    }

    /// The lines `data @0 = "…"` and where the first of them starts: the graph ends there.
    private static func dataLines(_ bytes: [UInt8]) -> (data: [Int: Range<Int>], end: Int) {
        let mark = Array("data @".utf8)
        var data: [Int: Range<Int>] = [:]
        var end = bytes.count
        var start = 0
        while start < bytes.count {
            let lineEnd = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            let line = bytes[start..<lineEnd]
            if line.starts(with: mark) {
                end = min(end, start)
                let digits = line.dropFirst(mark.count).prefix { (48...57).contains($0) }
                let rest = line[digits.endIndex...]
                if let number = Int(String(decoding: digits, as: UTF8.self)), rest.starts(with: Array(" = \"".utf8)),
                    rest.count >= 5, rest.last == UInt8(ascii: "\"")
                {
                    data[number] = (rest.startIndex + 4)..<(rest.endIndex - 1)
                }
            }
            start = lineEnd + 1
        }
        return (data, end)
    }

    private mutating func graph(depth: Int) throws(TensorError) -> Graph {
        guard depth < Self.depthLimit else {
            throw scanner.error("graphs hold each other too deeply", "nest loops and branches less")
        }
        let start = scanner.start
        try scanner.expect(word: "graph")
        let inputs = try ports()
        guard try scanner.take() == .arrow else { throw scanner.unexpected("\"->\"") }
        let outputs = try ports()
        try scanner.expect("{")
        var graph = Graph()
        while try !scanner.takes("}") { try step(&graph, depth) }
        graph.inputs = inputs
        graph.outputs = outputs
        if let problem = graph.portProblem {
            throw scanner.error(problem, "name each input of the graph once, and values that it has", at: start)
        }
        return graph
    }

    /// `(x: %0, "a name": %1)`
    private mutating func ports() throws(TensorError) -> [Graph.Port] {
        var ports: [Graph.Port] = []
        try scanner.expect("(")
        if try scanner.takes(")") { return ports }
        repeat {
            let name = try name("a name")
            try scanner.expect(":")
            ports.append(Graph.Port(name: name, value: try value()))
        } while try scanner.takes(",")
        try scanner.expect(")")
        return ports
    }

    private mutating func name(_ wanted: String) throws(TensorError) -> String {
        switch scanner.next {
        case .name(let name), .string(let name):
            try scanner.take()
            return name
        default: throw scanner.unexpected(wanted)
        }
    }

    private mutating func value() throws(TensorError) -> Int {
        guard case .value(let number) = scanner.next else { throw scanner.unexpected("a value such as %0") }
        try scanner.take()
        return number
    }

    /// `%3: float32[2], %4: int64[] = operation{…}(%0, %1) [derivative] { graphs }`
    private mutating func step(_ graph: inout Graph, _ depth: Int) throws(TensorError) {
        var types: [TensorType] = []
        repeat {
            let expected = graph.valueCount + types.count
            guard scanner.next == .value(expected) else { throw scanner.unexpected("the value %\(expected)") }
            try scanner.take()
            try scanner.expect(":")
            types.append(try type())
        } while try scanner.takes(",")
        try scanner.expect("=")
        let start = scanner.start
        guard case .name(let name) = try scanner.take() else {
            throw scanner.error("the name of an operation was expected", "write an operation, as sin(%0)", at: start)
        }
        let operation: GraphOperation
        var operands: [Int] = []
        switch name {
        case "input": operation = .input
        case "constant": operation = .constant(try constant(types[0], start))
        case "unsaved":
            throw scanner.error(
                "\(scanner.next.shown) cannot be read from text: it holds what only its program has",
                "build this part of the graph in the program", at: start)
        default:
            let fields = try fields()
            operands = try self.operands(graph.valueCount)
            let inputs = operands.map { graph.types[$0] }
            let role = try role()
            if ControlFlowForm.names.contains(name) {
                let several = try several(name, fields, depth, start)
                try check(types, at: start) { () throws(TensorError) in
                    try ControlFlowForm.resultTypes(of: several, inputs)
                }
                graph.append(.several(several), operands, types, role: role)
                return
            }
            let primitive = try primitive(name, fields, start)
            try check(types, at: start) { () throws(TensorError) in
                [try OperationRegistry.resultType(of: primitive, inputs)]
            }
            graph.append(.primitive(primitive), operands, types, role: role)
            return
        }
        guard types.count == 1 else {
            throw scanner.error("\(name) has one result", "state one value", at: start)
        }
        graph.append(operation, operands, types, role: try role())
    }

    private func check(
        _ stated: [TensorType], at start: Int, _ types: () throws(TensorError) -> [TensorType]
    ) throws(TensorError) {
        let found: [TensorType]
        do throws(TensorError) {
            found = try types()
        } catch {
            throw scanner.error("\(error.operation): \(error.problem)", error.remedy, at: start)
        }
        guard found == stated else {
            let right = found.map { TypeText.write($0) }.joined(separator: ", ")
            throw scanner.error("the results are of types \(right)", "state these types", at: start)
        }
    }

    private func primitive(
        _ name: String, _ fields: OperationRegistry.Fields, _ start: Int
    ) throws(TensorError) -> any Primitive {
        let found: (any Primitive)?
        do throws(FormError) {
            found = try OperationRegistry.operation(name, fields)
        } catch {
            throw scanner.error(error.problem, error.remedy, at: start)
        }
        if let found { return found }
        let nearest = OperationRegistry.nearest(to: name).map { "did you mean \"\($0)\"?" }
        throw scanner.error(
            "there is no operation \"\(name.prefix(40))\"",
            nearest ?? "use the name of an operation, as add, matmul or sum",
            at: start)
    }

    private mutating func several(
        _ name: String, _ fields: OperationRegistry.Fields, _ depth: Int, _ start: Int
    ) throws(TensorError) -> any MultiPrimitive {
        try scanner.expect("{")
        var graphs: [(name: String, graph: Subgraph)] = []
        while try !scanner.takes("}") {
            let name = try self.name("the name of a graph")
            try scanner.expect(":")
            graphs.append((name, Subgraph(try graph(depth: depth + 1))))
        }
        do throws(FormError) {
            return try ControlFlowForm.operation(name, fields, graphs)
        } catch {
            throw scanner.error(error.problem, error.remedy, at: start)
        }
    }

    private mutating func role() throws(TensorError) -> Graph.Role {
        guard try scanner.takes("[") else { return .forward }
        try scanner.expect(word: "derivative")
        try scanner.expect("]")
        return .derivative
    }

    private mutating func operands(_ count: Int) throws(TensorError) -> [Int] {
        var operands: [Int] = []
        try scanner.expect("(")
        if try scanner.takes(")") { return operands }
        repeat {
            let start = scanner.start
            let operand = try value()
            guard operand < count else {
                throw scanner.error("%\(operand) does not stand before this step", "use a value from above", at: start)
            }
            operands.append(operand)
        } while try scanner.takes(",")
        try scanner.expect(")")
        return operands
    }

    private mutating func type() throws(TensorError) -> TensorType {
        let start = scanner.start
        guard case .name(let name) = scanner.next, let dtype = DType(stated: .word(name)) else {
            throw scanner.unexpected("an element type such as float32")
        }
        try scanner.take()
        try scanner.expect("[")
        var extents: [Int] = []
        while try !scanner.takes("]") {
            if !extents.isEmpty { try scanner.expect(",") }
            if try scanner.takes("?") {
                extents.append(Shape.unknownExtent)
            } else if case .number(let text) = scanner.next, let extent = Int(text) {
                try scanner.take()
                extents.append(extent)
            } else {
                throw scanner.unexpected("an extent")
            }
        }
        guard let shape = Shape(checking: extents) else {
            throw scanner.error("\(extents) is no shape", "give up to 10 extents of 0 or more", at: start)
        }
        let type = TensorType(shape, dtype)
        guard shape.hasUnknownExtent || type.byteCount <= byteLimit else {
            throw scanner.error(
                "a value of \(type.byteCount) bytes is larger than the limit of \(byteLimit)",
                "allow more with byteLimit", at: start)
        }
        return type
    }
}

// Parameters and constants.
extension GraphParser {
    /// `{axes: [0, 1], largest: true}`
    private mutating func fields() throws(TensorError) -> OperationRegistry.Fields {
        var fields: OperationRegistry.Fields = []
        guard try scanner.takes("{") else { return fields }
        repeat {
            let start = scanner.start
            let name = try name("the name of a parameter")
            guard !fields.contains(where: { $0.name == name }) else {
                throw scanner.error("the parameter \"\(name)\" is stated twice", "state it once", at: start)
            }
            try scanner.expect(":")
            fields.append((name, try parameter(0)))
        } while try scanner.takes(",")
        try scanner.expect("}")
        return fields
    }

    private mutating func parameter(_ depth: Int) throws(TensorError) -> ParameterValue {
        let start = scanner.start
        switch try scanner.take() {
        case .name("true"): return .bool(true)
        case .name("false"): return .bool(false)
        case .name("none"): return .none
        case .name("inf"): return .number(.infinity)
        case .name("nan"): return .number(.nan)
        case .name(let word): return .word(word)
        case .string(let text): return .text(text)
        case .number(let text):
            if let integer = Int(text) { return .integer(integer) }
            guard let number = Double(text) else {
                throw scanner.error("\"\(text.prefix(40))\" is no number", "write it as 3, -2.5 or 1e-7", at: start)
            }
            return .number(number)
        case .symbol("["):
            guard depth < 4 else { throw scanner.error("lists hold each other too deeply", "nest less", at: start) }
            var values: [ParameterValue] = []
            while try !scanner.takes("]") {
                if !values.isEmpty { try scanner.expect(",") }
                values.append(try parameter(depth + 1))
            }
            return .list(values)
        default:
            throw scanner.error("the value of a parameter was expected", "write a number, a list or a word", at: start)
        }
    }

    /// `2.0`, `[1.0, 2.0]`, `all 0.0` or `@0`
    private mutating func constant(_ type: TensorType, _ start: Int) throws(TensorError) -> Tensor {
        let (sum, overflows) = constantBytes.addingReportingOverflow(type.byteCount)
        guard !type.shape.hasUnknownExtent, !overflows, sum <= byteLimit else {
            throw scanner.error(
                "the constants are larger than \(byteLimit) bytes", "allow more with byteLimit", at: start)
        }
        constantBytes = sum
        if case .data(let number) = scanner.next {
            let place = scanner.start
            try scanner.take()
            guard let range = data[number] else {
                throw scanner.error("there is no line data @\(number)", "add the data behind the graph", at: place)
            }
            guard let decoded = Base64.decode(bytes[range]), decoded.count == type.byteCount else {
                throw scanner.error(
                    "data @\(number) is not the base64 text of \(type.byteCount) bytes", "copy the data again",
                    at: range.lowerBound)
            }
            return try ConstantText.tensor(type, bytes: decoded)
        }
        if scanner.next == .name("all") {
            try scanner.take()
            return try ConstantText.tensor(type, numbers: [try number(type.dtype)])
        }
        guard try scanner.takes("[") else {
            guard type.shape.rank == 0 else { throw scanner.unexpected("\"[\", \"all\" or data") }
            return try ConstantText.tensor(type, numbers: [try number(type.dtype)])
        }
        var numbers: [NumberText.Number] = []
        while try !scanner.takes("]") {
            if !numbers.isEmpty { try scanner.expect(",") }
            numbers.append(try number(type.dtype))
        }
        guard numbers.count == type.shape.count else {
            throw scanner.error(
                "\(numbers.count) numbers for \(type.shape.count) elements", "write one number an element", at: start)
        }
        return try ConstantText.tensor(type, numbers: numbers)
    }

    private mutating func number(_ dtype: DType) throws(TensorError) -> NumberText.Number {
        let start = scanner.start
        func wrong() -> TensorError {
            scanner.error("an element of type \(dtype) was expected", "write a number of this type", at: start)
        }
        if dtype.isComplex {
            try scanner.expect("(")
            let real = try number(dtype.realType)
            try scanner.expect(",")
            let imaginary = try number(dtype.realType)
            try scanner.expect(")")
            switch (real, imaginary) {
            case (.single(let real), .single(let imaginary)): return .complexSingle(real, imaginary)
            case (.real(let real), .real(let imaginary)): return .complex(real, imaginary)
            default: throw wrong()
            }
        }
        let text: String
        switch try scanner.take() {
        case .number(let number): text = number
        case .name(let name) where ["true", "false", "inf", "nan"].contains(name): text = name
        default: throw wrong()
        }
        switch dtype {
        case .bool:
            guard text == "true" || text == "false" else { throw wrong() }
            return .bool(text == "true")
        case .uint8, .int32, .int64:
            let range: ClosedRange<Int> =
                dtype == .uint8 ? 0...255 : dtype == .int32 ? Int(Int32.min)...Int(Int32.max) : Int.min...Int.max
            guard let number = Int(text), range.contains(number) else { throw wrong() }
            return .integer(number)
        case .float64:
            guard let number = Double(text) else { throw wrong() }
            return .real(number.isNaN ? .nan : number)
        default:
            guard let number = Float(text) else { throw wrong() }
            return .single(number.isNaN ? .nan : number)
        }
    }
}

extension Graph {
    /// What is wrong with inputs and outputs; nil if nothing is.
    fileprivate var portProblem: String? {
        let count = valueCount
        if let port = (inputs + outputs).first(where: { $0.value >= count }) {
            return "the port \"\(port.name)\" names %\(port.value), which the graph does not have"
        }
        func isInput(_ value: Int) -> Bool {
            if case .input = steps[Int(producers[value])].operation { true } else { false }
        }
        let given = Set(inputs.map(\.value))
        if given.count != inputs.count { return "two inputs are the same value" }
        if let port = inputs.first(where: { !isInput($0.value) }) {
            return "the input \"\(port.name)\" names %\(port.value), which is computed"
        }
        let needed = needed(for: outputs.map(\.value))
        if let value = (0..<count).first(where: { needed[$0] && isInput($0) && !given.contains($0) }) {
            return "an output depends on the input %\(value), which has no name"
        }
        return nil
    }
}
