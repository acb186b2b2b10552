import Adjoint
import AdjointCore
import Testing

@testable import AdjointGraph

/// Graphs as text that is read back.
@Suite struct GraphTextTests {
    /// Reads the text of a graph back and compares the graphs.
    static func roundTrip(_ graph: Graph, _ location: Testing.SourceLocation = #_sourceLocation) throws {
        let text = try graph.text()
        let back = try Graph(parsing: text)
        #expect(back == graph, "\(text)", sourceLocation: location)
        #expect(back.description == text, sourceLocation: location)
        #expect(zip(back.steps, graph.steps).allSatisfy { $0.role == $1.role }, sourceLocation: location)
        #expect(back.isValid, sourceLocation: location)
    }

    @Test func theTextOfAGraph() throws {
        let g = GraphBuilder()
        let x = g.input("x", [], .float64)
        let y = 2 * x.sin()
        let graph = try g.graph([y, g.gradient(of: y, withRespectTo: x)], names: ["y", "dx"])
        #expect(
            graph.description == """
                graph(x: %0) -> (y: %2, dx: %5) {
                  %0: float64[] = input
                  %1: float64[] = sin(%0)
                  %2: float64[] = mul{firstNumber: 2}(%1)
                  %3: float64[] = cos(%0) [derivative]
                  %4: float64[] = constant 2.0
                  %5: float64[] = gate(%4, %3) [derivative]
                }

                """)
        try Self.roundTrip(graph)
    }

    @Test(arguments: GraphCorpus.graphs.indices) func everyGraphOfTheCorpus(_ index: Int) throws {
        let graph = GraphCorpus.graphs[index]
        try Self.roundTrip(graph)
        // What is read runs as what was written does.
        let inputs = GraphCorpus.inputs(of: graph)
        let back = try Graph(parsing: try graph.text())
        let (first, second) = (try ExecutionPlan(graph).run(inputs), try ExecutionPlan(back).run(inputs))
        for (x, y) in zip(first, second) { #expect(x.hasSameBits(as: y)) }
    }

    @Test func theTextOfALoop() throws {
        let g = GraphBuilder()
        let x = g.input("x", [2], .float64)
        let y = whileLoop(x, while: { $0.sum() .< 10 }, do: { 2 * $0 })
        #expect(
            try g.graph([y], names: ["the sum"]).description == """
                graph(x: %0) -> ("the sum": %1) {
                  %0: float64[2] = input
                  %1: float64[2] = loop{carried: 1}(%0) {
                    while: graph(state: %0) -> ("0": %2) {
                      %0: float64[2] = input
                      %1: float64[] = sum{axes: [0]}(%0)
                      %2: bool[] = less{number: 10}(%1)
                    }
                    body: graph(state: %0) -> ("0": %1) {
                      %0: float64[2] = input
                      %1: float64[2] = mul{firstNumber: 2}(%0)
                    }
                  }
                }

                """)
    }

    @Test func constantsKeepTheirBits() throws {
        let nan = Double(bitPattern: 0x7FF8_0000_0000_0001)
        var constants: [Tensor] = [
            Tensor([0.1, -0.0, Double.leastNonzeroMagnitude, .infinity, -.infinity, .nan, 1e308]), Tensor([nan, 1.0]),
            Tensor(nan),
            Tensor([0.1, -0.0, Float.leastNonzeroMagnitude, 3.4e38, .nan] as [Float]), Tensor([true, false]),
            Tensor([Int.min, Int.max, 0]), Tensor.zeros([1000]), Tensor.arange(100), Tensor.zeros([0, 3]),
            Tensor.full([3], 7, dtype: .int32), Tensor([200, 3]).to(.uint8), Tensor(true), Tensor(2.5),
            Tensor.arange(64.0, dtype: .float64).reshaped(8, 8).transposed(),
        ]
        constants += [.float16, .bfloat16, .complex64, .complex128].flatMap { dtype in
            [Tensor([0.1, -0.0, 65504, 1e-7]).to(dtype), Tensor.arange(40.0).to(dtype), Tensor(0.1).to(dtype)]
        }
        let g = GraphBuilder()
        let x = g.input("x", [0])
        let graph = try g.graph(constants + [x])
        try Self.roundTrip(graph)
    }

    @Test func namesAreQuotedWhereNeeded() throws {
        let g = GraphBuilder()
        let names = ["a b", "\"quoted\"", "line\nbreak", "tab\t\u{1}", "数", "<b>", "back\\slash", "plain.name_1", ""]
        let inputs = names.map { g.input($0) }
        try Self.roundTrip(try g.graph(inputs, names: names))
    }

    @Test func whatCannotBeSavedIsNamed() throws {
        let drawing = GraphBuilder()
        let drawn = try drawing.graph([drawing.input("x", [2]) + drawing.draw { Tensor.rand([2]) }])
        let g = GraphBuilder()
        let x = g.input("x", [2])
        let own = CustomFunction("my function") {
            $0[0] * 2
        } vjp: { _, _, cotangent in
            [cotangent * 2]
        }
        let called = try g.graph([own(x)])
        for (graph, name) in [(drawn, "rand"), (called, "my function")] {
            #expect(graph.description.contains("unsaved \"\(name)\""), "\(graph)")
            let error = failure { _ = try graph.text() }.map { "\($0.problem); \($0.remedy)" } ?? ""
            #expect(error.contains("\"\(name)\""))
            let parsing =
                failure { _ = try Graph(parsing: graph.description) }.map { "\($0.problem); \($0.remedy)" } ?? ""
            #expect(parsing.contains("\"\(name)\" cannot be read"))
        }
    }

    /// Texts with a mistake, and words of the message.
    static let mistakes: [(text: String, words: [String])] = [
        ("", ["line 1, column 1", "\"graph\" was expected", "the end of the text"]),
        ("graph() -> () {\n  %1: float32[] = input\n}", ["line 2, column 3", "%0"]),
        ("graph() -> () {\n  %0: float33[] = input\n}", ["line 2, column 7", "element type"]),
        (
            "graph() -> () {\n  %0: float32[] = input\n  %1: float32[] = sinn(%0)\n}",
            ["line 3, column 19", "\"sinn\"", "did you mean \"si"]
        ),
        (
            "graph() -> () {\n  %0: float32[] = input\n  %1: float32[] = sin(%1)\n}",
            ["line 3, column 23", "%1 does not stand before"]
        ),
        ("graph() -> () {\n  %0: float32[2] = input\n  %1: float32[] = sin(%0)\n}", ["line 3", "float32[2]"]),
        ("graph() -> () {\n  %0: float32[2] = input\n  %1: float32[] = sum{axis: 0}(%0)\n}", ["\"axes\" is missing"]),
        ("graph() -> () {\n  %0: float32[2] = input\n  %1: float32[] = sum{axes: [3]}(%0)\n}", ["do not fit together"]),
        (
            "graph() -> () {\n  %0: float32[2] = input\n  %1: float32[] = sum{axes: [0], x: 1}(%0)\n}",
            ["no parameter \"x\"", "axes"]
        ),
        ("graph() -> () {\n  %0: float32[2] = constant [1.0]\n}", ["1 numbers for 2 elements"]),
        ("graph() -> () {\n  %0: float32[2] = constant @0\n}", ["no line data @0"]),
        ("graph() -> () {\n  %0: float32[2] = constant @0\n}\ndata @0 = \"AAA\"", ["line 4, column 12", "8 bytes"]),
        ("graph() -> () {\n  %0: int32[] = constant 3000000000\n}", ["line 2, column 26", "int32"]),
        ("graph(x: %1) -> () {\n}", ["the port \"x\" names %1"]),
        ("graph() -> (y: %0) {\n  %0: float32[] = input\n}", ["the input %0, which has no name"]),
        ("graph() -> () {\n  %0: float32[100000,100000,100] = input\n}", ["limit"]),
        ("graph() -> () {\n  %0: float32[] = input \"x\n}", ["never closed"]),
        ("graph() -> () {\n  %0: float32[] = input ;\n}", ["a character that no graph has"]),
        (
            "graph() -> () {\n  %0: float32[] = input\n  %1: float32[] = loop{carried: 1}(%0) {\n}\n}",
            ["one graph \"body\""]
        ),
    ]

    @Test(arguments: mistakes.indices) func mistakesAreExplained(_ index: Int) {
        let (text, words) = Self.mistakes[index]
        let error = failure { _ = try Graph(parsing: text) }.map { "\($0.problem); \($0.remedy)" } ?? ""
        for word in words { #expect(error.contains(word), "\(error)") }
    }

    @Test func graphsHoldEachOtherToALimit() {
        let loop =
            "%1: float32[] = loop{carried: 1, length: 1}(%0) { body: graph(x: %0) -> (y: %1) {\n%0: float32[] = input\n"
        let text = "graph(x: %0) -> (y: %1) {\n%0: float32[] = input\n" + String(repeating: loop, count: 2_000)
        let error = failure { _ = try Graph(parsing: text) }.map { "\($0.problem); \($0.remedy)" } ?? ""
        #expect(error.contains("too deeply"))
    }

    @Test func bigGraphsAreReadBack() throws {
        let g = GraphBuilder()
        var x = g.input("x", [4])
        for _ in 0..<5_000 { x = (x * 1.5).sin() }
        try Self.roundTrip(try g.graph([x]))
    }
}
