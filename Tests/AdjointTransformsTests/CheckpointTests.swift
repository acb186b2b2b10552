import AdjointCore
import AdjointRuntime
import AdjointTransforms
import Synchronization
import Testing

/// A layer that saves much.
@Sendable private func layer(_ x: Tensor) -> Tensor { (x.tanh() * x.exp()).sin() * 0.5 }

@Suite struct CheckpointTests {
    private let x = numbers64([30, 20])

    @Test func bitsAreThoseWithoutCheckpoint() {
        let w = numbers64([30, 20], seed: 4).requiringGrad()
        func run(_ f: (Tensor) -> Tensor) -> [[UInt8]] {
            let leaf = x.requiringGrad()
            w.grad = nil
            f(f(leaf)).sum().backward()
            return [leaf.grad!.bytes, w.grad!.bytes]
        }
        let block = { @Sendable (x: Tensor) in layer(x * w) + w * w.cos() }
        #expect(run(block) == run(checkpoint(block)))
        // Inside each other.
        let nested = checkpoint { (x: Tensor) -> Tensor in
            let inner = checkpoint { (x: Tensor) in layer(x * w) }
            return inner(x) + w * w.cos()
        }
        #expect(run(block) == run(nested))
    }

    @Test func severalArgumentsAndResults() {
        let block = checkpoint { (model: [String: Tensor], x: Tensor) in [model["w"]! * x.exp(), x.tanh()] }
        let plain = { (model: [String: Tensor], x: Tensor) in [model["w"]! * x.exp(), x.tanh()] }
        let w = ["w": numbers64([30, 20], seed: 2)]
        let (a, b) = gradient(
            of: { m, x in
                let y = block(m, x); return (y[0] * y[1]).sum()
            }, at: w, x)
        let (c, d) = gradient(
            of: { m, x in
                let y = plain(m, x); return (y[0] * y[1]).sum()
            }, at: w, x)
        #expect(a["w"]!.bytes == c["w"]!.bytes && b.bytes == d.bytes)
    }

