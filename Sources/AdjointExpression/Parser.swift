/// An operator-precedence parser with explicit stacks, so that no input can overflow the call stack.
struct Parser {
    private let tokens: [Token]
    private let allowedVariables: [String]?
    private var position = 0
    private var operands: [Operand] = []
    private var pending: [Pending] = []

    /// A finished part of the expression.
    private struct Operand {
        let expression: Expression
        /// The place in the source including parentheses around it.
        let extent: Range<Int>
        let depth: Int
    }

    /// Something that waits for the operand to its right.
    private enum Pending {
        case unary(UnaryOperator, Range<Int>)
        case binary(BinaryOperator, Range<Int>)
        case group(Range<Int>)
        case call(Function, name: Range<Int>, open: Range<Int>, firstArgument: Int)
    }

    init(tokens: [Token], variables: [String]?) {
        self.tokens = tokens
        allowedVariables = variables
    }

    mutating func parse() throws(ExpressionError) -> Expression {
        guard current.kind != .end else { throw ExpressionError(.empty, at: current.range) }
        while true {
            try parseOperand()
            while current.kind == .close { try closeGroup() }
            switch current.kind {
            case .operator(let symbol): try pushBinary(symbol)
            case .comma: try separateArguments()
            case .end: return try finish()
            case .number, .name, .open, .close:
                let left = tokens[position - 1]
                throw ExpressionError(.missingOperator(before: current.text, after: left.text), at: current.range)
            }
        }
    }

    private var current: Token { tokens[position] }

    /// Reads signs and opening parentheses up to and including a number or a variable.
    private mutating func parseOperand() throws(ExpressionError) {
        while true {
            let token = current
            switch token.kind {
            case .number(let value):
                push(.number(value, range: token.range))
                position += 1
                return
            case .name(let name):
                if tokens[position + 1].kind == .open {
                    try openCall(name)
                } else {
                    push(try resolve(name))
                    position += 1
                    return
                }
            case .open:
                pending.append(.group(token.range))
                position += 1
            case .operator(.add):
                pending.append(.unary(.plus, token.range))
                position += 1
            case .operator(.subtract):
                pending.append(.unary(.minus, token.range))
                position += 1
            case .operator, .close, .comma, .end:
                throw missingOperand
            }
        }
    }

    private var missingOperand: ExpressionError {
        if current.kind == .close, case .call(let function, let name, _, let firstArgument) = pending.last,
            operands.count == firstArgument
        {
            return ExpressionError(
                .wrongArgumentCount(function, found: 0), at: name.lowerBound..<current.range.upperBound)
        }
        if current.kind == .close, case .group(let open) = pending.last {
            return ExpressionError(.emptyParentheses, at: open.lowerBound..<current.range.upperBound)
        }
        return ExpressionError(
            .missingOperand(found: current.kind == .end ? nil : current.text), at: current.range)
    }

    private mutating func push(_ leaf: Expression) {
        operands.append(Operand(expression: leaf, extent: leaf.range, depth: 0))
    }

    private func resolve(_ name: String) throws(ExpressionError) -> Expression {
        let range = current.range
        if let allowedVariables, allowedVariables.contains(name) { return .variable(name, range: range) }
        switch name {
        case "pi": return .number(.pi, range: range)
        case "e": return .number(2.718281828459045, range: range)
        default: break
        }
        if let function = Function(rawValue: name) {
            throw ExpressionError(.missingArguments(function), at: range)
        }
        guard let allowedVariables else { return .variable(name, range: range) }
        throw ExpressionError(
            .unknownVariable(name), at: range, suggestion: name.closest(among: allowedVariables + ["pi"]))
    }

