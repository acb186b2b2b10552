// The same source for both types: LAPACK names its routines by type.
#if canImport(Accelerate)
import Accelerate
#else
import COpenBLAS
#endif

extension Float: LAPACKElement {
    package typealias Real = Float
    package var workspaceSize: Int { Int(self) }
    package static var notANumber: Self { .nan }
    package init(real: Self) { self = real }
    package var modulus: Double { Double(magnitude) }

    package static func getrf(_ m: Int, _ n: Int, _ a: Elements, _ pivots: UnsafeMutablePointer<Int32>) -> Int {
        var (m, n, lda, info) = (Int32(m), Int32(n), Int32(max(m, 1)), Int32(0))
        sgetrf_(&m, &n, a, &lda, pivots, &info)
        return Int(info)
    }

    package static func getrs(
        _ transpose: Transpose, _ n: Int, _ columns: Int, _ a: Elements, _ pivots: UnsafeMutablePointer<Int32>,
        _ b: Elements
    ) {
        var (trans, n, columns, ld, info) = (transpose.rawValue, Int32(n), Int32(columns), Int32(max(n, 1)), Int32(0))
        var ldb = ld
        sgetrs_(&trans, &n, &columns, a, &ld, pivots, b, &ldb, &info)
    }

    package static func potrf(upper: Bool, _ n: Int, _ a: Elements) -> Int {
        var (uplo, n, lda, info) = (character(upper ? "U" : "L"), Int32(n), Int32(max(n, 1)), Int32(0))
        spotrf_(&uplo, &n, a, &lda, &info)
        return Int(info)
    }

    package static func trtrs(
        upper: Bool, _ transpose: Transpose, unit: Bool, _ n: Int, _ columns: Int, _ a: Elements, _ b: Elements
    ) -> Int {
        var (uplo, trans, diag) = (character(upper ? "U" : "L"), transpose.rawValue, character(unit ? "U" : "N"))
        var (n, columns, lda, info) = (Int32(n), Int32(columns), Int32(max(n, 1)), Int32(0))
        var ldb = lda
        strtrs_(&uplo, &trans, &diag, &n, &columns, a, &lda, b, &ldb, &info)
        return Int(info)
    }

    package static func geqrf(_ m: Int, _ n: Int, _ a: Elements, _ tau: Elements) {
        var (m, n, lda, info) = (Int32(m), Int32(n), Int32(max(m, 1)), Int32(0))
        withWorkspace { sgeqrf_(&m, &n, a, &lda, tau, $0, &$1, &info) }
    }

    package static func orgqr(_ m: Int, _ n: Int, _ k: Int, _ a: Elements, _ tau: Elements) {
        var (m, n, k, lda, info) = (Int32(m), Int32(n), Int32(k), Int32(max(m, 1)), Int32(0))
        withWorkspace { sorgqr_(&m, &n, &k, a, &lda, tau, $0, &$1, &info) }
    }

    package static func gesdd(
        _ m: Int, _ n: Int, _ a: Elements, _ s: UnsafeMutablePointer<Float>, _ u: Elements?, _ vt: Elements?
    ) -> Int {
        let small = min(m, n)
        var iwork = [Int32](repeating: 0, count: 8 * small + 1)
        var (job, m, n, lda, info) = (character(u == nil ? "N" : "S"), Int32(m), Int32(n), Int32(max(m, 1)), Int32(0))
        var (ldu, ldvt) = (lda, Int32(max(small, 1)))
        withWorkspace { sgesdd_(&job, &m, &n, a, &lda, s, u, &ldu, vt, &ldvt, $0, &$1, &iwork, &info) }
        return Int(info)
    }

    package static func syevd(vectors: Bool, _ n: Int, _ a: Elements, _ w: UnsafeMutablePointer<Float>) -> Int {
        var iwork = [Int32](repeating: 0, count: 5 * n + 3)
        var liwork = Int32(iwork.count)
        var (job, uplo) = (character(vectors ? "V" : "N"), character("L"))
        var (n, lda, info) = (Int32(n), Int32(max(n, 1)), Int32(0))
        withWorkspace { ssyevd_(&job, &uplo, &n, a, &lda, w, $0, &$1, &iwork, &liwork, &info) }
        return Int(info)
    }

    package static func geev(
        vectors: Bool, _ n: Int, _ a: Elements, _ w: UnsafeMutablePointer<Float>, _ v: UnsafeMutablePointer<Float>?
    ) -> Int {
        var (none, job) = (character("N"), character(vectors ? "V" : "N"))
        var packed = [Float](repeating: 0, count: vectors ? n * n : 1)
        var (re, im) = ([Float](repeating: 0, count: n), [Float](repeating: 0, count: n))
        var (size, lda, info) = (Int32(n), Int32(max(n, 1)), Int32(0))
        var (ldvl, ldvr) = (Int32(1), lda)
        withWorkspace {
            sgeev_(&none, &job, &size, a, &lda, &re, &im, nil, &ldvl, &packed, &ldvr, $0, &$1, &info)
        }
        for j in 0..<n { (w[2 * j], w[2 * j + 1]) = (re[j], im[j]) }
        if let v { unpackPairs(packed, im, n, into: v) }
        return Int(info)
    }
}

extension Double: LAPACKElement {
    package typealias Real = Double
    package var workspaceSize: Int { Int(self) }
    package static var notANumber: Self { .nan }
    package init(real: Self) { self = real }
    package var modulus: Double { Double(magnitude) }

