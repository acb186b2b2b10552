import Adjoint
import AdjointCore
import AdjointRuntime
import Testing

@testable import AdjointGraph

/// What each rewrite does, as text before and after, and that the numbers stay.
@Suite struct PassTests {
    // MARK: Dead code, common subexpressions, constants

    @Test func deadCode() throws {
        try golden(
            [.deadCode], "x", [2],
            before: """
                %1 = exp(%0) : float32[2]
                %2 = add(%0, %0) : float32[2]
                """,
            after: """
                %1 = add(%0, %0) : float32[2]
                """
        ) { x in
            _ = x.exp()
            return x + x
        }
    }

    @Test func commonSubexpressions() throws {
        try golden(
            [.commonSubexpressions], "x", [2],
            before: """
                %1 = sin(%0) : float32[2]
                %2 = sin(%0) : float32[2]
                %3 = mul(%1, %2) : float32[2]
                %4 = sin(%0) : float32[2]
                %5 = mul(%4) : float32[2]
                %6 = add(%3, %5) : float32[2]
                """,
            after: """
                %1 = sin(%0) : float32[2]
                %2 = mul(%1, %1) : float32[2]
                %3 = mul(%1) : float32[2]
                %4 = add(%2, %3) : float32[2]
                """
        ) { x in x.sin() * x.sin() + 2 * x.sin() }
    }

    @Test func drawsAreNeverMerged() throws {
        let g = GraphBuilder()
        let x = g.input("x", [3])
        let sum = g.draw { Tensor.rand(3) } - g.draw { Tensor.rand(3) } + x
        let f = try g.function([x], [sum])
        #expect(try f(Tensor.zeros(3))[0].abs().max().item() > 0)
        #expect(f.graph.steps.count { $0.operation.hasEffect } == 2)
    }

    @Test func loopsThatKeepStatesAndThoseThatDoNot() throws {
        let f = staged { @Sendable (x: Tensor, w: Tensor) in
            valueAndGradient(x, w)
        }
        let (x, w) = (Tensor([0.3, -0.2, 0.5]), Tensor(0.7))
        let graph = try f.graph(for: x, w)
        #expect(graph.steps.count { $0.operation.loop != nil } == 2, "the loop, and the one of its gradient")
        let kept = graph.steps.compactMap { $0.operation.loop }.map(\.keepsStates)
        #expect(kept == [true, false])
        try f.verifyAgreement(x, w)
    }

    @Test func loopsLoseWhatNobodyReads() throws {
        let g = GraphBuilder()
        let x = g.input("x", [5])
        let start = [g.input("c", []), g.input("unread", [])]
        let (last, outputs) = scan(start, over: x) { (c: [Tensor], x: Tensor) in
            ([c[0] + x, c[1] * x], [c[0], c[1]])
        }
        _ = outputs
        let f = try g.function(start + [x], [last[0]])
        let loop = try #require(f.graph.steps.compactMap { $0.operation.loop }.first)
        #expect(loop.carried == 1 && loop.outputs == 0)
        #expect(try f(Tensor(1.0), Tensor(2.0), Tensor([1.0, 2, 3, 4, 5]))[0].item() == 16)
        #expect("\(f.explanation)".contains("lost 1 carried values, 2 outputs that nothing reads"))
    }

    @Test func constantFolding() throws {
        try golden(
            [.constantFolding], "x", [2],
            before: """
                %1 = exp(%0) : float32[2]
                %2 = constant() : float32[2]
                %3 = mul(%2) : float32[2]
                %4 = exp(%3) : float32[2]
                %5 = add(%1, %4) : float32[2]
                """,
            after: """
                %1 = exp(%0) : float32[2]
                %2 = constant() : float32[2]
                %3 = constant() : float32[2]
                %4 = constant() : float32[2]
                %5 = add(%1, %4) : float32[2]
                """
        ) { x in
            x.exp() + exp(lifted(x, Tensor([1.0, 2])) * 3)
        }
    }

    @Test func largeConstantsAreNotMade() throws {
        let g = GraphBuilder()
        let x = g.input("x", [1000, 1000])
        let large = lifted(x, Tensor.ones(1000, 1)).broadcast(to: [1000, 1000]) * 2
        let f = try g.function([x], [x + large.exp()], passes: [.constantFolding])
        let sizes = f.graph.steps.compactMap { step -> Int? in
            if case .constant(let tensor) = step.operation, tensor.value.isContiguous {
                tensor.type.byteCount
            } else {
                nil
            }
        }
        #expect(sizes.allSatisfy { $0 < 1 << 17 })
    }

    // MARK: Identities

