import AdjointCore
import AdjointNN
import AdjointRuntime
import Foundation
import Testing

// After one sample the gradient of a weight is a column times a row, which is written when somebody reads it.
@Suite struct OneSampleTests {
    private static let inputs = 150
    private static let units = 130

    private let x = numbers([1, inputs])

    /// The gradient of Σ cos(x W), (−sin(x W))ᵀ behind x, and the same by a product of two tensors.
    private func gradient(_ dtype: DType) -> (found: Tensor, product: Tensor) {
        let (x, weight) = (x.to(dtype), numbers([Self.inputs, Self.units], seed: 1).to(dtype))
        let leaf = weight.requiringGrad()
        let found = gradients(of: [x.matmul(leaf).cos().sum()], withRespectTo: [leaf])[0]
        return (found, x.transposed() * -x.matmul(weight).sin())
    }

    @Test(arguments: [DType.float32, .float64])
    func isTheProduct(_ dtype: DType) {
        let (found, product) = gradient(dtype)
        #expect(found.shape == [Self.inputs, Self.units] && found.value.pendingFactors != nil)
        #expect(found.doubles == product.doubles && found.value.pendingFactors == nil)
        // By way of a view, and of an operation.
        #expect(gradient(dtype).found[3..., 2].doubles == product[3..., 2].doubles)
        #expect((gradient(dtype).found * 2).doubles == (product * 2).doubles)
    }

    @Test func isReadByManyThreadsAtOnce() {
        for _ in 0..<20 {
            let (found, product) = gradient(.float32)
            let sums = Sums()
            DispatchQueue.concurrentPerform(iterations: 8) { _ in sums.add(found.sum().item()) }
            #expect(sums.all == Array(repeating: product.sum().item(), count: 8))
        }
    }

    @Test func addsUp() {
        let leaf = numbers([Self.inputs, Self.units], seed: 1).requiringGrad()
        let y = x.matmul(leaf)
        let twice = gradients(of: [y.sum() + x.square().matmul(leaf).sum()], withRespectTo: [leaf])[0]
        let ones = Tensor.ones(1, Self.units, dtype: .float64)
        #expect(isClose(twice.doubles, ((x + x.square()).transposed() * ones).doubles))
        for _ in 0..<2 { x.matmul(leaf).sum().backward() }
        #expect(leaf.grad!.doubles == (x.transposed() * ones * 2).doubles)
    }

    @Test(arguments: [DType.float32, .float64])
    func optimizersReadTheFactors(_ dtype: DType) {
        func check(_ optimizer: some Optimizer) {
            let start = numbers([Self.inputs, Self.units], seed: 2).to(dtype)
            var results: [[Double]] = []
            for isRead in [false, true] {
                var (optimizer, parameters) = (optimizer, [start * 1])
                for _ in 0..<3 {
                    let gradient = gradient(dtype).found
                    if isRead { _ = gradient.doubles }
                    optimizer.update(&parameters, along: [gradient])
                }
                results.append(parameters[0].doubles)
            }
            #expect(results[0] == results[1], "\(optimizer)")
            #expect(results[0] != start.doubles)
        }
        check(SGD(learningRate: 0.1))
        check(SGD(learningRate: 0.1, momentum: 0.9, weightDecay: 0.01))
        check(SGD(learningRate: 0.1, momentum: 0.9, isNesterov: true))
        check(Adam())
        check(Adam(weightDecay: 0.1))
    }
}

/// Numbers from several threads.
private final class Sums: @unchecked Sendable {
    private let lock = NSLock()
    private var found: [Double] = []

    func add(_ number: Double) { lock.withLock { found.append(number) } }

    var all: [Double] { lock.withLock { found } }
}