    package static func getrf(_ m: Int, _ n: Int, _ a: Elements, _ pivots: UnsafeMutablePointer<Int32>) -> Int {
        var (m, n, lda, info) = (Int32(m), Int32(n), Int32(max(m, 1)), Int32(0))
        dgetrf_(&m, &n, a, &lda, pivots, &info)
        return Int(info)
    }

    package static func getrs(
        _ transpose: Transpose, _ n: Int, _ columns: Int, _ a: Elements, _ pivots: UnsafeMutablePointer<Int32>,
        _ b: Elements
    ) {
        var (trans, n, columns, ld, info) = (transpose.rawValue, Int32(n), Int32(columns), Int32(max(n, 1)), Int32(0))
        var ldb = ld
        dgetrs_(&trans, &n, &columns, a, &ld, pivots, b, &ldb, &info)
    }

    package static func potrf(upper: Bool, _ n: Int, _ a: Elements) -> Int {
        var (uplo, n, lda, info) = (character(upper ? "U" : "L"), Int32(n), Int32(max(n, 1)), Int32(0))
        dpotrf_(&uplo, &n, a, &lda, &info)
        return Int(info)
    }

    package static func trtrs(
        upper: Bool, _ transpose: Transpose, unit: Bool, _ n: Int, _ columns: Int, _ a: Elements, _ b: Elements
    ) -> Int {
        var (uplo, trans, diag) = (character(upper ? "U" : "L"), transpose.rawValue, character(unit ? "U" : "N"))
        var (n, columns, lda, info) = (Int32(n), Int32(columns), Int32(max(n, 1)), Int32(0))
        var ldb = lda
        dtrtrs_(&uplo, &trans, &diag, &n, &columns, a, &lda, b, &ldb, &info)
        return Int(info)
    }

    package static func geqrf(_ m: Int, _ n: Int, _ a: Elements, _ tau: Elements) {
        var (m, n, lda, info) = (Int32(m), Int32(n), Int32(max(m, 1)), Int32(0))
        withWorkspace { dgeqrf_(&m, &n, a, &lda, tau, $0, &$1, &info) }
    }

    package static func orgqr(_ m: Int, _ n: Int, _ k: Int, _ a: Elements, _ tau: Elements) {
        var (m, n, k, lda, info) = (Int32(m), Int32(n), Int32(k), Int32(max(m, 1)), Int32(0))
        withWorkspace { dorgqr_(&m, &n, &k, a, &lda, tau, $0, &$1, &info) }
    }

    package static func gesdd(
        _ m: Int, _ n: Int, _ a: Elements, _ s: UnsafeMutablePointer<Double>, _ u: Elements?, _ vt: Elements?
    ) -> Int {
        let small = min(m, n)
        var iwork = [Int32](repeating: 0, count: 8 * small + 1)
        var (job, m, n, lda, info) = (character(u == nil ? "N" : "S"), Int32(m), Int32(n), Int32(max(m, 1)), Int32(0))
        var (ldu, ldvt) = (lda, Int32(max(small, 1)))
        withWorkspace { dgesdd_(&job, &m, &n, a, &lda, s, u, &ldu, vt, &ldvt, $0, &$1, &iwork, &info) }
        return Int(info)
    }

    package static func syevd(vectors: Bool, _ n: Int, _ a: Elements, _ w: UnsafeMutablePointer<Double>) -> Int {
        var iwork = [Int32](repeating: 0, count: 5 * n + 3)
        var liwork = Int32(iwork.count)
        var (job, uplo) = (character(vectors ? "V" : "N"), character("L"))
        var (n, lda, info) = (Int32(n), Int32(max(n, 1)), Int32(0))
        withWorkspace { dsyevd_(&job, &uplo, &n, a, &lda, w, $0, &$1, &iwork, &liwork, &info) }
        return Int(info)
    }

    package static func geev(
        vectors: Bool, _ n: Int, _ a: Elements, _ w: UnsafeMutablePointer<Double>, _ v: UnsafeMutablePointer<Double>?
    ) -> Int {
        var (none, job) = (character("N"), character(vectors ? "V" : "N"))
        var packed = [Double](repeating: 0, count: vectors ? n * n : 1)
        var (re, im) = ([Double](repeating: 0, count: n), [Double](repeating: 0, count: n))
        var (size, lda, info) = (Int32(n), Int32(max(n, 1)), Int32(0))
        var (ldvl, ldvr) = (Int32(1), lda)
        withWorkspace {
            dgeev_(&none, &job, &size, a, &lda, &re, &im, nil, &ldvl, &packed, &ldvr, $0, &$1, &info)
        }
        for j in 0..<n { (w[2 * j], w[2 * j + 1]) = (re[j], im[j]) }
        if let v { unpackPairs(packed, im, n, into: v) }
        return Int(info)
    }
}

/// A pair of conjugate vectors stands as one column of real and one of imaginary parts.
private func unpackPairs<Number: BinaryFloatingPoint>(
    _ packed: [Number], _ imaginary: [Number], _ n: Int, into v: UnsafeMutablePointer<Number>
) {
    var j = 0
    while j < n {
        for i in 0..<n {
            let at = 2 * (j * n + i)
            if imaginary[j] == 0 {
                (v[at], v[at + 1]) = (packed[j * n + i], 0)
            } else {
                let (x, y) = (packed[j * n + i], packed[(j + 1) * n + i])
                (v[at], v[at + 1], v[at + 2 * n], v[at + 2 * n + 1]) = (x, y, x, -y)
            }
        }
        j += imaginary[j] == 0 ? 1 : 2
    }
}
