import Adjoint
import AdjointExpression
import ArgumentParser

/// `adjoint graph`: a formula and its derivatives as an explicit graph.
struct GraphCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "graph",
        abstract: "A formula and its derivatives as a graph: stated, differentiated, rewritten, drawn.",
        discussion: """
            Formulas are those of adjoint grad. The derivatives of order 2 are those of each element of the gradient, and so on.
            Text is what Graph(parsing:) reads.

            Examples:
              adjoint graph "sin(x*y) + x^2" --emit text
              adjoint graph "sin(x*y) + x^2" --wrt x --order 2 --emit svg -o graph.svg
              adjoint graph "log(1 + exp(x))" --passes none --at x=0.3
            """)

    /// The forms that a graph can be shown in.
    enum Form: String, CaseIterable, ExpressibleByArgument {
        case text, dot, mermaid, svg
    }

    @Argument(help: "The formula, such as \"sin(x*y) + x^2\".")
    var formula: String

    @Option(help: ArgumentHelp("The variables of the derivatives; all, if it is not given.", valueName: "x,y"))
    var wrt: String?

    @Option(help: "Up to which order derivatives are added: 0 for none.")
    var order = 1

    @Option(help: ArgumentHelp("The rewrites: all, none, or names in their order.", valueName: "all|none|a,b"))
    var passes = "all"

    @Option(help: "The form of the output.")
    var emit: Form = .text

    @Option(help: ArgumentHelp("Runs the graph at a point and prints its outputs.", valueName: "x=1.5,y=2"))
    var at: [String] = []

    @Option(
        name: .shortAndLong, help: ArgumentHelp("Writes the graph to a file, whole or not at all.", valueName: "path"))
    var output: String?

    @Flag(help: "Prints what each pass did, to standard error.")
    var explain = false

    /// More outputs than anybody looks at, of a graph that grows with each order.
    private static let mostOutputs = 1_000

    mutating func validate() throws {
        formula = formula.trimmingSpaces
        guard (0...6).contains(order) else { throw ValidationError("--order is 0 to 6, not \(order).") }
    }

    func run() throws {
        let passes = try chosenPasses()
        let expression = try parsed()
        let point = try at.isEmpty ? nil : self.point(expression.variables)
        let plain = try graph(expression)
        let (graph, reports) = GraphPass.apply(passes, to: plain)
        if explain { for report in reports { Console.complain(report.description) } }
        try show(graph)
        if let point { try evaluate(graph, point) }
    }

    private func chosenPasses() throws -> [GraphPass] {
        switch passes {
        case "all": return GraphPass.standard
        case "none": return []
        default:
            return try passes.split(separator: ",").map { name in
                let name = String(name).trimmingSpaces
                guard let pass = GraphPass.standard.first(where: { $0.name == name }) else {
                    var names: [String] = []
                    for pass in GraphPass.standard where !names.contains(pass.name) { names.append(pass.name) }
                    throw Console.usageError(
                        "--passes names '\(name)', which is no pass; the passes are \(names.joined(separator: ", "))")
                }
                return pass
            }
        }
    }

    private func parsed() throws -> Expression {
        do throws(ExpressionError) {
            return try Expression(parsing: formula)
        } catch {
            throw Console.failure(error.rendered(formula), .validationFailure)
        }
    }

    private func point(_ names: [String]) throws -> Point {
        let point = try Point(parsing: at)
        if let unknown = point.names.first(where: { !names.contains($0) }) {
            throw Console.usageError("--at gives a value to \(unknown), which is not in the formula")
        }
        if let missing = names.first(where: { !point.names.contains($0) }) {
            throw Console.usageError("--at gives no value to \(missing)")
        }
        return point
    }

    /// The variables of the derivatives, in the order in which they are given.
    private func variables(_ names: [String]) throws -> [String] {
        guard let wrt else { return names }
        var chosen: [String] = []
        for part in wrt.split(separator: ",", omittingEmptySubsequences: false) {
            let name = String(part).trimmingSpaces
            guard names.contains(name) else {
                throw Console.usageError(
                    "--wrt names '\(name)', which is not in the formula; its variables are \(names.joined(separator: ", "))"
                )
            }
            guard !chosen.contains(name) else { throw Console.usageError("--wrt names \(name) twice") }
            chosen.append(name)
        }
        return chosen
    }

    /// The graph of the formula with its derivatives.
    private func graph(_ expression: Expression) throws -> Graph {
        let names = expression.variables
        let targets = try variables(names)
        let builder = GraphBuilder()
        let inputs = Dictionary(uniqueKeysWithValues: names.map { ($0, builder.input($0, [], .float64)) })
        let value = Evaluation(expression, inputs).result
        var outputs = [(name: "f", value: value)]
        var last = [(variables: [String](), value: value)]
        for _ in 0..<(targets.isEmpty ? 0 : order) {
            var next: [(variables: [String], value: Tensor)] = []
            for (variables, value) in last {
                let found =
                    variables.isEmpty && expression.variables.isEmpty
                    ? []
                    : builder.gradients(
                        of: [value], withRespectTo: targets.map { inputs[$0]! }, disconnected: .zero)
                for (target, gradient) in zip(targets, found) {
                    next.append((variables + [target], gradient))
                    outputs.append((Self.name(variables + [target]), gradient))
                }
            }
            guard outputs.count <= Self.mostOutputs else {
                throw Console.usageError(
                    "order \(order) of \(targets.count) variables has more than \(Self.mostOutputs) derivatives; choose fewer with --wrt or --order"
                )
            }
            last = next
        }
        do throws(TensorError) {
            return try builder.graph(outputs.map(\.value), names: outputs.map(\.name))
        } catch {
            throw Console.failure("error: \(error.problem)")
        }
    }

    /// `df/dx`, `d2f/dxdy`
    private static func name(_ variables: [String]) -> String {
        let order = variables.count == 1 ? "" : "\(variables.count)"
        return "d\(order)f/" + variables.map { "d\($0)" }.joined()
    }

    private func show(_ graph: Graph) throws {
        let text: String
        switch emit {
        case .text: text = graph.description
        case .dot: text = graph.dot(title: formula)
        case .mermaid: text = graph.mermaid(title: formula)
        case .svg:
            do throws(TensorError) {
                text = try graph.svg(title: formula)
            } catch {
                throw Console.failure("error: \(error.problem)")
            }
        }
        if let output { try OutputFile.write(text, to: output) } else { Console.write(text) }
    }

    private func evaluate(_ graph: Graph, _ point: Point) throws {
        let values = Dictionary(uniqueKeysWithValues: zip(point.names, point.values))
        do throws(TensorError) {
            let inputs = graph.inputs.map { Tensor(values[$0.name]!, dtype: .float64) }
            let results = try GraphInterpreter().prepare(graph).run(inputs)
            for (port, result) in zip(graph.outputs, results) { print("\(port.name) = \(result.item().shortest)") }
        } catch {
            throw Console.failure("error: \(error.problem)")
        }
    }
}
