import AdjointCore
import AdjointLinearAlgebra
import AdjointTesting
import Testing

/// A function and where its derivatives of first and second order are checked, in both modes.
struct DerivativeCase: Sendable, CustomTestStringConvertible {
    let name: String
    let inputs: [Tensor]
    let function: @Sendable ([Tensor]) -> Tensor
    var testDescription: String { name }

    init(_ name: String, _ inputs: [Tensor], _ function: @escaping @Sendable ([Tensor]) -> Tensor) {
        self.name = name
        self.inputs = inputs
        self.function = function
    }
}

/// X + Xᵀ.
private func symmetrized(_ x: Tensor) -> Tensor { x + x.matrixTransposed() }
/// X Xᴴ + 1, positive definite.
private func positive(_ x: Tensor) -> Tensor {
    x.matmul(x.adjoint) + Tensor.eye(x.shape.extents.last!, dtype: .float64)
}
/// X + 2, far from singular.
private func regular(_ x: Tensor) -> Tensor { x + 2 * Tensor.eye(x.shape.extents.last!, dtype: .float64) }
/// Real inputs in pairs as complex ones.
private func complexInputs(_ x: [Tensor]) -> [Tensor] {
    stride(from: 0, to: x.count, by: 2).map { complex(x[$0], x[$0 + 1]) }
}
/// Real and imaginary parts side by side.
private func realParts(_ x: Tensor) -> Tensor { x.dtype.isComplex ? concatenate([x.real, x.imaginary], axis: -1) : x }

private let square = numbers(3, 3, seed: 3)
private let squares = numbers(2, 3, 3, seed: 4)

