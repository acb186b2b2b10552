/// A mathematical expression as a tree, each node with its place in the source.
///
/// Ranges count characters from 0. The tree is never deeper than ``depthLimit``, so code that walks it recursively
/// (and the release of its memory, which does so too) is safe even for hostile input.
public indirect enum Expression: Sendable, Equatable {
    case number(Double, range: Range<Int>)
    case variable(String, range: Range<Int>)
    case unary(UnaryOperator, Expression, range: Range<Int>)
    case binary(BinaryOperator, Expression, Expression, range: Range<Int>)
    case call(Function, [Expression], range: Range<Int>)

    /// The greatest number of operators and calls on a path from the root to a leaf.
    public static let depthLimit = 1_000

    /// Parses an expression such as `sin(x*y) + x^2`.
    ///
    /// The names `pi` and `e` stand for their values unless `variables` lists them.
    ///
    /// - Parameters:
    ///   - source: The text to parse.
    ///   - variables: The names that may occur, or nil to accept any.
    public init(parsing source: String, variables: [String]? = nil) throws(ExpressionError) {
        var parser = Parser(tokens: try Token.scan(source), variables: variables)
        self = try parser.parse()
    }

    /// The place of the expression in its source, without parentheses around it.
    public var range: Range<Int> {
        switch self {
        case .number(_, let range), .variable(_, let range), .unary(_, _, let range), .binary(_, _, _, let range),
            .call(_, _, let range):
            range
        }
    }

    /// The names of the variables in order of first appearance.
    public var variables: [String] {
        var names: [String] = []
        var seen: Set<String> = []
        var pending = [self]
        while let expression = pending.popLast() {
            switch expression {
            case .number: break
            case .variable(let name, _): if seen.insert(name).inserted { names.append(name) }
            case .unary(_, let operand, _): pending.append(operand)
            case .binary(_, let left, let right, _): pending += [right, left]
            case .call(_, let arguments, _): pending += arguments.reversed()
            }
        }
        return names
    }
}

/// A sign before an operand.
public enum UnaryOperator: Character, Sendable, CaseIterable {
    case plus = "+"
    case minus = "-"
}

/// An operator between two operands.
public enum BinaryOperator: Character, Sendable, CaseIterable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case power = "^"
}

/// A function that expressions can call.
public enum Function: String, Sendable, CaseIterable {
    case sin, cos, tan, asin, acos, atan, sinh, cosh, tanh
    case exp, log, sqrt, abs, log1p, expm1, erf, square, sign
    case sigmoid, relu, softplus
    case max, min, pow, atan2, hypot

    /// The number of arguments.
    public var arity: Int {
        switch self {
        case .max, .min, .pow, .atan2, .hypot: 2
        default: 1
        }
    }
}
