import Adjoint
import AdjointCore
import AdjointRuntime
import Foundation
import Testing

@testable import AdjointGraph

/// What a plan says a run takes of memory, and what it takes. Memory is counted for the whole process, so the tests run in one of
/// their own, with nothing beside them.
@Suite struct MemoryPlanTests {
    @Test(arguments: MemoryExample.all)
    func thePeakIsThePredictedOne(_ example: MemoryExample) async throws {
        let name: String = example.name
        await #expect(processExitsWith: .success, "\(name)") { [name = name as String] in
            let example = MemoryExample.all.first { $0.name == name }!
            let f = try example.function()
            let inputs = f.graph.inputs.map {
                Tensor.rand(f.graph.types[$0.value].shape.extents, dtype: f.graph.types[$0.value].dtype)
            }
            for passes in [[], GraphPass.standard] {
                let plan = ExecutionPlan(GraphPass.apply(passes, to: f.graph).graph)
                let predicted = try plan.memoryPlan
                _ = try plan.run(inputs)
                let start = Memory.current
                Memory.resetPeak()
                let outputs = try plan.run(inputs)
                let measured = Memory.peak - start
                withExtendedLifetime(outputs) {}
                if predicted.peak != measured || !predicted.isExact {
                    print("\(example.name): predicted \(predicted.peak), measured \(measured)\n\(predicted)")
                    exit(1)
                }
            }
        }
    }

    @Test func aTrainingStepTakesNoMoreThanEagerCode() async {
        await #expect(processExitsWith: .success) {
            let example = MemoryExample.all.first { $0.name == "training step" }!
            let graph = try example.function().graph
            let inputs = graph.inputs.map { Tensor.rand(graph.types[$0.value].shape.extents) }
            let plan = ExecutionPlan(GraphPass.apply(GraphPass.standard, to: graph).graph)
            let predicted = try plan.predictedPeak
            let start = Memory.current
            Memory.resetPeak()
            let results = MemoryExample.eagerStep(inputs)
            let eager = Memory.peak - start
            withExtendedLifetime(results) {}
            print("training step: eager \(eager) bytes, planned \(predicted)")
            if predicted > eager { exit(1) }
        }
    }

    @Test func thePlanIsATable() throws {
        let g = GraphBuilder()
        let x = g.input("x", [10, 10])
        let f = try g.function([x], [x.matmul(x).tanh().sum()])
        #expect(
            "\(try f.memoryPlan)" == """
                operation  result           allocated  highest  after
                matmul     float32[10, 10]        400      400    400
                sum(tanh)  float32[]                4      412      4
                peak: 412 bytes
                """)
        let unknown = staged { @Sendable (x: Tensor) in
            whileLoop(x, while: { $0.sum() .< 10 }) { $0 * 2 }
        }
        #expect(try unknown.memoryPlan(for: Tensor([1.0])).isExact)
    }

    @Test func transposedOperandsOfProductsAreReadWhereTheyAre() throws {
        // So no pass has to fold a transposition into a product.
        let f = staged { @Sendable (x: Tensor, y: Tensor) in x.transposed().matmul(y.transposed()) }
        #expect(try f.memoryPlan(for: Tensor.zeros(50, 40), Tensor.zeros(30, 50)).peak == 40 * 30 * 4)
    }

    @Test func loopsWriteOverWhatTheyCarry() throws {
        let f = staged { @Sendable (x: Tensor) in
            whileLoop(x, while: { $0.max() .< 1000 }) { ($0 * 2).abs() + 1 }
        }
        let x = Tensor.ones(1000)
        #expect(try f.memoryPlan(for: x).peak <= 4008, "one state, and the predicate's scalars")
        #expect(f(x).max().item() == 1023)
        #expect(x.max().item() == 1)
    }

    @Test func elementwiseResultsTakeTheirOperandsPlace() throws {
        let f = staged(
            { @Sendable (x: Tensor) in
                var y = x.matmul(x)
                for _ in 0..<20 { y = (y.sin() * 0.5).exp() }
                return y
            }, passes: [])
        #expect(try f.memoryPlan(for: Tensor.zeros(100, 100)).peak == 40_000)
    }
}

/// A computation of which the memory is planned.
struct MemoryExample: Sendable, CustomTestStringConvertible {
    let name: String
    let build: @Sendable (GraphBuilder) -> (inputs: [Tensor], outputs: [Tensor])

    var testDescription: String { name }

    func function() throws -> GraphFunction {
        let g = GraphBuilder()
        let (inputs, outputs) = build(g)
        return try g.function(inputs, outputs, unused: .ignore, passes: [])
    }

