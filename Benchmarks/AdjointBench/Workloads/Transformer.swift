import Adjoint

/// gpt_train: a decoder-only transformer of four layers.
let transformerCases: [Case] = [
    Case(
        name: "gpt_train",
        expected: [Expected(value: 4.25702, relative: 1e-3), Expected(value: 5.698460, relative: 1e-3)]
    ) {
        let text = Data.labels(11001, 256, [8, 129])
        let (inputs, targets) = (text[0..., ..<128], text[0..., 1...])
        return training(Transformer.parameters(), Adam(weightDecay: 0.01)) { p in
            crossEntropy(Transformer(p).logits(inputs).reshaped(1024, 256), targets.reshaped(1024))
        }
    }
]

private struct Transformer {
    static let (layers, width, heads, vocabulary, length, batch) = (4, 128, 4, 256, 128, 8)
    /// Parameters of a layer: γ₁ β₁ wqkv bqkv wo bo γ₂ β₂ wfc bfc wpr bpr; before them tok and pos, after them γ β head.
    private static let perLayer = 12
    private let p: [Tensor]

    init(_ parameters: [Tensor]) { p = parameters }

    static func parameters() -> [Tensor] {
        var all = [
            Data.uniform(11101, -0.05, 0.05, [vocabulary, width]), Data.uniform(11102, -0.05, 0.05, [length, width]),
        ]
        for layer in 0..<layers {
            let seed = 11110 + 10 * UInt32(layer)
            all += [Tensor.ones(width), Tensor.zeros(width)]
            all += [Data.fan(seed + 1, [width, 384], width), Tensor.zeros(384)]
            all += [Data.fan(seed + 2, [width, width], width), Tensor.zeros(width)]
            all += [Tensor.ones(width), Tensor.zeros(width)]
            all += [Data.fan(seed + 3, [width, 512], width), Tensor.zeros(512)]
            all += [Data.fan(seed + 4, [512, width], 512), Tensor.zeros(width)]
        }
        return all + [Tensor.ones(width), Tensor.zeros(width), Data.fan(11103, [width, vocabulary], width)]
    }

    func logits(_ text: Tensor) -> Tensor {
        var h = embedding(text, p[0]) + p[1]
        for layer in 0..<Self.layers {
            let q = Array(p[(2 + Self.perLayer * layer)...].prefix(Self.perLayer))
            h = h + attention(norm(h, q[0], q[1]), q)
            h = h + (norm(h, q[6], q[7]).matmul(q[8]) + q[9]).gelu(approximate: true).matmul(q[10]) + q[11]
        }
        let last = p.suffix(3).map { $0 }
        return norm(h, last[0], last[1]).matmul(last[2])
    }

    private func norm(_ x: Tensor, _ weight: Tensor, _ bias: Tensor) -> Tensor {
        layerNorm(x, shape: [Self.width], weight: weight, bias: bias)
    }

    private func attention(_ x: Tensor, _ q: [Tensor]) -> Tensor {
        let projected = x.matmul(q[2]) + q[3]
        let parts = projected.reshaped(Self.batch, Self.length, 3, Self.heads, Self.width / Self.heads)
            .transposed(2, 0, 3, 1, 4)
        let y = scaledDotProductAttention(parts[0], parts[1], parts[2], isCausal: true)
        return y.transposed(0, 2, 1, 3).reshaped(Self.batch, Self.length, Self.width).matmul(q[4]) + q[5]
    }
}
