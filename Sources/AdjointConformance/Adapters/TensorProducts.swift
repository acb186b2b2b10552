import Adjoint
import AdjointCore
import AdjointRuntime

/// Matrix products and their relatives, norms, distances.
let tensorProductAdapters: [String: Adapter] = [
    "matmul": product("other") { $0.matmul($1) },
    "__rmatmul__": product("other") { $1.matmul($0) },
    "mm": product("mat2") { $0.matmul($1) },
    "mv": product("vec") { $0.matmul($1) },
    "bmm": product("mat2") { bmm($0, $1) },
    "dot": product("tensor") { dot($0, $1) },
    "vdot": product("other") { vdot($0, $1) },
    "outer": product("vec2") { outer($0, $1) },
    "inner": product("other") { inner($0, $1) },
    "kron": product("other") { kron($0, $1) },
    "addmm": scaledSum("mat1", "mat2") { addmm($0, $1, $2, beta: $3, alpha: $4) },
    "addmm.decomposed": scaledSum("mat1", "mat2") { addmm($0, $1, $2, beta: $3, alpha: $4) },
    "addmv": scaledSum("mat", "vec") { addmv($0, $1, $2, beta: $3, alpha: $4) },
    "addr": scaledSum("vec1", "vec2") { addr($0, $1, $2, beta: $3, alpha: $4) },
    "addbmm": scaledSum("batch1", "batch2") { addbmm($0, $1, $2, beta: $3, alpha: $4) },
    "baddbmm": scaledSum("batch1", "batch2") { baddbmm($0, $1, $2, beta: $3, alpha: $4) },
    "einsum": { call in [.tensor(einsum(try call.string(0, "equation", default: ""), try call.inputs))] },
    "tensordot": { call in
        let (x, y) = (try call.x, try call.tensor(0, "other"))
        if let lists = call.argument(1, "dims")?.elements {
            guard lists.count == 2 else { throw CaseError("dims has \(lists.count) lists") }
            return [.tensor(tensordot(x, y, axes: (try lists[0].asInts("dims"), try lists[1].asInts("dims"))))]
        }
        return [.tensor(tensordot(x, y, axes: try call.int(1, "dims", default: 2)))]
    },
    "linalg.multi_dot": { call in [.tensor(multiDot(try call.inputs))] },
    "linalg.vecdot": { call in
        [.tensor(vecdot(try call.x, try call.tensor(0, "y"), axis: try call.int(nil, "dim", default: -1)))]
    },
    "linalg.cross": { call in
        [.tensor(cross(try call.x, try call.tensor(0, "other"), axis: try call.int(nil, "dim", default: -1)))]
    },
    "cross": { call in
        let (x, y) = (try call.x, try call.tensor(0, "other"))
        // Without an axis, the first one of extent 3.
        let common = Shape.broadcast(x.shape, y.shape)?.extents ?? []
        return [.tensor(cross(x, y, axis: try call.optionalInt(1, "dim") ?? common.firstIndex(of: 3) ?? -1))]
    },
    "cdist": { call in
        [.tensor(pairwiseDistances(try call.x, try call.tensor(0, "x2"), p: try call.double(1, "p", default: 2)))]
    },
    "nn.functional.pdist": { call in [.tensor(try call.x.pairwiseDistances(p: try call.double(0, "p", default: 2)))] },

    "linalg.vector_norm": { call in
        [.tensor(try vectorNorm(call, try call.double(0, "ord", default: 2)))]
    },
    "linalg.matrix_norm": { call in
        let order = call.argument(0, "ord") ?? .string("fro")
        return [.tensor(try matrixNorm(call, order, try call.ints(1, "dim") ?? [-2, -1]))]
    },
    "linalg.norm": generalNorm,
    "linalg.norm.subgradients_at_zero": generalNorm,
    "norm.nuc": { call in
        let rank = try call.x.rank
        return [.tensor(try matrixNorm(call, .string("nuc"), try call.ints(1, "dim") ?? [rank - 2, rank - 1]))]
    },
    "linalg.cond": { call in
        switch call.argument(0, "p") {
        case nil, .null?: return [.tensor(try call.x.conditionNumber())]
        case let order?: return [.tensor(try call.x.conditionNumber(try MatrixNorm(order)))]
        }
    },
]

private func product(_ name: String, _ operation: @escaping @Sendable (Tensor, Tensor) -> Tensor) -> Adapter {
    { call in
        let (x, y) = (try call.x, try call.tensor(0, name))
        return [.tensor(operation(x, y).kept(x, y))]
    }
}

private func scaledSum(
    _ first: String, _ second: String,
    _ operation: @escaping @Sendable (Tensor, Tensor, Tensor, Scalar, Scalar) -> Tensor
) -> Adapter {
    { call in
        let (x, a, b) = (try call.x, try call.tensor(0, first), try call.tensor(1, second))
        let factors = ["beta", "alpha"].compactMap { call.argument(nil, $0) }
        if factors.contains(where: { if case .complex = $0 { true } else { false } }) {
            func scaled(_ x: Tensor, _ name: String) throws -> Tensor {
                try call.optionalTensor(nil, name).map { x * $0.to(x.dtype) } ?? x
            }
            return [.tensor(operation(try scaled(x, "beta"), try scaled(a, "alpha"), b, 1, 1))]
        }
        let beta = try call.scalar(nil, "beta", default: 1).truncated(meeting: x)
        let alpha = try call.scalar(nil, "alpha", default: 1).truncated(meeting: x)
        return [.tensor(operation(x, a, b, beta, alpha).kept(x, a, b))]
    }
}

extension MatrixNorm {
    fileprivate init(_ order: Argument) throws {
        switch order {
        case .string("fro"): self = .frobenius
        case .string("nuc"): self = .nuclear
        default:
            switch try order.asDouble("ord") {
            case 2: self = .spectral()
            case -2: self = .spectral(smallest: true)
            case 1: self = .columnSum()
            case -1: self = .columnSum(smallest: true)
            case .infinity: self = .rowSum()
            case -.infinity: self = .rowSum(smallest: true)
            case let number: throw CaseError("there is no matrix norm of order \(number)")
            }
        }
    }
}

private func vectorNorm(_ call: Call, _ order: Double) throws -> Tensor {
    try call.converted.norm(order, axes: try call.axes(1), keepDims: try call.bool(2, "keepdim", default: false))
}

private func matrixNorm(_ call: Call, _ order: Argument, _ axes: [Int]) throws -> Tensor {
    guard axes.count == 2 else { throw CaseError("a matrix has two axes, not \(axes.count)") }
    return try call.converted.matrixNorm(
        try MatrixNorm(order), axes: (axes[0], axes[1]), keepDims: try call.bool(2, "keepdim", default: false))
}

/// A vector norm over one axis or of a flattened tensor, a matrix norm over two.
private let generalNorm: Adapter = { call in
    let axes = try call.ints(1, "dim")
    let rank = try call.x.rank
    let isMatrix = axes?.count == 2 || (axes == nil && rank == 2)
    switch call.argument(0, "ord") {
    case nil, .null?: return [.tensor(try vectorNorm(call, 2))]
    case let order? where isMatrix: return [.tensor(try matrixNorm(call, order, axes ?? [-2, -1]))]
    case let order?: return [.tensor(try vectorNorm(call, try order.asDouble("ord")))]
    }
}
