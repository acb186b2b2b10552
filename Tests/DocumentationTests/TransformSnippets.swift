import Adjoint
import Testing

// The code of docs/transforms, compiled and run; numbers in comments are checked beside them.

struct Layer: TensorContainer {
    var weight: Tensor
    var bias: Tensor?
    var name = "dense"
}

struct Network: TensorContainer {
    var layers: [Layer]
    var rate = 0.1
}

@Suite struct TransformSnippets {
    @Test func containersPage() {
        let network = Network(layers: [Layer(weight: Tensor([[1.0, 2.0]]), bias: Tensor([0.5]))])
        print(network.namedTensors.map(\.name))  // ["layers.0.weight", "layers.0.bias"]
        #expect("\(network.namedTensors.map(\.name))" == #"["layers.0.weight", "layers.0.bias"]"#)
        let slopes = gradient(at: network) { $0.layers[0].weight.square().sum() }
        print(slopes.layers[0].weight)  // tensor([[2., 4.]])
        #expect("\(slopes.layers[0].weight)" == "tensor([[2., 4.]])")
    }

    @Test func gradientPage() {
        let x = Tensor([1.0, 2.0, 3.0])
        let slope = gradient(of: { x in (x * x).sum() }, at: x)
        print(slope)  // tensor([2., 4., 6.])
        #expect("\(slope)" == "tensor([2., 4., 6.])")

        // The function may come last, and take any number of arguments.
        let (a, b) = gradient(at: x, Tensor(2.0)) { x, scale in (x * scale).sum() }
        print(a, b)  // tensor([2., 2., 2.]) tensor(6.)
        #expect("\(a) \(b)" == "tensor([2., 2., 2.]) tensor(6.)")

        // The value too, and whatever else the function wants to give.
        let (loss, step, prediction) = valueWithGradient(at: x) { x in
            let prediction = x.exp()
            return (prediction.sum(), prediction)
        }
        print(loss.shape, step.shape, prediction.shape)  // [] [3] [3]
        #expect("\(loss.shape) \(step.shape) \(prediction.shape)" == "[] [3] [3]")

        // Gradients of gradients: the third derivative of x⁴ is 24 x.
        let third = gradient(at: Tensor(2.0)) { x in
            gradient(at: x) { x in gradient(at: x) { x in x * x * x * x } }
        }
        print(third)  // tensor(48.)
        #expect("\(third)" == "tensor(48.)")
    }

    @Test func vjpPage() {
        let (y, pullback) = vjp({ x in x.square() }, at: Tensor([1.0, 2.0, 3.0]))
        print(pullback(Tensor([1.0, 0.0, 0.0])))  // tensor([2., 0., 0.])
        #expect("\(pullback(Tensor([1.0, 0.0, 0.0])))" == "tensor([2., 0., 0.])")
        print(pullback(Tensor.ones(like: y)))  // tensor([2., 4., 6.])
        #expect("\(pullback(Tensor.ones(like: y)))" == "tensor([2., 4., 6.])")

        // All rows of the Jacobian at once.
        let rows = vmap({ cotangent in pullback(cotangent) }, over: Tensor.eye(3))
        print(rows.sum())  // tensor(12.)
        #expect("\(rows.sum())" == "tensor(12.)")

        // The transpose of a function that is linear, from the shapes alone.
        let matrix = Tensor([[1.0, 2.0], [3.0, 4.0]])
        let transpose = linearTranspose(of: { x in matrix.matmul(x) }, like: Tensor.zeros(2))
        print(transpose(Tensor([1.0, 1.0])))  // tensor([4., 6.])
        #expect("\(transpose(Tensor([1.0, 1.0])))" == "tensor([4., 6.])")
    }

