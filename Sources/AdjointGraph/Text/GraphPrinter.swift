import AdjointCore
import AdjointRuntime

extension Graph: CustomStringConvertible {
    /// The graph as typed text, a step a line, which `init(parsing:)` reads back: the same graph, to the last bit of its constants.
    ///
    ///     graph(x: %0) -> (y: %2, dx: %3) {
    ///       %0: float64[] = input
    ///       %1: float64[] = sin(%0)
    ///       %2: float64[] = mul{number: 2.0}(%1)
    ///       %3: float64[] = cos(%0) [derivative]
    ///     }
    ///
    /// What holds a Swift function, a recorded tensor or a generator of random numbers is shown as `unsaved`; a text with it is
    /// not read back.
    public var description: String {
        var printer = GraphPrinter()
        printer.write(self)
        return printer.text
    }

    /// What keeps the graph from being read back from its text, in the order of its steps.
    package var unsavedSteps: [String] {
        var printer = GraphPrinter()
        printer.write(self)
        return printer.unsaved
    }

    /// The text, if it can be read back.
    /// - Throws: for an operation that has no text form, naming it.
    public func text() throws(TensorError) -> String {
        var printer = GraphPrinter()
        printer.write(self)
        if let first = printer.unsaved.first {
            throw TensorError(
                .argument, "graph text", "the graph cannot be saved: \(first)",
                "leave that out of the graph, or save the program that makes it")
        }
        return printer.text
    }
}

/// Writes graphs as text. Recursion goes only as deep as loops and branches hold each other.
struct GraphPrinter {
    private var lines: [String] = []
    /// Bytes of large constants, which follow the graph.
    private var data: [String] = []
    private(set) var unsaved: [String] = []

    var text: String {
        (lines + data.enumerated().map { "data @\($0) = \"\($1)\"" }).joined(separator: "\n") + "\n"
    }

    mutating func write(_ graph: Graph) { write(graph, name: nil, indent: 0) }

    private mutating func write(_ graph: Graph, name: String?, indent: Int) {
        let margin = String(repeating: "  ", count: indent)
        func ports(_ ports: [Graph.Port]) -> String {
            "(" + ports.map { "\(Self.name($0.name)): %\($0.value)" }.joined(separator: ", ") + ")"
        }
        let title = name.map { Self.name($0) + ": " } ?? ""
        lines.append("\(margin)\(title)graph\(ports(graph.inputs)) -> \(ports(graph.outputs)) {")
        for step in graph.steps { write(step, of: graph, margin + "  ", indent + 1) }
        lines.append(margin + "}")
    }

    private mutating func write(_ step: Graph.Step, of graph: Graph, _ margin: String, _ indent: Int) {
        let results = graph.results(of: step).map { "%\($0): \(TypeText.write(graph.types[$0]))" }
        let operands = "(" + graph.operands(of: step).map { "%\($0)" }.joined(separator: ", ") + ")"
        let mark = step.role == .derivative ? " [derivative]" : ""
        var subgraphs: [(name: String, graph: Subgraph)] = []
        var statement: String
        switch step.operation {
        case .input: statement = "input"
        case .constant(let tensor): statement = constant(tensor)
        case .draw(let draw):
            statement = refuse(draw.name, "the draw \"\(draw.name)\" holds a generator of random numbers") + operands
        case .primitive(let operation):
            do throws(FormError) {
                let (name, fields) = try OperationRegistry.statement(of: operation)
                statement = name + Self.braces(fields) + operands
            } catch {
                statement = refuse(operation.label, "the operation \(error.problem): \(error.remedy)") + operands
            }
        case .several(let operation):
            if let known = ControlFlowForm.statement(of: operation) {
                statement = known.name + Self.braces(known.fields) + operands
                subgraphs = known.graphs
            } else {
                statement =
                    refuse(operation.label, "the operation \"\(operation.label)\" has no text form") + operands
            }
        }
        statement += mark
        if subgraphs.isEmpty {
            lines.append("\(margin)\(results.joined(separator: ", ")) = \(statement)")
            return
        }
        lines.append("\(margin)\(results.joined(separator: ", ")) = \(statement) {")
        for subgraph in subgraphs { write(subgraph.graph.graph, name: subgraph.name, indent: indent + 1) }
        lines.append(margin + "}")
    }

    private mutating func refuse(_ label: String, _ reason: String) -> String {
        unsaved.append(reason)
        return "unsaved \(Self.quoted(label))"
    }

    private mutating func constant(_ tensor: Tensor) -> String {
        guard tensor.node == nil, tensor.value.isStored else {
            return refuse("recorded constant", "a constant is a recorded tensor, which belongs to its program")
        }
        do throws(TensorError) {
            switch try ConstantText(tensor) {
            case .all(let text): return "constant all \(text)"
            case .numbers(let texts):
                return "constant " + (tensor.rank == 0 ? texts[0] : "[" + texts.joined(separator: ", ") + "]")
            case .bytes(let bytes):
                data.append(Base64.encode(bytes))
                return "constant @\(data.count - 1)"
            }
        } catch {
            return refuse("constant", "a constant could not be copied: \(error.problem)")
        }
    }

    private static func braces(_ fields: OperationRegistry.Fields) -> String {
        fields.isEmpty ? "" : "{" + fields.map { "\($0.name): \(text($0.value))" }.joined(separator: ", ") + "}"
    }

    private static func text(_ value: ParameterValue) -> String {
        switch value {
        case .none: "none"
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .word(let name): name
        case .text(let text): quoted(text)
        case .list(let values): "[" + values.map { text($0) }.joined(separator: ", ") + "]"
        }
    }

    /// A name as it is, if it looks like one, else in quotes.
    static func name(_ name: String) -> String { TextScanner.isName(name) ? name : quoted(name) }

    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case _ where scalar.value < 32 || scalar.value == 127:
                result += "\\u{" + String(scalar.value, radix: 16) + "}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

/// Types as `float32[2,3]`, with `?` for an extent that only a run knows.
enum TypeText {
    static func write(_ type: TensorType) -> String {
        "\(type.dtype)["
            + type.shape.extents.map { $0 == Shape.unknownExtent ? "?" : "\($0)" }.joined(separator: ",") + "]"
    }
}
