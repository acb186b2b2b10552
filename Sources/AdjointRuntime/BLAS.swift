import CKernels

#if canImport(Accelerate)
import Accelerate
#else
import COpenBLAS
#endif

/// Matrix products of OpenBLAS or Accelerate.
///
/// The library is held to one thread and called from our own pool on a partition that depends on the sizes alone,
/// so the bits do not depend on the number of threads.
package enum BLAS {
    /// A row-major matrix, or the transpose of one.
    package struct Matrix {
        package var elements: UnsafeMutableRawPointer
        package var transposed: Bool
        /// Elements from one row of the stored matrix to the next.
        package var leading: Int

        package init(elements: UnsafeMutableRawPointer, transposed: Bool, leading: Int) {
            self.elements = elements
            self.transposed = transposed
            self.leading = leading
        }

        func advanced(rows: Int, columns: Int, size: Int) -> UnsafeMutableRawPointer {
            elements + (transposed ? columns * leading + rows : rows * leading + columns) * size
        }
    }

    /// Once before any routine of the library.
    package static func holdToOneThread() { _ = oneThread }

    private static let oneThread: Void = {
        #if !canImport(Accelerate)
        openblas_set_num_threads(1)
        #endif
    }()

    /// Products below this many multiplications stay on this thread: another one takes longer to fetch its rows and
    /// to hand back its results than to compute them.
    private static let worthThreads = 1 << 22

    /// c [m, n] = a [m, k] · b [k, n], row-major; `float32`, `float64`, `complex64` or `complex128`.
    /// - Parameter adding: c + a · b instead, for real numbers.
    package static func multiply(
        _ dtype: DType, m: Int, n: Int, k: Int, _ a: Matrix, _ b: Matrix, into c: UnsafeMutableRawPointer,
        adding: Bool = false
    ) {
        holdToOneThread()
        let size = dtype.size
        let work = m * n * k
        let cuts = work < worthThreads ? smallCuts(m, n, k, b) : largeCuts(m, n, k)
        Parallel.run(pieces: cuts.rows * cuts.columns, alone: work < worthThreads) { piece in
            let (row, column) = (piece / cuts.columns, piece % cuts.columns)
            let rows = m * row / cuts.rows..<m * (row + 1) / cuts.rows
            let columns = n * column / cuts.columns..<n * (column + 1) / cuts.columns
            gemm(
                dtype, m: rows.count, n: columns.count, k: k,
                a.advanced(rows: rows.lowerBound, columns: 0, size: size), a,
                b.advanced(rows: 0, columns: columns.lowerBound, size: size), b,
                c + (rows.lowerBound * n + columns.lowerBound) * size, leading: n, beta: adding ? 1 : 0)
        }
    }

    /// Pieces for threads. Each piece copies its rows of a and its columns of b into the library's layout, so that
    /// the cuts with the fewest copies are taken.
    private static func largeCuts(_ m: Int, _ n: Int, _ k: Int) -> (rows: Int, columns: Int) {
        let most = min(max(m * n * k >> 27, 4), 32)
        var best = (cost: Int.max, rows: 1, columns: 1)
        var (rows, pieces) = (1, 1)
        while pieces * 2 <= most { pieces *= 2 }
        while rows <= pieces {
            let columns = pieces / rows
            // Copies of a's rows were measured to take longer.
            let cost = 2 * columns * m + 3 * rows * n
            if cost < best.cost, m / rows >= 16 || rows == 1, n / columns >= 16 || columns == 1 {
                best = (cost, rows, columns)
            }
            rows *= 2
        }
        return (best.rows, best.columns)
    }

    /// OpenBLAS multiplies without copying up to a million multiplications, b as it lies.
    private static func smallCuts(_ m: Int, _ n: Int, _ k: Int, _ b: Matrix) -> (rows: Int, columns: Int) {
        var columns = 1
        while !b.transposed, m * n * k > 1_000_000 * columns, n % (64 * columns) == 0 { columns *= 2 }
        return (1, columns)
    }

    /// c = a · b, or c + a · b, on this thread; the rows of c are `leading` elements apart.
    package static func multiplyInPlace(
        _ dtype: DType, m: Int, n: Int, k: Int, _ a: Matrix, _ b: Matrix, into c: UnsafeMutableRawPointer, leading: Int,
        adding: Bool
    ) {
        _ = oneThread
        gemm(dtype, m: m, n: n, k: k, a.elements, a, b.elements, b, c, leading: leading, beta: adding ? 1 : 0)
    }

    /// A product with a vector, or of two, which reads each matrix once as it lies; false for one that is left to `gemm`.
    private static func vectorProduct(
        _ dtype: DType, m: Int, n: Int, k: Int, _ left: UnsafeMutableRawPointer, _ a: Matrix,
        _ right: UnsafeMutableRawPointer, _ b: Matrix, _ c: UnsafeMutableRawPointer, leading: Int, beta: Double
    ) -> Bool {
        if k == 1, beta == 0 {
            adj_outer(
                Int32(dtype.rawValue), left, Int64(a.transposed ? 1 : a.leading), right,
                Int64(b.transposed ? b.leading : 1), c, Int64(leading), Int64(m), Int64(n))
            return true
        }
        guard m == 1 || n == 1, k > 1 else { return false }
        // A row times a matrix is the matrix's transpose times a column.
        let (matrix, rows, vector, step) =
            m == 1
            ? ((right, b, !b.transposed), b.transposed ? n : k, left, a.transposed ? a.leading : 1)
            : ((left, a, a.transposed), a.transposed ? k : m, right, b.transposed ? 1 : b.leading)
        let columns = (m == 1 ? n : m) * k / rows
        let place = m == 1 ? 1 : leading
        #if canImport(Accelerate)
        let (order, plain, transposed) = (CblasRowMajor, CblasNoTrans, CblasTrans)
        #else
        let order = Int32(CblasRowMajor)
        let (plain, transposed) = (Int32(CblasNoTrans), Int32(CblasTrans))
        #endif
        let turn = matrix.2 ? transposed : plain
        if dtype == .float32 {
            cblas_sgemv(
                order, turn, Int32(rows), Int32(columns), 1, matrix.0.assumingMemoryBound(to: Float.self),
                Int32(matrix.1.leading), vector.assumingMemoryBound(to: Float.self), Int32(step), Float(beta),
                c.assumingMemoryBound(to: Float.self), Int32(place))
        } else {
            cblas_dgemv(
                order, turn, Int32(rows), Int32(columns), 1, matrix.0.assumingMemoryBound(to: Double.self),
                Int32(matrix.1.leading), vector.assumingMemoryBound(to: Double.self), Int32(step), beta,
                c.assumingMemoryBound(to: Double.self), Int32(place))
        }
        return true
    }

    private static func gemm(
        _ dtype: DType, m: Int, n: Int, k: Int, _ left: UnsafeMutableRawPointer, _ a: Matrix,
        _ right: UnsafeMutableRawPointer, _ b: Matrix, _ c: UnsafeMutableRawPointer, leading: Int, beta: Double = 0
    ) {
        #if canImport(Accelerate)
        let (order, plain, transposed) = (CblasRowMajor, CblasNoTrans, CblasTrans)
        #else
        let order = Int32(CblasRowMajor)
        let (plain, transposed) = (Int32(CblasNoTrans), Int32(CblasTrans))
        #endif
        let (transposeA, transposeB) = (a.transposed ? transposed : plain, b.transposed ? transposed : plain)
        if !dtype.isComplex, m == 1 || n == 1 || k == 1,
            vectorProduct(dtype, m: m, n: n, k: k, left, a, right, b, c, leading: leading, beta: beta)
        {
            return
        }
        let (m, n, k) = (Int32(m), Int32(n), Int32(k))
        let (lda, ldb, ldc) = (Int32(a.leading), Int32(b.leading), Int32(leading))
        if dtype.isComplex {
            var (one, zero) = ((1.0, 0.0), (0.0, 0.0))
            var (oneSingle, zeroSingle) = ((Float(1), Float(0)), (Float(0), Float(0)))
            if dtype == .complex64 {
                cblas_cgemm(
                    order, transposeA, transposeB, m, n, k, &oneSingle, left, lda, right, ldb, &zeroSingle, c, ldc)
            } else {
                cblas_zgemm(order, transposeA, transposeB, m, n, k, &one, left, lda, right, ldb, &zero, c, ldc)
            }
        } else if dtype == .float32 {
            cblas_sgemm(
                order, transposeA, transposeB, m, n, k, 1, left.assumingMemoryBound(to: Float.self), lda,
                right.assumingMemoryBound(to: Float.self), ldb, Float(beta), c.assumingMemoryBound(to: Float.self), ldc)
        } else {
            cblas_dgemm(
                order, transposeA, transposeB, m, n, k, 1, left.assumingMemoryBound(to: Double.self), lda,
                right.assumingMemoryBound(to: Double.self), ldb, beta, c.assumingMemoryBound(to: Double.self), ldc)
        }
    }
}