private let realCases: [DerivativeCase] = [
    DerivativeCase("solve", [square, numbers(3, 2)]) { regular($0[0]).solve($0[1]) },
    DerivativeCase("solve a vector", [square, numbers(3)]) { regular($0[0]).solve($0[1]) },
    DerivativeCase("solve on the right", [squares, numbers(4, 3)]) { regular($0[0]).solve($0[1], onRight: true) },
    DerivativeCase("triangular", [square, numbers(3, 2)]) { regular($0[0]).solveTriangular($0[1], upper: false) },
    DerivativeCase("triangular, all options", [squares, numbers(2, 3)]) {
        regular($0[0]).solveTriangular($0[1], upper: true, onRight: true, unitDiagonal: true, adjoint: true)
    },
    DerivativeCase("inverse", [squares]) { regular($0[0]).inverse() },
    DerivativeCase("cholesky", [squares]) { positive($0[0]).cholesky() },
    DerivativeCase("cholesky, upper", [square]) { positive($0[0]).cholesky(upper: true) },
    DerivativeCase("choleskySolve", [square, numbers(3, 2)]) { regular($0[0]).choleskySolve($0[1]) },
    DerivativeCase("choleskyInverse", [square]) { regular($0[0]).choleskyInverse(upper: true) },
    DerivativeCase("qr, tall", [numbers(2, 4, 3)]) { $0[0].qr().q },
    DerivativeCase("qr, r", [numbers(4, 3)]) { $0[0].qr().r },
    DerivativeCase("qr, wide", [numbers(2, 4)]) {
        let parts = $0[0].qr()
        return concatenate([parts.q, parts.r], axis: -1)
    },
    DerivativeCase("qr, projector of the completion", [numbers(4, 2)]) {
        let rest = $0[0].qr(complete: true).q[.all, 2..<4]
        return rest.matmul(rest.matrixTransposed())
    },
    DerivativeCase("lu, square", [squares]) { $0[0].luFactor().packed },
    DerivativeCase("lu, tall", [numbers(4, 2)]) { $0[0].luFactor().packed },
    DerivativeCase("lu, wide", [numbers(2, 4)]) { $0[0].luFactor().packed },
    DerivativeCase("lu, solve", [square, numbers(3, 2)]) { $0[0].luFactor().solve($0[1], adjoint: true) },
    DerivativeCase("determinant", [squares]) { $0[0].determinant() },
    DerivativeCase("determinant, rank 2 of 3", [singular]) { $0[0].determinant() },
    DerivativeCase("determinant, rank 1 of 3", [matrix([[1, 2, 3], [2, 4, 6], [-1, -2, -3]])]) { $0[0].determinant() },
    DerivativeCase("log determinant", [squares]) { $0[0].slogdet().logAbsoluteValue },
    DerivativeCase("eigh, values", [squares]) { symmetrized($0[0]).eigh().values },
    DerivativeCase("eigh, vectors", [square]) { symmetrized($0[0]).eigh().vectors.square() },
    DerivativeCase("eigvalsh", [squares]) { symmetrized($0[0]).eigvalsh() },
    DerivativeCase("svd, tall", [numbers(4, 3)]) {
        let parts = $0[0].svd()
        return concatenate([parts.u.square(), parts.vh.square(), parts.s.expandedAxis(0)], axis: 0)
    },
    DerivativeCase("svd, wide", [numbers(2, 3, 4)]) { $0[0].svd().vh.square() },
    DerivativeCase("svd, U Vᴴ", [numbers(3, 4)]) { $0[0].svd().u.matmul($0[0].svd().vh) },
    DerivativeCase("svdvals", [numbers(2, 4, 3)]) { $0[0].svdvals() },
    DerivativeCase("pseudoInverse", [numbers(4, 3)]) { $0[0].pseudoInverse() },
    DerivativeCase("pseudoInverse of low rank", [numbers(4, 2), numbers(2, 3)]) {
        $0[0].matmul($0[1]).pseudoInverse(relativeTolerance: Tensor(1e-6))
    },
    DerivativeCase("leastSquares", [numbers(4, 2), numbers(4, 3)]) { $0[0].leastSquares($0[1]).solution },
    DerivativeCase("leastSquares, residuals", [numbers(4, 2), numbers(4, 3)]) { $0[0].leastSquares($0[1]).residuals },
    DerivativeCase("matrixExponential", [squares * 3]) { $0[0].matrixExponential() },
    DerivativeCase("hermitianSquareRoot", [square]) { positive($0[0]).hermitianSquareRoot() },
    DerivativeCase("polar, u", [numbers(4, 3)]) { $0[0].polar().u },
    DerivativeCase("polar, h", [square]) { $0[0].polar().h },
    DerivativeCase("matrixPower", [square]) { regular($0[0]).matrixPower(-3) },
    DerivativeCase("householderProduct", [numbers(4, 3), numbers(3)]) { $0[0].householderProduct($0[1]) },
    DerivativeCase("multiplyingHouseholder", [numbers(4, 3), numbers(2), numbers(2, 4)]) {
        $0[0].multiplyingHouseholder($0[1], $0[2], onRight: true, adjoint: true)
    },
    DerivativeCase("nuclear norm", [numbers(2, 3, 4)]) { $0[0].matrixNorm(.nuclear) },
    DerivativeCase("spectral norm", [square]) { $0[0].matrixNorm(.spectral()) },
    DerivativeCase("norm of order 2.5", [numbers(3, 4)]) { $0[0].norm(2.5, axes: [0]) },
    DerivativeCase("conditionNumber", [square]) { regular($0[0]).conditionNumber(.columnSum()) },
    DerivativeCase("svdLowRank", [numbers(5, 2), numbers(2, 4)]) {
        let (u, s, v) = $0[0].matmul($0[1]).svdLowRank(2)
        return u.scalingByColumns(s).matmul(v.matrixTransposed())
    },
    DerivativeCase("svdLowRank, complex", [numbers(5, 2), numbers(2, 4), numbers(5, 2, seed: 3)]) {
        let (u, s, v) = complex($0[0], $0[2]).matmul(complex($0[1], $0[1] * 0.5)).svdLowRank(2)
        return u.scalingByColumns(s).matmul(v.matrixTransposed().conj()).real
    },
    DerivativeCase("tensorInverse", [numbers(6, 2, 3)]) { $0[0].tensorInverse(leadingAxes: 1) },
    DerivativeCase("vandermonde", [numbers(3)]) { $0[0].vandermonde(columns: 4) },
    DerivativeCase("pairwiseDistances", [numbers(3, 2), numbers(2, 4, 2, seed: 7)]) {
        pairwiseDistances($0[0], $0[1], p: 3)
    },
    DerivativeCase("einsum", [numbers(2, 3, 4), numbers(4, 3), numbers(5, 2)]) { einsum("...jk,kj,m...->m", $0) },
    DerivativeCase("cross", [numbers(2, 3), numbers(3)]) { cross($0[0], $0[1]) },
    DerivativeCase("kron", [numbers(2, 3), numbers(3, 2)]) { kron($0[0], $0[1]) },
    DerivativeCase("tensordot", [numbers(2, 3, 4), numbers(4, 2)]) {
        tensordot($0[0], $0[1], axes: ([2, 0], [0, 1]))
    },
    DerivativeCase("multiDot", [numbers(2, 3), numbers(3, 4), numbers(4)]) { multiDot($0) },
    DerivativeCase("addmm", [numbers(3), numbers(2, 4), numbers(4, 3)]) {
        addmm($0[0], $0[1], $0[2], beta: 2, alpha: 0.5)
    },
]