    @Test func higherOrdersAndForwardModePass() {
        let block = checkpoint { (x: Tensor) in layer(layer(x)) }
        let plain = { (x: Tensor) in layer(layer(x)) }
        let point = vector64(0.3, -0.7)
        #expect(hessian(of: { block($0).sum() }, at: point).bytes == hessian(of: { plain($0).sum() }, at: point).bytes)
        #expect(
            jvp({ block($0) }, at: point, along: point).tangent.bytes
                == jvp(plain, at: point, along: point).tangent.bytes)
        func third(_ f: @escaping (Tensor) -> Tensor) -> [UInt8] {
            gradient(
                of: { gradient(of: { gradient(of: { f($0).sum() }, at: $0).square().sum() }, at: $0).sum() }, at: point
            ).bytes
        }
        #expect(third { block($0) } == third(plain))
        let (_, pullback) = vjp({ block($0) }, at: point)
        let (_, other) = vjp(plain, at: point)
        for seed in [vector64(1, 0), vector64(0, 1)] { #expect(pullback(seed).bytes == other(seed).bytes) }
        #expect(
            jacobian(of: { block($0) }, at: point, mode: .reverse).bytes
                == jacobian(of: plain, at: point, mode: .reverse).bytes)
    }

    @Test func randomNumbersAreDrawnAgain() async {
        await #expect(processExitsWith: .success) {
            let x = numbers64([30, 20])
            let own = Generator(seed: 5)
            let noisy = { @Sendable (x: Tensor) in
                layer(x * Tensor.rand(30, 20, dtype: .float64)) * Tensor.randn(30, 20, dtype: .float64, generator: own)
            }
            func run(_ f: (Tensor) -> Tensor) -> [[UInt8]] {
                Generator.default = Generator(seed: 3)
                let leaf = x.requiringGrad()
                let y = f(leaf)
                let next = Tensor.rand(4).bytes
                y.sum().backward()
                return [leaf.grad!.bytes, next, Tensor.rand(4).bytes]
            }
            defer { Generator.default = Generator(seed: 0) }
            let fresh = run { x in
                layer(x * Tensor.rand(30, 20, dtype: .float64))
                    * Tensor.randn(30, 20, dtype: .float64, generator: Generator(seed: 5))
            }
            #expect(run(checkpoint(noisy)) == fresh)
        }
    }

    @Test func anotherResultIsRefusedAtItsLine() throws {
        let calls = Counter()
        let start = #line
        let drifting = checkpoint { (x: Tensor) -> Tensor in
            calls.add()
            let y = x.exp()
            let z = y * Double(calls.count)
            return z.tanh() * y
        }
        let leaf = x.requiringGrad()
        let y = drifting(leaf)
        let found = transformFailure { y.sum().backward() }
        let error = try #require(found)
        #expect(error.description.contains("gave other numbers"), "\(error)")
        #expect(error.description.contains("CheckpointTests.swift:\(start + 4) "), "\(error)")
        #expect(leaf.grad == nil)

        let turns = Counter()
        let turning = checkpoint { (x: Tensor) -> Tensor in
            turns.add()
            return turns.count == 1 ? x.exp().sin() : x.exp().cos()
        }
        let other = transformFailure { turning(leaf).sum().backward() }
        #expect(other?.description.contains("ran cos, where it had run sin") == true)
    }

    @Test func memoryIsThatOfTheArguments() async {
        await #expect(processExitsWith: .success) {
            let big = numbers64([200, 200])
            func peak(_ f: (Tensor) -> Tensor) -> Int {
                let leaf = big.requiringGrad()
                Memory.resetPeak()
                let before = Memory.current
                f(leaf).sum().backward()
                return Memory.peak - before
            }
            let plain = peak { x in (0..<16).reduce(x) { x, _ in layer(x) } }
            let functions = [@Sendable (Tensor) -> Tensor](repeating: layer, count: 16)
            let cut = peak { checkpointSequential(functions, segments: 4, at: $0) }
            #expect(Double(cut) < 0.5 * Double(plain), "\(cut) of \(plain)")
            let each = peak { checkpointSequential(functions, segments: 16, at: $0) }
            #expect(each < cut + 320_000 * 12)
            #expect(transformFailure { _ = checkpointSequential(functions, segments: 0, at: big) }?.kind == .argument)
            #expect(checkpointSequential([], segments: 3, at: big).bytes == big.bytes)
        }
    }
}

@Suite struct CheckpointedLoopTests {
    struct State: TensorContainer {
        var x: Tensor
        var step: Tensor
        var momentum: Tensor
    }

    private func start() -> State {
        State(x: numbers64([6, 5]), step: Tensor([0]), momentum: Tensor.zeros(6, 5, dtype: .float32))
    }

    @Test(arguments: [0, 1, 2, 3, 7, 16, 23]) func bitsAreThoseOfAPlainLoop(_ n: Int) {
        let weights = (0..<n).map { numbers64([6, 5], seed: $0 + 3).requiringGrad() }
        let shared = numbers64([5, 5], seed: 77).requiringGrad()
        let body = { @Sendable (s: State) -> State in
            var s = s
            let w = weights[Int(s.step.sum().item())]
            s.momentum = (s.momentum.to(.float64) * 0.5 + s.x * w).to(.float32)
            s.x = (s.x.matmul(shared) + s.momentum.to(.float64).sin()).tanh().matmul(shared)
            s.step = s.step + 1
            return s
        }
        func run(_ loop: (State) -> State) -> [[UInt8]?] {
            var state = start()
            state.x = state.x.requiringGrad()
            shared.grad = nil
            for w in weights { w.grad = nil }
            let end = loop(state)
            #expect(end.step.ints == [n])
            (end.x.square().sum() + end.momentum.to(.float64).sum()).backward()
            return [end.x.bytes, state.x.grad?.bytes, shared.grad?.bytes] + weights.map { $0.grad?.bytes }
        }
        let plain = run { state in
            var state = state
            while state.step < n { state = body(state) }
            return state
        }
        #expect(run { checkpointedLoop($0, while: { $0.step < n }, body) } == plain)
    }

