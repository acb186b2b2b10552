import AdjointRuntime
import CKernels

/// The variance over axes, y = Σ|x − mean|²/d, or its `root`. x̄ = 2ȳ(x − mean)/d, or ȳ(x − mean)/(d y), 0 where the
/// root is 0 (the subgradient of least norm). With d = 0 they are what the division by 0 gives.
package struct Variance: UnaryPrimitive {
    package static let name = "variance"
    package static let triesWorkspace = true
    let axes: AxisSet
    /// The number of elements less the correction, at least 0.
    let divisor: Double
    let root: Bool
    let convention = SubgradientConvention.current
    package var label: String { root ? "std" : "variance" }

    package func resultType(_ x: TensorType) throws(TensorError) -> TensorType {
        guard x.dtype.isDifferentiable else { throw TensorError.needsFloatingPoint(label, x) }
        return TensorType(axes.removed(from: x.shape), x.dtype.realType)
    }

    package func execute(_ x: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let squares = try Reduction.run(
            ADJ_REDUCE_SUMSQ, centered(Tensor(x)).value, axes, TensorType(type.shape, .float64))
        let variance = Tensor(squares) / divisor
        return (root ? variance.sqrt() : variance).to(type.dtype).value
    }

    package func reads(for needs: InputSet) -> Reads { Reads(inputs: .first, output: root) }

    package func vjp(_ g: Tensor, _ saved: borrowing Saved) -> Tensor? {
        let x = saved.input(0)
        let cotangent = g.expanded(over: axes, to: x.shape).to(x.dtype)
        return bind(Gate(), cotangent, slope(x, root ? saved.output : nil))
    }

    package func jvp(_ t: Tensor, x: Tensor, y: Tensor) -> Tensor? {
        bind(Sum(axes: axes), bind(Gate(), t, slope(x, root ? y : nil).conj()).real)
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        bind(Variance(axes: axes.batched, divisor: divisor, root: root), inputs[0])
    }

    /// dy/dx.
    private func slope(_ x: Tensor, _ y: Tensor?) -> Tensor {
        guard let y else {
            // By PyTorch's convention what a division by 0 gives is a constant.
            return centered(divisor == 0 && convention == .pytorch ? x.detach() : x) * (2 / divisor)
        }
        let safe = which(y .== 0, Tensor.repeating(1, y.type), y * divisor)
        return centered(x) / safe.expanded(over: axes, to: x.shape)
    }

    /// x less its mean, twice: what the mean was rounded by goes with the second, so that equal elements give exactly 0, where
    /// the root's derivative would else be a quotient of two rounding errors.
    private func centered(_ x: Tensor) -> Tensor { lessMean(lessMean(x)) }

    private func lessMean(_ x: Tensor) -> Tensor {
        let count = (0..<x.rank).reduce(1) { axes.contains($1) ? $0 * x.shape[$1] : $0 }
        return x - (bind(Sum(axes: axes), x) / Double(count)).expanded(over: axes, to: x.shape)
    }
}
