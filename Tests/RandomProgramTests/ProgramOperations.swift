import Adjoint

/// An operation that random programs are made of. `choice` picks axes and indices; nil: it does not fit these operands.
struct ProgramOperation: Sendable {
    let name: String
    let arity: Int
    let apply: @Sendable (_ x: [Tensor], _ choice: Int) -> Tensor?

    init(_ name: String, _ arity: Int, _ apply: @escaping @Sendable ([Tensor], Int) -> Tensor?) {
        self.name = name
        self.arity = arity
        self.apply = apply
    }

    /// An operation of one tensor that fits any.
    static func unary(_ name: String, _ apply: @escaping @Sendable (Tensor) -> Tensor) -> ProgramOperation {
        ProgramOperation(name, 1) { x, _ in apply(x[0]) }
    }

    /// An operation along an axis of a tensor that has one.
    static func along(_ name: String, _ apply: @escaping @Sendable (Tensor, Int) -> Tensor) -> ProgramOperation {
        ProgramOperation(name, 1) { x, choice in x[0].rank == 0 ? nil : apply(x[0], choice % x[0].rank) }
    }

    /// An operation of two tensors whose shapes broadcast.
    static func binary(_ name: String, _ apply: @escaping @Sendable (Tensor, Tensor) -> Tensor) -> ProgramOperation {
        ProgramOperation(name, 2) { x, _ in
            guard let shape = Shape.broadcast(x[0].shape, x[1].shape), shape.count <= 64 else { return nil }
            return apply(x[0], x[1])
        }
    }
}

let programOperation = Dictionary(uniqueKeysWithValues: (programOperations + controlOperations).map { ($0.name, $0) })

let programOperations: [ProgramOperation] =
    elementwiseOperations + reducingOperations + movingOperations + matrixOperations + networkOperations

private let elementwiseOperations: [ProgramOperation] = [
    .unary("sin") { $0.sin() }, .unary("cos") { $0.cos() }, .unary("tanh") { $0.tanh() },
    .unary("sigmoid") { $0.sigmoid() },
    .unary("exp") { $0.tanh().exp() }, .unary("log") { ($0 * $0 + 0.5).log() },
    .unary("sqrt") { ($0 * $0 + 0.5).sqrt() },
    .unary("rsqrt") { ($0 * $0 + 0.5).rsqrt() }, .unary("softplus") { $0.softplus() }, .unary("gelu") { $0.gelu() },
    .unary("silu") { $0.silu() }, .unary("erf") { $0.erf() }, .unary("atan") { $0.atan() },
    .unary("asinh") { $0.asinh() },
    .unary("neg") { -$0 }, .unary("square") { $0.square() }, .unary("abs") { $0.abs() }, .unary("relu") { $0.relu() },
    .unary("clamp") { $0.clamp(min: -0.7, max: 0.8) }, .unary("expm1") { $0.tanh().expm1() },
    .unary("log1p") { ($0 * $0).log1p() }, .unary("pow3") { $0.tanh().pow(3) },
    .unary("reciprocal") { 1 / ($0 * $0 + 1) },
    .unary("scale") { 2 * $0 - 0.25 }, .unary("sinh") { $0.tanh().sinh() }, .unary("asin") { ($0.tanh() * 0.9).asin() },
    .unary("leaky") { $0.leakyRelu(slope: 0.2) }, .unary("elu") { $0.elu() }, .unary("detached") { $0 * $0.detach() },
    .binary("add") { $0 + $1 }, .binary("sub") { $0 - $1 }, .binary("mul") { $0 * $1 },
    .binary("div") { $0 / ($1 * $1 + 1) },
    .binary("max") { maximum($0, $1) }, .binary("min") { minimum($0, $1) }, .binary("atan2") { atan2($0, $1 * $1 + 1) },
    .binary("hypot") { hypot($0, $1 + 3) }, .binary("pow") { ($0 * $0 + 0.5).pow($1.tanh()) },
    .binary("which") { which($0 .> $1, $0.sin(), $1 * 2) },
    .binary("whichLog") { which($0 .> 0.1, ($0 - 0.1).log(), $1) },
    .binary("whichSqrt") { which($0 .> 0.2, $1, (0.2 - $0).sqrt()) },
]

private let reducingOperations: [ProgramOperation] = [
    .unary("sum") { $0.sum() }, .unary("mean") { $0.mean() }, .unary("norm") { ($0 + 2).norm() },
    .unary("prod") { ($0.tanh() + 1.5).prod() }, .unary("logSumExp") { $0.rank == 0 ? $0 : $0.flattened().logSumExp() },
    .along("sumAxis") { $0.sum(axis: $1) }, .along("meanKeep") { $0.mean(axis: $1, keepDims: true) },
    .along("maxAxis") { $0.max(axis: $1) }, .along("minAxis") { $0.min(axis: $1) },
    .along("softmax") { $0.softmax(axis: $1) }, .along("logSoftmax") { $0.logSoftmax(axis: $1) },
    .along("cumulativeSum") { $0.cumulativeSum(axis: $1) },
    .along("variance") { $0.variance(axis: $1, correction: 0) },
    ProgramOperation("matmul", 2) { x, _ in
        guard x[0].rank > 0, x[1].rank > 0, x[0].rank <= 3, x[1].rank <= 2 else { return nil }
        let inner = x[1].shape[x[1].rank == 1 ? 0 : x[1].rank - 2]
        return x[0].shape[x[0].rank - 1] == inner ? x[0].matmul(x[1]) : nil
    },
    ProgramOperation("outer", 2) { x, _ in
        x[0].count * x[1].count <= 36 ? outer(x[0].flattened(), x[1].flattened()) : nil
    },
    ProgramOperation("dot", 2) { x, _ in x[0].count == x[1].count ? dot(x[0].flattened(), x[1].flattened()) : nil },
]

