import AdjointCore
import AdjointRuntime
import AdjointTransforms
import Testing

private func matrix(_ rows: Int, _ columns: Int, _ start: Double = 0) -> Tensor {
    Tensor(
        (0..<rows * columns).map { ((Double($0) + start) * 0.37).truncatingRemainder(dividingBy: 2) - 0.9 },
        shape: [rows, columns])
}

private func isClose(_ x: Tensor, _ y: Tensor, _ tolerance: Double = 1e-12) -> Bool {
    x.type == y.type && zip(x.doubles, y.doubles).allSatisfy { abs($0 - $1) <= tolerance * max(1, abs($0), abs($1)) }
}

private func gradient(_ f: (Tensor) -> Tensor, _ x: Tensor) -> Tensor {
    let leaf = x.requiringGrad()
    return f(leaf).gradient(withRespectTo: leaf, createGraph: true)
}

private func failure(_ body: () -> Void) -> TensorError? {
    do {
        try checked(body)
        return nil
    } catch {
        return error as? TensorError
    }
}

/// A function of one vector, batched, against itself in a loop.
struct BatchCase: Sendable, CustomTestStringConvertible {
    let name: String
    let apply: @Sendable (Tensor) -> Tensor
    var testDescription: String { name }

    init(_ name: String, _ apply: @escaping @Sendable (Tensor) -> Tensor) {
        self.name = name
        self.apply = apply
    }

    static let all: [BatchCase] = [
        BatchCase("elementwise") { ($0.sin() * $0 + 2).exp() / ($0 * $0 + 1) },
        BatchCase("closed-over tensor") { $0 * Tensor([1.0, 2, 3, 4], dtype: .float64) + 1 },
        BatchCase("closed-over matrix") { matrix(4, 3).T.matmul($0) },
        BatchCase("vector times matrix") { $0.matmul(matrix(4, 3)) },
        BatchCase("sum") { $0.sum() },
        BatchCase("mean and norm") { $0.mean() + $0.norm() },
        BatchCase("max") { $0.max() },
        BatchCase("prod") { $0.prod() },
        BatchCase("variance") { $0.variance() },
        BatchCase("outer") { outer($0, $0).sum(axis: 1) },
        BatchCase("dot") { dot($0, $0.cos()) },
        BatchCase("softmax") { $0.softmax() },
        BatchCase("logSumExp") { $0.logSumExp() },
        BatchCase("cumulative sum") { $0.cumulativeSum(axis: 0) },
        BatchCase("slices") { $0[1...] * $0[..<(-1)] },
        BatchCase("assignment") {
            var y = $0
            y[1] = y[0] * y[2]
            return y
        },
        BatchCase("flip and shape") { $0.flipped().reshaped(2, 2).transposed().flattened() },
        BatchCase("broadcast") { ($0.expandedAxis(0) * $0.expandedAxis(1)).sum(axis: 0) },
        BatchCase("concatenate") { concatenate([$0, $0 * 2]) },
        BatchCase("stack") { stack([$0, Tensor.zeros(like: $0)], axis: 1).sum(axis: 1) },
        BatchCase("which") { which($0 .> 0, $0.sqrt(), -$0) },
        BatchCase("taken by constant indices") { $0[Tensor([3, 0, 0])] },
        BatchCase("constant result") { _ in Tensor([1.0, 2], dtype: .float64) },
        BatchCase("cast") { $0.to(.float32).to(.float64) },
    ]
}

@Suite struct BatchingTests {
    private let rows = matrix(5, 4)

    private func loop(_ f: (Tensor) -> Tensor, _ x: Tensor) -> Tensor { stack((0..<x.shape[0]).map { f(x[$0]) }) }

    @Test(arguments: BatchCase.all) func valueIsTheLoops(_ entry: BatchCase) {
        #expect(isClose(vmap(entry.apply, over: rows), loop(entry.apply, rows)))
        #expect(isClose(vmap(entry.apply, over: rows.T, in: 1), loop(entry.apply, rows)))
    }