/// Functions of complex matrices whose parts are the inputs, with real and imaginary parts as the result.
private let complexCases: [DerivativeCase] = [
    complexCase("solve") { regular($0[0]).solve($0[1]) },
    complexCase("triangular, adjoint") { regular($0[0]).solveTriangular($0[1], upper: true, adjoint: true) },
    complexCase("inverse") { regular($0[0]).inverse() },
    complexCase("cholesky") { positive($0[0]).cholesky() },
    complexCase("qr") { $0[0].qr().q },
    complexCase("lu") { $0[0].luFactor().packed },
    complexCase("determinant") { $0[0].determinant() },
    complexCase("slogdet, sign") { $0[0].slogdet().sign },
    complexCase("log determinant") { $0[0].slogdet().logAbsoluteValue },
    complexCase("eigh, values") { ($0[0] + $0[0].adjoint).eigh().values },
    complexCase("eigh, moduli of vectors") { ($0[0] + $0[0].adjoint).eigh().vectors.abs() },
    complexCase("svd, moduli of vectors") { $0[0].svd().u.abs() + $0[0].svd().vh.abs() },
    complexCase("svdvals") { $0[0].svdvals() },
    complexCase("pseudoInverse") { $0[0][.all, 0..<2].pseudoInverse() },
    complexCase("matrixExponential") { $0[0].matrixExponential() },
    complexCase("hermitianSquareRoot") { positive($0[0]).hermitianSquareRoot() },
    complexCase("polar") { $0[0].polar().u },
    complexCase("eigvals, power sums") { ($0[0].eigvals() * $0[0].eigvals()).sum() },
    complexCase("eig, moduli of vectors") { ($0[0].eig().vectors.abs()).sum(axis: -1) },
    complexCase("householderProduct") { $0[0].householderProduct($0[1][.all, 0]) },
    complexCase("vecdot") { vecdot($0[0], $0[1]) },
    complexCase("Frobenius norm") { $0[0].matrixNorm() },
]

private func complexCase(_ name: String, _ function: @escaping @Sendable ([Tensor]) -> Tensor) -> DerivativeCase {
    DerivativeCase(
        name, [numbers(3, 3, seed: 5), numbers(3, 3, seed: 6), numbers(3, 3, seed: 7), numbers(3, 3, seed: 8)]
    ) { realParts(function(complexInputs($0)).reshaped([-1])) }
}

extension Tensor {
    fileprivate func scalingByColumns(_ factors: Tensor) -> Tensor { self * factors.expandedAxis(-2) }
}

/// Both modes and both orders against differences.
@Suite struct DerivativeTests {
    @Test(arguments: realCases) func realMatrices(_ entry: DerivativeCase) throws {
        try gradientCheck(
            entry.function, at: entry.inputs, order: 2, relativeTolerance: 1e-5, absoluteTolerance: 1e-5)
    }

    @Test(arguments: complexCases) func complexMatrices(_ entry: DerivativeCase) throws {
        try gradientCheck(
            entry.function, at: entry.inputs, order: 2, relativeTolerance: 1e-5, absoluteTolerance: 1e-5)
    }

    @Test func thirdDerivativeOfDeterminant() throws {
        // Cofactors of cofactors: the gradient of a weighted gradient, checked once more.
        func slope(_ x: [Tensor]) -> Tensor {
            let leaf = x[0].requiresGrad ? x[0] : x[0].requiringGrad()
            return gradients(of: [leaf.determinant()], withRespectTo: [leaf], createGraph: true)[0]
        }
        try gradientCheck(slope, at: [numbers(3, 3)], order: 2, relativeTolerance: 1e-5, absoluteTolerance: 1e-5)
    }
}