    @Test func identitiesOfNumbers() throws {
        try golden(
            [.identities, .deadCode], "x", [2],
            before: """
                %1 = mul(%0) : float32[2]
                %2 = div(%1) : float32[2]
                %3 = sub(%2) : float32[2]
                %4 = neg(%3) : float32[2]
                %5 = neg(%4) : float32[2]
                """,
            after: ""
        ) { x in -(-((x * 1) / 1 - 0)) }
    }

    @Test func identitiesChangeNoBit() throws {
        // −0 + 0 is 0, and 0 · x is NaN, −0 or 0: these stay.
        let values = Tensor([-0.0, 0.0, Double.infinity, -Double.infinity, Double.nan, 1, -1]).to(.float32)
        let f = staged(
            { @Sendable (x: Tensor) in [x + 0, x * 0, 0 * x, x - 0, x * 1, -(-x), x.exp() + 0] },
            passes: [.identities, .deadCode])
        let report = try f.verifyAgreement(values)
        #expect(report.hasSameBits)
        #expect(try f.graph(for: values).operationCount == 4)
        // With the pass that may change the sign of a zero it is one less.
        let reordered = staged({ @Sendable (x: Tensor) in x + 0 }, passes: [.reassociation, .deadCode])
        #expect(try reordered.graph(for: values).operationCount == 0)
        #expect(try reordered.explanation(for: values)[0].hasReordered)
        let whole = staged({ @Sendable (x: Tensor) in x * 0 + x + 0 }, passes: [.identities, .deadCode])
        #expect(try whole.graph(for: Tensor([1, 2])).operationCount == 1)
    }

    @Test func identitiesOfShapesAndTypes() throws {
        try golden(
            [.identities, .deadCode], "x", [2, 3],
            before: """
                %1 = permute [1, 0](%0) : float32[3, 2]
                %2 = permute [1, 0](%1) : float32[2, 3]
                %3 = reshape [6](%2) : float32[6]
                %4 = reshape [3, 2](%3) : float32[3, 2]
                %5 = reshape [2, 3](%4) : float32[2, 3]
                %6 = to float64(%5) : float64[2, 3]
                %7 = to float32(%6) : float32[2, 3]
                %8 = permute [1, 0](%7) : float32[3, 2]
                """,
            after: """
                %1 = permute [1, 0](%0) : float32[3, 2]
                """
        ) { x in
            let same = x.transposed().transposed().reshaped(6).reshaped(3, 2).reshaped(2, 3).to(.float64).to(.float32)
            return same.transposed()
        }
    }

    @Test func slicesOfJoinedTensors() throws {
        try golden(
            [.identities, .deadCode], "x", [4],
            before: """
                %1 = sin(%0) : float32[4]
                %2 = cos(%0) : float32[4]
                %3 = concatenate(%1, %2, %0) : float32[12]
                %4 = slice(%3) : float32[4]
                %5 = slice(%4) : float32[2]
                """,
            after: """
                %1 = cos(%0) : float32[4]
                %2 = slice(%1) : float32[2]
                """
        ) { x in
            concatenate([x.sin(), x.cos(), x])[4..<8][1..<3]
        }
    }

    @Test func sumsOverRepetitions() throws {
        try golden(
            [.reassociation, .deadCode], "x", [3],
            before: """
                %1 = broadcast [5, 3](%0) : float32[5, 3]
                %2 = sum(%1) : float32[3]
                """,
            after: """
                %1 = mul(%0) : float32[3]
                """
        ) { x in x.broadcast(to: [5, 3]).sum(axis: 0) }
    }

    // MARK: Fusion

    @Test func elementwiseFusion() throws {
        try golden(
            [.fusion], "x", [8],
            before: """
                %1 = mul(%0) : float32[8]
                %2 = add(%1) : float32[8]
                %3 = tanh(%2) : float32[8]
                %4 = greater(%3) : bool[8]
                %5 = where(%4, %3, %0) : float32[8]
                %6 = sum(%5) : float32[]
                """,
            after: """
                %1 = sum(mul, add, tanh, greater, where)(%0) : float32[]
                """
        ) { x in
            let y = (x * 2 + 1).tanh()
            return which(y .> 0.5, y, x).sum()
        }
    }

    @Test func valuesWithReadersElsewhereAreNotComputedTwice() throws {
        let f = staged(
            { @Sendable (x: Tensor) in
                let y = x.exp()
                return [y.sin(), y.matmul(y), y * 2 + 1]
            }, passes: [.fusion])
        let x = Tensor.rand(4, 4)
        let names = try f.graph(for: x).steps.map(\.operation.label)
        #expect(names == ["input", "exp", "sin", "matmul", "fused(mul, add)"])
        #expect(try f.verifyAgreement(x).hasSameBits)
    }

