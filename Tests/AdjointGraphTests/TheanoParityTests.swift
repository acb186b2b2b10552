import Adjoint
import AdjointTesting
import Testing

/// What Theano's users know, a row of docs/parity.md each.
@Suite struct TheanoParityTests {
    /// `theano.function(inputs, outputs)`
    @Test func function() throws {
        let g = GraphBuilder()
        let (x, y) = (g.input("x"), g.input("y"))
        let f = try g.function([x, y], [x * y, x + y])
        #expect(try f(Tensor(2.0), Tensor(5.0)).map { $0.item() } == [10, 7])
        #expect(try f(["y": Tensor(3.0), "x": Tensor(4.0)]).map { $0.item() } == [12, 7])
    }

    /// `theano.shared`, `function(updates=[(s, s + x)])`
    @Test func sharedVariablesAndUpdates() throws {
        let g = GraphBuilder()
        let x = g.input("x")
        let sum = SharedState("sum", Tensor(0.0))
        let add = try g.function([x], [g.read(sum)], updates: [(sum, g.read(sum) + x)])
        let read = try g.function([], [g.read(sum) * 10])
        #expect(try add(Tensor(1.5))[0].item() == 0)
        #expect(try add(Tensor(2.0))[0].item() == 1.5)
        #expect(try read()[0].item() == 35)
    }

    /// `function(givens={u: v})`
    @Test func givens() throws {
        let g = GraphBuilder()
        let (x, v) = (g.input("x"), g.input("v"))
        let u = x * x
        let f = try g.function([v], [u + 1], givens: [(u, v * 3)])
        #expect(try f(Tensor(2.0))[0].item() == 7)
    }

    /// `theano.grad(cost, wrt)`: an expression, differentiable again
    @Test func grad() throws {
        let g = GraphBuilder()
        let x = g.input("x")
        let first = g.gradient(of: x * x * x, withRespectTo: x)
        let second = g.gradient(of: first, withRespectTo: x)
        let f = try g.function([x], [first, second])
        #expect(try f(Tensor(2.0)).map { $0.item() } == [12, 12])
    }

    /// `grad(known_grads={y: g})`
    @Test func knownGradients() throws {
        let g = GraphBuilder()
        let (x, dy) = (g.input("x", [2]), g.input("dy", [2]))
        let y = x * x
        let dx = g.gradients(of: [], withRespectTo: [x], known: [(y, dy)])[0]
        let f = try g.function([x, dy], [dx])
        #expect(try f(Tensor([1.0, 3]), Tensor([10.0, 1]))[0].doubles == [20, 6])
    }

    /// `grad(consider_constant=[u])`
    @Test func considerConstant() throws {
        let g = GraphBuilder()
        let x = g.input("x")
        let u = x * x
        let f = try g.function([x], [g.gradient(of: u * x, withRespectTo: x, constants: [u])])
        #expect(try f(Tensor(3.0))[0].item() == 9)
    }

    /// `grad(disconnected_inputs="raise" | "warn" | "ignore")`
    @Test func disconnectedInputs() throws {
        let g = GraphBuilder()
        let (x, z) = (g.input("x"), g.input("z"))
        expectFailure("no output depends on value 0") { _ = g.gradient(of: x * 2, withRespectTo: z) }
        let zero = g.gradient(of: x * 2, withRespectTo: z, disconnected: .zero)
        let warned = g.gradient(of: x * 2, withRespectTo: z, disconnected: .warning)
        #expect(try g.function([], [zero, warned])().map { $0.item() } == [0, 0])
    }

    /// `Rop(f, wrt, eval_points)`: the Jacobian times a vector
    @Test func rightOperator() throws {
        let g = GraphBuilder()
        let (w, x, v) = (g.input("w", [2, 2]), g.input("x", [2]), g.input("v", [2, 2]))
        let tangent = g.jvp(of: [w.matmul(x)], along: [(w, v)])[0]
        let f = try g.function([x, v], [tangent])
        #expect(try f(Tensor([1.0, 2]), Tensor([[1.0, 0], [0, 1]]))[0].doubles == [1, 2])
    }