    private mutating func openCall(_ name: String) throws(ExpressionError) {
        guard let function = Function(rawValue: name) else {
            if let allowedVariables, allowedVariables.contains(name) {
                throw ExpressionError(.missingOperator(before: "(", after: name), at: tokens[position + 1].range)
            }
            throw ExpressionError(
                .unknownFunction(name), at: current.range,
                suggestion: name.closest(among: Function.allCases.map(\.rawValue)))
        }
        pending.append(
            .call(
                function, name: current.range, open: tokens[position + 1].range, firstArgument: operands.count))
        position += 2
    }

    private mutating func pushBinary(_ symbol: BinaryOperator) throws(ExpressionError) {
        try reduce { $0 > symbol.precedence || $0 == symbol.precedence && symbol != .power }
        pending.append(.binary(symbol, current.range))
        position += 1
    }

    private mutating func separateArguments() throws(ExpressionError) {
        try reduce { _ in true }
        guard case .call = pending.last else { throw ExpressionError(.misplacedComma, at: current.range) }
        position += 1
    }

    private mutating func closeGroup() throws(ExpressionError) {
        try reduce { _ in true }
        let end = current.range.upperBound
        switch pending.popLast() {
        case .group(let open):
            let inner = operands.removeLast()
            operands.append(
                Operand(expression: inner.expression, extent: open.lowerBound..<end, depth: inner.depth))
        case .call(let function, let name, _, let firstArgument):
            let arguments = operands[firstArgument...]
            let extent = name.lowerBound..<end
            guard arguments.count == function.arity else {
                throw ExpressionError(.wrongArgumentCount(function, found: arguments.count), at: extent)
            }
            let depth = arguments.map(\.depth).max() ?? 0
            let expression = Expression.call(function, arguments.map(\.expression), range: extent)
            operands.removeSubrange(firstArgument...)
            try push(expression, extent: extent, depth: depth + 1, symbol: name)
        case .unary, .binary, nil:
            throw ExpressionError(.unmatchedParenthesis, at: current.range)
        }
        position += 1
    }

    private mutating func finish() throws(ExpressionError) -> Expression {
        try reduce { _ in true }
        switch pending.last {
        case .group(let open), .call(_, _, let open, _): throw ExpressionError(.unclosedParenthesis, at: open)
        case .unary, .binary, nil: return operands[0].expression
        }
    }

    /// Applies the waiting operators whose precedence meets a condition, up to an open parenthesis.
    private mutating func reduce(while binds: (Int) -> Bool) throws(ExpressionError) {
        while let last = pending.last {
            switch last {
            case .unary(let symbol, let range) where binds(UnaryOperator.precedence):
                pending.removeLast()
                let operand = operands.removeLast()
                let extent = range.lowerBound..<operand.extent.upperBound
                try push(
                    .unary(symbol, operand.expression, range: extent), extent: extent, depth: operand.depth + 1,
                    symbol: range)
            case .binary(let symbol, let range) where binds(symbol.precedence):
                pending.removeLast()
                let right = operands.removeLast()
                let left = operands.removeLast()
                let extent = left.extent.lowerBound..<right.extent.upperBound
                try push(
                    .binary(symbol, left.expression, right.expression, range: extent), extent: extent,
                    depth: max(left.depth, right.depth) + 1, symbol: range)
            case .unary, .binary, .group, .call:
                return
            }
        }
    }

    private mutating func push(
        _ expression: Expression, extent: Range<Int>, depth: Int, symbol: Range<Int>
    ) throws(ExpressionError) {
        guard depth <= Expression.depthLimit else {
            throw ExpressionError(.tooDeep(limit: Expression.depthLimit), at: symbol)
        }
        operands.append(Operand(expression: expression, extent: extent, depth: depth))
    }
}

extension UnaryOperator {
    /// A sign binds less tightly than a power, so that `-x^2` is `-(x^2)`, but more tightly than a product.
    fileprivate static let precedence = 3
}

extension BinaryOperator {
    fileprivate var precedence: Int {
        switch self {
        case .add, .subtract: 1
        case .multiply, .divide: 2
        case .power: 4
        }
    }
}