    @Test(arguments: [
        [7], [70_000], [300_001], [50, 70], [5, 40_000], [40_000, 3], [3, 5, 7], [3, 0], [1, 9], [1],
    ])
    func fusedSumsHaveTheBitsOfSums(_ shape: [Int]) throws {
        for dtype in [DType.float32, .float64] {
            let x = Tensor.rand(shape).to(dtype) - 0.3
            let f = staged { @Sendable (x: Tensor) in
                let y = (x * 3).sin() * x
                return [y.sum()] + (0..<x.rank).map { ((x + 1).exp() * x).sum(axis: $0) }
                    + (x.count == 0 ? [] : [((x * 0.5).cos() + x).mean()])
            }
            #expect(try f.verifyAgreement(x).hasSameBits)
        }
    }

    @Test func fusionOverStridedOperandsAndManyInputs() throws {
        let f = staged { @Sendable (x: Tensor, y: Tensor) in
            let columns = (0..<20).map { x[0..., $0] }
            let sum = columns.dropFirst().reduce(columns[0]) { ($0 * 0.5 + $1).sin() }
            return [sum, x.transposed() * 2 + y.reshaped(1, 30), (x .> 0.5).to(x.dtype) * x + 1]
        }
        let report = try f.verifyAgreement(Tensor.rand(30, 20), Tensor.rand(30))
        #expect(report.hasSameBits)
    }

    @Test func halfPrecisionIsRoundedAfterEachOperation() throws {
        let f = staged { @Sendable (x: Tensor) in ((x * 1.1 + 0.3).tanh() * x).sum() }
        for dtype in [DType.float16, .bfloat16] {
            #expect(try f.verifyAgreement(Tensor.rand(100).to(dtype)).hasSameBits)
        }
    }

    @Test func fusedGraphsAreDifferentiatedByTheirOperations() throws {
        let f = staged { @Sendable (x: Tensor) in ((x * 2).sin() * x.exp()).sum() }
        let x = Tensor([0.1, 0.7, -0.4]).to(.float64)
        #expect(try f.graph(for: x).steps.contains { $0.operation.label.hasPrefix("sum(") })
        let plain: @Sendable (Tensor) -> Tensor = { ((($0 * 2).sin()) * $0.exp()).sum() }
        #expect(isClose(gradient(of: { f($0) }, at: x), gradient(of: plain, at: x)))
        #expect(isClose(hessian(of: { f($0) }, at: x), hessian(of: plain, at: x)))
        #expect(isClose(vmap({ f($0) }, over: stack([x, x + 1])), stack([plain(x), plain(x + 1)])))
        let nested = staged { @Sendable (x: Tensor) in gradient(of: { f($0) }, at: x) }
        #expect(isClose(nested(x), gradient(of: plain, at: x)))
    }

    @Test func fusedStepsOfGraphsHaveDerivatives() throws {
        let f = staged { @Sendable (x: Tensor) in ((x * 2).sin() * x.exp()).sum() }
        let x = Tensor([0.1, 0.7, -0.4]).to(.float64)
        let fused = try f.graph(for: x)
        let g = GraphBuilder()
        let input = g.input("x", [3], .float64)
        guard case .primitive(let operation) = fused.steps.last!.operation else { return }
        let y = g.stage.interpretAny(operation, [input])
        let both = try g.function(
            [input],
            [g.gradient(of: y, withRespectTo: input), g.jvp(of: [y], along: [(input, Tensor.ones(like: x))])[0]])
        let found = try both(x)
        let expected = gradient(of: { ((($0 * 2).sin()) * $0.exp()).sum() }, at: x)
        #expect(isClose(found[0], expected) && isClose(found[1], expected.sum()))
    }

    // MARK: Switches and reports

    @Test func passesAreSwitchedOff() throws {
        let g = GraphBuilder()
        let x = g.input("x", [3])
        let y = x * 1 + x * 1
        #expect(try g.function([x], [y], passes: []).graph.operationCount == 3)
        let f = try g.function([x], [y])
        #expect(f.graph.operationCount == 1)
        let text = f.explanation.map { "\($0)" }.joined(separator: "\n")
        #expect(text.contains("common-subexpressions: 3 → 2 operations\n  merged mul"))
        #expect(text.contains("x · 1 is x"))
        #expect(Set(GraphPass.standard.map(\.name)).count == 8)
    }

