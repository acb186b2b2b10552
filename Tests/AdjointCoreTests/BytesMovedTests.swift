import AdjointCore
import AdjointRuntime
import CKernels
import Testing

/// The first-order pullback of every elementwise operation is one pass over memory: each array that it needs is read
/// once and each cotangent written once.
@Suite struct BytesMovedTests {
    private static let count = 4096

    private struct Moved {
        var read: Int
        var written: Int
    }

    /// The bytes that the kernels of one backward pass move on this thread.
    private static func moved(_ y: Tensor, _ inputs: [Tensor]) -> Moved {
        let seed = Tensor.full([count], 0.5)
        adj_traffic_start()
        let gradients = gradients(of: [y], withRespectTo: inputs, seeds: [seed])
        adj_traffic_stop()
        #expect(gradients.allSatisfy { $0.count == count })
        return Moved(read: Int(adj_traffic_bytes_read()), written: Int(adj_traffic_bytes_written()))
    }

    @Test(arguments: [
        ("neg", { -$0 }, 1), ("exp", { $0.exp() }, 2), ("exp2", { $0.exp2() }, 2), ("expm1", { $0.expm1() }, 2),
        ("log", { $0.log() }, 2), ("log2", { $0.log2() }, 2), ("log10", { $0.log10() }, 2),
        ("log1p", { $0.log1p() }, 2), ("sqrt", { $0.sqrt() }, 2), ("rsqrt", { $0.rsqrt() }, 2),
        ("reciprocal", { $0.reciprocal() }, 2), ("square", { $0.square() }, 2), ("abs", { $0.abs() }, 2),
        ("sin", { $0.sin() }, 2), ("cos", { $0.cos() }, 2), ("tan", { $0.tan() }, 2), ("asin", { $0.asin() }, 2),
        ("acos", { $0.acos() }, 2), ("atan", { $0.atan() }, 2), ("sinh", { $0.sinh() }, 2),
        ("cosh", { $0.cosh() }, 2), ("tanh", { $0.tanh() }, 2), ("asinh", { $0.asinh() }, 2),
        ("atanh", { $0.atanh() }, 2), ("relu", { $0.relu() }, 2), ("sigmoid", { $0.sigmoid() }, 2),
        ("softplus", { $0.softplus() }, 2), ("logSigmoid", { $0.logSigmoid() }, 2), ("silu", { $0.silu() }, 2),
        ("gelu", { $0.gelu() }, 2), ("gelu tanh", { $0.gelu(approximate: true) }, 2),
        ("leakyRelu", { $0.leakyRelu() }, 2), ("elu", { $0.elu() }, 3), ("erf", { $0.erf() }, 2),
        ("erfc", { $0.erfc() }, 2), ("clamp", { $0.clamp(min: 0.1, max: 0.7) }, 2), ("pow 3", { $0.pow(3) }, 2),
        ("scale", { $0 * 3 }, 1), ("divide by", { $0 / 3 }, 1), ("divide", { 3 / $0 }, 3),
        ("maximum number", { maximum($0, 0.5) }, 2),
    ] as [(String, @Sendable (Tensor) -> Tensor, Int)])
    func unary(_ name: String, _ apply: @Sendable (Tensor) -> Tensor, _ arraysRead: Int) {
        let x = Tensor.linspace(0.05, 0.95, Self.count).requiringGrad()
        let moved = Self.moved(apply(x), [x])
        #expect(moved.read == arraysRead * 4 * Self.count, "\(name) read \(moved.read) bytes")
        #expect(moved.written == 4 * Self.count, "\(name) wrote \(moved.written) bytes")
    }

    @Test(arguments: [
        ("add", { $0 + $1 }, 0, 0), ("sub", { $0 - $1 }, 1, 1), ("mul", { $0 * $1 }, 3, 2), ("div", { $0 / $1 }, 3, 2),
        ("pow", { $0.pow($1) }, 4, 2), ("maximum", { maximum($0, $1) }, 3, 2), ("minimum", { minimum($0, $1) }, 3, 2),
        ("atan2", { atan2($0, $1) }, 3, 2), ("hypot", { hypot($0, $1) }, 4, 2),
    ] as [(String, @Sendable (Tensor, Tensor) -> Tensor, Int, Int)])
    func binary(_ name: String, _ apply: @Sendable (Tensor, Tensor) -> Tensor, _ arraysRead: Int, _ written: Int) {
        let x = Tensor.linspace(0.05, 0.95, Self.count).requiringGrad()
        let y = Tensor.linspace(0.9, 0.1, Self.count).requiringGrad()
        let moved = Self.moved(apply(x, y), [x, y])
        #expect(moved.read == arraysRead * 4 * Self.count, "\(name) read \(moved.read) bytes")
        #expect(moved.written == written * 4 * Self.count, "\(name) wrote \(moved.written) bytes")
    }
}
