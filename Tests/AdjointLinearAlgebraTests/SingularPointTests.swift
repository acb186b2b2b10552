import AdjointCore
import AdjointLinearAlgebra
import AdjointRuntime
import AdjointTransforms
import Testing

/// Conventions where a derivative is not defined, or formulas divide 0 by 0.
@Suite struct SingularPointTests {
    private let identity = Tensor.eye(3, dtype: .float64)

    @Test func determinantOfSingularMatrices() {
        expectClose(gradient({ $0.determinant() }, at: matrix([[1, 2], [2, 4]])), matrix([[4, -2], [-2, 1]]))
        expectClose(
            gradient({ $0.determinant() }, at: matrix([[1, 0, 0], [0, 1, 0], [0, 0, 0]])),
            matrix([[0, 0, 0], [0, 0, 0], [0, 0, 1]]))
        expectClose(
            gradient({ $0.determinant() }, at: Tensor.zeros([3, 3], dtype: .float64)),
            Tensor.zeros([3, 3], dtype: .float64))
    }

    @Test func logDeterminantOfSingularMatrix() {
        let slope = gradient({ $0.slogdet().logAbsoluteValue }, at: matrix([[1, 0], [0, 0]]))
        #expect(slope.doubles == [0, 0, 0, .infinity])
    }

    @Test func valuesOfDegenerateSpectra() {
        expectClose(gradient({ $0.eigvalsh().sum() }, at: identity), identity)
        expectClose(gradient({ $0.svdvals().sum() }, at: identity), identity)
        // The values of the decomposition with vectors too: their cotangents are 0.
        expectClose(gradient({ $0.eigh().values.sum() }, at: identity), identity)
        expectClose(gradient({ $0.svd().s.sum() }, at: identity), identity)
        let forward = jvp({ $0.eigvalsh() }, at: identity, along: symmetric).tangent
        expectClose(forward.sum(), symmetric.trace())
    }

