import Adjoint
import AdjointCore
import AdjointRuntime

let linearAlgebraAdapters: [String: Adapter] = [
    "linalg.solve": { call in
        let (a, b) = try solveOperands(call)
        return [.tensor(a.solve(b, onRight: try !call.bool(nil, "left", default: true)))]
    },
    "linalg.solve_ex": { call in
        let (a, b) = try solveOperands(call)
        let onRight = try !call.bool(nil, "left", default: true)
        guard try !call.bool(nil, "check_errors", default: false) else {
            return [.tensor(a.solve(b, onRight: onRight)), .tensor(a.inverseReporting().info)]
        }
        let (solution, info) = a.solveReporting(b, onRight: onRight)
        return [.tensor(solution), .tensor(info)]
    },
    "linalg.solve_triangular": { call in
        [
            .tensor(
                try call.x.solveTriangular(
                    try call.tensor(0, "B"), upper: try call.bool(nil, "upper", default: true),
                    onRight: try !call.bool(nil, "left", default: true),
                    unitDiagonal: try call.bool(nil, "unitriangular", default: false)))
        ]
    },
    "triangular_solve": { call in
        let (b, a) = (try call.x, try call.tensor(0, "A"))
        let (upper, transpose) = (
            try call.bool(1, "upper", default: true), try call.bool(2, "transpose", default: false)
        )
        let matrix = transpose ? a.matrixTransposed() : a
        let solution = matrix.solveTriangular(
            b, upper: upper != transpose, unitDiagonal: try call.bool(3, "unitriangular", default: false))
        let leading = solution.shape.extents.dropLast(2)
        return [.tensor(solution), .tensor(a.broadcast(to: leading + a.shape.extents.suffix(2)))]
    },
    "linalg.inv": { call in [.tensor(try call.x.inverse())] },
    "linalg.inv_ex": { call in
        let result = try call.x.inverseReporting()
        if try call.bool(nil, "check_errors", default: false) {
            return [.tensor(try call.x.inverse()), .tensor(result.info)]
        }
        return [.tensor(result.inverse), .tensor(result.info)]
    },
    "pinverse": { call in
        [
            .tensor(
                try call.x.pseudoInverse(
                    relativeTolerance: Tensor(try call.double(0, "rcond", default: 1e-15), dtype: .float64)))
        ]
    },
    "linalg.pinv": pseudoInverse,
    "linalg.pinv.hermitian": pseudoInverse,
    "linalg.pinv.singular": pseudoInverse,
    "linalg.matrix_rank": matrixRank,
    "linalg.matrix_rank.hermitian": matrixRank,

    "cholesky": { call in [.tensor(try call.x.cholesky(upper: try call.bool(0, "upper", default: false)))] },
    "linalg.cholesky": { call in [.tensor(try call.x.cholesky(upper: try call.bool(nil, "upper", default: false)))] },
    "linalg.cholesky_ex": { call in
        let upper = try call.bool(nil, "upper", default: false)
        let result = try call.x.choleskyReporting(upper: upper)
        let checks = try call.bool(nil, "check_errors", default: false)
        return [.tensor(checks ? try call.x.cholesky(upper: upper) : result.factor), .tensor(result.info)]
    },
    "cholesky_solve": { call in
        [.tensor(try call.tensor(0, "L").choleskySolve(try call.x, upper: try call.bool(1, "upper", default: false)))]
    },
    "cholesky_inverse": { call in
        [.tensor(try call.x.choleskyInverse(upper: try call.bool(0, "upper", default: false)))]
    },

    "qr": { call in
        let result = try call.x.qr(complete: !call.bool(0, "some", default: true))
        return [.tensor(result.q), .tensor(result.r)]
    },
    "linalg.qr": { call in
        let mode = try call.string(0, "mode", default: "reduced")
        let result = try call.x.qr(complete: mode == "complete")
        return [.tensor(mode == "r" ? Tensor.zeros([0], dtype: result.r.dtype) : result.q), .tensor(result.r)]
    },
    "linalg.householder_product": { call in [.tensor(try call.x.householderProduct(try call.tensor(0, "tau")))] },
    "ormqr": { call in
        [
            .tensor(
                try call.x.multiplyingHouseholder(
                    try call.tensor(0, "tau"), try call.tensor(1, "other"),
                    onRight: try !call.bool(2, "left", default: true),
                    adjoint: try call.bool(3, "transpose", default: false)))
        ]
    },

    "lu": { call in
        let factors = try luFactors(call, 0)
        let result: [Output] = [.tensor(factors.packed), .tensor(factors.pivots)]
        return try call.bool(1, "get_infos", default: false) ? result + [.tensor(factors.info)] : result
    },
    "linalg.lu_factor": { call in
        let factors = try luFactors(call, nil)
        return [.tensor(factors.packed), .tensor(factors.pivots)]
    },
    "linalg.lu_factor_ex": { call in
        let factors = try luFactors(call, nil)
        return [.tensor(factors.packed), .tensor(factors.pivots), .tensor(factors.info)]
    },
    "linalg.lu": { call in
        let (p, l, u) = try luFactors(call, nil).unpacked()
        return [.tensor(p), .tensor(l), .tensor(u)]
    },
    "lu_unpack": { call in
        let (p, l, u) = LUFactors(packed: try call.x, pivots: try call.tensor(0, "LU_pivots")).unpacked()
        let (data, pivots) = (
            try call.bool(1, "unpack_data", default: true), try call.bool(2, "unpack_pivots", default: true)
        )
        let none = Tensor.zeros([0], dtype: l.dtype)
        return [.tensor(pivots ? p : none), .tensor(data ? l : none), .tensor(data ? u : none)]
    },
    "linalg.lu_solve": { call in
        let factors = LUFactors(packed: try call.x, pivots: try call.tensor(0, "pivots"))
        return [
            .tensor(
                factors.solve(
                    try call.tensor(1, "B"), onRight: try !call.bool(nil, "left", default: true),
                    adjoint: try call.bool(nil, "adjoint", default: false)))
        ]
    },
    "lu_solve": { call in
        [
            .tensor(
                LUFactors(packed: try call.tensor(0, "LU_data"), pivots: try call.tensor(1, "LU_pivots"))
                    .solve(try call.x))
        ]
    },

    "linalg.eigh": { call in
        let result = try call.x.eigh(upper: try call.string(0, "UPLO", default: "L").uppercased() == "U")
        return [.tensor(result.values), .tensor(result.vectors)]
    },
    "linalg.eigvalsh": { call in
        [.tensor(try call.x.eigvalsh(upper: try call.string(0, "UPLO", default: "L").uppercased() == "U"))]
    },
    "linalg.eig": { call in
        let result = try call.x.eig()
        return [.tensor(result.values), .tensor(result.vectors)]
    },
    "linalg.eigvals": { call in [.tensor(try call.x.eigvals())] },
    "linalg.svd": { call in
        let result = try call.x.svd(full: try call.bool(0, "full_matrices", default: true))
        return [.tensor(result.u), .tensor(result.s), .tensor(result.vh)]
    },
    "svd": { call in
        let result = try call.x.svd(full: try !call.bool(0, "some", default: true))
        guard try call.bool(1, "compute_uv", default: true) else {
            let x = try call.x
            let (m, n) = (x.shape[x.rank - 2], x.shape[x.rank - 1])
            func zeros(_ n: Int) -> Tensor { Tensor.zeros(x.shape.extents.dropLast(2) + [n, n], dtype: x.dtype) }
            return [.tensor(zeros(m)), .tensor(x.svdvals()), .tensor(zeros(n))]
        }
        return [.tensor(result.u), .tensor(result.s), .tensor(result.vh.conj().matrixTransposed())]
    },
    "linalg.svdvals": { call in [.tensor(try call.x.svdvals())] },
    "svd_lowrank": { call in
        let x = try call.x
        let (u, s, v) = x.svdLowRank(
            try call.int(0, "q", default: 6), iterations: try call.int(1, "niter", default: 2),
            subtracting: try call.optionalTensor(2, "M"))
        return [.tensor(u), .tensor(s), .tensor(v)]
    },
    "pca_lowrank": { call in
        let (u, s, v) = try call.x.pcaLowRank(
            try call.optionalInt(0, "q"), center: try call.bool(1, "center", default: true),
            iterations: try call.int(2, "niter", default: 2))
        return [.tensor(u), .tensor(s), .tensor(v)]
    },
    "linalg.lstsq": { call in
        let driver = try call.string(nil, "driver", default: "gelsy")
        let (result, hasResiduals) = try leastSquares(call, driver)
        let empty = Tensor.zeros([0], dtype: result.solution.dtype.realType)
        return [
            .tensor(result.solution), .tensor(hasResiduals ? result.residuals : empty),
            .tensor(driver == "gels" ? Tensor.zeros([0], dtype: .int64) : result.rank),
            .tensor(["gelsd", "gelss"].contains(driver) ? result.singularValues : empty),
        ]
    },
    "linalg.lstsq.grad_oriented": { call in
        let (result, hasResiduals) = try leastSquares(call, try call.string(nil, "driver", default: "gelsy"))
        let empty = Tensor.zeros([0], dtype: result.solution.dtype.realType)
        return [.tensor(result.solution), .tensor(hasResiduals ? result.residuals : empty)]
    },

    "linalg.det": { call in [.tensor(try call.x.determinant())] },
    "linalg.slogdet": { call in
        let (sign, logarithm) = try call.x.slogdet()
        return [.tensor(sign), .tensor(logarithm)]
    },
    "logdet": { call in [.tensor(try call.x.logdet())] },
    "linalg.matrix_power": { call in [.tensor(try call.x.matrixPower(try call.int(0, "n")))] },
    "matrix_exp": { call in [.tensor(try call.x.matrixExponential())] },
    "linalg.matrix_sqrth": { call in [.tensor(try call.x.hermitianSquareRoot())] },
    "linalg.polar": { call in
        let (u, h) = try call.x.polar()
        return [.tensor(u), .tensor(h)]
    },
    "linalg.tensorinv": { call in
        [.tensor(try call.x.tensorInverse(leadingAxes: try call.int(0, "ind", default: 2)))]
    },
    "linalg.tensorsolve": { call in
        [.tensor(try call.x.tensorSolve(try call.tensor(0, "other"), axes: try call.ints(1, "dims") ?? []))]
    },
    "linalg.vander": { call in
        let x = try call.x
        // PyTorch multiplies whole numbers as int64.
        let factors = x.dtype.isInteger ? x.to(.int64) : x
        return [.tensor(factors.vandermonde(columns: try call.optionalInt(nil, "N")))]
    },
    "linalg.diagonal": { call in
        [
            .tensor(
                try call.x.diagonal(
                    offset: try call.int(nil, "offset", default: 0), axis1: try call.int(nil, "dim1", default: -2),
                    axis2: try call.int(nil, "dim2", default: -1)))
        ]
    },
    "trace": { call in [.tensor(try call.x.trace())] },
]

