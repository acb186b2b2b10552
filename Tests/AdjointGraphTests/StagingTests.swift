import Adjoint
import Testing

@testable import AdjointGraph

/// A loop, a branch and a scan in one function.
@Sendable private func model(_ x: Tensor) -> Tensor {
    let grown = whileLoop(x, while: { ($0 * $0).sum() .< 4 }, do: { $0 * 1.3 + 0.05 })
    let rows = scan(Tensor(0.2, dtype: .float64), over: grown) { c, e in ((c + e).tanh(), c * e) }
    return cond(x.sum() .> 0, then: { rows.outputs.sum() * rows.carried }, else: { (rows.outputs * grown).sum() })
}

/// Staged functions as functions: under every transform, with states, nested.
@Suite struct StagingTests {
    let x = Tensor([0.3, -0.2, 0.6], dtype: .float64)
    let t = Tensor([1.0, -0.5, 0.25], dtype: .float64)

    @Test func everyTransformOfAStagedFunction() {
        let f = staged(model)
        #expect(f(x).isEqual(to: model(x)))
        #expect(isClose(gradient(of: { f($0) }, at: x), gradient(of: model, at: x)))
        #expect(isClose(jvp({ f($0) }, at: x, along: t).tangent, jvp(model, at: x, along: t).tangent))
        #expect(isClose(hessian(of: { f($0) }, at: x), hessian(of: model, at: x), relative: 1e-10))
        let (_, pullback) = vjp({ f($0) }, at: x)
        #expect(isClose(pullback(Tensor(2.0, dtype: .float64)), 2 * gradient(of: model, at: x)))
        let (_, pushforward) = linearize({ f($0) }, at: x)
        #expect(isClose(pushforward(t), jvp(model, at: x, along: t).tangent))
        let rows = stack([x, -x, 2 * x, t])
        #expect(isClose(vmap({ f($0) }, over: rows), stack((0..<4).map { model(rows[$0]) })))
        let gradients = stack((0..<4).map { gradient(of: model, at: rows[$0]) })
        #expect(isClose(vmap({ gradient(of: { f($0) }, at: $0) }, over: rows), gradients))
        #expect(isClose(gradient(of: { vmap({ f($0) }, over: $0).sum() }, at: rows), gradients))
        let checkpointed = checkpoint { @Sendable (x: Tensor) in f(x) }
        let leaf = x.requiringGrad()
        f(leaf).backward()
        #expect(isClose(leaf.grad!, gradient(of: model, at: x)))
        #expect(isClose(gradient(of: { checkpointed($0) }, at: x), gradient(of: model, at: x)))
    }

    @Test func everyTransformInsideAStagedFunction() {
        let (x, t) = (x, t)
        let modes = staged { @Sendable (x: Tensor) in
            let (_, pullback) = vjp(model, at: x)
            let (_, pushforward) = linearize(model, at: x)
            return [
                gradient(of: model, at: x), jvp(model, at: x, along: t).tangent, hessian(of: model, at: x),
                pushforward(t), pullback(Tensor(1.0, dtype: .float64)),
                hessianVectorProduct(of: model, at: x, along: t), jacobian(of: { $0 * model($0) }, at: x),
                vmap({ gradient(of: model, at: $0) }, over: stack([x, t])),
            ]
        }
        let found = modes(x)
        let expected = [
            gradient(of: model, at: x), jvp(model, at: x, along: t).tangent, hessian(of: model, at: x),
            jvp(model, at: x, along: t).tangent, gradient(of: model, at: x),
            hessianVectorProduct(of: model, at: x, along: t), jacobian(of: { $0 * model($0) }, at: x),
            stack([gradient(of: model, at: x), gradient(of: model, at: t)]),
        ]
        for (index, (a, b)) in zip(found, expected).enumerated() {
            #expect(isClose(a, b, relative: 1e-10), "\(index)")
        }
    }

    @Test func stagedFunctionsNest() {
        let inner = staged { @Sendable (x: Tensor) in x.sin() * x }
        let outer = staged { @Sendable (x: Tensor) in inner(inner(x)).sum() }
        func plain(_ x: Tensor) -> Tensor {
            func f(_ x: Tensor) -> Tensor { x.sin() * x }
            return f(f(x)).sum()
        }
        #expect(outer(x).isEqual(to: plain(x)))
        #expect(isClose(gradient(of: { outer($0) }, at: x), gradient(of: plain, at: x)))
        #expect(outer.stagings.count == 1)
    }

