import AdjointCore
import AdjointLinearAlgebra
import AdjointRuntime
import Testing

/// Values of NumPy and SciPy on the matrices of `Support.swift`, and what defines each factorization.
@Suite struct ValueTests {
    @Test func equations() {
        expectClose(general.solve(tall), matrix([[1.0 / 3, -2.0 / 3], [1.0 / 3, 4.0 / 3], [0, 0]]), 1e-13)
        expectClose(general.solve(tall[.all, 0]), vector(1.0 / 3, 1.0 / 3, 0.0), 1e-13)
        expectClose(
            general.inverse(), matrix([[-2.0 / 3, -4.0 / 3, 1], [-2.0 / 3, 11.0 / 3, -2], [1, -2, 1]]), 1e-13)
        expectClose(
            general.matrixPower(-2), matrix([[7.0 / 3, -6, 3], [-4, 55.0 / 3, -10], [5.0 / 3, -32.0 / 3, 6]]), 1e-12)
        let right = general.solve(tall.T, onRight: true)
        expectClose(right.matmul(general), tall.T)
        expectClose(general.triu().solveTriangular(tall, upper: true), general.triu().inverse().matmul(tall))
        let lower = symmetric.cholesky()
        expectClose(lower.choleskySolve(tall), symmetric.solve(tall))
        expectClose(lower.T.choleskyInverse(upper: true), symmetric.inverse())
        expectClose(tall.pseudoInverse(), matrix([[-4.0 / 3, -1.0 / 3, 2.0 / 3], [13.0 / 12, 1.0 / 3, -5.0 / 12]]))
        let fit = tall.leastSquares(vector(1.0, 0.0, 2.0))
        expectClose(fit.solution, vector(0.0, 0.25))
        #expect(fit.rank.ints == [2])
        expectClose(fit.singularValues, vector(9.525518091565107, 0.5143005806586443))
    }

    @Test func factorizations() {
        expectClose(
            symmetric.cholesky(),
            matrix([[2, 0, 0], [0.5, 1.6583123951777, 0], [1, -0.30151134457776363, 1.9771421064483223]]))
        let qr = tall.qr()
        expectClose(qr.q.matmul(qr.r), tall)
        expectClose(qr.r.abs(), matrix([[5.916079783099616, 7.437357441610946], [0, 0.828078671210825]]))
        let full = tall.qr(complete: true)
        expectClose(full.q.T.matmul(full.q), Tensor.eye(3, dtype: .float64))
        expectClose(full.q.matmul(full.r), tall)
        let (p, l, u) = general.lu()
        expectClose(p, matrix([[0, 1, 0], [0, 0, 1], [1, 0, 0]]))
        expectClose(l, matrix([[1, 0, 0], [1.0 / 7, 1, 0], [4.0 / 7, 0.5, 1]]))
        expectClose(u, matrix([[7, 8, 10], [0, 6.0 / 7, 11.0 / 7], [0, 0, -0.5]]))
        #expect(general.luFactor().pivots.ints == [3, 3, 3])
        expectClose(general.luFactor().solve(tall), general.solve(tall))
        let svd = tall.svd(full: true)
        expectClose(svd.u[.all, 0..<2].matmul(svd.s.diag()).matmul(svd.vh), tall)
        expectClose(svd.u.T.matmul(svd.u), Tensor.eye(3, dtype: .float64))
        expectClose(
            general.svdvals(), vector(17.412505166808597, 0.8751613501104364, 0.19686652111742997))
        let low = tall.matmul(tall.T).svdLowRank(2)
        expectClose(low.u.matmul(low.s.diag()).matmul(low.v.T), tall.matmul(tall.T))
    }

    @Test func eigenvalues() {
        let pairs = symmetric.eigh()
        expectClose(pairs.values, vector(1.8548973087995775, 3.476023602918134, 6.669079088282287))
        expectClose(symmetric.matmul(pairs.vectors), pairs.vectors * pairs.values)
        expectClose(symmetric.triu().eigvalsh(upper: true), pairs.values)
        let turning = matrix([[0, -1], [1, 0]]).eig()
        #expect(turning.values.dtype == .complex128)
        expectClose(turning.values.imaginary.abs(), vector(1.0, 1.0))
        let any = general.eig()
        expectClose(general.to(.complex128).matmul(any.vectors), any.vectors * any.values)
        expectClose(any.values.real.sum(), Tensor(16.0, dtype: .float64))
    }

    @Test func determinants() {
        expectClose(general.determinant(), Tensor(-3.0, dtype: .float64))
        let (sign, logarithm) = general.slogdet()
        #expect(sign.item() == -1)
        expectClose(logarithm, Tensor(1.0986122886681096, dtype: .float64))
        #expect(general.logdet().item().isNaN)
        #expect(singular.slogdet().sign.item() == 0 || abs(singular.determinant().item()) < 1e-14)
        #expect(Tensor.zeros([0, 0]).determinant().item() == 1)
        #expect(Tensor.zeros([2, 2]).slogdet().logAbsoluteValue.item() == -.infinity)
    }

