import Adjoint
import AdjointCore
import AdjointGraph

/// Graphs of many operations, with their derivatives, for tests of texts, files and drawings.
enum GraphCorpus {
    static let graphs: [Graph] = plain + plain.map { GraphPass.apply(GraphPass.standard, to: $0).graph }

    private static let plain: [Graph] = [
        build([[3, 4], [4, 2], [2]]) { x in ((x[0].matmul(x[1]) + x[2]).relu().softmax(axis: -1) + 1e-3).log().mean() },
        build([[2, 3]]) { x in
            (x[0].sin().pow(2) + 0.5 * x[0].exp() - x[0].sigmoid() / (1 + x[0].square())).sum()
        },
        build([[4, 3]]) { x in
            let taken = x[0].take(Tensor([0, 2, 2]), axis: 0)
            let sorted = x[0].sorted(axis: 0)
            return (taken * taken).sum() + sorted.cumulativeSum(axis: 0).max() + x[0].transposed()[0..<2].norm()
        },
        build([[3, 3]]) { x in
            let a = x[0].matmul(x[0].transposed()) + 3 * Tensor.eye(3, dtype: .float64)
            return a.cholesky().sum() + a.inverse().sum() + a.determinant().log() + a.eigh().values.sum()
        },
        build([[1, 2, 5, 5], [3, 2, 2, 2]]) { x in
            maxPool(convolution(x[0], x[1]), kernel: 2).tanh().sum()
        },
        build([[8]]) { x in x[0].fft().abs().square().sum() + concatenate([x[0], x[0]]).variance() },
        build([[3]]) { x in
            let y = whileLoop([x[0], Tensor.zeros([], dtype: .int64)], memory: .logarithmic, while: { $0[1] .< 5 }) {
                [$0[0].sin() + $0[0] * 0.5, $0[1] + 1]
            }[0]
            return cond(y.sum() .> 0, y, then: { ($0 * $0).sum() }, else: { $0.exp().sum() })
        },
        build([[4, 2], [2]]) { x in
            let (last, outputs) = scan(x[1], over: x[0]) { h, e in ((h * e + h.sin()).tanh(), h * e) }
            return last.sum() + (outputs * outputs).sum()
        },
        build([[2, 3]]) { x in which(x[0] .> 0.3, x[0], x[0].abs().sqrt()).sum() + maximum(x[0], 0.2).sum() },
    ]

    /// A scalar of inputs of these shapes, with its gradient.
    private static func build(_ shapes: [[Int]], _ body: ([Tensor]) -> Tensor) -> Graph {
        let g = GraphBuilder()
        let inputs = shapes.enumerated().map { g.input("x\($0)", $1, .float64) }
        let y = body(inputs)
        return try! g.graph([y] + g.gradients(of: [y], withRespectTo: inputs))
    }

    /// Numbers for the inputs of a graph.
    static func inputs(of graph: Graph) -> [Tensor] {
        graph.inputs.map { port in
            let type = graph.type(of: port.value)
            let count = type.shape.count
            let numbers = (0..<count).map { 0.1 + 0.37 * Double(($0 * 7919 + port.value) % 5) }
            return Tensor(numbers, shape: type.shape.extents).to(type.dtype)
        }
    }
}
