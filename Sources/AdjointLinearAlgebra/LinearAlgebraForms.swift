import AdjointCore
import AdjointRuntime

extension OperationForm {
    /// The operations of linear algebra.
    package static let linearAlgebra: [OperationForm] = factorizations + spectra + solutions

    private static var factorizations: [OperationForm] {
        [
            OperationForm(HermitianFromTriangle.self) {
                HermitianFromTriangle(upper: try $0("upper", $1?.upper))
            } fits: {
                $1.isSquare
            },
            OperationForm(Cholesky.self) {
                Cholesky(checks: try $0("checks", $1?.checks))
            } fits: {
                $1.isSquare
            },
            OperationForm(plain: LUFactorization()) { $0.isMatrix },
            OperationForm(PermutationMatrix.self) {
                PermutationMatrix(rows: try $0("rows", $1?.rows), dtype: try $0("dtype", $1?.dtype))
            } fits: {
                guard $1.count == 1, let last = $1[0].shape.extents.last, !$1[0].dtype.isDifferentiable else {
                    return false
                }
                let stack = $1[0].shape.extents.dropLast()
                return $0.rows >= last && Shape(checking: stack + [$0.rows, $0.rows]) != nil
            },
            OperationForm(plain: OrthonormalFactor()) { $0.isMatrix && $0[0].shape.rows >= $0[0].shape.columns },
            OperationForm(plain: FullRank(), "full_rank") { $0.isSquare },
            OperationForm(plain: OrthonormalComplement()) { $0.isMatrix && $0[0].shape.rows >= $0[0].shape.columns },
            OperationForm(plain: RotationFree(), "rotation_free") {
                $0.haveOneDType(2) && $0.areMatrices && $0[0].shape.rows == $0[1].shape.rows
                    && $0[0].shape.extents.dropLast(2) == $0[1].shape.extents.dropLast(2)
            },
        ]
    }

    private static var spectra: [OperationForm] {
        [
            OperationForm(plain: Eigen()) { $0.isSquare },
            OperationForm(plain: Eigenvalues()) { $0.isSquare },
            OperationForm(plain: IndependentVectors(), "independent_vectors") { $0.isSquare },
            OperationForm(HermitianEigen.self) {
                HermitianEigen(broadening: try $0("broadening", $1?.broadening, usual: 0))
            } fits: {
                $1.isSquare
            },
            OperationForm(plain: HermitianEigenvalues()) { $0.isSquare },
            OperationForm(SVD.self) {
                SVD(broadening: try $0("broadening", $1?.broadening, usual: 0))
            } fits: {
                $1.isMatrix
            },
            OperationForm(plain: SingularValues()) { $0.isMatrix },
            OperationForm(SpectralQuotient.self) {
                SpectralQuotient(
                    operation: try $0("operation", $1?.operation), spectrum: try $0("spectrum", $1?.spectrum),
                    isWithinSpectrum: try $0("isWithinSpectrum", $1?.isWithinSpectrum))
            } fits: {
                guard $1.haveOneDType(4), [$1[0]].isMatrix else { return false }
                let (stack, m, k) = (Array($1[0].shape.extents.dropLast(2)), $1[0].shape.rows, $1[0].shape.columns)
                return $1[1].shape.extents == stack + [m] && $1[2].shape.extents == stack + [k]
                    && $1[3].shape.extents == stack
            },
        ]
    }

    private static var solutions: [OperationForm] {
        [
            OperationForm(plain: Determinant()) { $0.isSquare },
            OperationForm(plain: LogDeterminant()) { $0.isSquare },
            OperationForm(plain: Cofactors()) { $0.isSquare },
            OperationForm(plain: CofactorChange(), "cofactor_change") { $0.areAlike(2) && [$0[0]].isSquare },
            OperationForm(plain: MatrixExponential()) { $0.isSquare },
            OperationForm(plain: HermitianSquareRoot()) { $0.isSquare },
            OperationForm(plain: LyapunovSolve()) { $0.areAlike(2) && [$0[0]].isSquare },
            OperationForm(plain: PolarFactor()) { $0.isMatrix && $0[0].shape.rows >= $0[0].shape.columns },
            OperationForm(plain: PseudoInverse()) {
                $0.count == 2 && [$0[0]].isMatrix && $0[1].dtype == $0[0].dtype.realType
                    && $0[1].shape.extents == $0[0].shape.extents.dropLast(2) + [2]
            },
            OperationForm(Inverse.self) {
                Inverse(policy: try $0("policy", $1?.policy, usual: .fail))
            } fits: {
                $1.isSquare
            },
            OperationForm(MatrixSolve.self) {
                MatrixSolve(
                    adjoint: try $0("adjoint", $1?.adjoint), policy: try $0("policy", $1?.policy, usual: .fail))
            } fits: {
                $1.isSystem
            },
            OperationForm(TriangularSolve.self) {
                TriangularSolve(
                    upper: try $0("upper", $1?.upper), unitDiagonal: try $0("unitDiagonal", $1?.unitDiagonal),
                    adjoint: try $0("adjoint", $1?.adjoint))
            } fits: {
                $1.isSystem
            },
        ]
    }
}

extension Spectrum: OperationParameter {}
extension SingularPolicy: OperationParameter {}

extension [TensorType] {
    /// Whether all operands are matrices, or stacks of them, of a type that LAPACK computes.
    fileprivate var areMatrices: Bool { allSatisfy { $0.shape.rank >= 2 && $0.dtype.isDifferentiable } }

    /// Whether there is one operand, a stack of matrices with room for the packed results.
    fileprivate var isMatrix: Bool {
        guard count == 1, areMatrices else { return false }
        let (rows, columns) = (self[0].shape.rows, self[0].shape.columns)
        let stack = self[0].shape.extents.dropLast(2)
        return Shape(checking: stack + [rows + 1, rows + columns + 1]) != nil
    }

    fileprivate var isSquare: Bool { isMatrix && self[0].shape.rows == self[0].shape.columns }

    /// Whether the operands are a square matrix and right-hand sides.
    fileprivate var isSystem: Bool {
        haveOneDType(2) && areMatrices && [self[0]].isSquare
            && self[0].shape.agrees(with: self[1].shape, butAlong: self[1].shape.rank - 1)
    }
}
