import Adjoint
import Testing

/// What MXNet's users know, a row of docs/parity.md each.
@Suite struct MXNetParityTests {
    /// `x.attach_grad()`, `autograd.record()`, `y.backward()`
    @Test func record() {
        let x = Tensor([1.0, 2]).requiringGrad()
        (x * x).sum().backward()
        #expect(x.grad!.doubles == [2, 4])
    }

    /// `autograd.pause()`
    @Test func pause() {
        let x = Tensor(2.0).requiringGrad()
        let y = noGrad { x * 3 }
        #expect(!y.requiresGrad && isGradEnabled)
    }

    /// `autograd.train_mode()`, `predict_mode()`
    @Test func trainAndPredictMode() {
        let x = Tensor.ones(1000)
        #expect(x.dropout(0.5).min().item() == 0)
        predicting {
            #expect(!isTrainingMode)
            #expect(x.dropout(0.5).isEqual(to: x))
            let trained = training { x.dropout(0.5) }
            #expect(trained.min().item() == 0)
        }
        #expect(isTrainingMode)
        // A graph made in one mode is not run in the other.
        let f = staged { @Sendable (x: Tensor) in x.dropout(0.5) }
        #expect(f(x).min().item() == 0)
        #expect(predicting { f(x) }.isEqual(to: x))
        #expect(f(x).min().item() == 0 && f.stagings.count == 2)
        #expect(f.stagings[1].reason.contains("in prediction"))
    }

    /// `attach_grad(grad_req="write" | "add" | "null")`
    @Test func gradientRequests() {
        let written = Tensor(3.0).requiringGrad(accumulating: .write)
        let added = Tensor(3.0).requiringGrad()
        let none = Tensor(3.0)
        for _ in 0..<2 { (written * written + added * added + none * none).backward() }
        #expect(written.grad!.item() == 6)
        #expect(added.grad!.item() == 12)
        #expect(!none.requiresGrad)
    }

    /// `y.backward(head_grads)`
    @Test func headGradients() {
        let x = Tensor([1.0, 2]).requiringGrad()
        (x * x).backward(seed: Tensor([10.0, 1]))
        #expect(x.grad!.doubles == [20, 4])
    }

    /// `autograd.grad(heads, variables, create_graph=True)`
    @Test func gradWithoutBuffers() {
        let x = Tensor(2.0).requiringGrad()
        let first = gradients(of: [x * x * x], withRespectTo: [x], createGraph: true)[0]
        #expect(first.item() == 12 && first.gradient(withRespectTo: x).item() == 12)
        #expect(x.grad == nil)
    }

    /// `symbol.bind(args, args_grad, grad_req)`: a graph with buffers that its gradients are written or added to
    @Test func bindWithGradientBuffers() throws {
        let g = GraphBuilder()
        let (x, w) = (g.input("x", [2]), g.input("w", [2]))
        let (dx, dw) = (SharedState("dx", Tensor.zeros(2)), SharedState("dw", Tensor.zeros(2)))
        let y = (x * w).sum()
        let found = g.gradients(of: [y], withRespectTo: [x, w])
        let run = try g.function([x, w], [y], updates: [(dx, found[0]), (dw, g.read(dw) + found[1])])
        for _ in 0..<2 { _ = try run(Tensor([1.0, 2]), Tensor([3.0, 4])) }
        #expect(dx.value.doubles == [3, 4])
        #expect(dw.value.doubles == [2, 4])
    }

    /// `net.hybridize()`
    @Test func hybridize() {
        struct Net: TensorContainer {
            var weight: Tensor
            func callAsFunction(_ x: Tensor) -> Tensor { x.matmul(weight).tanh().sum() }
        }
        let net = Net(weight: Tensor([[0.5, -1], [2, 0.25]], dtype: .float64))
        let x = Tensor([1.0, 2], dtype: .float64)
        let hybrid = staged { @Sendable (net: Net, x: Tensor) in net(x) }
        #expect(hybrid(net, x).isEqual(to: net(x)))
        let (slope, _) = gradient(of: { hybrid($0, $1) }, at: net, x)
        let (plain, _) = gradient(of: { $0($1) }, at: net, x)
        #expect(isClose(slope.weight, plain.weight))
    }

    /// `autograd.get_symbol(y)`: the graph of an eager history
    @Test func getSymbol() throws {
        let f = { @Sendable (x: Tensor) -> Tensor in
            var y = x
            while y.sum() < 10 { y = y * 2 }
            return y.sum()
        }
        let x = Tensor([1.0, 2])
        let (value, graph) = try graphOfRun(of: f, at: x)
        #expect(value.item() == 12)
        // It can be run again and differentiated.
        let run = try GraphInterpreter().prepare(graph)
        #expect(try run.run([x])[0].item() == 12)
        #expect(try gradient(of: { x in try run.run([x])[0] }, at: x).doubles == [4, 4])
        // The history of a recorded tensor as text.
        #expect((x.requiringGrad() * 2).graphDescription.contains("leaf"))
    }

    /// `contrib.foreach`
    @Test func foreach() {
        let (last, sums) = scan(Tensor(0.0), over: Tensor([1.0, 2, 3])) { c, x in (c + x, c + x) }
        #expect(last.item() == 6 && sums.doubles == [1, 3, 6])
    }

    /// `contrib.while_loop(max_iterations)`, `contrib.cond`
    @Test func contribLoops() {
        let bounded = whileLoop(Tensor(1.0), maximumIterations: 3, while: { $0 .< 100 }, do: { $0 * 2 })
        #expect(bounded.item() == 8)
        #expect(whileLoop(Tensor(1.0), while: { $0 .< 100 }, do: { $0 * 2 }).item() == 128)
        #expect(cond(Tensor(true), then: { Tensor(1.0) }, else: { Tensor(2.0) }).item() == 1)
    }

    /// `autograd.Function` with forward and backward
    @Test func customFunctions() {
        let sigmoid = CustomFunction("sigmoid") {
            1 / (1 + exp(-$0[0]))
        } vjp: { _, y, g in
            [g * y * (1 - y)]
        }
        #expect(isClose(gradient(of: { sigmoid($0) }, at: Tensor(0.0)), Tensor(0.25)))
    }

    /// `Trainer.step` refuses gradients of an earlier step ("stale")
    @Test func staleGradients() {
        var parameters = [Tensor(1.0).requiringGrad()]
        var optimizer = SGD(learningRate: 0.5)
        (parameters[0] * parameters[0]).backward()
        optimizer.step(&parameters)
        #expect(parameters[0].item() == 0)
        expectFailure("parameter 0", "no gradient", "backward()") { optimizer.step(&parameters) }
    }
}