    @Test func statesAreReadAndWritten() {
        let count = SharedState("count", Tensor(0.0))
        let step = staged { @Sendable (x: Tensor) in
            count.value = count.value + x
            count.value = count.value * 2
            return count.value + 1
        }
        #expect(step(Tensor(1.0)).item() == 3)
        #expect(count.value.item() == 2)
        #expect(step(Tensor(0.5)).item() == 6)
        #expect(count.value.item() == 5)
        #expect(step.stagings.count == 1)
    }

    @Test func randomNumbersAreDrawnInEachCall() {
        let eager = { (x: Tensor, g: Generator) in x * Tensor.rand(3, generator: g) + Tensor.randn(3, generator: g) }
        let (a, b) = (Generator(seed: 5), Generator(seed: 5))
        let f = staged { @Sendable (x: Tensor) in x * Tensor.rand(3, generator: a) + Tensor.randn(3, generator: a) }
        let x = Tensor([1.0, 2, 3])
        for _ in 0..<3 { #expect(f(x).isEqual(to: eager(x, b))) }
    }

    @Test func customFunctionsStayWhole() {
        let clipped = CustomFunction("clipped") {
            $0[0].sum()
        } vjp: { inputs, _, g in
            [minimum(g, 1).broadcast(to: inputs[0].shape.extents)]
        }
        let f = staged { @Sendable (x: Tensor) in clipped(x * 2) * 3 }
        #expect(f(x).isEqual(to: clipped(x * 2) * 3))
        #expect(isClose(gradient(of: { f($0) }, at: x), gradient(of: { clipped($0 * 2) * 3 }, at: x)))
        let g = staged { @Sendable (x: Tensor) in gradient(of: { clipped($0 * 2) * 3 }, at: x) }
        #expect(isClose(g(x), gradient(of: { clipped($0 * 2) * 3 }, at: x)))
    }

    @Test func theGraphOfARunHoldsThePathTaken() throws {
        func f(_ x: Tensor) -> Tensor {
            var b = 2 * x
            while b.norm() < 10 { b = b * 2 }
            return b.sum() > 0 ? b.sum() : (100 * b).sum()
        }
        let (value, graph) = try graphOfRun(of: f, at: x)
        #expect(value.isEqual(to: f(x)))
        let run = try GraphInterpreter().prepare(graph)
        #expect(try run.run([x])[0].isEqual(to: value))
        #expect(graph.steps.count { $0.operation.label == "norm" } >= 3)
    }

    @Test func templatesTakeAnySize() throws {
        let f = GraphTemplate([.init("x", ["n", 3]), .init("w", [3])]) { g, inputs in
            let loss = inputs[0].matmul(inputs[1]).square().mean()
            return [loss, g.gradient(of: loss, withRespectTo: inputs[1])]
        }
        let w = Tensor([0.5, -1.0, 2.0])
        for n in [1, 4, 4, 7] {
            let x = Tensor.arange(Double(3 * n)).to(.float32).reshaped(n, 3)
            let found = try f(x, w)
            let expected = valueWithGradient(of: { x.matmul($0).square().mean() }, at: w)
            #expect(isClose(found[0], expected.value, relative: 1e-6))
            #expect(isClose(found[1], expected.gradient, relative: 1e-6))
        }
        #expect(f.sizes.count == 3)
        let plain = GraphTemplate([.init("x", ["n", 3]), .init("w", [3])], passes: []) { _, inputs in
            [(inputs[0].matmul(inputs[1]) * 1).square().mean()]
        }
        let x = Tensor.ones(2, 3)
        #expect(try plain(x, w)[0].isEqual(to: x.matmul(w).square().mean()))
        #expect(try plain.function(for: ["n": 2]).graph.steps.contains { $0.operation.label == "mul" })
        #expect(try f.function(for: ["n": 1]).explanation.map(\.pass) == GraphPass.standard.map(\.name))
        #expect(try plain.function(for: ["n": 2]).explanation.isEmpty)
        expectFailure("\"n\" is 2", "axis 0") {
            let g = GraphTemplate([.init("x", ["n"]), .init("y", ["n"])]) { _, i in [i[0] + i[1]] }
            _ = try g(Tensor([1.0, 2]), Tensor([1.0, 2, 3]))
        }
    }
}
