import Adjoint

/// The ways to accumulate derivatives.
enum Mode: String, CaseIterable {
    case forward, reverse
}

/// The value, the gradient and, if asked for, the Hessian of a function of scalars at a point.
struct Derivatives {
    let mode: Mode
    let value: Double
    let gradient: [Double]
    let hessian: [[Double]]?
    /// How often the function was run, forwards or backwards, beyond the first evaluation in reverse mode.
    let passes: Int

    /// Differentiates in one of the modes; order 2 adds the Hessian.
    init(of f: ([Tensor]) -> Tensor, at point: [Double], mode: Mode, order: Int) {
        switch mode {
        case .forward: self.init(forward: f, at: point, order: order)
        case .reverse: self.init(reverse: f, at: point, order: order)
        }
    }

    /// One forward pass gives the derivative along one axis; a forward pass through it, one second derivative.
    private init(forward f: ([Tensor]) -> Tensor, at point: [Double], order: Int) {
        let inputs = point.map { Tensor($0, dtype: .float64) }
        let axes = inputs.indices.map { axis in
            inputs.indices.map { Tensor($0 == axis ? 1.0 : 0.0, dtype: .float64) }
        }
        let results = axes.map { jvp(f, at: inputs, along: $0) }
        mode = .forward
        value = (results.first?.value ?? f([])).item()
        gradient = results.map { $0.tangent.item() }
        guard order > 1 else {
            hessian = nil
            passes = axes.count
            return
        }
        hessian = axes.map { first in
            axes.map { second in
                jvp({ jvp(f, at: $0, along: first).tangent }, at: inputs, along: second).tangent.item()
            }
        }
        passes = axes.count + axes.count * axes.count
    }

    /// One reverse pass gives the whole gradient; a reverse pass through each of its elements, a row of the Hessian.
    private init(reverse f: ([Tensor]) -> Tensor, at point: [Double], order: Int) {
        let leaves = point.map { Tensor($0, dtype: .float64).requiringGrad() }
        let result = f(leaves)
        func gradients(of output: Tensor, createGraph: Bool) -> [Tensor] {
            guard output.requiresGrad, !leaves.isEmpty else { return leaves.map { Tensor.zeros(like: $0) } }
            return Adjoint.gradients(
                of: [output], withRespectTo: leaves, unused: .zero, retainGraph: true, createGraph: createGraph)
        }
        let first = gradients(of: result, createGraph: order > 1)
        mode = .reverse
        value = result.item()
        gradient = first.map { $0.item() }
        guard order > 1 else {
            hessian = nil
            passes = 1
            return
        }
        hessian = first.map { element in gradients(of: element, createGraph: false).map { $0.item() } }
        passes = 1 + first.count
    }

    /// All derivatives in one list.
    var all: [Double] { gradient + (hessian ?? []).flatMap { $0 } }

    /// The largest difference to the same derivatives from elsewhere; NaN agrees with NaN.
    func largestDifference(from other: Derivatives) -> Double {
        zip(all, other.all).map { $0 == $1 || ($0.isNaN && $1.isNaN) ? 0 : Swift.abs($0 - $1) }.max() ?? 0
    }
}
