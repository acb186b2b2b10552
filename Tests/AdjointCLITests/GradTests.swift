import Foundation
import Testing

@Suite struct GradTests {
    /// A formula at a point with its derivatives in closed form.
    struct Case: Sendable, CustomTestStringConvertible {
        let formula: String
        let at: String
        let value: Double
        let gradient: [String: Double]
        let hessian: [String: [String: Double]]

        var testDescription: String { "\(formula) at \(at)" }
    }

    static let cases: [Case] = [
        Case(
            formula: "sin(x*y) + x^2", at: "x=1.5,y=2", value: sin(3) + 2.25,
            gradient: ["x": 2 * cos(3) + 3, "y": 1.5 * cos(3)],
            hessian: [
                "x": ["x": -4 * sin(3) + 2, "y": cos(3) - 3 * sin(3)],
                "y": ["x": cos(3) - 3 * sin(3), "y": -2.25 * sin(3)],
            ]),
        Case(
            formula: "-x^3*y + 2", at: "x=2, y=-1", value: 10, gradient: ["x": 12, "y": -8],
            hessian: ["x": ["x": 12, "y": -12], "y": ["x": -12, "y": 0]]),
        Case(
            formula: "exp(x)/(1 + exp(x))", at: "x=0", value: 0.5, gradient: ["x": 0.25], hessian: ["x": ["x": 0]]),
        Case(
            formula: "log(x) * 2^x", at: "x=1", value: 0, gradient: ["x": 2],
            hessian: ["x": ["x": -2 + 4 * log(2.0)]]),
        Case(
            formula: "atan2(y, x)", at: "x=1,y=1", value: .pi / 4, gradient: ["x": -0.5, "y": 0.5],
            hessian: ["x": ["x": 0.5, "y": 0], "y": ["x": 0, "y": -0.5]]),
        Case(
            formula: "max(x, y) + min(x, 3) + hypot(3, 4)", at: "x=1,y=2", value: 8, gradient: ["x": 1, "y": 1],
            hessian: ["x": ["x": 0, "y": 0], "y": ["x": 0, "y": 0]]),
        Case(formula: "x", at: "x=7", value: 7, gradient: ["x": 1], hessian: ["x": ["x": 0]]),
        Case(formula: "2*pi - pi", at: "", value: .pi, gradient: [:], hessian: [:]),
    ]

