import Adjoint
import Foundation
import Testing

// The code of docs/graphs, compiled and run; what is printed is checked.

@Suite struct GraphSnippets {
    @Test func overviewPage() throws {
        // Implicit: Swift decides, the graph is what ran.
        func doubledUntilLarge(_ a: Tensor) -> Tensor {
            var b = 2 * a
            while b.norm() < 1000 { b = 2 * b }
            return b.sum() > 0 ? b : 100 * b
        }
        let leaf = Tensor(0.37).requiringGrad()
        doubledUntilLarge(leaf).backward()

        // Explicit: the graph decides, whatever it is run with.
        let builder = GraphBuilder()
        let input = builder.input("a")
        let b = whileLoop(2 * input, while: { $0.norm() .< 1000 }, do: { 2 * $0 })
        let c = cond(b.sum() .> 0, b, then: { $0 }, else: { 100 * $0 })
        let valueAndSlope = try builder.function([input], [c, builder.gradient(of: c, withRespectTo: input)])

        print(leaf.grad!, try valueAndSlope(Tensor(0.37))[1])  // tensor(4096.) tensor(4096.)
        #expect(try "\(leaf.grad!) \(valueAndSlope(Tensor(0.37))[1])" == "tensor(4096.) tensor(4096.)")
        print(try valueAndSlope(Tensor(-3.0))[1])  // tensor(51200.)
        #expect(try "\(valueAndSlope(Tensor(-3.0))[1])" == "tensor(51200.)")
    }