    /// `Lop(f, wrt, eval_points)`: a vector times the Jacobian
    @Test func leftOperator() throws {
        let g = GraphBuilder()
        let (w, x, v) = (g.input("w", [2, 2]), g.input("x", [2]), g.input("v", [2]))
        let cotangent = g.gradients(of: [w.matmul(x)], withRespectTo: [w], seeds: [v])[0]
        let f = try g.function([x, v], [cotangent])
        #expect(try f(Tensor([1.0, 2]), Tensor([3.0, 5]))[0].doubles == [3, 6, 5, 10])
    }

    /// `scan(fn, sequences, outputs_info, non_sequences)`
    @Test func scanOverSequences() throws {
        let g = GraphBuilder()
        let (a, b, factor) = (g.input("a", [3]), g.input("b", [3]), g.input("factor"))
        let (last, sums) = scan(Tensor(1.0).to(.float32), over: [a, b]) { carried, element in
            let next = carried * factor + element[0] * element[1]
            return (next, next)
        }
        let f = try g.function([a, b, factor], [last, sums, g.gradient(of: last, withRespectTo: factor)])
        let results = try f(Tensor([1.0, 2, 3]), Tensor([1.0, 1, 2]), Tensor(2.0))
        // c: 1 → 3 → 8 → 22; dc: 0 → 1 → 2·1 + 3 = 5 → 2·5 + 8 = 18.
        #expect(results[0].item() == 22)
        #expect(results[1].doubles == [3, 8, 22])
        #expect(results[2].item() == 18)
    }

    /// `scan(truncate_gradient=k)`
    @Test func truncatedGradient() throws {
        let g = GraphBuilder()
        let (x, w) = (g.input("x", [3]), g.input("w"))
        func last(_ kept: Int?) -> Tensor {
            scan(Tensor(1.0).to(.float32), over: x, truncateGradientTo: kept) { c, x in (c * w + x, c) }.carried
        }
        let f = try g.function(
            [x, w], [1, 2, nil].map { g.gradient(of: last($0), withRespectTo: w) })
        // c: 1, 3, 8, 19 for w = 2 and x = 1, 2, 3; the last step alone gives c₂ = 8, the last two w c₁ + c₂ = 14.
        #expect(try f(Tensor([1.0, 2, 3]), Tensor(2.0)).map { $0.item() } == [8, 14, 18])
    }

    /// `scan(..., until(condition))`
    @Test func scanUntil() throws {
        let g = GraphBuilder()
        let x = g.input("x")
        let y = whileLoop(x, maximumIterations: 100, while: { $0 .< 50 }, do: { $0 * 2 })
        let f = try g.function([x], [y, g.gradient(of: y, withRespectTo: x)])
        #expect(try f(Tensor(3.0)).map { $0.item() } == [96, 32])
    }

    /// `ifelse(condition, a, b)`: one branch is computed
    @Test func ifelse() throws {
        let g = GraphBuilder()
        let x = g.input("x")
        let y = cond(x .> 0, x, then: { $0 * $0 }, else: { -$0 })
        let f = try g.function([x], [y, g.gradient(of: y, withRespectTo: x)])
        #expect(try f(Tensor(3.0)).map { $0.item() } == [9, 6])
        #expect(try f(Tensor(-3.0)).map { $0.item() } == [3, -1])
    }

    /// `theano.gradient.verify_grad`
    @Test func verifyGrad() throws {
        let f = staged { @Sendable (x: Tensor) in (x.sin() * x).sum() }
        try gradientCheck({ f($0[0]) }, at: [Tensor([0.3, 1.2, -0.7], dtype: .float64)], order: 2)
    }

    /// `theano.printing.debugprint`, `pydotprint`
    @Test func debugprint() throws {
        let g = GraphBuilder()
        let x = g.input("x")
        let graph = try g.graph([x.sin()], names: ["y"])
        #expect(graph.description.contains("%1: float32[] = sin(%0)"))
        #expect(graph.dot().contains("<B>sin</B>") && graph.mermaid().contains("sin"))
        #expect(try graph.svg().contains(">sin</text>"))
    }

    /// `theano.gradient.jacobian`, `hessian`
    @Test func jacobianAndHessian() throws {
        let f = staged { @Sendable (x: Tensor) in
            [jacobian(of: { $0 * $0 }, at: x), hessian(of: { ($0 * $0 * $0).sum() }, at: x)]
        }
        let found = f(Tensor([1.0, 2]))
        #expect(found[0].doubles == [2, 0, 0, 4])
        #expect(found[1].doubles == [6, 0, 0, 12])
    }
}