    /// Functions that are stated without vectors have a derivative where the formula through vectors divides 0 by 0.
    @Test func functionsOfDegenerateMatrices() {
        let degenerate = matrix([[2, 0, 0], [0, 2, 0], [0, 0, 5]])
        let weights = matrix([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
        expectClose(gradient({ $0.polar().u }, at: identity), (weights - weights.T) / 2)
        expectClose(gradient({ $0.hermitianSquareRoot() }, at: identity * 4), (weights + weights.T) / 8)
        let message = failure {
            _ = gradient(
                { x in
                    let pairs = x.eigh()
                    return (pairs.vectors * pairs.values).matmul(pairs.vectors.T)
                }, at: degenerate)
        }
        #expect(message?.problem.contains("eigenvalues 0 and 1") == true)
        // Only vectors 0 and 1 are a choice.
        let last = gradient({ $0.eigh().vectors[.all, 2].square() }, at: degenerate)
        #expect(last.isFinite().all().bools == [true])
    }

    @Test func vectorsOfDegenerateSpectra() {
        let message = failure { _ = gradient({ $0.eigh().vectors }, at: matrix([[2, 0, 0], [0, 2, 0], [0, 0, 5]])) }
        #expect(message?.kind == .singular)
        #expect(message?.problem.contains("eigenvalues 0 and 1 of the matrix are equal (2.0)") == true)
        #expect(
            failure { _ = gradient({ $0.svd().u.exp() }, at: identity) }?.problem.contains("singular values") == true)
        #expect(failure { _ = jvp({ $0.eigh().vectors }, at: identity, along: symmetric) } != nil)
        #expect(
            failure { _ = gradient({ $0.svd(full: true).u.exp() }, at: tall[.all, 0..<1]) }?.problem.contains(
                "complete") == true)
        #expect(
            failure { _ = gradient({ $0.qr(complete: true).q.exp() }, at: tall[.all, 0..<1]) }?.problem.contains(
                "complete") == true)
    }

    /// Asked for, Lorentzian broadening gives an approximation instead of failing.
    @Test func broadening() throws {
        let degenerate = matrix([[2, 0, 0], [0, 2, 0], [0, 0, 5]])
        let slope = gradient({ $0.eigh(broadening: 1e-12).vectors }, at: degenerate)
        #expect(slope.isFinite().all().bools == [true])
        #expect(gradient({ $0.svd(broadening: 1e-12).u }, at: degenerate).isFinite().all().bools == [true])
        let x = matrix([[1, 0.5], [0.5, 3]])
        expectClose(
            gradient({ $0.eigh(broadening: 1e-14).vectors }, at: x), gradient({ $0.eigh().vectors }, at: x), 1e-10)
    }

    @Test func defectiveMatrix() {
        let jordan = matrix([[1, 1], [0, 1]])
        expectClose(jordan.eigvals().real, vector(1.0, 1.0))
        #expect(failure { _ = gradient({ $0.eigvals().real }, at: jordan) }?.problem.contains("defective") == true)
    }

    @Test func rankDeficientFactors() {
        let flat = matrix([[1, 2], [2, 4], [3, 6]])
        #expect(flat.qr().q.failure == nil)
        #expect(failure { _ = gradient({ $0.qr().q }, at: flat) }?.problem.contains("diagonal element 1 of R") == true)
        // The formula for matrices of one rank.
        let slope = gradient({ $0.pseudoInverse() }, at: matrix([[1, 0], [0, 0]]))
        expectClose(slope, matrix([[-1, 3], [2, 0]]))
    }

    @Test func normsOfZero() {
        let zero = Tensor.zeros([3, 3], dtype: .float64)
        for kind: MatrixNorm in [.frobenius, .nuclear, .spectral(), .columnSum(), .rowSum()] {
            expectClose(gradient({ $0.matrixNorm(kind) }, at: zero), zero, 0, "\(kind)")
        }
        for p in [0.5, 1, 1.5, 2, 3, .infinity, -1] {
            expectClose(gradient({ $0.norm(p, axes: nil) }, at: zero), zero, 0, "\(p)")
            let one = vector(0, -2)
            let slope = gradient({ $0.norm(p, axes: nil) }, at: one)
            expectClose(slope, p < 0 ? vector(0, 0) : vector(0, -1), 1e-14, "\(p)")
        }
        // The subgradient of least norm where some singular values vanish.
        expectClose(gradient({ $0.matrixNorm(.nuclear) }, at: matrix([[2, 0], [0, 0]])), matrix([[1, 0], [0, 0]]))
        let points = matrix([[1, 2], [1, 2]])
        expectClose(gradient({ $0.pairwiseDistances() }, at: points), Tensor.zeros(like: points), 0)
    }

    @Test func exponentialOfZero() {
        let weights = matrix([[1, 2], [3, 4]])
        expectClose(gradient({ $0.matrixExponential() }, at: Tensor.zeros([2, 2], dtype: .float64)), weights)
        expectClose(gradient({ $0.matrixPower(0) }, at: weights), Tensor.zeros(like: weights), 0)
    }

    @Test func singularMatricesFailByName() {
        let stack = stack([general, matrix([[1, 2, 3], [2, 4, 6], [1, 0, 1]])])
        let inverse = failure { _ = stack.inverse() }
        #expect(inverse?.kind == .singular)
        #expect(inverse?.problem == "matrix [1] is singular: diagonal element 2 of its factor U is 0")
        #expect(failure { _ = Tensor.zeros([2, 2]).solve(Tensor.ones(2)) }?.problem.contains("element 0") == true)
        let triangle = matrix([[1, 0], [5, 0]])
        #expect(
            failure { _ = triangle.solveTriangular(tall[0..<2], upper: false) }?.problem
                == "the matrix is singular: diagonal element 1 is 0")
        #expect(
            failure { _ = (-symmetric).cholesky() }?.problem
                == "the matrix is not positive definite: its leading minor of order 1 is not")
        #expect(failure { _ = (-symmetric).hermitianSquareRoot() }?.problem.contains("negative eigenvalue") == true)
    }

    @Test func reportsInsteadOfFailing() {
        let stack = stack([general, matrix([[1, 2, 3], [2, 4, 6], [1, 0, 1]])])
        let (inverse, info) = stack.inverseReporting()
        #expect(info.ints == [0, 3] && info.dtype == .int32)
        expectClose(inverse[0], general.inverse())
        #expect(inverse[1].isNaN().all().bools == [true])
        #expect(stack.solveReporting(Tensor.ones([3, 1], dtype: .float64)).info.ints == [0, 3])
        let (factor, order) = AdjointCore.stack([symmetric, -symmetric]).choleskyReporting()
        #expect(order.ints == [0, 1])
        expectClose(factor[0], symmetric.cholesky())
    }
}
