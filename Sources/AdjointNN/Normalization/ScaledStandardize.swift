import AdjointCore
import AdjointRuntime
import CKernels

/// Rows [rows, n] standardized, times a weight [n] and plus a bias [n], in one pass. Inputs: x, then the weight and the
/// bias as far as there are any. With s the standardized rows: x̄ is that of `Standardize` for ȳ w, w̄ = Σ ȳ s, b̄ = Σ ȳ.
package struct ScaledStandardize: WeightedStandardization {
    package static let name = "scaled_standardize"
    let standard: Standardize
    package let hasWeight: Bool
    package let hasBias: Bool

    package func execute(_ inputs: [TensorValue], _ type: TensorType) throws(TensorError) -> TensorValue {
        let (x, weight, bias) = try operands(inputs)
        let y = try TensorValue(uninitialized: type)
        StandardizedRows.run(type) { length, range in
            adj_standardize(
                Int32(type.dtype.rawValue), x.elements, weight?.elements, bias?.elements, y.elements, length,
                standard.epsilon, standard.isCentered ? 1 : 0, Int64(range.lowerBound), Int64(range.upperBound))
        }
        return y
    }

    package func pullback(_ g: Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink) {
        let biasPlace = hasWeight ? 2 : 1
        let needsBias = hasBias && saved.needs(biasPlace)
        guard saved.needs(0) || (hasWeight && saved.needs(1)) else {
            if needsBias { send.add(g.sum(axis: 0), to: biasPlace, of: saved) }
            return
        }
        let x = saved.input(0)
        let weight = hasWeight && saved.needs(0) ? saved.input(1) : nil
        if [g, x, weight].allSatisfy({ $0 == nil || ($0!.node == nil && $0!.value.isStored) }) {
            do throws(TensorError) {
                let parts = try cotangents(
                    g.value, x.value, weight?.value, wantsWeight: hasWeight && saved.needs(1), wantsBias: needsBias)
                send.add(Tensor(parts.x), to: 0, of: saved)
                if let part = parts.weight { send.add(Tensor(part), to: 1, of: saved) }
                if let part = parts.bias { send.add(Tensor(part), to: biasPlace, of: saved) }
            } catch {
                send.add(raise(error), to: 0, of: saved)
            }
            return
        }
        if saved.needs(0) { send.add(bind(standard.pullback, weight.map { g * $0 } ?? g, x), to: 0, of: saved) }
        if hasWeight, saved.needs(1) { send.add((g * bind(standard, x)).sum(axis: 0), to: 1, of: saved) }
        if needsBias { send.add(g.sum(axis: 0), to: biasPlace, of: saved) }
    }

    package func jvp(_ inputs: [Tensor], _ tangents: [Tensor?], _ result: Tensor) -> Tensor? {
        var sum = tangents[0].map { tangent in
            let change = bind(standard.pullback, tangent, inputs[0])
            return hasWeight ? change * inputs[1] : change
        }
        if hasWeight, let tangent = tangents[1] {
            let change = bind(standard, inputs[0]) * tangent
            sum = sum.map { $0 + change } ?? change
        }
        if hasBias, let tangent = tangents.last! {
            sum = sum.map { $0 + tangent } ?? tangent.broadcast(to: result.shape.extents)
        }
        return sum
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        let x = inputs[0]
        if mapped == [true] + inputs.dropFirst().map({ _ in false }) {
            return bind(self, [x.withExamplesInFirstAxis()] + inputs.dropFirst()).splittingFirstAxis(size)
        }
        var y = bind(standard, x).repeated(mapped[0], size)
        if hasWeight { y = y * (mapped[1] ? inputs[1].expandedAxis(1) : inputs[1]) }
        if hasBias { y = y + (mapped.last! ? inputs.last!.expandedAxis(1) : inputs.last!) }
        return y
    }

    /// All cotangents in one pass. Those of the weight and the bias are summed over parts of the rows, and the parts added
    /// in order.
    private func cotangents(
        _ g: TensorValue, _ x: TensorValue, _ weight: TensorValue?, wantsWeight: Bool, wantsBias: Bool
    ) throws(TensorError) -> (x: TensorValue, weight: TensorValue?, bias: TensorValue?) {
        let (g, x, weight) = (try g.contiguous(), try x.contiguous(), try weight?.contiguous())
        let (rows, length) = (x.shape[0], x.shape[1])
        let result = try TensorValue(uninitialized: x.type)
        let pieces = min(max(x.shape.count / Kernels.grain, 1), 16)
        let sums = TensorType(Shape([pieces, length]), .float64)
        let weightSums = try wantsWeight ? Kernels.fill(sums, 0) : nil
        let biasSums = try wantsBias ? Kernels.fill(sums, 0) : nil
        func part(_ sums: TensorValue?, _ piece: Int) -> UnsafeMutablePointer<Double>? {
            sums.map { $0.elements.assumingMemoryBound(to: Double.self) + piece * length }
        }
        Parallel.run(pieces: pieces) { piece in
            adj_standardize_pullback(
                Int32(x.dtype.rawValue), g.elements, x.elements, weight?.elements, result.elements,
                part(weightSums, piece), part(biasSums, piece), Int64(length), standard.epsilon,
                standard.isCentered ? 1 : 0, Int64(rows * piece / pieces), Int64(rows * (piece + 1) / pieces))
        }
        func total(_ sums: TensorValue?) throws(TensorError) -> TensorValue? {
            guard let sums else { return nil }
            adj_reduce_combine(
                Int32(ADJ_REDUCE_SUM.rawValue), Int32(DType.float64.rawValue), sums.elements, Int64(pieces),
                Int64(length))
            return try Kernels.cast(sums.view(Shape(length), strides: Strides([1])), to: x.dtype)
        }
        return (result, try total(weightSums), try total(biasSums))
    }
}
