import Adjoint
import AdjointExpression

typealias Expression = AdjointExpression.Expression

/// The value of an expression over scalar tensors, with every intermediate result in the order of computation.
struct Evaluation {
    /// A number has no history, so it stays out of the graph until it meets a tensor.
    private enum Operand {
        case number(Double)
        case tensor(Tensor)

        var tensor: Tensor {
            switch self {
            case .number(let number): Tensor(number, dtype: .float64)
            case .tensor(let tensor): tensor
            }
        }
    }

    /// The value of the whole expression.
    private(set) var result = Tensor(0.0, dtype: .float64)
    /// The tensors that operations computed, those of constants alone left out, and their places in the source.
    private(set) var intermediates: [(tensor: Tensor, range: Range<Int>)] = []

    private let variables: [String: Tensor]

    /// Evaluates an expression whose variables all have a value.
    init(_ expression: Expression, _ variables: [String: Tensor]) {
        self.variables = variables
        result = value(of: expression).tensor
    }

    // Recursion is safe: an expression is at most `Expression.depthLimit` deep.
    private mutating func value(of expression: Expression) -> Operand {
        switch expression {
        case .number(let number, _): return .number(number)
        case .variable(let name, _): return .tensor(variables[name]!)
        case .unary(.plus, let operand, _): return value(of: operand)
        case .unary(.minus, let operand, _): return apply([value(of: operand)], expression.range) { -$0[0].tensor }
        case .binary(let symbol, let left, let right, _):
            return apply([value(of: left), value(of: right)], expression.range) { Self.apply(symbol, $0[0], $0[1]) }
        case .call(let function, let arguments, _):
            let operands = arguments.map { value(of: $0) }
            return apply(operands, expression.range) { operands in
                operands.count == 1
                    ? Self.apply(function, operands[0].tensor) : Self.apply(function, operands[0], operands[1])
            }
        }
    }

    private mutating func apply(
        _ operands: [Operand], _ range: Range<Int>, _ body: ([Operand]) -> Tensor
    ) -> Operand {
        let isConstant = operands.allSatisfy { if case .number = $0 { true } else { false } }
        guard !isConstant else { return .number(body(operands.map { .tensor($0.tensor) }).item()) }
        let tensor = body(operands)
        intermediates.append((tensor, range))
        return .tensor(tensor)
    }

    private static func apply(_ symbol: BinaryOperator, _ left: Operand, _ right: Operand) -> Tensor {
        switch (symbol, left, right) {
        case (.add, .tensor(let x), .number(let c)), (.add, .number(let c), .tensor(let x)): x + c
        case (.subtract, .tensor(let x), .number(let c)): x - c
        case (.subtract, .number(let c), .tensor(let x)): c - x
        case (.multiply, .tensor(let x), .number(let c)): x * c
        case (.multiply, .number(let c), .tensor(let x)): c * x
        case (.divide, .tensor(let x), .number(let c)): x / c
        case (.divide, .number(let c), .tensor(let x)): c / x
        case (.power, .tensor(let x), .number(let c)): x.pow(c)
        case (.add, _, _): left.tensor + right.tensor
        case (.subtract, _, _): left.tensor - right.tensor
        case (.multiply, _, _): left.tensor * right.tensor
        case (.divide, _, _): left.tensor / right.tensor
        case (.power, _, _): left.tensor.pow(right.tensor)
        }
    }

    private static func apply(_ function: Function, _ left: Operand, _ right: Operand) -> Tensor {
        switch (function, left, right) {
        case (.max, .tensor(let x), .number(let c)), (.max, .number(let c), .tensor(let x)): maximum(x, c)
        case (.min, .tensor(let x), .number(let c)), (.min, .number(let c), .tensor(let x)): minimum(x, c)
        case (.max, _, _): maximum(left.tensor, right.tensor)
        case (.min, _, _): minimum(left.tensor, right.tensor)
        case (.pow, _, _): apply(.power, left, right)
        case (.atan2, _, _): atan2(left.tensor, right.tensor)
        default: hypot(left.tensor, right.tensor)
        }
    }

    private static func apply(_ function: Function, _ x: Tensor) -> Tensor {
        switch function {
        case .sin: x.sin()
        case .cos: x.cos()
        case .tan: x.tan()
        case .asin: x.asin()
        case .acos: x.acos()
        case .atan: x.atan()
        case .sinh: x.sinh()
        case .cosh: x.cosh()
        case .tanh: x.tanh()
        case .exp: x.exp()
        case .log: x.log()
        case .sqrt: x.sqrt()
        case .abs: x.abs()
        case .log1p: x.log1p()
        case .expm1: x.expm1()
        case .erf: x.erf()
        case .square: x.square()
        case .sign: x.sign()
        case .sigmoid: x.sigmoid()
        case .relu: x.relu()
        case .softplus: x.softplus()
        case .max, .min, .pow, .atan2, .hypot: preconditionFailure("\(function) takes two arguments")
        }
    }
}