    @Test func vmapPage() {
        let inputs = Tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
        let lengths = vmap({ x in x.norm() }, over: inputs)
        print(lengths.shape)  // [3]
        #expect("\(lengths.shape)" == "[3]")

        let weight = Tensor([0.5, -0.5])
        let perSample = vmap({ x in gradient(of: { w in dot(w, x).square() }, at: weight) }, over: inputs)
        print(perSample)
        #expect(perSample.doubles == [-1, -2, -3, -4, -5, -6] && perSample.shape == [3, 2])

        let columns = vmap({ x in x.sum() }, over: inputs, in: 1)
        print(columns)  // tensor([ 9., 12.])
        #expect("\(columns)" == "tensor([ 9., 12.])")
        let shifted = vmap({ x, offset in x.sum() + offset }, over: inputs, Tensor([10.0, 20.0, 30.0]))
        print(shifted)  // tensor([13., 27., 41.])
        #expect("\(shifted)" == "tensor([13., 27., 41.])")
        let scaled = vmap({ x, factor in (x * factor).sum() }, over: inputs, Tensor(2.0), mapped: [true, false])
        print(scaled)  // tensor([ 6., 14., 22.])
        #expect("\(scaled)" == "tensor([ 6., 14., 22.])")
    }

    @Test func jvpPage() {
        let (three, zero) = (Tensor(3.0), Tensor(0.0))
        let (value, tangent) = jvp({ x, y in x * y.exp() }, at: three, zero, along: Tensor(1.0), Tensor(2.0))
        print(value, tangent)  // tensor(3.) tensor(7.)
        #expect("\(value) \(tangent)" == "tensor(3.) tensor(7.)")

        let point = Tensor([1.0, 2.0])
        let (output, pushforward) = linearize({ x in x * x * x }, at: point)
        print(output)  // tensor([1., 8.])
        #expect("\(output)" == "tensor([1., 8.])")
        print(pushforward(Tensor([1.0, 0.0])))  // tensor([3., 0.])
        #expect("\(pushforward(Tensor([1.0, 0.0])))" == "tensor([3., 0.])")
        print(pushforward(Tensor([0.0, 1.0])))  // tensor([ 0., 12.])
        #expect("\(pushforward(Tensor([0.0, 1.0])))" == "tensor([ 0., 12.])")
    }

    @Test func jacobianPage() {
        let x = Tensor([1.0, 2.0, 3.0])
        let j = jacobian(of: { x in x.square() }, at: x)
        print(j.shape)  // [3, 3]
        #expect("\(j.shape)" == "[3, 3]")
        let plan = jacobianPlan(of: { x in x.sum() }, at: x)
        print(plan.mode)  // reverse
        #expect("\(plan.mode)" == "reverse")
        print(plan)  // the numbers of tangents and cotangents, and what they cost

        // f = Σ x³: the Hessian is diag(6 x).
        func f(_ x: Tensor) -> Tensor { (x * x * x).sum() }
        print(hessian(of: f, at: x).sum())  // tensor(36.)
        #expect("\(hessian(of: f, at: x).sum())" == "tensor(36.)")
        let v = Tensor([1.0, 0.0, 1.0])
        print(hessianVectorProduct(of: f, at: x, along: v))  // tensor([ 6.,  0., 18.])
        #expect("\(hessianVectorProduct(of: f, at: x, along: v))" == "tensor([ 6.,  0., 18.])")
        print(vectorHessianProduct(of: f, at: x, along: v))  // tensor([ 6.,  0., 18.])
        #expect("\(vectorHessianProduct(of: f, at: x, along: v))" == "tensor([ 6.,  0., 18.])")
        print(laplacian(of: f, at: x))  // tensor(36.)
        #expect("\(laplacian(of: f, at: x))" == "tensor(36.)")
        print(divergence(of: { x in x.square() }, at: x))  // tensor(12.)
        let shown21 = divergence(of: { x in x.square() }, at: x)
        #expect("\(shown21)" == "tensor(12.)")
    }