    @Test(arguments: cases) func agreesWithTheClosedForm(_ test: Case) throws {
        let at = test.at.isEmpty ? [] : ["--at", test.at]
        let outcome = try Program().run(["grad", test.formula, "--mode", "both", "--order", "2", "--json"] + at)
        #expect(outcome.code == 0, "\(outcome.errors)")
        let json = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
        #expect(isClose(json["value"] as? Double, test.value))
        #expect(try #require(json["largest_difference"] as? Double) < 1e-12)
        for mode in ["forward", "reverse"] {
            let result = try #require(json[mode] as? [String: Any])
            let gradient = try #require(result["gradient"] as? [String: Double])
            #expect(Set(gradient.keys) == Set(test.gradient.keys))
            for (name, expected) in test.gradient { #expect(isClose(gradient[name], expected), "∂f/∂\(name), \(mode)") }
            let hessian = try #require(result["hessian"] as? [String: [String: Double]])
            #expect(Set(hessian.keys) == Set(test.hessian.keys))
            for (first, row) in test.hessian {
                for (second, expected) in row {
                    #expect(isClose(hessian[first]?[second], expected), "∂²f/∂\(first)∂\(second), \(mode)")
                }
            }
        }
    }

    private func isClose(_ value: Double?, _ expected: Double) -> Bool {
        value.map { Swift.abs($0 - expected) <= 1e-12 * Swift.max(1, Swift.abs(expected)) } ?? false
    }

    @Test func forwardModeTakesAPassForEachVariable() throws {
        let text = try Program.run("grad", "x*y*z", "--at", "x=1,y=2", "--at", "z=3", "--mode", "both").output
        #expect(text.contains("reverse (1 pass)") && text.contains("forward (3 passes)"))
        #expect(text.contains("f(x, y, z) = x*y*z   at x = 1, y = 2, z = 3"))
        #expect(text.contains("∂f/∂y  3"))
    }

    /// Arguments that are refused, words of the message, and where the caret stands.
    static let mistakes: [(arguments: [String], words: String, caret: Int?)] = [
        (["sin(x", "--at", "x=1"], "never closed", 3),
        (["x + * 2", "--at", "x=1"], "unexpected \"*\"", 4),
        (["sn(x)", "--at", "x=1"], "did you mean \"sin\"", 0),
        (["x*z", "--at", "x=1"], "give it a value: --at z=", 2),
        (["-x*z", "--at", "x=1"], "there is no variable \"z\"", 3),
        (["", "--at", "x=1"], "empty", 0),
        (["x", "--at", "x=1,x=2"], "x two values", nil),
        (["x", "--at", "x=1,y=2"], "y, which is not in the formula", nil),
        (["x", "--at", "x=abc"], "'abc', which is not a finite number", nil),
        (["x", "--at", "x=inf"], "'inf', which is not a finite number", nil),
        (["x", "--at", "x"], "name=number", nil),
        (["x", "--at", "2x=1"], "no name of a variable", nil),
        (["x", "--at", "x=1", "--order", "3"], "--order is 1 or 2", nil),
        (["x", "--at", "x=1", "--graph", "graph.png"], ".svg, .dot or .mmd", nil),
    ]

    @Test(arguments: mistakes.indices) func mistakesAreExplained(_ index: Int) throws {
        let (arguments, words, caret) = Self.mistakes[index]
        let outcome = try Program().run(["grad"] + arguments)
        #expect(outcome.code == 64 && outcome.output.isEmpty)
        #expect(outcome.errors.contains(words), "\(outcome.errors)")
        if let caret {
            let lines = outcome.errors.components(separatedBy: "\n")
            #expect(lines[0] == arguments[0] && lines[1] == String(repeating: " ", count: caret) + "^")
        }
    }

    @Test(arguments: [
        ("log(x)", "-1", "the value is not a number (NaN)", "\"NaN\""),
        ("1/x", "0", "the value is infinity, ∂f/∂x is -infinity", "\"Infinity\""),
        ("sqrt(x)", "0", "error: ∂f/∂x is infinity", "\"Infinity\""),
    ]) func resultsThatAreNotFiniteAreReported(_ formula: String, _ x: String, _ words: String, _ json: String) throws {
        let outcome = try Program.run("grad", formula, "--at", "x=\(x)", "--json")
        #expect(outcome.code == 1 && outcome.errors.contains(words), "\(outcome.errors)")
        #expect(outcome.output.contains(json))
        #expect((try? JSONSerialization.jsonObject(with: Data(outcome.output.utf8))) != nil)
    }

    @Test(arguments: ["svg", "dot", "mmd", "SVG"]) func graphsAreDrawn(_ ending: String) throws {
        try withTemporaryFolder { folder in
            let file = folder.appendingPathComponent("graph.\(ending)")
            let outcome = try Program.run("grad", "sin(x*y) + x^2", "--at", "x=1.5,y=2", "--graph", file.path)
            #expect(outcome.code == 0, "\(outcome.errors)")
            let text = try String(contentsOf: file, encoding: .utf8)
            for word in ["mul", "sin", "square", "add", "value 3", "adjoint 1", "-1.4849887449006"] {
                #expect(text.contains(word), "\(word)")
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["graph.\(ending)"])
        }
    }

    @Test func operationsShowTheirPartOfTheFormula() throws {
        try withTemporaryFolder { folder in
            let file = folder.appendingPathComponent("graph.dot")
            let outcome = try Program.run("grad", "3*x + atan2(x, 2)", "--at", "x=1", "--graph", file.path)
            let text = try String(contentsOf: file, encoding: .utf8)
            #expect(outcome.code == 0 && text.contains("3*x") && text.contains("atan2(x, 2)"))
        }
    }

    @Test func formulasOfConstantsAreDrawnToo() throws {
        try withTemporaryFolder { folder in
            let file = folder.appendingPathComponent("graph.dot")
            let outcome = try Program.run("grad", "2+3", "--graph", file.path)
            let text = try String(contentsOf: file, encoding: .utf8)
            #expect(outcome.code == 0 && text.contains("value 5"))
        }
    }

    @Test func aFileThatCannotBeWrittenIsReported() throws {
        try withTemporaryFolder { folder in
            let outcome = try Program(directory: folder).run(["grad", "x", "--at", "x=1", "--graph", "none/graph.svg"])
            #expect(outcome.code == 1)
            #expect(outcome.errors.contains("cannot write 'none/graph.svg': No such file"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        }
    }

    @Test func veryDeepFormulasWork() throws {
        let formula = String(repeating: "sin(", count: 900) + "x" + String(repeating: ")", count: 900)
        let outcome = try Program.run("grad", formula, "--at", "x=0", "--order", "2", "--mode", "both", "--json")
        #expect(outcome.code == 0 && outcome.output.contains("\"gradient\":{\"x\":1}"))
    }
}
