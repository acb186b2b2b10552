import AdjointCore
import AdjointRuntime
import AdjointTransforms
import Testing

@Sendable private func layer(_ x: Tensor) -> Tensor { (x.tanh() * x.exp()).sin() * 0.5 }

/// Programs after which no tensor is left. They run in processes of their own, where nobody else allocates.
private let programs: [(name: String, body: @Sendable () -> Void)] = [
    (
        "gradients",
        {
            let x = numbers64([40, 40])
            let w = numbers64([40, 40], seed: 2).requiringGrad()
            _ = gradient(of: { gradient(of: { ($0.matmul(w)).tanh().sum() }, at: $0).square().sum() }, at: x)
            _ = valueWithGradient(of: { (m: [String: Tensor]) in (m["x"]! * w).sum() }, at: ["x": x])
        }
    ),
    (
        "maps",
        {
            let x = numbers64([40, 40])
            let (_, pullback) = vjp({ $0.exp() }, at: x)
            _ = pullback(x)
            let (_, pushforward) = linearize({ $0.exp() }, at: x)
            _ = pushforward(x)
            _ = jacobian(of: { $0.exp() }, at: x[0])
            _ = hessian(of: { $0.exp().sum() }, at: x[0])
            _ = laplacian(of: { $0.exp().sum() }, at: x[0])
        }
    ),
    (
        "checkpoints",
        {
            let leaf = numbers64([50, 50]).requiringGrad()
            let block = checkpoint(layer)
            block(leaf).sum().backward()
            block(leaf).sum().backward(retainGraph: true)
            _ = block(leaf)
        }
    ),
    (
        "loops",
        {
            let leaf = numbers64([50, 50]).requiringGrad()
            let run = { (x: Tensor) in checkpointedLoop(x, while: { $0.abs().max() > 0.01 }) { layer($0) * leaf } }
            run(leaf).sum().backward()
            _ = run(leaf)
        }
    ),
    (
        "custom functions and hooks",
        {
            let leaf = numbers64([50, 50]).requiringGrad()
            let f = CustomFunction("f", { $0[0].exp() }, jvp: { _, y, t in y * t[0] })
            registerHook(on: [leaf]) { _ in }
            savingTensors(pack: { $0 * 1 }, unpack: { $0 }) { f(leaf).sin().sum() }.backward()
        }
    ),
    (
        "diagnoses",
        {
            let x = numbers64([50, 50])
            _ = whyNoGradient(of: { $0.round().sum() + $0.relu().sum() }, at: x)
            _ = explainNonFinite(of: { $0.log().sum() }, at: x)
        }
    ),
]

@Suite struct TransformMemoryTests {
    @Test(arguments: programs.indices) func memoryReturnsToItsStart(_ index: Int) async {
        await #expect(processExitsWith: .success) { [index] in
            let program = programs[index]
            // Twice: the first run may make tables that stay.
            program.body()
            let start = Memory.current
            for _ in 0..<3 { program.body() }
            #expect(Memory.current == start, "\(program.name)")
        }
    }
}