private func solveOperands(_ call: Call) throws -> (Tensor, Tensor) { (try call.x, try call.tensor(0, "B")) }

private let pseudoInverse: Adapter = { call in
    var relative = try call.optionalTensor(nil, "rtol")
    var hermitian = try call.bool(1, "hermitian", default: false)
    // The older signature: (input, rcond, hermitian).
    if relative == nil { relative = try call.optionalTensor(0, "rcond") }
    hermitian = try call.optionalBool(nil, "hermitian") ?? hermitian
    return [
        .tensor(
            try call.x.pseudoInverse(
                relativeTolerance: relative, absoluteTolerance: try call.optionalTensor(nil, "atol"),
                hermitian: hermitian))
    ]
}

private let matrixRank: Adapter = { call in
    let hermitian = try call.bool(1, "hermitian", default: false)
    // The older signature: (input, tol, hermitian).
    if let limit = try call.optionalTensor(0, "tol") {
        return [
            .tensor(
                try call.x.matrixRank(
                    relativeTolerance: Tensor(0, dtype: .float64), absoluteTolerance: limit, hermitian: hermitian))
        ]
    }
    return [
        .tensor(
            try call.x.matrixRank(
                relativeTolerance: try call.optionalTensor(nil, "rtol"),
                absoluteTolerance: try call.optionalTensor(nil, "atol"), hermitian: hermitian))
    ]
}

private func luFactors(_ call: Call, _ position: Int?) throws -> LUFactors {
    guard try call.bool(position, "pivot", default: true) else {
        throw CaseError("LU without pivoting is not offered on this processor, by PyTorch either")
    }
    return try call.x.luFactor()
}

/// The solution, and whether PyTorch gives residuals with this driver.
private func leastSquares(_ call: Call, _ driver: String) throws -> (LeastSquares, Bool) {
    let rcond = driver == "gels" ? 0 : try call.optionalDouble(1, "rcond")
    return (try call.x.leastSquares(try call.tensor(0, "b"), relativeTolerance: rcond), driver != "gelsy")
}
