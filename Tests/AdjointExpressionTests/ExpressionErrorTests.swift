import AdjointExpression
import Testing

@Suite struct ExpressionErrorTests {
    private func error(_ source: String) throws -> ExpressionError {
        try #require(
            #expect(throws: ExpressionError.self) {
                try Expression(parsing: source, variables: ["x", "y", "weight", "变量"])
            })
    }

    @Test(arguments: [
        ("", 1, ExpressionError.Reason.empty),
        ("   ", 4, .empty),
        ("sin(x*y) + x^", 14, .missingOperand(found: nil)),
        ("* x", 1, .missingOperand(found: "*")),
        ("max(x,,y)", 7, .missingOperand(found: ",")),
        ("max(x,)", 7, .missingOperand(found: ")")),
        ("(x + )", 6, .missingOperand(found: ")")),
        ("2 x", 3, .missingOperator(before: "x", after: "2")),
        ("2e", 2, .missingOperator(before: "e", after: "2")),
        ("x(y)", 2, .missingOperator(before: "(", after: "x")),
        ("(x)(y)", 4, .missingOperator(before: "(", after: ")")),
        ("sin(x) cos(x)", 8, .missingOperator(before: "cos", after: ")")),
        ("2 * (x + y", 5, .unclosedParenthesis),
        ("sin(x", 4, .unclosedParenthesis),
        ("x + y)", 6, .unmatchedParenthesis),
        ("x * ()", 5, .emptyParentheses),
        ("x, y", 2, .misplacedComma),
        ("sin((x, y))", 7, .misplacedComma),
        ("1.2.3", 1, .malformedNumber("1.2.3")),
        (".", 1, .malformedNumber(".")),
        ("1e999", 1, .numberTooLarge("1e999")),
        ("x $ y", 3, .unexpectedCharacter("$")),
        ("sin x", 1, .missingArguments(.sin)),
        ("x + max", 5, .missingArguments(.max)),
        ("sin()", 1, .wrongArgumentCount(.sin, found: 0)),
        ("x + max(y)", 5, .wrongArgumentCount(.max, found: 1)),
        ("abs(x, y)", 1, .wrongArgumentCount(.abs, found: 2)),
    ])
    func reasonAndColumn(source: String, column: Int, reason: ExpressionError.Reason) throws {
        let error = try error(source)
        #expect(error.reason == reason)
        #expect(error.column == column)
    }

    @Test(arguments: [
        ("sn(x)", "sin"), ("sqr(x)", "sqrt"), ("cosh2(x)", "cosh"), ("SIN(x)", "sin"), ("xep(x)", "exp"),
        ("tahn(x)", "tanh"), ("wieght + 1", "weight"), ("x × y", "*"), ("（x", "("), ("x²", "^2"),
    ])
    func suggestions(source: String, suggestion: String) throws {
        #expect(try error(source).suggestion == suggestion)
    }

    @Test(arguments: ["zebra(x)", "f", "momentum"])
    func farFetchedSuggestionsAreLeftOut(source: String) throws {
        #expect(try error(source).suggestion == nil)
    }

    @Test func anyVariableIsAcceptedWithoutAList() throws {
        #expect(try Expression(parsing: "foo + bar").variables == ["foo", "bar"])
    }

    @Test func rendering() throws {
        #expect(
            try error("x + sn(y)").rendered("x + sn(y)") == """
                x + sn(y)
                    ^
                error: there is no function "sn"
                did you mean "sin"?
                """)
        #expect(
            try error("x ^").rendered("x ^") == """
                x ^
                   ^
                error: the expression ends too early
                expected a number, a variable, a function or "("
                """)
        #expect(
            try error("x ^").description
                == "column 4: the expression ends too early; expected a number, a variable, a function or \"(\"")
    }

    @Test func caretStandsUnderCharacterBehindWideOnes() throws {
        #expect(try error("变量 + é $").rendered("变量 + é $").hasPrefix("变量 + é $\n         ^\n"))
    }

    @Test func tabsAndLineBreaksTakeOneColumn() throws {
        #expect(try error("x\t+\n$").rendered("x\t+\n$").hasPrefix("x + $\n    ^\n"))
    }

    @Test func longSourceIsCutAroundTheMistake() throws {
        let source = String(repeating: "x + ", count: 200) + "$" + String(repeating: " + x", count: 200)
        let lines = try error(source).rendered(source).split(separator: "\n")
        let before = "…" + String(repeating: "x + ", count: 10)
        #expect(lines[0] == before + "$" + String(repeating: " + x", count: 10).dropLast() + "…")
        #expect(lines[1] == String(repeating: " ", count: 41) + "^")
    }
}
