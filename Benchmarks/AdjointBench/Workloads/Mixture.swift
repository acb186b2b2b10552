import Adjoint
import Foundation

/// gmm: the log posterior of a mixture of 25 Gaussians in 10 dimensions at 1,000 points.
let mixtureCase = Case(
    name: "gmm",
    expected: [Expected(value: -16859.4213955693, relative: 1e-9), Expected(value: 27139.8577887806, relative: 1e-9)]
) {
    let inputs = [
        Data.uniform(19001, -1, 1, [components], dtype: .float64),
        Data.uniform(19002, -2, 2, [components, dimensions], dtype: .float64),
        Data.uniform(19003, -0.5, 0.5, [components, dimensions * (dimensions + 1) / 2], dtype: .float64),
    ]
    let points = Data.uniform(19004, -2, 2, [count, dimensions], dtype: .float64)
    return Program(state: inputs) { state in
        withGradients(state) { posterior($0[0], $0[1], $0[2], points) }
    }
}

private let (dimensions, components, count) = (10, 25, 1000)

/// Where row i, column j of a strictly lower triangle stands among its numbers column by column; −1 elsewhere.
private let triangle: Tensor = {
    var places = [Int](repeating: dimensions * (dimensions - 1) / 2, count: dimensions * dimensions)
    var next = 0
    for column in 0..<dimensions {
        for row in column + 1..<dimensions {
            places[row * dimensions + column] = next
            next += 1
        }
    }
    return Tensor(places)
}()

@Sendable private func posterior(_ alphas: Tensor, _ means: Tensor, _ icf: Tensor, _ x: Tensor) -> Tensor {
    let q = icf[0..., ..<dimensions]
    let lower = icf[0..., dimensions...]
    let diagonal = q.exp()
    // A column of zeros stands for the places above the diagonal.
    let padded = concatenate([lower, Tensor.zeros([components, 1], dtype: .float64)], axis: 1)
    let strict = padded.take(triangle, axis: 1).reshaped(components, dimensions, dimensions)
    let root = strict + diagonal.expandedAxis(-1) * Tensor.eye(dimensions, dtype: .float64)
    // Q (x − μ) for all points and components: [components, points, dimensions].
    let transposed = root.matrixTransposed()
    let centered = x.expandedAxis(0) - means.expandedAxis(1)
    let squares = centered.matmul(transposed).square().sum(axis: -1)
    let inner = (alphas + q.sum(axis: 1)).expandedAxis(1) - 0.5 * squares
    let slack = -Double(count * dimensions) / 2 * Foundation.log(2 * Double.pi)
    let likelihood = inner.logSumExp(axis: 0).sum() - Double(count) * alphas.logSumExp()
    let wishart = 0.5 * (diagonal.square().sum() + lower.square().sum())
    return slack + likelihood + wishart + Double(components) * 77.31890261619034
}
