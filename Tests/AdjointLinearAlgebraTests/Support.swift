import AdjointCore
import AdjointLinearAlgebra
import AdjointRuntime
import Testing

/// A float64 tensor of deterministic numbers in −1 ..< 1 that do not come from the library (SplitMix64).
func numbers(_ shape: Int..., seed: UInt64 = 1) -> Tensor {
    var state = seed
    let elements = (0..<shape.reduce(1, *)).map { _ -> Double in
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((bits ^ (bits >> 31)) >> 11) / Double(1 << 52) - 1
    }
    return Tensor(elements, shape: shape)
}

/// A float64 matrix written out by rows.
func matrix(_ rows: [[Double]]) -> Tensor {
    Tensor(rows.flatMap { $0 }, shape: [rows.count, rows.first?.count ?? 0])
}

/// A float64 vector written out.
func vector(_ elements: Double...) -> Tensor { Tensor(elements, shape: [elements.count]) }

/// Whether two tensors agree to a tolerance, relative to elements larger than 1.
func expectClose(
    _ x: Tensor, _ y: Tensor, _ tolerance: Double = 1e-12, _ comment: String = "",
    sourceLocation: Testing.SourceLocation = #_sourceLocation
) {
    #expect(x.failure == nil && y.failure == nil, "\(comment)", sourceLocation: sourceLocation)
    #expect(x.shape == y.shape, "\(comment)", sourceLocation: sourceLocation)
    let (a, b) = (x.parts, y.parts)
    let agree = zip(a, b).allSatisfy { $0 == $1 || abs($0 - $1) <= tolerance * max(1, abs($1)) }
    #expect(agree && a.count == b.count, "\(comment): \(a) is not \(b)", sourceLocation: sourceLocation)
}

extension Tensor {
    /// The elements, real and imaginary parts one after the other.
    var parts: [Double] { real.to(.float64).doubles + imaginary.to(.float64).doubles }

    /// Xᵀ, conjugated.
    var adjoint: Tensor { conj().matrixTransposed() }
}

/// The error of the first failed operation in `body`.
func failure(_ body: () -> Void) -> TensorError? {
    do {
        try checked(body)
        return nil
    } catch {
        return error as? TensorError
    }
}

/// The gradient of Σ w f(x) with weights 1, 2, 3, …
func gradient(_ f: (Tensor) -> Tensor, at x: Tensor) -> Tensor {
    let leaf = x.requiringGrad()
    let y = f(leaf)
    let weights = Tensor((0..<y.count).map { Double($0 + 1) }, shape: y.shape.extents).to(y.dtype)
    return gradients(of: [y], withRespectTo: [leaf], seeds: [weights], unused: .zero)[0]
}

let symmetric = matrix([[4, 1, 2], [1, 3, 0], [2, 0, 5]])
let general = matrix([[1, 2, 3], [4, 5, 6], [7, 8, 10]])
let tall = matrix([[1, 2], [3, 4], [5, 6]])
/// Of rank 2, with its adjugate not 0.
let singular = matrix([[1, 2, 3], [4, 5, 6], [5, 7, 9]])