    @Test func checkpointPage() {
        let block = checkpoint { (x: Tensor) in x.tanh().exp().sin() }
        let x = Tensor([0.5, 1.5])
        let saved = gradient(at: x) { block($0).sum() }
        let kept = gradient(at: x) { $0.tanh().exp().sin().sum() }
        print(saved.bytes == kept.bytes)  // true
        #expect("\(saved.bytes == kept.bytes)" == "true")

        // n functions in √n segments: memory of the order of √n.
        let layers = [@Sendable (Tensor) -> Tensor](repeating: { $0.tanh() * 2 }, count: 16)
        let y = checkpointSequential(layers, segments: 4, at: x)
        print(y.shape)  // [2]
        #expect(y.shape == [2])

        // A loop of any length, with O(log n) states kept.
        let grown = gradient(at: x) { x in
            checkpointedLoop(x, while: { $0.norm() < 1000 }) { $0 * 2 }.sum()
        }
        print(grown)  // tensor([1024., 1024.])
        #expect("\(grown)" == "tensor([1024., 1024.])")
    }

    @Test func customPage() {
        // log(1 + eˣ) with a derivative that does not overflow.
        let softplus = CustomFunction(
            "softplus", { inputs in (inputs[0].exp() + 1).log() },
            vjp: { inputs, value, cotangent in [cotangent * inputs[0].sigmoid()] })
        print(gradient(at: Tensor(0.0)) { softplus($0) })  // tensor(0.5000)
        let shown5 = gradient(at: Tensor(0.0)) { softplus($0) }
        #expect("\(shown5)" == "tensor(0.5000)")

        // The forward rule is derived, and higher orders are.
        print(jvp({ softplus($0) }, at: Tensor(0.0), along: Tensor(2.0)).tangent)  // tensor(1.)
        let shown10 = jvp({ softplus($0) }, at: Tensor(0.0), along: Tensor(2.0)).tangent
        #expect("\(shown10)" == "tensor(1.)")
        print(gradient(at: Tensor(0.0)) { x in gradient(at: x) { softplus($0) } })  // tensor(0.2500)
        let shown13 = gradient(at: Tensor(0.0)) { x in gradient(at: x) { softplus($0) } }
        #expect("\(shown13)" == "tensor(0.2500)")
    }

    @Test func hooksPage() {
        let x = Tensor([1.0, 2.0]).requiringGrad()
        let y = savingTensors(pack: { $0.bytes }, unpack: { Tensor(bytes: $0, shape: [2], dtype: .float32) }) {
            x.exp() * x.sin()
        }
        y.sum().backward()
        print(x.grad!.shape)  // [2]
        #expect("\(x.grad!.shape)" == "[2]")

        // One call when the gradients of all of them are there.
        let w = Tensor(3.0).requiringGrad()
        let handle = registerHook(on: [x, w]) { gradients in print(gradients.count) }
        (x * w).sum().backward()
        handle.remove()
    }

    @Test func diagnosisPage() {
        let x = Tensor([0.3, 1.7])
        let reports = whyNoGradient(of: { x in x.round().sum() }, at: x)
        print(reports[0].answer)  // zero
        #expect("\(reports[0].answer)" == "zero")
        print(reports[0])  // round, its line, and that its derivative is zero everywhere

        let cut = whyNoGradient(of: { x in (x.detach() * 2).sum() }, at: x)
        print(cut[0].answer)  // disconnected
        #expect("\(cut[0].answer)" == "disconnected")

        // What the graph of a value tells that is there already; why a constant is one, it cannot tell.
        let (w, b) = (Tensor(2.0).requiringGrad(), Tensor(1.0).requiringGrad())
        let loss = w.detach() * b
        print(whyNoGradient(of: loss, withRespectTo: w))  // mul, its line, and that an operand is a constant
        #expect("\(whyNoGradient(of: loss, withRespectTo: w))".contains("mul"))

        // A number that is not finite: which operation made it, at which line, of what?
        let report = explainNonFinite(of: { x in (x - x).sqrt().sum() }, at: x)
        print(report!)  // sqrt, on the way back, its line, the element and the operand

        // The same only when it happens.
        let (value, slope) = valueWithGradient(of: { x in x.sqrt().sum() }, at: x, check: .finite)
        print(value.shape, slope.shape)  // [] [2]
        #expect("\(value.shape) \(slope.shape)" == "[] [2]")
    }
}
