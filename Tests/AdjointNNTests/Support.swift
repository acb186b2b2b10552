import AdjointCore
import AdjointRuntime
import Foundation
import Testing

/// float64 numbers that do not come from the library: element i is 1.5 sin(1.3 i + seed + 0.4).
func numbers(_ shape: [Int], seed: Double = 0) -> Tensor {
    Tensor(
        (0..<shape.reduce(1, *)).map { 1.5 * Foundation.sin(1.3 * Double($0) + seed + 0.4) }, shape: shape)
}

/// float64 tensors of numbers that are written out.
func vector(_ elements: Double...) -> Tensor { Tensor(elements, shape: [elements.count]) }
func matrix(_ rows: [Double]...) -> Tensor { Tensor(rows.flatMap { $0 }, shape: [rows.count, rows[0].count]) }

/// Whether arrays agree to a tolerance relative to the larger of each pair and 1; NaN agrees with NaN.
func isClose(_ left: [Double], _ right: [Double], _ tolerance: Double = 1e-12) -> Bool {
    left.count == right.count
        && zip(left, right).allSatisfy { a, b in
            a == b || (a.isNaN && b.isNaN) || Swift.abs(a - b) <= tolerance * max(1, Swift.abs(a), Swift.abs(b))
        }
}

/// Expects a tensor's shape and elements.
func expect(
    _ tensor: Tensor, _ shape: Shape, _ elements: [Double], tolerance: Double = 1e-12, _ comment: String = "",
    sourceLocation: Testing.SourceLocation = #_sourceLocation
) {
    #expect(tensor.failure == nil, "\(comment)", sourceLocation: sourceLocation)
    #expect(tensor.shape == shape, "\(comment)", sourceLocation: sourceLocation)
    let found = tensor.doubles
    #expect(
        isClose(found, elements, tolerance), "\(comment) gave \(found), expected \(elements)",
        sourceLocation: sourceLocation)
}

/// The gradient of a scalar function.
func gradient(_ f: (Tensor) -> Tensor, at x: Tensor) -> [Double] {
    let leaf = x.requiringGrad()
    return gradients(of: [f(leaf)], withRespectTo: [leaf], unused: .zero)[0].doubles
}

/// The error of the first failed operation in `body`.
func failure(_ body: () -> Tensor) -> TensorError? {
    do {
        _ = try checked(body)
        return nil
    } catch {
        return error as? TensorError
    }
}
