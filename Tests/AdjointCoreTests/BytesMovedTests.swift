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

    @Test(arguments: unaryRows) func unary(_ row: UnaryRow) {
        let x = Tensor.linspace(0.05, 0.95, Self.count).requiringGrad()
        let moved = Self.moved(row.apply(x), [x])
        #expect(moved.read == row.arraysRead * 4 * Self.count)
        #expect(moved.written == 4 * Self.count)
    }

    @Test(arguments: binaryRows) func binary(_ row: BinaryRow) {
        let x = Tensor.linspace(0.05, 0.95, Self.count).requiringGrad()
        let y = Tensor.linspace(0.9, 0.1, Self.count).requiringGrad()
        let moved = Self.moved(row.apply(x, y), [x, y])
        #expect(moved.read == row.arraysRead * 4 * Self.count)
        #expect(moved.written == row.arraysWritten * 4 * Self.count)
    }
}

/// A function of one tensor, and how many arrays its pullback reads.
struct UnaryRow: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let arraysRead: Int
    let apply: @Sendable (Tensor) -> Tensor

    init(_ name: String, _ arraysRead: Int, _ apply: @escaping @Sendable (Tensor) -> Tensor) {
        testDescription = name
        self.arraysRead = arraysRead
        self.apply = apply
    }
}

/// A function of two tensors, and how many arrays its pullback reads and writes.
struct BinaryRow: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let arraysRead: Int
    let arraysWritten: Int
    let apply: @Sendable (Tensor, Tensor) -> Tensor

    init(
        _ name: String, _ arraysRead: Int, _ arraysWritten: Int,
        _ apply: @escaping @Sendable (Tensor, Tensor) -> Tensor
    ) {
        testDescription = name
        self.arraysRead = arraysRead
        self.arraysWritten = arraysWritten
        self.apply = apply
    }
}

private let unaryRows: [UnaryRow] = [
    UnaryRow("neg", 1) { -$0 },
    UnaryRow("exp", 2) { $0.exp() },
    UnaryRow("exp2", 2) { $0.exp2() },
    UnaryRow("expm1", 2) { $0.expm1() },
    UnaryRow("log", 2) { $0.log() },
    UnaryRow("log2", 2) { $0.log2() },
    UnaryRow("log10", 2) { $0.log10() },
    UnaryRow("log1p", 2) { $0.log1p() },
    UnaryRow("sqrt", 2) { $0.sqrt() },
    UnaryRow("rsqrt", 2) { $0.rsqrt() },
    UnaryRow("reciprocal", 2) { $0.reciprocal() },
    UnaryRow("square", 2) { $0.square() },
    UnaryRow("abs", 2) { $0.abs() },
    UnaryRow("sin", 2) { $0.sin() },
    UnaryRow("cos", 2) { $0.cos() },
    UnaryRow("tan", 2) { $0.tan() },
    UnaryRow("asin", 2) { $0.asin() },
    UnaryRow("acos", 2) { $0.acos() },
    UnaryRow("atan", 2) { $0.atan() },
    UnaryRow("sinh", 2) { $0.sinh() },
    UnaryRow("cosh", 2) { $0.cosh() },
    UnaryRow("tanh", 2) { $0.tanh() },
    UnaryRow("asinh", 2) { $0.asinh() },
    UnaryRow("atanh", 2) { $0.atanh() },
    UnaryRow("relu", 2) { $0.relu() },
    UnaryRow("sigmoid", 2) { $0.sigmoid() },
    UnaryRow("softplus", 2) { $0.softplus() },
    UnaryRow("logSigmoid", 2) { $0.logSigmoid() },
    UnaryRow("silu", 2) { $0.silu() },
    UnaryRow("gelu", 2) { $0.gelu() },
    UnaryRow("gelu tanh", 2) { $0.gelu(approximate: true) },
    UnaryRow("leakyRelu", 2) { $0.leakyRelu() },
    UnaryRow("elu", 3) { $0.elu() },
    UnaryRow("erf", 2) { $0.erf() },
    UnaryRow("erfc", 2) { $0.erfc() },
    UnaryRow("clamp", 2) { $0.clamp(min: 0.1, max: 0.7) },
    UnaryRow("pow 3", 2) { $0.pow(3) },
    UnaryRow("scale", 1) { $0 * 3 },
    UnaryRow("divide by", 1) { $0 / 3 },
    UnaryRow("divide", 3) { 3 / $0 },
    UnaryRow("maximum number", 2) { maximum($0, 0.5) },
]

private let binaryRows: [BinaryRow] = [
    BinaryRow("add", 0, 0) { $0 + $1 },
    BinaryRow("sub", 1, 1) { $0 - $1 },
    BinaryRow("mul", 3, 2) { $0 * $1 },
    BinaryRow("div", 3, 2) { $0 / $1 },
    BinaryRow("pow", 4, 2) { $0.pow($1) },
    BinaryRow("maximum", 3, 2) { maximum($0, $1) },
    BinaryRow("minimum", 3, 2) { minimum($0, $1) },
    BinaryRow("atan2", 3, 2) { atan2($0, $1) },
    BinaryRow("hypot", 4, 2) { hypot($0, $1) },
]
