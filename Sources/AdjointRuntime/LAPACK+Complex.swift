// The same source for both types: LAPACK names its routines by type.
#if canImport(Accelerate)
import Accelerate
#else
import COpenBLAS
#endif

extension __CLPK_complex: LAPACKElement {
    package typealias Real = Float
    package var workspaceSize: Int { Int(r) }
    package static var zero: Self { Self(r: 0, i: 0) }
    package static var notANumber: Self { Self(r: .nan, i: .nan) }
    package init(real: Real) { self.init(r: real, i: 0) }
    package var modulus: Double { (Double(r) * Double(r) + Double(i) * Double(i)).squareRoot() }
    package static func - (x: Self, y: Self) -> Self { Self(r: x.r - y.r, i: x.i - y.i) }
    package static func * (x: Self, y: Self) -> Self {
        Self(r: x.r * y.r - x.i * y.i, i: x.r * y.i + x.i * y.r)
    }
    package static func / (x: Self, y: Self) -> Self {
        let scale = y.r * y.r + y.i * y.i
        return Self(r: (x.r * y.r + x.i * y.i) / scale, i: (x.i * y.r - x.r * y.i) / scale)
    }

    package static func getrf(_ m: Int, _ n: Int, _ a: Elements, _ pivots: UnsafeMutablePointer<Int32>) -> Int {
        var (m, n, lda, info) = (Int32(m), Int32(n), Int32(max(m, 1)), Int32(0))
        cgetrf_(&m, &n, a, &lda, pivots, &info)
        return Int(info)
    }

    package static func getrs(
        _ transpose: Transpose, _ n: Int, _ columns: Int, _ a: Elements, _ pivots: UnsafeMutablePointer<Int32>,
        _ b: Elements
    ) {
        var (trans, n, columns, ld, info) = (transpose.rawValue, Int32(n), Int32(columns), Int32(max(n, 1)), Int32(0))
        var ldb = ld
        cgetrs_(&trans, &n, &columns, a, &ld, pivots, b, &ldb, &info)
    }

    package static func potrf(upper: Bool, _ n: Int, _ a: Elements) -> Int {
        var (uplo, n, lda, info) = (character(upper ? "U" : "L"), Int32(n), Int32(max(n, 1)), Int32(0))
        cpotrf_(&uplo, &n, a, &lda, &info)
        return Int(info)
    }

    package static func trtrs(
        upper: Bool, _ transpose: Transpose, unit: Bool, _ n: Int, _ columns: Int, _ a: Elements, _ b: Elements
    ) -> Int {
        var (uplo, trans, diag) = (character(upper ? "U" : "L"), transpose.rawValue, character(unit ? "U" : "N"))
        var (n, columns, lda, info) = (Int32(n), Int32(columns), Int32(max(n, 1)), Int32(0))
        var ldb = lda
        ctrtrs_(&uplo, &trans, &diag, &n, &columns, a, &lda, b, &ldb, &info)
        return Int(info)
    }

    package static func geqrf(_ m: Int, _ n: Int, _ a: Elements, _ tau: Elements) {
        var (m, n, lda, info) = (Int32(m), Int32(n), Int32(max(m, 1)), Int32(0))
        withWorkspace { cgeqrf_(&m, &n, a, &lda, tau, $0, &$1, &info) }
    }

    package static func orgqr(_ m: Int, _ n: Int, _ k: Int, _ a: Elements, _ tau: Elements) {
        var (m, n, k, lda, info) = (Int32(m), Int32(n), Int32(k), Int32(max(m, 1)), Int32(0))
        withWorkspace { cungqr_(&m, &n, &k, a, &lda, tau, $0, &$1, &info) }
    }

