import AdjointExpression
import Testing

/// Writes a tree with every operation in parentheses.
private func structure(_ expression: Expression) -> String {
    switch expression {
    case .number(let value, _): "\(value)"
    case .variable(let name, _): name
    case .unary(let symbol, let operand, _): "(\(symbol.rawValue)\(structure(operand)))"
    case .binary(let symbol, let left, let right, _): "(\(structure(left)) \(symbol.rawValue) \(structure(right)))"
    case .call(let function, let arguments, _):
        "\(function.rawValue)(\(arguments.map(structure).joined(separator: ", ")))"
    }
}

@Suite struct ParsingTests {
    @Test(arguments: [
        ("sin(x*y) + x^2", "(sin((x * y)) + (x ^ 2.0))"),
        ("-x^2", "(-(x ^ 2.0))"),
        ("2^-x", "(2.0 ^ (-x))"),
        ("2^-x^2*3", "((2.0 ^ (-(x ^ 2.0))) * 3.0)"),
        ("a^b^c", "(a ^ (b ^ c))"),
        ("a**b**c", "(a ^ (b ^ c))"),
        ("a-b-c", "((a - b) - c)"),
        ("a/b*c", "((a / b) * c)"),
        ("a+b*c^d", "(a + (b * (c ^ d)))"),
        ("-a*b", "((-a) * b)"),
        ("a*-b", "(a * (-b))"),
        ("--x + +y", "((-(-x)) + (+y))"),
        ("exp(-x)/(1+y)", "(exp((-x)) / (1.0 + y))"),
        ("max(x, min(y, 2))", "max(x, min(y, 2.0))"),
        ("((x))", "x"),
        ("(x + y) * z", "((x + y) * z)"),
        ("权重 * x_1", "(权重 * x_1)"),
    ])
    func precedence(source: String, expected: String) throws {
        #expect(structure(try Expression(parsing: source)) == expected)
    }

    @Test(arguments: [
        ("2", 2), ("0.5", 0.5), (".5", 0.5), ("5.", 5), ("1e-3", 1e-3), ("1E+3", 1e3), ("2.5e2", 250),
        ("pi", Double.pi), ("e", 2.718281828459045),
    ])
    func numbers(source: String, expected: Double) throws {
        #expect(try Expression(parsing: source) == .number(expected, range: 0..<source.count))
    }

    @Test func rangesCountCharacters() throws {
        let sum = try Expression(parsing: " (变 + 1) * sin( x )")
        guard case .binary(.multiply, let left, let right, let range) = sum else {
            Issue.record("not a product: \(sum)")
            return
        }
        #expect(range == 1..<19)
        #expect(left.range == 2..<7)
        #expect(right == .call(.sin, [.variable("x", range: 16..<17)], range: 11..<19))
    }

    @Test func variablesInOrderOfFirstAppearance() throws {
        #expect(try Expression(parsing: "y + max(x, y*z) - x^a + pi").variables == ["y", "x", "z", "a"])
        #expect(try Expression(parsing: "1 + 2").variables == [])
    }

    @Test func declaredVariablesHideConstants() throws {
        let expression = try Expression(parsing: "e + pi", variables: ["e"])
        #expect(expression.variables == ["e"])
    }

    @Test func everyFunctionTakesItsArguments() throws {
        for function in Function.allCases {
            let call = function.rawValue + (function.arity == 1 ? "(x)" : "(x, x)")
            #expect(structure(try Expression(parsing: call)) == call)
        }
    }
}

@Suite struct HostileInputTests {
    private func error(_ source: String) -> ExpressionError? {
        #expect(throws: ExpressionError.self) { try Expression(parsing: source) }
    }

    @Test func millionParenthesesParse() throws {
        let source = String(repeating: "(", count: 500_000) + "x" + String(repeating: ")", count: 500_000)
        #expect(try Expression(parsing: source) == .variable("x", range: 500_000..<500_001))
    }

    @Test func millionOpenParenthesesAreRefused() throws {
        let refusal = try #require(error(String(repeating: "(", count: 1_000_000)))
        #expect(refusal.reason == .missingOperand(found: nil))
        #expect(refusal.column == 1_000_001)
    }

    @Test(arguments: ["-", "x+", "x^", "sin("])
    func deepNestingIsRefused(part: String) throws {
        let source =
            String(repeating: part, count: 100_000) + "x"
            + (part == "sin(" ? String(repeating: ")", count: 100_000) : "")
        let refusal = try #require(error(source))
        #expect(refusal.reason == .tooDeep(limit: Expression.depthLimit))
        #expect(refusal.rendered(source).split(separator: "\n").allSatisfy { $0.count <= 100 })
    }

    @Test func deepestTreeIsReleasedAndWalked() throws {
        let terms = Array(repeating: "x", count: Expression.depthLimit + 1).joined(separator: " + ")
        #expect(try Expression(parsing: terms).variables == ["x"])
        #expect(error(terms + " + x")?.reason == .tooDeep(limit: Expression.depthLimit))
    }

    @Test func longSumSplitByParenthesesParses() throws {
        let block = "(" + Array(repeating: "x", count: 900).joined(separator: "+") + ")"
        let sum = try Expression(parsing: Array(repeating: block, count: 90).joined(separator: "+"))
        #expect(sum.variables == ["x"])
    }

    @Test func longNameIsAbbreviated() throws {
        let name = String(repeating: "a", count: 100_000)
        let refusal = #expect(throws: ExpressionError.self) { try Expression(parsing: name, variables: ["x"]) }
        #expect(try #require(refusal).message.count < 100)
    }
}
