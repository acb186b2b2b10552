import Adjoint
import AdjointExpression
import ArgumentParser

/// `adjoint grad`: the derivatives of a formula at a point.
struct GradCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grad",
        abstract: "The value, the gradient and the second derivatives of a formula at a point.",
        discussion: """
            Formulas have + - * / ^, parentheses, pi, e and the functions \
            \(Function.allCases.map(\.rawValue).joined(separator: ", ")).

            Examples:
              adjoint grad "sin(x*y) + x^2" --at x=1.5,y=2
              adjoint grad "x^3 * y" --at x=2,y=-1 --order 2 --mode both
              adjoint grad "log(1 + exp(x))" --at x=0.3 --graph softplus.svg
            """)

    /// The modes that can be asked for.
    enum ModeChoice: String, CaseIterable, ExpressibleByArgument {
        case forward, reverse, both

        var modes: [Mode] {
            switch self {
            case .forward: [.forward]
            case .reverse: [.reverse]
            case .both: [.reverse, .forward]
            }
        }
    }

    @Argument(help: "The formula, such as \"sin(x*y) + x^2\".")
    var formula: String

    @Option(help: ArgumentHelp("The point: a value for each variable.", valueName: "x=1.5,y=2"))
    var at: [String] = []

    @Option(help: "How derivatives are accumulated.")
    var mode: ModeChoice = .reverse

    @Option(help: "1 for the gradient, 2 for the Hessian too.")
    var order = 1

    @Option(help: ArgumentHelp("Draws the computational graph: .svg, .dot or .mmd.", valueName: "file"))
    var graph: String?

    @Flag(help: "Prints one line of JSON.")
    var json = false

    mutating func validate() throws {
        formula = formula.trimmingSpaces
        guard (1...2).contains(order) else { throw ValidationError("--order is 1 or 2, not \(order).") }
    }

    func run() throws {
        let format = try graph.map { try GraphFile(path: $0) }
        let point = try Point(parsing: at)
        let expression = try parsed(point)
        let results = mode.modes.map { mode in
            Derivatives(
                of: { Evaluation(expression, point.assign($0)).result }, at: point.values, mode: mode, order: order)
        }
        let report = GradReport(formula: formula, point: point, results: results)
        print(json ? report.json : report.text)
        try format?.write(GraphPicture(expression, formula, point).drawing)
        if let complaint = report.complaint { throw Console.failure("error: \(complaint)") }
    }

    private func parsed(_ point: Point) throws -> Expression {
        do {
            let expression = try Expression(parsing: formula, variables: point.names)
            let names = expression.variables
            if let unused = point.names.first(where: { !names.contains($0) }) {
                throw Console.usageError("--at gives a value to \(unused), which is not in the formula")
            }
            return expression
        } catch let error as ExpressionError {
            var message = error.rendered(formula)
            if case .unknownVariable(let name) = error.reason { message += "\ngive it a value: --at \(name)=…" }
            throw Console.failure(message, .validationFailure)
        }
    }
}

/// The values of the variables, in the order in which they were given.
struct Point {
    private(set) var names: [String] = []
    private(set) var values: [Double] = []

    /// Reads `x=1.5,y=2`.
    init(parsing texts: [String]) throws {
        for part in texts.flatMap({ $0.split(separator: ",", omittingEmptySubsequences: false) }) {
            let sides = part.split(separator: "=", omittingEmptySubsequences: false).map { String($0).trimmingSpaces }
            guard sides.count == 2, !sides[0].isEmpty else {
                throw Console.usageError("--at needs name=number pairs such as x=1.5,y=2, not '\(part)'")
            }
            guard let value = Double(sides[1]), value.isFinite else {
                throw Console.usageError("--at gives \(sides[0]) the value '\(sides[1])', which is not a finite number")
            }
            guard !names.contains(sides[0]) else { throw Console.usageError("--at gives \(sides[0]) two values") }
            guard (try? Expression(parsing: sides[0], variables: [sides[0]]))?.variables == [sides[0]] else {
                throw Console.usageError("--at gives '\(sides[0])' a value, which is no name of a variable")
            }
            names.append(sides[0])
            values.append(value)
        }
    }

    /// The names with tensors for values.
    func assign(_ tensors: [Tensor]) -> [String: Tensor] {
        Dictionary(uniqueKeysWithValues: zip(names, tensors))
    }
}