    package static func gesdd(
        _ m: Int, _ n: Int, _ a: Elements, _ s: UnsafeMutablePointer<Float>, _ u: Elements?, _ vt: Elements?
    ) -> Int {
        let (small, large) = (min(m, n), max(m, n))
        var iwork = [Int32](repeating: 0, count: 8 * small + 1)
        var realWork = [Float](repeating: 0, count: max(5 * small * (small + 1), 2 * small * (large + small + 1)) + 1)
        var (job, m, n, lda, info) = (character(u == nil ? "N" : "S"), Int32(m), Int32(n), Int32(max(m, 1)), Int32(0))
        var (ldu, ldvt) = (lda, Int32(max(small, 1)))
        withWorkspace { cgesdd_(&job, &m, &n, a, &lda, s, u, &ldu, vt, &ldvt, $0, &$1, &realWork, &iwork, &info) }
        return Int(info)
    }

    package static func syevd(vectors: Bool, _ n: Int, _ a: Elements, _ w: UnsafeMutablePointer<Float>) -> Int {
        var iwork = [Int32](repeating: 0, count: 5 * n + 3)
        var liwork = Int32(iwork.count)
        var realWork = [Float](repeating: 0, count: 2 * n * n + 5 * n + 1)
        var lrwork = Int32(realWork.count)
        var (job, uplo) = (character(vectors ? "V" : "N"), character("L"))
        var (n, lda, info) = (Int32(n), Int32(max(n, 1)), Int32(0))
        withWorkspace { cheevd_(&job, &uplo, &n, a, &lda, w, $0, &$1, &realWork, &lrwork, &iwork, &liwork, &info) }
        return Int(info)
    }

    package static func geev(
        vectors: Bool, _ n: Int, _ a: Elements, _ w: UnsafeMutablePointer<Float>, _ v: UnsafeMutablePointer<Float>?
    ) -> Int {
        var (none, job) = (character("N"), character(vectors ? "V" : "N"))
        var realWork = [Float](repeating: 0, count: 2 * n + 1)
        var (size, lda, info) = (Int32(n), Int32(max(n, 1)), Int32(0))
        var (ldvl, ldvr) = (Int32(1), lda)
        let vectors = v.map { UnsafeMutableRawPointer($0).assumingMemoryBound(to: Self.self) }
        let values = UnsafeMutableRawPointer(w).assumingMemoryBound(to: Self.self)
        withWorkspace {
            cgeev_(&none, &job, &size, a, &lda, values, nil, &ldvl, vectors, &ldvr, $0, &$1, &realWork, &info)
        }
        return Int(info)
    }
}

extension __CLPK_doublecomplex: LAPACKElement {
    package typealias Real = Double
    package var workspaceSize: Int { Int(r) }
    package static var zero: Self { Self(r: 0, i: 0) }
    package static var notANumber: Self { Self(r: .nan, i: .nan) }
    package init(real: Real) { self.init(r: real, i: 0) }
    package var modulus: Double { (Double(r) * Double(r) + Double(i) * Double(i)).squareRoot() }
    package static func - (x: Self, y: Self) -> Self { Self(r: x.r - y.r, i: x.i - y.i) }
    package static func * (x: Self, y: Self) -> Self {
        Self(r: x.r * y.r - x.i * y.i, i: x.r * y.i + x.i * y.r)
    }
    package static func / (x: Self, y: Self) -> Self {
        let scale = y.r * y.r + y.i * y.i
        return Self(r: (x.r * y.r + x.i * y.i) / scale, i: (x.i * y.r - x.r * y.i) / scale)
    }

    package static func getrf(_ m: Int, _ n: Int, _ a: Elements, _ pivots: UnsafeMutablePointer<Int32>) -> Int {
        var (m, n, lda, info) = (Int32(m), Int32(n), Int32(max(m, 1)), Int32(0))
        zgetrf_(&m, &n, a, &lda, pivots, &info)
        return Int(info)
    }

    package static func getrs(
        _ transpose: Transpose, _ n: Int, _ columns: Int, _ a: Elements, _ pivots: UnsafeMutablePointer<Int32>,
        _ b: Elements
    ) {
        var (trans, n, columns, ld, info) = (transpose.rawValue, Int32(n), Int32(columns), Int32(max(n, 1)), Int32(0))
        var ldb = ld
        zgetrs_(&trans, &n, &columns, a, &ld, pivots, b, &ldb, &info)
    }

