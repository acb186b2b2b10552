#if canImport(Accelerate)
import Accelerate
#else
import COpenBLAS
#endif

/// The factorizations of LAPACK (OpenBLAS's or Accelerate's) for one type of element.
///
/// Matrices are column-major without gaps and are overwritten as LAPACK says. Where a routine can fail, the result is its
/// `info`: 0 for success. Whoever calls holds the library to one thread first, as products do (`BLAS.holdToOneThread`):
/// stacks of matrices are cut by `Parallel`.
package protocol LAPACKElement {
    associatedtype Real: BinaryFloatingPoint & BitwiseCopyable & Sendable
    typealias Elements = UnsafeMutablePointer<Self>

    static func character(_ letter: Unicode.Scalar) -> CChar
    /// A number of work elements that LAPACK asks for.
    var workspaceSize: Int { get }
    static var zero: Self { get }
    static var notANumber: Self { get }
    init(real: Real)
    /// |x|.
    var modulus: Double { get }
    static func - (left: Self, right: Self) -> Self
    static func * (left: Self, right: Self) -> Self
    static func / (left: Self, right: Self) -> Self

    /// a = P L U; pivots are row numbers from 1.
    static func getrf(_ m: Int, _ n: Int, _ a: Elements, _ pivots: UnsafeMutablePointer<Int32>) -> Int
    /// Solves with the factors of `getrf`.
    static func getrs(
        _ transpose: Transpose, _ n: Int, _ columns: Int, _ a: Elements, _ pivots: UnsafeMutablePointer<Int32>,
        _ b: Elements)
    /// a = Uᴴ U or L Lᴴ.
    static func potrf(upper: Bool, _ n: Int, _ a: Elements) -> Int
    /// Solves with a triangular matrix.
    static func trtrs(
        upper: Bool, _ transpose: Transpose, unit: Bool, _ n: Int, _ columns: Int, _ a: Elements, _ b: Elements
    ) -> Int
    /// a = Q R; Q as `min(m, n)` reflectors below the diagonal.
    static func geqrf(_ m: Int, _ n: Int, _ a: Elements, _ tau: Elements)
    /// The first n columns of the product of k reflectors.
    static func orgqr(_ m: Int, _ n: Int, _ k: Int, _ a: Elements, _ tau: Elements)
    /// a = U diag(s) Vᴴ, cut to `min(m, n)` columns; without vectors where `u` is nil.
    static func gesdd(
        _ m: Int, _ n: Int, _ a: Elements, _ s: UnsafeMutablePointer<Real>, _ u: Elements?, _ vt: Elements?
    ) -> Int
    /// Eigenvalues, and vectors in place of a, of a Hermitian matrix of which the lower triangle is read.
    static func syevd(vectors: Bool, _ n: Int, _ a: Elements, _ w: UnsafeMutablePointer<Real>) -> Int
    /// Eigenvalues and right eigenvectors, real and imaginary parts interleaved.
    static func geev(
        vectors: Bool, _ n: Int, _ a: Elements, _ w: UnsafeMutablePointer<Real>, _ v: UnsafeMutablePointer<Real>?
    ) -> Int
}

package typealias LAPACKComplexFloat = __CLPK_complex
package typealias LAPACKComplexDouble = __CLPK_doublecomplex

/// How a routine takes its matrix.
package enum Transpose: CChar, Sendable {
    case none = 78  // N
    case adjoint = 67  // C
}

extension LAPACKElement {
    package static func character(_ letter: Unicode.Scalar) -> CChar { CChar(letter.value) }

    /// Calls a routine twice: first to ask for the size of its workspace, then with it.
    static func withWorkspace(_ routine: (Elements, inout Int32) -> Void) {
        var (query, ask) = (Self.zero, Int32(-1))
        routine(&query, &ask)
        let count = max(query.workspaceSize, 1)
        withUnsafeTemporaryAllocation(of: Self.self, capacity: count) { work in
            var size = Int32(count)
            routine(work.baseAddress!, &size)
        }
    }
}
