import Adjoint
import Testing

@testable import AdjointGraph

/// What people do wrong with graphs, and what they are told: the rows E37, E38, E53–E73 of the catalogue of misuse.
@Suite struct GraphMisuseTests {
    let x = Tensor([1.0, 2, 3])

    // MARK: Reading what only a run knows (E37, E38)

    @Test func hostReadsAreErrorsThatPointToOperations() {
        let branching = staged { @Sendable (x: Tensor) in
            x.sum().item() > 0 ? x : -x
        }
        expectFailure("item", "not known", "cond", "whileLoop") { _ = branching(x) }
        let reading = staged { @Sendable (x: Tensor) in x * Double(x.array(of: Float.self).count) }
        expectFailure("not known", "cond") { _ = reading(x) }
        let masked = staged { @Sendable (x: Tensor) in x[x .> 1] }
        expectFailure("not known") { _ = masked(x) }
        let indexed = staged { @Sendable (x: Tensor) in x[x[0].item() > 0 ? 1 : 0] }
        expectFailure("item", "not known") { _ = indexed(x) }
        let g = GraphBuilder()
        let input = g.input("x", [3])
        expectFailure("item", "not known", "scan") { _ = input.sum().item() }
    }

    // MARK: Symbolic gradients (E53–E60)

    @Test func gradientsNeedSomethingToDifferentiate() {
        let g = GraphBuilder()
        let (x, z) = (g.input("x", [3]), g.input("z", [3]))
        let y = (x * x).sum()
        expectFailure("no outputs were given") { _ = g.gradients(of: [], withRespectTo: [x]) }
        expectFailure("no values to differentiate") { _ = g.gradients(of: [y], withRespectTo: []) }
        expectFailure("float32[3] is not a scalar", "seeds") { _ = g.gradient(of: x * 2, withRespectTo: x) }
        expectFailure("no output depends on value 0", "disconnected: .zero") { _ = g.gradient(of: y, withRespectTo: z) }
        expectFailure("no output depends", "operations without a derivative") {
            _ = g.gradient(of: x.round().sum().floor(), withRespectTo: x)
        }
        expectFailure("int64", "no gradient", "floating-point") {
            let n = g.input("n", [3], .int64)
            _ = g.gradient(of: (n.to(.float32) * 2).sum(), withRespectTo: n)
        }
        expectFailure("2 outputs were given 1 seeds") {
            _ = g.gradients(of: [x, x * 2], withRespectTo: [x], seeds: [Tensor.ones(3)])
        }
        expectFailure("not a value of this graph") { _ = g.gradient(of: y, withRespectTo: Tensor([1.0, 2, 3])) }
        expectFailure("value of type float32[3] was given a tangent of type float32[2]") {
            _ = g.jvp(of: [y], along: [(x, Tensor.ones(2))])
        }
        expectFailure("no tangents were given") { _ = g.jvp(of: [y], along: []) }
        expectFailure("float32[3]", "float32[2]") {
            _ = g.gradients(of: [x * 2], withRespectTo: [x], seeds: [Tensor.ones(2)])
        }
        expectFailure("float32[3]", "int64[3]") {
            _ = g.gradients(of: [x * 2], withRespectTo: [x], seeds: [Tensor([1, 2, 3])])
        }
    }