    @Test func passesGoIntoLoopsAndBranches() throws {
        let f = staged { @Sendable (x: Tensor) in
            cond(
                x.sum() .> 0, x, then: { ($0 * 2 + 1).tanh() },
                else: { x in
                    scan(x, over: Tensor.ones(4)) { c, s in ((c * 1 + s).sin(), c) }.carried
                })
        }
        let x = Tensor([0.5, -0.2])
        let text = try f.explanation(for: x).map { "\($0)" }.joined(separator: "\n")
        #expect(text.contains("in switch, case 1: joined 3 operations: mul, add, tanh"))
        #expect(text.contains("in switch, case 0: in scan, body: x · 1 is x"))
        try f.verifyAgreement(x)
        try f.verifyAgreement(-x)
    }

    @Test func passesGoIntoReplayedLoops() throws {
        let f = staged { @Sendable (x: Tensor) in
            gradient(
                of: { x in
                    whileLoop(x, memory: .logarithmic, while: { $0.sum() .< 100 }) {
                        (($0 * 1).square() + 1.5).sqrt() + $0
                    }.sum()
                }, at: x)
        }
        let x = Tensor([0.5, 0.25])
        let text = try f.explanation(for: x).map { "\($0)" }.joined(separator: "\n")
        #expect(text.contains("in while backwards, body: x · 1 is x"))
        #expect(text.contains("in while backwards, backward: joined"))
        try f.verifyAgreement(x)
    }

    @Test func agreementFindsDifferences() throws {
        let wrong = GraphPass("wrong", reorders: false) { graph in
            var writer = GraphWriter(graph)
            for step in graph.steps {
                writer.copy(step, as: step.operation.label == "sin" ? .primitive(Exponential1m()) : nil)
            }
            return (writer.finished(), ["sin is not expm1"])
        }
        let f = staged({ @Sendable (x: Tensor) in x.sin() }, passes: [wrong])
        expectFailure("\"result\"", "differs", "no rewrite reordered") { try f.verifyAgreement(x) }
        let draws = staged { @Sendable (x: Tensor) in x + Tensor.rand(3) }
        #expect(try draws.verifyAgreement(x).hasSameBits)
        let count = SharedState("count", Tensor(0.0))
        let counting = staged { @Sendable (x: Tensor) in
            count.value = count.value + 1
            return x * count.value
        }
        #expect("\(try counting.verifyAgreement(x))" == "result: the same bits\ncount: the same bits")
        #expect(count.value.item() == 0)
    }

    private let x = Tensor([1.0, 2, 3])

    // MARK: Helpers

    private func golden(
        _ passes: [GraphPass], _ name: String, _ shape: [Int], before: String, after: String,
        sourceLocation: Testing.SourceLocation = #_sourceLocation, _ body: (Tensor) -> Tensor
    ) throws {
        let g = GraphBuilder()
        let x = g.input(name, shape)
        let graph = try g.graph([body(x)])
        #expect(lines(graph) == before, sourceLocation: sourceLocation)
        let (rewritten, _) = GraphPass.apply(passes, to: graph)
        #expect(lines(rewritten) == after, sourceLocation: sourceLocation)
        let value = Tensor.rand(shape)
        let (plain, found) = (graph.evaluate([value])[0], try ExecutionPlan(rewritten).run([value])[0])
        #expect(isClose(plain, found, relative: 1e-6), sourceLocation: sourceLocation)
    }

    /// The steps but the inputs, one a line.
    private func lines(_ graph: Graph) -> String {
        graph.steps.compactMap { step in
            if case .input = step.operation { return nil }
            let operands = graph.operands(of: step).map { "%\($0)" }.joined(separator: ", ")
            let results = graph.results(of: step).map { "%\($0)" }.joined(separator: ", ")
            return "\(results) = \(step.operation.label)(\(operands)) : \(graph.types[Int(step.firstResult)])"
        }.joined(separator: "\n")
    }
}

/// A constant as a value of x's graph.
private func lifted(_ x: Tensor, _ constant: Tensor) -> Tensor {
    ((x.traced as? StagedValue)?.stage as StageInterpreter?)?.lift(constant) ?? constant
}

@Sendable private func valueAndGradient(_ x: Tensor, _ w: Tensor) -> [Tensor] {
    let f = { (w: Tensor) in scan(Tensor(0.1), over: x) { c, x in ((c * w + x).sin(), c) }.carried }
    return [f(w), gradient(of: f, at: w)]
}

extension StageInterpreter {
    /// A step of an operation of which only the protocol is known, as a graph read from a file has it.
    fileprivate func interpretAny(_ operation: any Primitive, _ inputs: [Tensor]) -> Tensor {
        func open<P: Primitive>(_ operation: P) -> Tensor { interpret(operation, inputs) }
        return open(operation)
    }
}