    @Test func functions() {
        expectClose(
            (symmetric / 4).matrixExponential(),
            matrix([
                [3.1784378358555023, 0.636506381671863, 1.6238201736405624],
                [0.636506381671863, 2.191124043886803, 0.17540370514841813],
                [1.6238201736405622, 0.17540370514841813, 3.902646070101574],
            ]))
        let large = symmetric * 30
        let (values, vectors) = (large.eigh().values, large.eigh().vectors)
        expectClose(
            large.matrixExponential() / values.max().exp(),
            (vectors * (values - values.max()).exp()).matmul(vectors.T), 1e-11)
        expectClose(symmetric.hermitianSquareRoot().matmul(symmetric.hermitianSquareRoot()), symmetric)
        let (u, h) = tall.polar()
        expectClose(h, matrix([[3.9740737146927962, 4.3825492707085205], [4.3825492707085205, 6.0657449575309546]]))
        expectClose(u.matmul(h), tall)
    }

    @Test func norms() {
        let expected: [(MatrixNorm, Double)] = [
            (.frobenius, 17.435595774162696), (.nuclear, 18.48453303803646), (.spectral(), 17.412505166808597),
            (.spectral(smallest: true), 0.19686652111742997), (.columnSum(), 19), (.columnSum(smallest: true), 12),
            (.rowSum(), 25), (.rowSum(smallest: true), 6),
        ]
        for (kind, value) in expected {
            expectClose(general.matrixNorm(kind), Tensor(value, dtype: .float64), 1e-12, "\(kind)")
        }
        expectClose(general.conditionNumber(), Tensor(88.44827992069874, dtype: .float64), 1e-11)
        expectClose(general.conditionNumber(.columnSum()), Tensor(133.0, dtype: .float64), 1e-11)
        #expect(singular.matrixRank().ints == [2])
        #expect(stack([general, Tensor.zeros(like: general)]).matrixRank().ints == [3, 0])
        #expect(general.matrixNorm(.columnSum(), axes: (1, 0), keepDims: true).shape == [1, 1])
    }

    @Test func products() {
        expectClose(kron(matrix([[1, 2]]), matrix([[3, 4], [5, 6]])), matrix([[3, 4, 6, 8], [5, 6, 10, 12]]))
        expectClose(cross(vector(1.0, 0.0, 0.0), vector(0.0, 1.0, 0.0)), vector(0.0, 0.0, 1.0))
        let (x, y) = (numbers(2, 3, 4), numbers(4, 3, 5, seed: 2))
        expectClose(
            tensordot(x, y, axes: ([1, 2], [1, 0])),
            x.transposed(0, 2, 1).reshaped(2, 12).matmul(y.reshaped(12, 5)))
        expectClose(inner(x, numbers(6, 4)), x.matmul(numbers(6, 4).T))
        let chain = [numbers(2, 7), numbers(7, 3, seed: 2), numbers(3, 5, seed: 3), numbers(5, seed: 4)]
        expectClose(multiDot(chain), chain[0].matmul(chain[1]).matmul(chain[2]).matmul(chain[3]))
        let nan = Tensor.full([2, 2], Double.nan, dtype: .float64)
        expectClose(addmm(nan, numbers(2, 3), numbers(3, 2), beta: 0), numbers(2, 3).matmul(numbers(3, 2)))
        let z = complex(vector(1.0, 2.0), vector(1.0, 0.0))
        expectClose(vdot(z, z), Tensor(6.0, dtype: .complex128))
    }

    @Test func distances() {
        let points = matrix([[0, 0], [3, 4], [0, 1]])
        expectClose(points.pairwiseDistances(), vector(5.0, 1.0, 18.0.squareRoot()))
        expectClose(
            pairwiseDistances(points, points[0..<1], p: .infinity), matrix([[0], [4], [1]]))
        #expect(pairwiseDistances(Tensor.zeros([0, 3]), Tensor.zeros([2, 3])).shape == [0, 2])
    }

    /// A stack of matrices is the matrices one by one, in any memory order and number type.
    @Test func stacks() {
        let stack = numbers(2, 3, 4, 4)
        for (i, j) in [(0, 0), (1, 2)] {
            let one = stack[i, j]
            expectClose(stack.inverse()[i, j], one.inverse())
            expectClose(stack.determinant()[i, j], one.determinant())
            expectClose(stack.svd().u[i, j], one.svd().u)
            expectClose(stack.qr().r[i, j], one.qr().r)
            expectClose(stack.matrixTransposed().luFactor().packed[i, j], one.T.luFactor().packed)
            expectClose(stack.solve(numbers(3, 4, 2))[i, j], one.solve(numbers(3, 4, 2)[j]))
            expectClose(stack.matrixExponential()[i, j], one.matrixExponential())
        }
        expectClose(general.to(.float32).solve(tall.to(.float32)).to(.float64), general.solve(tall), 1e-4)
        #expect(general.to(.float16).inverse().dtype == .float32)
        let empty = Tensor.zeros([0, 3, 3])
        #expect(
            empty.inverse().shape == [0, 3, 3] && empty.svd().s.shape == [0, 3] && empty.eigvals().shape == [0, 3])
    }

    /// The bits do not depend on the number of threads.
    @Test func threads() {
        let stack = numbers(300, 12, 12)
        func bytes(_ threads: Int) -> [[UInt8]] {
            let before = Parallel.threads
            defer { Parallel.threads = before }
            Parallel.threads = threads
            return [stack.inverse().bytes, stack.svd().u.bytes, stack.eig().values.bytes, stack.qr().q.bytes]
        }
        #expect(bytes(1) == bytes(2))
    }
}