    @Test func builderPage() throws {
        let g = GraphBuilder()
        let x = g.input("x", [3])
        let w = SharedState("w", Tensor([0.5, -1, 2]))
        let loss = (dot(x, g.read(w)) - 1).square()
        let slope = g.gradient(of: loss, withRespectTo: g.read(w))
        // A run gives the loss, and then moves the state.
        let train = try g.function([x], [loss], updates: [(w, g.read(w) - 0.1 * slope)])
        print(try train(Tensor([1.0, 2, 0]))[0])  // tensor(6.2500)
        print(try train(Tensor([1.0, 2, 0]))[0])  // tensor(0.)

        // Any value may be an argument, and any value may be replaced.
        let product = x * 2
        let sum = product.sum()
        let fromProduct = try g.function([product], [sum])
        let squared = try g.function([x], [sum], givens: [(product, x * x)])
        print(try fromProduct(Tensor([1.0, 1, 1]))[0], try squared(Tensor([1.0, 2, 3]))[0])  // tensor(3.) tensor(14.)
        #expect(
            try "\(fromProduct(Tensor([1.0, 1, 1]))[0]) \(squared(Tensor([1.0, 2, 3]))[0])" == "tensor(3.) tensor(14.)")
        let fit = GraphTemplate([.init("x", ["n", 3]), .init("y", ["n"]), .init("w", [3])]) { g, inputs in
            let loss = (inputs[0].matmul(inputs[2]) - inputs[1]).square().mean()
            return [loss, g.gradient(of: loss, withRespectTo: inputs[2])]
        }
        let five = try fit(Tensor.ones(5, 3), Tensor.zeros(5), Tensor([1.0, 1, 1]))
        print(five[0], five[1])  // tensor(9.) tensor([6., 6., 6.])
        #expect("\(five[0]) \(five[1])" == "tensor(9.) tensor([6., 6., 6.])")
    }

    @Test func stagingPage() throws {
        struct Dense: TensorContainer {
            var weight: Tensor
            var bias: Tensor
        }
        let forward = staged { @Sendable (layer: Dense, x: Tensor) in
            (x.matmul(layer.weight) + layer.bias).tanh().sum()
        }
        let layer = Dense(weight: Tensor([[0.5, -1], [2, 0.25]]), bias: Tensor([0.0, 1]))
        print(forward(layer, Tensor([1.0, 2])))  // tensor(1.4619)
        #expect("\(forward(layer, Tensor([1.0, 2])))" == "tensor(1.4619)")

        // A call is an operation like any other.
        let (layerGradient, _) = gradient(of: { forward($0, $1) }, at: layer, Tensor([1.0, 2]))
        print(layerGradient.bias.shape)  // [2]
        #expect("\(layerGradient.bias.shape)" == "[2]")

        // Why it was staged again.
        _ = forward(layer, Tensor([[1.0, 2], [3, 4]]))
        print(forward.stagings[1].reason)  // argument 1 has type float32[2, 2] and had float32[2]
        #expect("\(forward.stagings[1].reason)" == "argument 1 has type float32[2, 2] and had float32[2]")
        let (value, path) = try graphOfRun(of: { x in x.sum() > 0 ? x.sin() : x.cos() }, at: Tensor([1.0, 2]))
        print(value.shape, path.outputs.count)  // [2] 1
        #expect("\(value.shape) \(path.outputs.count)" == "[2] 1")
    }

    @Test func controlFlowPage() throws {
        let powers = staged { @Sendable (x: Tensor) in
            whileLoop([x, Tensor(0)], while: { $0[1] .< 3 }, do: { [$0[0] * x, $0[1] + 1] })[0]
        }
        print(powers(Tensor(2.0)), gradient(of: { powers($0) }, at: Tensor(2.0)))  // tensor(16.) tensor(32.)
        #expect("\(powers(Tensor(2.0))) \(gradient(of: { powers($0) }, at: Tensor(2.0)))" == "tensor(16.) tensor(32.)")

        let steps = Tensor([1.0, 2, 3])
        let (total, partial) = scan(Tensor(0.0), over: steps) { sum, step in (sum + step, sum + step) }
        print(total, partial)  // tensor(6.) tensor([1., 3., 6.])
        #expect("\(total) \(partial)" == "tensor(6.) tensor([1., 3., 6.])")

        // Each example takes its own branch; the other one contributes nothing.
        let bent = vmap({ x in cond(x .> 0, x, then: { $0.sqrt() }, else: { -$0 }) }, over: Tensor([4.0, -3.0]))
        print(bent)  // tensor([2., 3.])
        #expect("\(bent)" == "tensor([2., 3.])")

        let running = associativeScan(steps) { maximum($0, $1) }
        print(running)  // tensor([1., 2., 3.])
        #expect("\(running)" == "tensor([1., 2., 3.])")
    }

    @Test func symbolicDerivativesPage() throws {
        let graph = GraphBuilder()
        let (p, q) = (graph.input("p"), graph.input("q"))
        let u = sin(p * q)
        let f = u + p * p
        let dp = graph.gradient(of: f, withRespectTo: p)
        let dpp = graph.gradient(of: dp, withRespectTo: p)
        // With respect to a value in the middle, and with one held constant.
        let du = graph.gradient(of: f * f, withRespectTo: u)
        let partly = graph.gradient(of: f, withRespectTo: p, constants: [u])
        // Forward accumulation: along (1, 0).
        let along = graph.jvp(of: [f], along: [(p, Tensor(1.0))])[0]
        let all = try graph.function([p, q], [dp, dpp, du, partly, along])
        print(try all(Tensor(2.0), Tensor(0.0)).map { $0.item() })  // [4.0, 2.0, 8.0, 4.0, 4.0]
        #expect(try "\(all(Tensor(2.0), Tensor(0.0)).map { $0.item() })" == "[4.0, 2.0, 8.0, 4.0, 4.0]")
    }

    @Test func rewritesPage() throws {
        let certainty = staged { @Sendable (x: Tensor) in
            let p = x.exp() / x.exp().sum(axis: -1, keepDims: true)
            return (p * p.log()).sum()
        }
        let point = Tensor([1.0, 2, 1000])
        print(certainty(point))  // tensor(0.)
        #expect("\(certainty(point))" == "tensor(0.)")
        for report in try certainty.explanation(for: point) where !report.notes.isEmpty { print(report) }
        #expect(
            try certainty.explanation(for: point).filter { !$0.notes.isEmpty }.map { "\($0)" }.joined(separator: "\n")
                == """
                common-subexpressions: 9 → 8 operations
                  merged exp
                stability: 8 → 8 operations
                  eˣ / Σ eˣ is softmax
                  ln softmax is log_softmax
                dead-code: 8 → 4 operations
                  removed 4 steps that no output reads
                elementwise-fusion: 4 → 3 operations
                  joined 2 operations: mul
                """)

        let wave = staged { @Sendable (x: Tensor) in ((x * 3).sin() * x).sum() }
        print(try wave.verifyAgreement(Tensor([0.1, 0.2])))  // result: the same bits
        #expect(try "\(wave.verifyAgreement(Tensor([0.1, 0.2])))" == "result: the same bits")

        let squares = staged { @Sendable (x: Tensor) in x.matmul(x).tanh().sum() }
        print(try squares.memoryPlan(for: Tensor.zeros(10, 10)))
        // operation  result           allocated  highest  after
        // matmul     float32[10, 10]        400      400    400
        // sum(tanh)  float32[]                4      412      4
        // peak: 412 bytes
        #expect(try squares.memoryPlan(for: Tensor.zeros(10, 10)).peak == 412)
    }

    @Test func textPage() throws {
        let g = GraphBuilder()
        let x = g.input("x", [], .float64)
        let y = 2 * x.sin()
        let graph = try g.graph([y, g.gradient(of: y, withRespectTo: x)], names: ["y", "dx"])
        print(graph)
        let again = try Graph(parsing: graph.text())
        print(again == graph)  // true
        #expect(again == graph)

        let path = NSTemporaryDirectory() + "adjoint-\(UUID().uuidString).graph"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try graph.save(to: path)
        let loaded = try Graph(contentsOf: path)
        let f = try GraphInterpreter().prepare(loaded)
        print(try f.run([Tensor(0.0, dtype: .float64)])[1])  // tensor(2., float64)
        #expect(try f.run([Tensor(0.0, dtype: .float64)])[1].item() == 2)

        let dot = graph.dot(title: "y and its slope")
        let mermaid = graph.mermaid()
        let svg = try graph.svg()
        #expect(dot.contains("y and its slope") && mermaid.hasPrefix("flowchart") && svg.hasPrefix("<svg"))
    }
}