private let movingOperations: [ProgramOperation] = [
    .unary("flatten") { $0.flattened() }, .unary("transpose") { $0.transposed() }, .unary("flip") { $0.flipped() },
    .along("expand") { $0.expandedAxis($1) }, .along("moveFirst") { $0.movedAxis($1, to: 0) },
    ProgramOperation("select", 1) { x, choice in
        guard x[0].rank > 0 else { return nil }
        return x[0][choice % x[0].shape[0]]
    },
    ProgramOperation("sliceLast", 1) { x, choice in
        guard x[0].rank > 0 else { return nil }
        let extent = x[0].shape[x[0].rank - 1]
        let start = choice % extent
        return x[0][.ellipsis, start...]
    },
    ProgramOperation("take", 1) { x, choice in
        guard x[0].rank > 0 else { return nil }
        let extent = x[0].shape[0]
        return x[0][Tensor([choice % extent, (choice / 7) % extent, choice % extent])]
    },
    ProgramOperation("assign", 2) { x, choice in
        guard x[0].rank > 0, x[0][0].shape == x[1].shape else { return nil }
        var y = x[0]
        y[choice % x[0].shape[0]] = x[1]
        return y
    },
    ProgramOperation("addAt", 1) { x, choice in
        guard x[0].rank > 0 else { return nil }
        var y = x[0]
        let place = choice % x[0].shape[0]
        y[place] += y[(choice / 5) % x[0].shape[0]] * 0.5
        return y
    },
    ProgramOperation("concatenate", 2) { x, _ in
        guard x[0].rank > 0, x[0].rank == x[1].rank, x[0].count + x[1].count <= 64,
            (1..<x[0].rank).allSatisfy({ x[0].shape[$0] == x[1].shape[$0] })
        else { return nil }
        return concatenate([x[0], x[1]])
    },
    ProgramOperation("stack", 2) { x, choice in
        x[0].shape == x[1].shape && x[0].count <= 32 ? stack([x[0], x[1]], axis: choice % (x[0].rank + 1)) : nil
    },
    ProgramOperation("broadcast", 1) { x, _ in x[0].count <= 32 ? x[0].broadcast(to: [2] + x[0].shape.extents) : nil },
]

private let matrixOperations: [ProgramOperation] = [
    .square("determinant") { $0.determinant() }, .square("inverse") { $0.inverse() },
    .square("slogdet") { $0.slogdet().logAbsoluteValue }, .square("solve") { $0.solve($0.sin()) },
    .square("exponential") { ($0 * 0.2).matrixExponential() },
    .square("cholesky") { ($0.matmul($0.matrixTransposed())).cholesky() },
    .square("eigenvalues") { ($0 + $0.matrixTransposed()).eigh().values },
    .square("singularValues") { $0.svdvals() }, .square("qr") { $0.qr().r },
]

private let networkOperations: [ProgramOperation] = [
    .along("sorted") { $0.sorted(axis: $1) }, .along("cumulativeProduct") { $0.cumulativeProduct(axis: $1) },
    .along("logCumulativeSumExp") { $0.logCumulativeSumExp(axis: $1) },
    .along("cumulativeMax") { $0.cumulativeMax(axis: $1).values },
    .along("std") { ($0 + 0.1).std(axis: $1, correction: 0) },
    .along("topK") { $0.topK(1, axis: $1).values }, .along("median") { $0.medianWithIndices(axis: $1).values },
    ProgramOperation("layerNorm", 1) { x, _ in
        guard x[0].rank > 0, x[0].shape[x[0].rank - 1] > 1 else { return nil }
        return layerNorm(x[0], shape: [x[0].shape[x[0].rank - 1]], epsilon: 0.1)
    },
    ProgramOperation("convolution", 2) { x, _ in
        guard x[0].count > 0, x[1].count > 0, x[0].count <= 24, x[1].count <= 6 else { return nil }
        return convolution(
            x[0].reshaped(1, 1, x[0].count), x[1].reshaped(1, 1, x[1].count), padding: 5)
    },
    ProgramOperation("averagePool", 1) { x, _ in
        x[0].count < 2 ? nil : averagePool(x[0].reshaped(1, 1, x[0].count), kernel: 2, stride: 1)
    },
    ProgramOperation("maxPool", 1) { x, _ in
        x[0].count < 2 ? nil : maxPool(x[0].reshaped(1, 1, x[0].count), kernel: 2, stride: 1)
    },
    ProgramOperation("gather", 1) { x, choice in
        guard x[0].rank == 1 else { return nil }
        let extent = x[0].count
        return x[0].gathered(Tensor([choice % extent, (choice / 3) % extent]), axis: 0)
    },
    ProgramOperation("einsum", 2) { x, _ in
        guard x[0].rank == 2, x[1].rank == 2, x[0].shape[1] == x[1].shape[1] else { return nil }
        return einsum("ij,kj->ki", x[0], x[1])
    },
]

extension ProgramOperation {
    /// An operation of a well-conditioned square matrix that is made of any.
    static func square(_ name: String, _ apply: @escaping @Sendable (Tensor) -> Tensor) -> ProgramOperation {
        ProgramOperation(name, 1) { x, _ in
            guard x[0].rank == 2, x[0].shape[0] == x[0].shape[1] else { return nil }
            let n = x[0].shape[0]
            // The diagonal keeps eigenvalues apart.
            let spread = Tensor(
                (0..<n * n).map { $0 % (n + 1) == 0 ? 3 + 1.5 * Double($0 / (n + 1)) : 0 }, shape: [n, n])
            return apply(x[0].tanh() * 0.3 + spread)
        }
    }
}