    package static func potrf(upper: Bool, _ n: Int, _ a: Elements) -> Int {
        var (uplo, n, lda, info) = (character(upper ? "U" : "L"), Int32(n), Int32(max(n, 1)), Int32(0))
        zpotrf_(&uplo, &n, a, &lda, &info)
        return Int(info)
    }

    package static func trtrs(
        upper: Bool, _ transpose: Transpose, unit: Bool, _ n: Int, _ columns: Int, _ a: Elements, _ b: Elements
    ) -> Int {
        var (uplo, trans, diag) = (character(upper ? "U" : "L"), transpose.rawValue, character(unit ? "U" : "N"))
        var (n, columns, lda, info) = (Int32(n), Int32(columns), Int32(max(n, 1)), Int32(0))
        var ldb = lda
        ztrtrs_(&uplo, &trans, &diag, &n, &columns, a, &lda, b, &ldb, &info)
        return Int(info)
    }

    package static func geqrf(_ m: Int, _ n: Int, _ a: Elements, _ tau: Elements) {
        var (m, n, lda, info) = (Int32(m), Int32(n), Int32(max(m, 1)), Int32(0))
        withWorkspace { zgeqrf_(&m, &n, a, &lda, tau, $0, &$1, &info) }
    }

    package static func orgqr(_ m: Int, _ n: Int, _ k: Int, _ a: Elements, _ tau: Elements) {
        var (m, n, k, lda, info) = (Int32(m), Int32(n), Int32(k), Int32(max(m, 1)), Int32(0))
        withWorkspace { zungqr_(&m, &n, &k, a, &lda, tau, $0, &$1, &info) }
    }

    package static func gesdd(
        _ m: Int, _ n: Int, _ a: Elements, _ s: UnsafeMutablePointer<Double>, _ u: Elements?, _ vt: Elements?
    ) -> Int {
        let (small, large) = (min(m, n), max(m, n))
        var iwork = [Int32](repeating: 0, count: 8 * small + 1)
        var realWork = [Double](repeating: 0, count: max(5 * small * (small + 1), 2 * small * (large + small + 1)) + 1)
        var (job, m, n, lda, info) = (character(u == nil ? "N" : "S"), Int32(m), Int32(n), Int32(max(m, 1)), Int32(0))
        var (ldu, ldvt) = (lda, Int32(max(small, 1)))
        withWorkspace { zgesdd_(&job, &m, &n, a, &lda, s, u, &ldu, vt, &ldvt, $0, &$1, &realWork, &iwork, &info) }
        return Int(info)
    }

    package static func syevd(vectors: Bool, _ n: Int, _ a: Elements, _ w: UnsafeMutablePointer<Double>) -> Int {
        var iwork = [Int32](repeating: 0, count: 5 * n + 3)
        var liwork = Int32(iwork.count)
        var realWork = [Double](repeating: 0, count: 2 * n * n + 5 * n + 1)
        var lrwork = Int32(realWork.count)
        var (job, uplo) = (character(vectors ? "V" : "N"), character("L"))
        var (n, lda, info) = (Int32(n), Int32(max(n, 1)), Int32(0))
        withWorkspace { zheevd_(&job, &uplo, &n, a, &lda, w, $0, &$1, &realWork, &lrwork, &iwork, &liwork, &info) }
        return Int(info)
    }

    package static func geev(
        vectors: Bool, _ n: Int, _ a: Elements, _ w: UnsafeMutablePointer<Double>, _ v: UnsafeMutablePointer<Double>?
    ) -> Int {
        var (none, job) = (character("N"), character(vectors ? "V" : "N"))
        var realWork = [Double](repeating: 0, count: 2 * n + 1)
        var (size, lda, info) = (Int32(n), Int32(max(n, 1)), Int32(0))
        var (ldvl, ldvr) = (Int32(1), lda)
        let vectors = v.map { UnsafeMutableRawPointer($0).assumingMemoryBound(to: Self.self) }
        let values = UnsafeMutableRawPointer(w).assumingMemoryBound(to: Self.self)
        withWorkspace {
            zgeev_(&none, &job, &size, a, &lda, values, nil, &ldvl, vectors, &ldvr, $0, &$1, &realWork, &info)
        }
        return Int(info)
    }
}
