import Adjoint
import Testing

/// What TensorFlow's users know, a row of docs/parity.md each.
@Suite struct TensorFlowParityTests {
    /// `tape.watch(x)`, `tape.gradient(y, x)`
    @Test func gradientTape() {
        let x = Tensor(3.0).requiringGrad()
        let y = x * x
        #expect(y.gradient(withRespectTo: x).item() == 6)
    }

    /// `GradientTape(persistent=True)`: several gradients of one recording
    @Test func persistentTape() {
        let x = Tensor(2.0).requiringGrad()
        let y = x * x
        let z = y * y
        #expect(z.gradient(withRespectTo: x, retainGraph: true).item() == 32)
        #expect(z.gradient(withRespectTo: y, retainGraph: true).item() == 8)
        #expect(y.gradient(withRespectTo: x).item() == 4)
        expectFailure("was freed") { _ = z.gradient(withRespectTo: x) }
    }

    /// `with tape.stop_recording():`
    @Test func stopRecording() {
        let x = Tensor(2.0).requiringGrad()
        let constant = noGrad { x * x }
        #expect((x * constant).gradient(withRespectTo: x).item() == 4)
    }

    /// Nested tapes
    @Test func higherOrder() {
        #expect(gradient(of: { gradient(of: { $0 * $0 * $0 }, at: $0) }, at: Tensor(2.0)).item() == 12)
    }

    /// `tape.gradient(y, x, output_gradients=g)`
    @Test func outputGradients() {
        let x = Tensor([1.0, 2]).requiringGrad()
        #expect((x * x).gradient(withRespectTo: x, seed: Tensor([1.0, 10])).doubles == [2, 40])
    }

    /// `tape.jacobian(y, x)`
    @Test func tapeJacobian() {
        #expect(jacobian(of: { $0 * $0 }, at: Tensor([1.0, 2])).doubles == [2, 0, 0, 4])
    }

    /// `tape.batch_jacobian(y, x)`: a Jacobian for each example
    @Test func batchJacobian() {
        let x = Tensor([[1.0, 2], [3.0, 4]])
        let found = vmap({ jacobian(of: { $0 * $0 }, at: $0) }, over: x)
        #expect(found.shape == [2, 2, 2])
        #expect(found.doubles == [2, 0, 0, 4, 6, 0, 0, 8])
    }

    /// `UnconnectedGradients.NONE` and `.ZERO`
    @Test func unconnectedGradients() {
        let (x, z) = (Tensor(2.0).requiringGrad(), Tensor(1.0).requiringGrad())
        let found = optionalGradients(of: [x * x], withRespectTo: [x, z])
        #expect(found[0]?.item() == 4 && found[1] == nil)
        #expect(gradients(of: [x * x], withRespectTo: [z], unused: .zero)[0].item() == 0)
    }

    /// `tf.autodiff.ForwardAccumulator`
    @Test func forwardAccumulator() {
        #expect(jvp({ $0.sin() }, at: Tensor(0.0), along: Tensor(2.0)).tangent.item() == 2)
        // Forward over reverse: Hessian times vector.
        let product = jvp(
            { gradient(of: { ($0 * $0 * $0).sum() }, at: $0) }, at: Tensor([1.0, 2]), along: Tensor([1.0, 1]))
        #expect(product.tangent.doubles == [6, 12])
    }

    /// `@tf.function`, and when it traces again
    @Test func tfFunction() {
        let f = staged { @Sendable (x: Tensor) in (x * x).sum() }
        #expect(f(Tensor([1.0, 2])).item() == 5)
        #expect(f(Tensor([3.0, 4])).item() == 25)
        #expect(f.stagings.count == 1)
        #expect(f(Tensor([1.0, 2, 3])).item() == 14)
        #expect(f.stagings[1].reason.contains("float32[3]"))
    }

    /// `tf.Variable` inside `@tf.function`: read and assigned
    @Test func variables() {
        let counter = SharedState("counter", Tensor(0.0))
        let f = staged { @Sendable (x: Tensor) in
            counter.value = counter.value + 1
            return x * counter.value
        }
        #expect([f(Tensor(10.0)), f(Tensor(10.0))].map { $0.item() } == [10, 20])
        #expect(counter.value.item() == 2)
    }

    /// `tape.gradient` of what a `@tf.function` gave
    @Test func gradientThroughTfFunction() {
        let f = staged { @Sendable (x: Tensor) in whileLoop(x, while: { $0 .< 100 }, do: { $0 * $0 }) }
        let x = Tensor(3.0).requiringGrad()
        f(x).backward()
        // 3 → 9 → 81 → 6561 = x⁸.
        #expect(x.grad!.item() == 8 * 2187)
    }

    /// `@tf.custom_gradient`
    @Test func customGradient() {
        let doubled = CustomFunction("doubled") {
            $0[0]
        } vjp: { _, _, g in
            [2 * g]
        }
        #expect(gradient(of: { doubled($0) * 3 }, at: Tensor(1.0)).item() == 6)
    }

    /// `tf.recompute_grad`
    @Test func recomputeGrad() {
        let f = checkpoint { @Sendable (x: Tensor) in x.sin().exp() }
        let x = Tensor(0.5, dtype: .float64)
        #expect(isClose(gradient(of: { f($0) }, at: x), x.cos() * x.sin().exp()))
    }

    /// `tf.stop_gradient`
    @Test func stopGradient() throws {
        #expect(gradient(of: { $0 * $0.detach() }, at: Tensor(3.0)).item() == 3)
        let g = GraphBuilder()
        let x = g.input("x")
        let f = try g.function([x], [g.gradient(of: x * x.detach(), withRespectTo: x)])
        #expect(try f(Tensor(3.0))[0].item() == 3)
    }

    /// Gradients of `tf.while_loop` and `tf.cond`, also of higher order
    @Test func gradientsOfControlFlow() {
        let f = staged { @Sendable (x: Tensor) -> Tensor in
            let y = whileLoop([x, Tensor(0)], while: { $0[1] .< 3 }, do: { [$0[0] * x, $0[1] + 1] })[0]
            return cond(x .> 0, y, then: { $0 }, else: { -$0 })
        }
        // ± x⁴
        let (x, y) = (Tensor(2.0), Tensor(-2.0))
        #expect([gradient(of: { f($0) }, at: x), gradient(of: { f($0) }, at: y)].map { $0.item() } == [32, 32])
        #expect(hessian(of: { f($0) }, at: x).item() == 48)
    }

    /// `tf.map_fn`, `tf.vectorized_map`
    @Test func mapping() {
        let x = Tensor([1.0, 2, 3])
        #expect(vmap({ $0 * $0 }, over: x).doubles == [1, 4, 9])
        #expect(scan(Tensor(0.0), over: x) { c, x in (c, x * x) }.outputs.doubles == [1, 4, 9])
    }
}
