import AdjointRuntime
import CKernels

/// yᵢ = aᵢ yᵢ₋₁ + bᵢ along an axis, with y₀ = b₀; or `reversed`, from the last element on. Both rules are recurrences
/// again: ẏᵢ = aᵢ ẏᵢ₋₁ + (ȧᵢ yᵢ₋₁ + ḃᵢ); b̄ runs the other way with the same factors, āᵢ = b̄ᵢ yᵢ₋₁.
package struct LinearRecurrence: BinaryPrimitive {
    package static let name = "linear_recurrence"
    let axis: Int
    let reversed: Bool

    package func resultType(_ a: TensorType, _ b: TensorType) throws(TensorError) -> TensorType { b }

    package func execute(_ a: TensorValue, _ b: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let (a, b) = (try a.contiguous(), try b.contiguous())
        let result = try TensorValue(uninitialized: type)
        let (outer, length, inner) = type.shape.split(at: axis)
        Parallel.run(count: outer, grain: max(Kernels.grain / max(length * inner, 1), 1)) { rows in
            adj_recurrence(
                Int32(type.dtype.rawValue), a.elements, b.elements, result.elements, Int64(length), Int64(inner),
                Int64(rows.lowerBound), Int64(rows.upperBound), reversed ? 1 : 0)
        }
        return result
    }

    package func reads(for needs: InputSet) -> Reads { Reads(inputs: .first, output: needs.contains(.first)) }

    package func pullback(_ g: Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink) {
        // The factor that carries a cotangent to its neighbour is the neighbour's.
        let factors = saved.input(0).conj().shifted(axis, by: reversed ? 1 : -1)
        let carried = bind(LinearRecurrence(axis: axis, reversed: !reversed), factors, g)
        if saved.needs(0) { send.add(bind(Gate(), carried, before(saved.output).conj()), to: 0, of: saved) }
        if saved.needs(1) { send.add(carried, to: 1, of: saved) }
    }

    package func jvp(_ inputs: [Tensor], _ tangents: [Tensor?], _ result: Tensor) -> Tensor? {
        // At the start there is nothing before, whatever the factor.
        let first = tangents[0].map { bind(Gate(), before(result), $0) }
        guard let drive = first.map({ a in tangents[1].map { a + $0 } ?? a }) ?? tangents[1] else { return nil }
        return bind(self, inputs[0], drive)
    }

    /// yᵢ₋₁ at i, 0 at the start.
    private func before(_ y: Tensor) -> Tensor { y.shifted(axis, by: reversed ? -1 : 1) }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        let all = Tensor.mappedAlike(inputs, mapped, size)
        return bind(LinearRecurrence(axis: axis + 1, reversed: reversed), all[0], all[1])
    }
}

extension Tensor {
    /// The elements moved by one place (1 or −1) along an axis, with 0 where none comes from.
    func shifted(_ axis: Int, by step: Int) -> Tensor {
        guard shape[axis] > 0 else { return self }
        var region = Region(whole: shape)
        region.shape = shape.replacing(axis, with: shape[axis] - 1)
        var (source, target) = (region, region)
        if step > 0 { target.starts[axis] = 1 } else { source.starts[axis] = 1 }
        return bind(Place(region: target, shape: shape), bind(Slice(region: source), self))
    }
}

/// yᵢ = ln Σⱼ≤ᵢ eˣʲ along an axis. x̄ⱼ = Σᵢ≥ⱼ ȳᵢ e^(xⱼ − yᵢ), as a recurrence whose factors are at most 1; elements −∞
/// before which there is nothing else have the derivative 0.
package struct LogCumulativeSumExp: UnaryPrimitive {
    package static let name = "log_cumulative_sum_exp"
    let axis: Int
    let convention = SubgradientConvention.current

    package func resultType(_ x: TensorType) throws(TensorError) -> TensorType {
        guard x.dtype.isFloatingPoint else { throw TensorError.needsFloatingPoint(Self.name, x) }
        return x
    }

    package func execute(_ x: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let x = try x.contiguous()
        let result = try TensorValue(uninitialized: type)
        let (outer, length, inner) = type.shape.split(at: axis)
        Parallel.run(count: outer, grain: max(Kernels.grain / 16 / max(length * inner, 1), 1)) { rows in
            adj_log_cumulative_sum_exp(
                Int32(type.dtype.rawValue), x.elements, result.elements, Int64(length), Int64(inner),
                Int64(rows.lowerBound), Int64(rows.upperBound))
        }
        return result
    }

    package func reads(for needs: InputSet) -> Reads { Reads(inputs: .first, output: true) }

    package func vjp(_ g: Tensor, _ saved: borrowing Saved) -> Tensor? {
        let (x, y) = (saved.input(0), saved.output)
        let factors = decay(y).shifted(axis, by: -1)
        return bind(Gate(), bind(LinearRecurrence(axis: axis, reversed: true), factors, g), weight(x, y))
    }

    package func jvp(_ t: Tensor, x: Tensor, y: Tensor) -> Tensor? {
        if convention == .pytorch { return pytorchTangent(t, x) }
        return bind(LinearRecurrence(axis: axis, reversed: false), decay(y), bind(Gate(), t, weight(x, y)))
    }

    /// PyTorch 2.15 divides the running sum of eˣẋ by that of eˣ, around the largest element, plus 1e-13: the tangent is off by as
    /// much where the largest element is far away.
    private func pytorchTangent(_ t: Tensor, _ x: Tensor) -> Tensor {
        let weights = (x - x.detach().max(axis: axis, keepDims: true)).exp()
        return (weights * t).cumulativeSum(axis: axis) / (weights.cumulativeSum(axis: axis) + 1e-13)
    }

    /// e^(xᵢ − yᵢ), the part of the sum that its last term makes.
    /// By PyTorch's convention it is NaN where there is nothing yet.
    private func weight(_ x: Tensor, _ y: Tensor) -> Tensor {
        (x - (convention == .pytorch ? y : finiteBelow(y))).exp()
    }

    /// e^(yᵢ₋₁ − yᵢ), the part of the sum that the earlier terms make; of no meaning at the start.
    private func decay(_ y: Tensor) -> Tensor { (y.shifted(axis, by: 1) - finiteBelow(y)).exp() }

    private func finiteBelow(_ y: Tensor) -> Tensor {
        which(y .== -Double.infinity, Tensor.repeating(0, y.type), y)
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        bind(LogCumulativeSumExp(axis: axis + 1), inputs[0])
    }
}