    @Test func randomNumbersAreDrawnAgain() async {
        await #expect(processExitsWith: .success) {
            func run(_ loop: (Tensor) -> Tensor) -> [[UInt8]] {
                Generator.default = Generator(seed: 3)
                let leaf = vector64(1, 2, 3).requiringGrad()
                let y = loop(leaf)
                y.sum().backward()
                return [leaf.grad!.bytes, Tensor.rand(3).bytes]
            }
            defer { Generator.default = Generator(seed: 0) }
            let body = { @Sendable (x: Tensor) in (x * (Tensor.rand(3, dtype: .float64) + 0.7)).sin() * 2 }
            let counted = run { x in
                let steps = Counter()
                return checkpointedLoop(
                    x,
                    while: { _ in
                        steps.add(); return steps.count <= 21
                    }, body)
            }
            #expect(counted == run { x in (0..<21).reduce(x) { x, _ in body(x) } })
        }
    }

    @Test func higherOrdersAndForwardModePass() {
        let point = vector64(0.3, -0.7)
        let body = { @Sendable (x: Tensor) in x * x + 0.4 }
        func loop(_ x: Tensor) -> Tensor { checkpointedLoop(x, while: { $0.abs().max() < 3 }, body) }
        func plain(_ x: Tensor) -> Tensor {
            var x = x
            while x.abs().max() < 3 { x = body(x) }
            return x
        }
        #expect(hessian(of: { loop($0).sum() }, at: point).bytes == hessian(of: { plain($0).sum() }, at: point).bytes)
        #expect(jvp(loop, at: point, along: point).tangent.bytes == jvp(plain, at: point, along: point).tangent.bytes)
        func second(_ f: @escaping (Tensor) -> Tensor) -> [Double] {
            gradient(of: { gradient(of: { f($0).sum() }, at: $0).square().sum() }, at: point).doubles
        }
        #expect(isNear(second(loop), second(plain)))
        #expect(
            jacobian(of: loop, at: point, mode: .reverse).bytes == jacobian(of: plain, at: point, mode: .reverse).bytes)
    }

    @Test func memoryGrowsWithTheLogarithm() async {
        await #expect(processExitsWith: .success) {
            func peak(_ n: Int, _ loop: (Tensor, Int) -> Tensor) -> Int {
                let leaf = numbers64([100, 100]).requiringGrad()
                let before = Memory.current
                Memory.resetPeak()
                loop(leaf, n).sum().backward()
                return (Memory.peak - before) / 80_000
            }
            func checkpointed(_ x: Tensor, _ n: Int) -> Tensor {
                let steps = Counter()
                return checkpointedLoop(
                    x,
                    while: { _ in
                        steps.add(); return steps.count <= n
                    }
                ) { layer($0) }
            }
            let plain = peak(256) { x, n in (0..<n).reduce(x) { x, _ in layer(x) } }
            let (small, large) = (peak(16, checkpointed), peak(256, checkpointed))
            #expect(plain > 256 * 3 && large < 40 && large - small <= 12, "\(plain), \(small), \(large) states")
        }
    }

    @Test func changesAreRefused() throws {
        let x = vector64(1, 2).requiringGrad()
        let shape = transformFailure { _ = checkpointedLoop(x, while: { $0.count < 9 }) { concatenate([$0, $0]) } }
        #expect(shape?.kind == .shape && shape!.description.contains("the state of type"))
        let calls = Counter()
        let y = checkpointedLoop(x, while: { $0.max() < 50 }) { x in
            calls.add()
            return x * (2 + Double(calls.count) * 1e-9)
        }
        let found = transformFailure { y.sum().backward() }
        #expect(found?.description.contains("gave other numbers") == true)
    }
}