    @Test func transformsOfStagedFunctionsSayWhatTheyNeed() {
        let notScalar = staged { @Sendable (x: Tensor) in hessian(of: { $0 * 2 }, at: x) }
        expectFailure("shape [3]", "not a scalar") {
            // A call that is the last thing a closure does is its caller's in release.
            let found = notScalar(x)
            #expect(found.failure != nil)
        }
        let short = CustomFunction("short") {
            $0[0] * $0[1]
        } vjp: { _, _, g in
            [g]
        }
        let tooFew = staged { @Sendable (x: Tensor) in gradient(of: { short($0, $0).sum() }, at: x) }
        // The line is the one where the function was made: the rule runs under the engine's frames.
        let tooFewError = failure { _ = tooFew(x) }.map { "\($0)" } ?? ""
        #expect(
            tooFewError.contains("1 gradients for 2 inputs") && tooFewError.contains("MisuseTests.swift"),
            "\(tooFewError)")
        let wrong = CustomFunction("wrong") {
            $0[0] * 2
        } vjp: { _, _, g in
            [g.sum()]
        }
        let wrongShape = staged { @Sendable (x: Tensor) in gradient(of: { wrong($0).sum() }, at: x) }
        // The line is the one where the function was made: the rule runs under the engine's frames.
        let wrongShapeError = failure { _ = wrongShape(x) }.map { "\($0)" } ?? ""
        #expect(
            wrongShapeError.contains("float32[]") && wrongShapeError.contains("MisuseTests.swift"), "\(wrongShapeError)"
        )
    }

    @Test func seedsAndKnownGradientsHaveTheirValuesTypes() {
        let g = GraphBuilder()
        let x = g.input("x", [3])
        let y = x * 2
        expectFailure("value of type float32[3] was given a seed of type float32[2]") {
            _ = g.gradients(of: [y], withRespectTo: [x], seeds: [Tensor.ones(2)])
        }
        expectFailure("value of type float32[3] was given a known gradient of type float32[]") {
            _ = g.gradients(of: [], withRespectTo: [x], known: [(y, Tensor(1.0))])
        }
    }

    @Test func zerosForDisconnectedValuesOnRequest() throws {
        let g = GraphBuilder()
        let (x, z) = (g.input("x", [3]), g.input("z", [2]))
        let zeros = g.gradient(of: x.sum(), withRespectTo: z, disconnected: .zero)
        let f = try g.function([], [zeros])
        #expect(try f()[0].doubles == [0, 0])
    }

    // MARK: Functions of a graph

    @Test func functionsNameWhatIsMissing() {
        let g = GraphBuilder()
        let (x, y) = (g.input("x"), g.input("y"))
        let state = SharedState("rate", Tensor(0.5))
        expectFailure("\"y\"", "not among the inputs") { _ = try g.function([x], [x + y]) }
        expectFailure("no output depends on input 1, \"y\"", "unused: .ignore") { _ = try g.function([x, y], [x + 1]) }
        expectFailure("named twice") { _ = try g.function([x, x], [x + 1]) }
        expectFailure("\"rate\" is updated twice") {
            _ = try g.function([x], [x + 1], updates: [(state, x), (state, x)])
        }
        expectFailure("\"rate\" of type float32[]", "float32[3]") {
            _ = try g.function([x], [x + 1], updates: [(state, x + Tensor([1.0, 2, 3]))])
        }
        expectFailure("replaces a value of type float32[]") {
            _ = try g.function([x], [x + 1], givens: [(x, Tensor([1.0, 2]))])
        }
        expectFailure("not a value of this graph") { _ = try g.function([Tensor(1.0)], [x + 1]) }
        expectFailure("2 inputs was given 1") { _ = try g.function([x, y], [x + y])(Tensor(1.0)) }
        expectFailure("\"y\" of type float32[] was given a tensor of type float32[2]") {
            _ = try g.function([x, y], [x + y])(Tensor(1.0), Tensor([1.0, 2]))
        }
        expectFailure("no input \"z\"", "x, y") {
            _ = try g.function([x, y], [x + y])(["x": Tensor(1.0), "z": Tensor(2.0)])
        }
        let other = GraphBuilder()
        expectFailure("used in another") { _ = other.input("a") + x }
    }

    @Test func shapesAreCheckedAtTheLineThatBuilds() {
        let g = GraphBuilder()
        let (x, y) = (g.input("x", [2, 3]), g.input("y", [4]))
        expectFailure("[2, 3]", "[4]") { _ = x + y }
        expectFailure("matmul") { _ = x.matmul(y) }
        expectFailure("cannot have the shape") { _ = g.input("z", [-1]) }
    }

    @Test func aRunThatFailsChangesNoState() {
        let g = GraphBuilder()
        let x = g.input("x", [2, 2], .float64)
        let count = SharedState("count", Tensor(0.0, dtype: .float64))
        expectFailure("singular") {
            let f = try g.function([x], [x.inverse()], updates: [(count, g.read(count) + 1)])
            _ = try f(Tensor.zeros(2, 2, dtype: .float64))
        }
        #expect(count.value.item() == 0)
    }

    // MARK: Staging (E61–E66)

    @Test func stagedValuesDoNotOutliveTheirCall() {
        let leaked = Box()
        let f = staged { @Sendable (x: Tensor) in
            leaked.tensor = x * 2
            return x
        }
        _ = f(x)
        expectFailure("staged", "has returned") { _ = leaked.tensor! + 1 }
    }

    @Test func stagingAgainIsReported() {
        let f = staged { @Sendable (x: Tensor) in x.sum() }
        _ = (f(x), f(Tensor([1.0, 2])), f(Tensor([1.0, 2]) * 3))
        #expect(f.stagings.count == 2)
        #expect(f.stagings[0].reason == "the first call")
        #expect(f.stagings[1].reason == "the argument has type float32[2] and had float32[3]")
        #expect("\(f.stagings[1])".contains("MisuseTests.swift"))
    }

    @Test func numbersInArgumentsMakeGraphsOfTheirOwn() {
        struct Options: TensorContainer {
            var x: Tensor
            var power: Int
        }
        let f = staged { @Sendable (o: Options) in o.x.pow(o.power) }
        #expect(f(Options(x: Tensor(3.0), power: 2)).item() == 9)
        #expect(f(Options(x: Tensor(3.0), power: 3)).item() == 27)
        #expect(f(Options(x: Tensor(2.0), power: 2)).item() == 4)
        #expect(f.stagings.count == 2)
        #expect(f.stagings[1].reason.contains("another number"))
    }

    // MARK: Control flow (E67–E73)

    @Test func whatIsCarriedKeepsItsType() {
        expectFailure("next value", "float32[]", "float32[3]") {
            _ = whileLoop(Tensor(1.0), while: { $0.sum() .< 10 }) { $0 + Tensor([1.0, 2, 3]) }
        }
        expectFailure("next value", "int64[]", "float32[]") {
            _ = scan(Tensor(1), over: x) { c, x in (c + x, c) }
        }
        let f = staged { @Sendable (x: Tensor) in
            whileLoop(x, while: { $0.sum() .< 10 }) { $0.sum() }
        }
        expectFailure("next value", "float32[3]", "float32[]") { _ = f(x) }
        expectFailure("holds no tensor") { _ = whileLoop([Tensor](), while: { _ in Tensor(0.0) }) { $0 } }
        expectFailure("1 tensors were given 2") {
            _ = whileLoop([Tensor(1.0)], while: { $0[0] .< 10 }) { [$0[0] * 2, $0[0]] }
        }
    }

    @Test func iterationsAreCountedFromZero() {
        expectFailure("maximumIterations is -1") {
            let found = whileLoop(x, maximumIterations: -1, while: { $0.sum() .< 10 }) { $0 * 2 }
            #expect(found.failure != nil)
        }
        #expect(whileLoop(x, maximumIterations: 0, while: { $0.sum() .< 10 }) { $0 * 2 }.isEqual(to: x))
    }

    @Test func aSwitchWithoutCasesStopsWithTheReason() async throws {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = switchCase(Tensor(0), Tensor(1.0), [(Tensor) -> Tensor]())
        }
        let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
        #expect(text.contains("there are no cases") && text.contains("aSwitchWithoutCases"), "\(text)")
    }

    @Test func predicatesAreScalars() {
        expectFailure("predicate gave a tensor of shape [3]") { _ = whileLoop(x, while: { $0 .< 10 }) { $0 * 2 } }
        expectFailure("shape [3], not one element") { _ = cond(x .> 0, x, then: { $0 }, else: { -$0 }) }
        expectFailure("case 3 was chosen of 2 cases") { _ = switchCase(Tensor(3), x, [{ $0 }, { -$0 }]) }
        expectFailure("float32", "to(.int32)") { _ = switchCase(Tensor(1.0), x, [{ $0 }, { -$0 }]) }
        let g = GraphBuilder()
        let number = g.input("number", [], .int64)
        expectFailure("case 7 was chosen of 2 cases") {
            _ = try g.function([number], [switchCase(number, x, [{ $0 }, { -$0 }])])(Tensor(7))
        }
    }

    @Test func aSwitchWithoutCasesIsAnErrorWhereItCanBe() {
        let cases: [(Tensor) -> Tensor] = []
        expectFailure("switchCase", "there are no cases") { _ = switchCase(Tensor(0), x, cases) }
        let several: [(Tensor) -> [Tensor]] = []
        expectFailure("switchCase", "there are no cases") { _ = switchCase(Tensor(0), x, several) }
    }

    @Test(arguments: [LoopMemoryPolicy.all, .logarithmic])
    func loopsThatDoNotEndHitTheLimitOfTheInterpreter(_ memory: LoopMemoryPolicy) throws {
        let g = GraphBuilder()
        let start = g.input("start", [])
        let end = whileLoop(start, memory: memory, while: { $0 .< 100 }) { $0 + 1 }
        let graph = try g.graph([end, g.gradient(of: end, withRespectTo: start)])
        let run = try GraphInterpreter(iterationLimit: 100).prepare(graph)
        #expect(try run.run([Tensor(0.0)]).map { $0.item() } == [100, 1])
        expectFailure("has not ended after 100 iterations", "iterationLimit") { _ = try run.run([Tensor(-1.0)]) }
    }

    @Test func branchesAgree() {
        let f = staged { @Sendable (x: Tensor) in cond(x.sum() .> 0, x, then: { $0 }, else: { $0.sum() }) }
        expectFailure("results of different types", "float32[3]", "float32[]") { _ = f(x) }
    }

    @Test func sequencesHaveOneLength() {
        expectFailure("2 elements", "3") {
            _ = scan(Tensor(0.0), over: [x, Tensor([1.0, 2])]) { c, x in (c + x[0], c) }
        }
        expectFailure("scalar") { _ = scan(Tensor(0.0), over: Tensor(1.0)) { c, x in (c + x, c) } }
        expectFailure("no sequence") { _ = scan(Tensor(0.0), over: [Tensor]()) { c, _ in (c, c) } }
        expectFailure("truncateGradientTo is -1") {
            // A call that is the last thing a closure does is its caller's in release.
            let found = scan(Tensor(0.0), over: x, truncateGradientTo: -1) { c, x in (c + x, c) }
            #expect(found.carried.failure != nil)
        }
        expectFailure("checkpointEvery is 0") {
            let found = scan(Tensor(0.0), over: x, checkpointEvery: 0) { c, x in (c + x, c) }
            #expect(found.carried.failure != nil)
        }
    }

    @Test func randomNumbersInABodyAreNotDrawnAgainForAGradient() {
        // The rule fails under the frames of the engine: in release its line is that of whoever runs the closure.
        func expectRefusal(_ words: [String], _ body: () throws -> Void) {
            let text = failure(body).map { "\($0)" } ?? ""
            #expect(words.allSatisfy(text.contains), "\(text)")
        }
        let few = staged { @Sendable (x: Tensor) in
            gradient(
                of: { start in
                    whileLoop(start, memory: .logarithmic, while: { $0.sum() .< 9 }, do: { $0 * (1 + Tensor.rand()) })
                }, at: x.sum())
        }
        expectRefusal(["draws other random numbers", "pass the numbers", "memory: .all"]) { _ = few(x) }
        let branch = staged { @Sendable (x: Tensor) in
            gradient(of: { x in cond(x .> 0, x, then: { $0 * Tensor.rand() }, else: { $0 }) }, at: x.sum())
        }
        expectRefusal(["draws other random numbers", "pass the numbers"]) { _ = branch(x) }
        // How much a loop of unknown length draws is not known where the loop around it is stated.
        let nested = staged { @Sendable (x: Tensor) in
            gradient(
                of: { start in
                    scan(start, over: Tensor.ones(4)) { c, x in
                        (whileLoop(c, while: { $0 .< 9 }, do: { $0 * (1 + Tensor.rand()) }), c)
                    }.carried
                }, at: x.sum())
        }
        expectRefusal(["draws other random numbers", "pass the numbers"]) { _ = nested(x) }
    }
}

private final class Box: @unchecked Sendable {
    var tensor: Tensor?
}
