import AdjointCore
import AdjointNN
import AdjointRuntime
import Testing

/// Work is cut by its size only, so the bits do not depend on the number of threads.
@Suite(.serialized) struct ThreadTests {
    @Test(arguments: rows, [DType.float32, .float64]) func theSameBitsForAnyNumberOfThreads(
        _ row: Row, _ dtype: DType
    ) {
        let inputs = row.shapes.enumerated().map { numbers($1, seed: Double($0)).to(dtype) }
        let before = Parallel.threads
        defer { Parallel.threads = before }
        var wanted: [[UInt8]] = []
        for threads in [1, 2, 4] {
            Parallel.threads = threads
            let found = row.run(inputs)
            for tensor in found {
                #expect(tensor.failure == nil && tensor.dtype == dtype)
                let isFinite = tensor.doubles.allSatisfy { $0.isFinite }
                #expect(isFinite)
            }
            let bytes = found.map(\.bytes)
            if threads == 1 { wanted = bytes }
            for (index, pair) in zip(bytes, wanted).enumerated() {
                #expect(pair.0 == pair.1, "result \(index) with \(threads) threads")
            }
        }
    }
}

/// A computation on tensors of numbers: its results, which may be gradients.
struct Row: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let shapes: [[Int]]
    let run: @Sendable ([Tensor]) -> [Tensor]

    init(_ name: String, _ shapes: [[Int]], running run: @escaping @Sendable ([Tensor]) -> [Tensor]) {
        (testDescription, self.shapes, self.run) = (name, shapes, run)
    }

    /// A function's value, and the gradients of a sum in which no two elements weigh the same.
    init(_ name: String, _ shapes: [[Int]], _ function: @escaping @Sendable ([Tensor]) -> Tensor) {
        self.init(name, shapes) { inputs in
            let leaves = inputs.map { $0.requiringGrad() }
            let y = function(leaves)
            let weights = numbers(y.shape.extents, seed: 7).to(y.dtype)
            return [y] + gradients(of: [(y * weights).sum()], withRespectTo: leaves)
        }
    }
}

private let rows: [Row] = [
    Row("direct convolution", [[16, 6, 30, 31], [16, 6, 5, 5], [16]]) {
        convolution($0[0], $0[1], bias: $0[2], padding: 2)
    },
    Row("strided convolution", [[16, 8, 32, 32], [24, 8, 3, 3]]) { convolution($0[0], $0[1], stride: 2, padding: 1) },
    Row("grouped convolution", [[16, 8, 32, 32], [16, 4, 3, 3]]) { convolution($0[0], $0[1], groups: 2) },
    Row("transposed convolution", [[16, 8, 24, 24], [8, 6, 3, 3]]) { transposedConvolution($0[0], $0[1]) },
    Row("maximum pooling", [[16, 8, 40, 41]]) { maxPool($0[0], kernel: 2) },
    Row("overlapping maximum pooling", [[16, 8, 40, 41]]) { maxPool($0[0], kernel: 3, stride: 2, padding: 1) },
    Row("average pooling", [[16, 8, 40, 41]]) { averagePool($0[0], kernel: 3, stride: 1, padding: 1) },
    Row("batch norm", [[32, 16, 24, 24], [16], [16]]) { batchNorm($0[0], weight: $0[1], bias: $0[2]) },
    Row("batch norm of rows", [[1500, 200], [200], [200]]) { batchNorm($0[0], weight: $0[1], bias: $0[2]) },
    Row("layer norm", [[700, 384], [384], [384]]) { layerNorm($0[0], shape: [384], weight: $0[1], bias: $0[2]) },
    Row("softmax", [[600, 500]]) { $0[0].softmax(axis: -1) },
    Row("cross-entropy", [[900, 300]]) { inputs in
        crossEntropy(inputs[0], Tensor((0..<900).map { $0 * 7 % 300 }))
    },
    Row("attention", [[4, 4, 96, 32], [4, 4, 96, 32], [4, 4, 96, 32]]) {
        scaledDotProductAttention($0[0], $0[1], $0[2])
    },
    Row("causal attention", [[4, 4, 96, 32], [4, 4, 96, 32], [4, 4, 96, 32]]) {
        scaledDotProductAttention($0[0], $0[1], $0[2], isCausal: true)
    },
    Row("matrix product", [[301, 400], [400, 257]]) { $0[0].matmul($0[1]) },
    Row("matrix product with a long inner axis", [[9, 20_000], [20_000, 11]]) { $0[0].matmul($0[1]) },
    Row("matrix product with a vector", [[900, 1100], [1100]]) { $0[0].matmul($0[1]) },
    Row("products of stacked matrices", [[40, 70, 64], [40, 64, 50]]) { $0[0].matmul($0[1]) },
    Row("LSTM cell", [[300, 64], [300, 96], [300, 96], [64, 384], [96, 384], [384]]) {
        let (hidden, cell) = lstmCell(
            $0[0], hidden: $0[1], cell: $0[2], inputWeight: $0[3], hiddenWeight: $0[4], bias: $0[5])
        return concatenate([hidden, cell], axis: -1)
    },
    Row("LSTM", [[12, 64, 64], [64, 384], [96, 384], [384]]) {
        lstm($0[0], inputWeight: $0[1], hiddenWeight: $0[2], bias: $0[3]).outputs
    },
    Row(
        "steps of Adam", [[400, 500], [70_001], [400, 500], [70_001]],
        running: { inputs in
            steps(of: Adam(weightDecay: 0.01), inputs)
        }),
    Row(
        "steps of SGD", [[400, 500], [70_001], [400, 500], [70_001]],
        running: { inputs in
            steps(of: SGD(learningRate: 0.1, momentum: 0.9), inputs)
        }),
]

/// Parameters, which are the first half of `inputs`, after three steps along the second half.
private func steps(of optimizer: some Optimizer, _ inputs: [Tensor]) -> [Tensor] {
    var (optimizer, parameters) = (optimizer, Array(inputs[..<2]))
    for _ in 0..<3 { optimizer.update(&parameters, along: Array(inputs[2...])) }
    return parameters
}