    static let all: [MemoryExample] = [
        MemoryExample(name: "training step") { g in
            let x = g.input("x", [64, 100])
            let t = g.input("t", [64, 10])
            let weights = [
                g.input("w1", [100, 200]), g.input("b1", [200]), g.input("w2", [200, 10]), g.input("b2", [10]),
            ]
            let loss = Self.loss(x, t, weights)
            let gradients = g.gradients(of: [loss], withRespectTo: weights)
            return ([x, t] + weights, [loss] + zip(weights, gradients).map { $0 - 0.1 * $1 })
        },
        MemoryExample(name: "convolutions") { g in
            let x = g.input("x", [4, 3, 12, 12])
            let w = [g.input("w1", [8, 3, 3, 3]), g.input("w2", [4, 8, 3, 3])]
            let h = convolution(x, w[0], padding: 1).relu()
            let y = maxPool(h, kernel: 2)
            let loss = convolution(y, w[1], stride: 2).tanh().mean()
            return ([x] + w, [loss] + g.gradients(of: [loss], withRespectTo: w + [x]))
        },
        MemoryExample(name: "softmax") { g in
            let x = g.input("x", [300, 500])
            let p = x.exp() / x.exp().sum(axis: 1, keepDims: true)
            let entropy = -(p * p.log()).sum(axis: 1)
            return ([x], [entropy, g.gradient(of: entropy.sum(), withRespectTo: x), x.softmax(axis: 0)])
        },
        MemoryExample(name: "scan and its gradient") { g in
            let (x, w) = (g.input("x", [50, 60]), g.input("w", [60, 60]))
            let (last, outputs) = scan(Tensor.zeros(60), over: x) { h, x in
                let next = (x + h.reshaped(1, 60).matmul(w).reshaped(60)).tanh()
                return (next, next * 2 + 1)
            }
            let loss = (last * last).sum() + outputs.sum()
            return ([x, w], [loss] + g.gradients(of: [loss], withRespectTo: [w, x]))
        },
        MemoryExample(name: "a loop of unknown length") { g in
            let x = g.input("x", [1000])
            return ([x], [whileLoop(x, while: { $0.sum() .< 1e6 }) { ($0 * 1.5).abs() + 1 }])
        },
        MemoryExample(name: "reductions") { g in
            let x = g.input("x", [30, 40, 50])
            let long = g.input("long", [200_000])
            let double = g.input("double", [70, 3000], .float64)
            return (
                [x, long, double],
                [
                    x.sum(axis: 0), x.sum(axis: 1), x.sum(axis: 2), x.sum(axes: [0, 2]), x.transposed().sum(axis: 0),
                    x.max(axis: 1), x.mean(), x.norm(axis: 2), x.norm(), long.sum(), long.norm(),
                    (long * 2).exp().sum(),
                    double.sum(), double.sum(axis: 0), double.sum(axis: 1), (double + 1).sin().sum(axis: 0),
                    x.prod(axis: 1), dot(long, long), x.logSumExp(axis: 1), x.argmax(axis: 2),
                ]
            )
        },
        MemoryExample(name: "factorizations and transforms") { g in
            let (a, b) = (g.input("a", [30, 30], .float64), g.input("b", [30, 4], .float64))
            let spd = a.matmul(a.transposed()) + 30 * Tensor.eye(30, dtype: .float64)
            let x = spd.solve(b)
            let loss = x.sum(axis: 1).norm() + spd.logdet() + a.variance(axis: 0).sum()
            return (
                [a, b],
                [
                    loss, x.sum(axis: 0), spd.cholesky().sum(), a.qr().q.sum(axis: 1), a.svdvals(),
                    spd.eigh().values, a.fft().abs().sum(axis: 0),
                ] + g.gradients(of: [loss], withRespectTo: [a, b])
            )
        },
        MemoryExample(name: "shapes") { g in
            let x = g.input("x", [20, 30])
            let y = x.transposed().reshaped(600)
            let z = concatenate([x, x * 2], axis: 1)
            return (
                [x],
                [
                    y.sin(), z[0..., 3..<33] + x, z.transposed().matmul(x), x.broadcast(to: [5, 20, 30]).exp(),
                    x[2..<4].transposed().cumulativeSum(axis: 1), x.flipped(0).to(.float64),
                    which(x .> 0.5, x, y.reshaped(20, 30)),
                ]
            )
        },
        MemoryExample(name: "half precision") { g in
            let x = g.input("x", [40, 50], .float16)
            return ([x], [(x * 2 + 1).tanh(), x.sum(axis: 0), x.transposed().matmul(x), x.softmax()])
        },
    ]

    static func loss(_ x: Tensor, _ t: Tensor, _ w: [Tensor]) -> Tensor {
        let h = (x.matmul(w[0]) + w[1]).tanh()
        return -((h.matmul(w[2]) + w[3]).logSoftmax() * t).sum() / 64
    }

    /// The first example as a program.
    static func eagerStep(_ inputs: [Tensor]) -> [Tensor] {
        let weights = Array(inputs.dropFirst(2))
        let (loss, gradients) = valueWithGradient(of: { w in Self.loss(inputs[0], inputs[1], w) }, at: weights)
        return [loss] + zip(weights, gradients).map { $0 - 0.1 * $1 }
    }
}