    @Test(arguments: BatchCase.all) func everyOrderOfTransformsIsTheLoops(_ entry: BatchCase) {
        let scalar: (Tensor) -> Tensor = { (entry.apply($0).sin() * 2 + $0.sum() * 0).sum() }
        // A gradient for each example, and the gradient of all examples.
        #expect(isClose(vmap({ gradient(scalar, $0) }, over: rows), loop({ gradient(scalar, $0) }, rows)))
        #expect(isClose(gradient({ vmap(scalar, over: $0).sum() }, rows), loop({ gradient(scalar, $0) }, rows)))
        // Forward mode under and over.
        let tangent = matrix(5, 4, 7)
        let expected = stack((0..<5).map { jvp(entry.apply, at: rows[$0], along: tangent[$0]).tangent })
        #expect(isClose(jvp({ vmap(entry.apply, over: $0) }, at: rows, along: tangent).tangent, expected))
        #expect(
            isClose(
                vmap({ [jvp(entry.apply, at: $0[0], along: $0[1]).tangent] }, over: [rows, tangent])[0], expected))
        // Second order: a Hessian of each example, by batching over basis vectors too.
        let basis = Tensor.eye(4, dtype: .float64)
        let hessian: (Tensor) -> Tensor = { x in
            vmap({ v in jvp({ gradient(scalar, $0) }, at: x, along: v).tangent }, over: basis)
        }
        #expect(isClose(vmap(hessian, over: rows), loop(hessian, rows), 1e-10))
        let again: (Tensor) -> Tensor = { x in
            stack((0..<4).map { index in gradient({ gradient(scalar, $0)[index] + $0.sum() * 0 }, x) })
        }
        #expect(isClose(loop(hessian, rows), loop(again, rows), 1e-9))
    }

    @Test func perSampleGradientsOfAClosedOverParameter() {
        let w = matrix(4, 1).flattened()
        let targets = Tensor([1.0, -1, 0.5, 2, 0], dtype: .float64)
        func loss(_ w: Tensor, _ x: Tensor, _ y: Tensor) -> Tensor { (dot(w, x).tanh() - y).square() }
        let all = vmap({ x in [gradient({ loss($0, x[0], x[1]) }, w)] }, over: [rows, targets])[0]
        #expect(all.shape == [5, 4])
        for i in 0..<5 { #expect(isClose(all[i], gradient({ loss($0, rows[i], targets[i]) }, w))) }
        // The same inside an outer gradient: w is closed over through both.
        let outerLeaf = w.requiringGrad()
        let total = vmap({ x in [gradient({ loss($0, x[0], x[1]) }, outerLeaf * 1)] }, over: [rows, targets])[0]
        let second = total.square().sum().gradient(withRespectTo: outerLeaf)
        let step = 1e-5
        for i in 0..<4 {
            var (up, down) = (w, w)
            up[i] += step
            down[i] -= step
            func value(_ w: Tensor) -> Double {
                vmap({ x in [gradient({ loss($0, x[0], x[1]) }, w)] }, over: [rows, targets])[0].square().sum().item()
            }
            #expect(abs((value(up) - value(down)) / (2 * step) - second[i].item()) < 1e-6)
        }
    }

    @Test func nestsAndTakesAxes() {
        let x = Tensor((0..<24).map { Double($0) }, shape: [2, 3, 4])
        #expect(isClose(vmap({ vmap({ $0.sum() }, over: $0) }, over: x), x.sum(axis: 2)))
        #expect(isClose(vmap({ $0.sum(axis: 1) }, over: x, in: 1, out: -1), x.transposed(1, 0, 2).sum(axis: 2).T))
        let pairs = vmap({ a in vmap({ b in dot(a, b) }, over: rows) }, over: rows)
        #expect(isClose(pairs, rows.matmul(rows.T)))
        let scaled = vmap({ [$0[0] * $0[1]] }, over: [rows, Tensor([2.0, 0, 0, 1], dtype: .float64)], in: [0, nil])
        #expect(isClose(scaled[0], rows * Tensor([2.0, 0, 0, 1], dtype: .float64)))
    }

    @Test func noExamplesGiveNone() {
        let none = vmap({ $0.sin().sum() }, over: Tensor.zeros([0, 3], dtype: .float64))
        #expect(none.shape == [0] && none.dtype == .float64)
    }

    @Test func misuseIsNamed() {
        #expect(failure { _ = vmap({ $0 }, over: Tensor(1.0)) }?.kind == .axis)
        #expect(failure { _ = vmap({ $0 }, over: [Tensor.ones(2), Tensor.ones(3)]) }?.kind == .shape)
        #expect(failure { _ = vmap({ $0 }, over: [Tensor.ones(2)], in: [nil]) }?.kind == .argument)
        #expect(failure { _ = vmap({ $0 }, over: [Tensor.ones(2)], in: [0, 0]) }?.kind == .argument)
        let branch = failure { _ = vmap({ $0.sum() > 0 ? $0 : -$0 }, over: Tensor.ones(2, 3)) }
        #expect(branch?.kind == .traced)
        // What is the same for all examples may be read.
        let w = Tensor([2.0])
        #expect(failure { _ = vmap({ w.sum() > 0 ? $0 : -$0 }, over: Tensor.ones(2, 3)) } == nil)
        #expect(failure { _ = vmap({ $0.matmul(Tensor.ones(5)) }, over: Tensor.ones(2, 3)) }?.kind == .shape)
    }

    @Test func aValueThatOutlivesItsCallIsRefused() {
        var kept = Tensor(0.0)
        _ = vmap(
            { x in
                kept = x
                return x
            }, over: rows)
        let error = failure { _ = kept + 1 }
        #expect(error?.kind == .traced && error?.problem.contains("vmap") == true)
    }

    @Test func detachAndLeavesInsideBelongToTheExample() {
        let x = matrix(5, 4)
        let g = vmap({ gradient({ ($0.detach() * $0).sum() }, $0) }, over: x)
        #expect(isClose(g, x))
        #expect(Memory.tally { _ = vmap({ gradient({ ($0 * $0).sum() }, $0) }, over: x) }.after == 0)
    }

    struct Layer: TensorContainer {
        var weight: Tensor
        var bias: Tensor
        var slope = 0.5
    }

    @Test func containersCarryExamples() {
        let layer = Layer(weight: matrix(3, 4), bias: matrix(3, 1).flattened())
        func apply(_ layer: Layer, _ x: Tensor) -> Tensor { layer.weight.matmul(x) * layer.slope + layer.bias }
        let all = vmap({ (x: Tensor, layer: Layer) in apply(layer, x) }, over: rows, layer, mapped: [true, false])
        #expect(isClose(all, loop({ apply(layer, $0) }, rows)))
        // A gradient of the whole model for each example.
        let loss: (Layer, Tensor) -> Tensor = { apply($0, $1).square().sum() }
        let slope: (Tensor) -> Layer = { x in AdjointTransforms.gradient(of: { loss($0, x) }, at: layer) }
        let gradients = vmap(slope, over: rows)
        #expect(gradients.weight.shape == [5, 3, 4] && gradients.bias.shape == [5, 3])
        let third = slope(rows[2])
        #expect(isClose(gradients.weight[2], third.weight) && isClose(gradients.bias[2], third.bias))
    }

    @Test func randomNumbersAreDrawnAsSaid() {
        let x = Tensor.zeros(64, dtype: .float64)
        #expect(failure { _ = vmap({ $0 + Tensor.rand(dtype: .float64) }, over: x) }?.kind == .argument)
        let different = vmap({ $0 + Tensor.rand(dtype: .float64) }, over: x, randomness: .different).doubles
        #expect(Set(different).count == 64)
        let same = vmap({ $0 + Tensor.rand(dtype: .float64) }, over: x, randomness: .same).doubles
        #expect(Set(same).count == 1)
        let generator = Generator(seed: 7)
        let inner = vmap(
            { row in vmap({ $0 + Tensor.randn(generator: generator) }, over: row, randomness: .different) },
            over: Tensor.zeros(4, 8), randomness: .same)
        #expect(Set(inner.floats).count == 8)
    }

    @Test func noBuiltInOperationFallsBack() {
        BatchingFallbacks.reset()
        for entry in BatchCase.all { _ = vmap(entry.apply, over: rows) }
        #expect(BatchingFallbacks.byOperation.isEmpty, "\(BatchingFallbacks.byOperation)")
    }
}
