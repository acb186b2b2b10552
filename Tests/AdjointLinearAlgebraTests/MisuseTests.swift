import AdjointCore
import AdjointLinearAlgebra
import AdjointRuntime
import Testing

/// Shapes and types that do not fit fail by name, and nothing is read out of bounds.
@Suite struct MisuseTests {
    private static let row = vector(1.0, 2.0, 3.0)
    private static let whole = Tensor([1, 2, 3, 4], shape: [2, 2])

    private static let calls: [(String, @Sendable () -> Tensor)] = [
        ("solve", { tall.solve(row) }),
        ("solve", { general.solve(vector(1.0, 2.0)) }),
        ("solve", { general.solve(row, onRight: true) }),
        ("solve", { numbers(2, 3, 3).solve(numbers(4, 3, 1)) }),
        ("solve", { whole.solve(whole) }),
        ("solveTriangular", { general.solveTriangular(tall.T, upper: true) }),
        ("inverse", { tall.inverse() }),
        ("inverse", { row.inverse() }),
        ("cholesky", { tall.cholesky() }),
        ("choleskyInverse", { tall.choleskyInverse() }),
        ("qr", { row.qr().r }),
        ("lu", { row.lu().p }),
        ("luSolve", { tall.luFactor().solve(tall) }),
        ("lu", { LUFactors(packed: general, pivots: Tensor([9, 2, 3])).unpacked().p }),
        ("lu", { LUFactors(packed: general, pivots: Tensor([0, 2, 3])).unpacked().p }),
        ("eigh", { tall.eigh().vectors }),
        ("eigh", { (symmetric * Double.nan).eigh().values }),
        ("eigvalsh", { whole.eigvalsh() }),
        ("eig", { tall.eig().values }),
        ("eig", { (general * Double.infinity).eig().values }),
        ("svd", { row.svd().s }),
        ("svd", { (general * Double.nan).svd().u }),
        ("svdLowRank", { tall.svdLowRank(3).s }),
        ("pseudoInverse", { numbers(3, 2, 2).pseudoInverse(relativeTolerance: vector(1.0, 2.0)) }),
        ("leastSquares", { tall.leastSquares(vector(1.0, 2.0)).solution }),
        ("matrixRank", { row.matrixRank() }),
        ("determinant", { tall.determinant() }),
        ("slogdet", { tall.slogdet().sign }),
        ("matrixExponential", { tall.matrixExponential() }),
        ("matrixExponential", { (general * Double.nan).matrixExponential() }),
        ("matrixPower", { tall.matrixPower(2) }),
        ("polar", { tall.T.polar().u }),
        ("householderProduct", { tall.T.householderProduct(row) }),
        ("householderProduct", { tall.householderProduct(row) }),
        ("multiplyingHouseholder", { tall.multiplyingHouseholder(row[0..<2], tall.T) }),
        ("matrixNorm", { row.matrixNorm() }),
        ("matrixNorm", { general.matrixNorm(axes: (1, 1)) }),
        ("matrixNorm", { general.matrixNorm(axes: (0, 2)) }),
        ("conditionNumber", { tall.conditionNumber(.frobenius) }),
        ("trace", { row.trace() }),
        ("tensorInverse", { numbers(2, 3, 4).tensorInverse() }),
        ("tensorSolve", { numbers(2, 3, 4).tensorSolve(numbers(2, 3)) }),
        ("vandermonde", { row.vandermonde(columns: 0) }),
        ("pairwiseDistances", { pairwiseDistances(tall, general) }),
        ("pairwiseDistances", { row.pairwiseDistances() }),
        ("tensordot", { tensordot(tall, general, axes: ([0], [2])) }),
        ("tensordot", { tensordot(tall, tall, axes: 1) }),
        ("tensordot", { tensordot(tall, tall, axes: 3) }),
        ("vecdot", { vecdot(row, row[0..<2]) }),
        ("cross", { cross(tall, tall) }),
        ("kron", { kron(numbers(1, 1, 1, 1, 1, 1), numbers(1)) }),
        ("multiDot", { multiDot([general]) }),
        ("multiDot", { multiDot([general, tall, general]) }),
        ("addmm", { addmm(numbers(5, 5), tall, tall.T) }),
        ("addmm", { addmm(numbers(1), row, tall) }),
        ("bmm", { bmm(numbers(2, 3, 3), numbers(3, 3, 3)) }),
    ]

    @Test(arguments: calls.indices) func fails(_ index: Int) {
        let (name, call) = Self.calls[index]
        let error = failure { _ = call() }
        #expect(error?.operation == name, "call \(index): \(error.map { "\($0)" } ?? "did not fail")")
        #expect(error?.remedy.isEmpty == false)
    }

    @Test func failedInputsPassThrough() {
        let error = failure {
            let failed = tall.inverse()
            for result in [
                failed.solve(tall), general.solve(failed), failed.cholesky(), failed.qr().r, failed.svd().u,
                failed.eigh().vectors, failed.eig().values, failed.lu().u, failed.luFactor().info, failed.determinant(),
                failed.slogdet().sign, failed.logdet(), failed.pseudoInverse(), failed.leastSquares(tall).residuals,
                failed.matrixExponential(), failed.hermitianSquareRoot(), failed.polar().h, failed.matrixPower(2),
                failed.matrixNorm(), failed.conditionNumber(), failed.matrixRank(), failed.svdLowRank(1).v,
                failed.pcaLowRank().s, failed.trace(), failed.tensorInverse(), failed.vandermonde(),
                failed.choleskyReporting().info, failed.inverseReporting().info, einsum("ij->ji", failed),
                kron(failed, tall), cross(failed, tall), multiDot([failed, tall]), inner(failed, tall),
                failed.householderProduct(tall), pairwiseDistances(failed, tall), addmm(failed, tall, tall.T),
            ] {
                #expect(result.failure?.operation == "inverse")
            }
        }
        #expect(error?.operation == "inverse")
    }
}
