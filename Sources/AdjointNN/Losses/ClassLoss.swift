import AdjointCore
import AdjointRuntime
import CKernels

/// ln Σ eˣ − x[class] for each row of x [samples…, classes], with the places that `ClassPositions` gives, [samples…]; 0 where
/// there is none. x̄ = ȳ (softmax(x) − 1 at the class), in one pass over the rows.
package struct ClassLoss: BinaryPrimitive {
    package static let name = "class_loss"

    package func resultType(_ x: TensorType, _ places: TensorType) throws(TensorError) -> TensorType {
        TensorType(places.shape, x.dtype)
    }

    package func execute(_ x: TensorValue, _ places: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue
    { try losses(x, places, type, shares: nil) }

    package static let keepsIntermediates = true

    /// Keeps the exponentials e^(x − max) of each row, and their sum: half of the work of a cotangent.
    package func executeKeeping(
        _ inputs: [TensorValue], _ type: TensorType
    ) throws(TensorError) -> (result: TensorValue, intermediates: [TensorValue]) {
        let shares = try TensorValue(uninitialized: inputs[0].type)
        let sums = try TensorValue(uninitialized: TensorType(type.shape, .float64))
        return (try losses(inputs[0], inputs[1], type, shares: (shares, sums)), [shares, sums])
    }

    private func losses(
        _ x: TensorValue, _ places: TensorValue, _ type: TensorType, shares: (terms: TensorValue, sums: TensorValue)?
    ) throws(TensorError) -> TensorValue {
        let (x, places) = (try x.contiguous(), try places.contiguous())
        let y = try TensorValue(uninitialized: type)
        StandardizedRows.run(x.type) { length, range in
            adj_class_loss(
                Int32(x.dtype.rawValue), x.elements, places.elements.assumingMemoryBound(to: Int64.self), y.elements,
                shares?.terms.elements, shares?.sums.elements.assumingMemoryBound(to: Double.self), length,
                Int64(range.lowerBound), Int64(range.upperBound))
        }
        return y
    }

    package func reads(for needs: InputSet) -> Reads { Reads(inputs: [.first, .second]) }

    package func pullback(_ g: Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink) {
        let (x, places) = (saved.input(0), saved.input(1))
        guard [g, x, places].allSatisfy({ $0.node == nil && $0.value.isStored }) else {
            return send.add(along(g.expandedAxis(-1).broadcast(to: x.shape.extents), x, places), to: 0, of: saved)
        }
        do throws(TensorError) {
            var terms = try saved.takeIntermediate(0)
            let result = terms?.isUniquelyHeld() == true ? terms! : try TensorValue(uninitialized: x.type)
            let rows = if let terms { terms } else { try x.value.contiguous() }
            try write(result, places.value.contiguous(), g.value, rows, sums: saved.takeIntermediate(1))
            send.add(Tensor(result), to: 0, of: saved)
        } catch {
            send.add(raise(error), to: 0, of: saved)
        }
    }

    package func jvp(_ inputs: [Tensor], _ tangents: [Tensor?], _ result: Tensor) -> Tensor? {
        tangents[0].map { along($0, inputs[0], inputs[1]).sum(axis: -1) }
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        bind(self, inputs[0].repeated(mapped[0], size), inputs[1].repeated(mapped[1], size))
    }

    /// The derivative of each row's loss by the row, times a tangent or a cotangent. A row that does not count gives 0, whatever
    /// comes: the mean of no losses sends NaN.
    private func along(_ t: Tensor, _ x: Tensor, _ places: Tensor) -> Tensor {
        let classes = x.shape[x.rank - 1]
        let isRight = places.remainder(max(classes, 1)).expandedAxis(-1) .== Tensor.arange(classes)
        let counted = which((places .>= 0).expandedAxis(-1), t, Tensor.zeros(like: t))
        return bind(Gate(), counted, x.softmax() - isRight.to(x.dtype))
    }

    /// Writes the cotangent of the logits.
    /// - Parameters:
    ///   - g: the cotangent of the losses.
    ///   - rows: the logits, or, with their sums, the exponentials that were kept.
    private func write(
        _ result: TensorValue, _ places: TensorValue, _ g: TensorValue, _ rows: TensorValue, sums: TensorValue?
    ) throws(TensorError) {
        // The cotangent of a mean is one number for all rows.
        let isOneNumber = g.shape.count > 1 && (0..<g.shape.rank).allSatisfy { g.strides[$0] == 0 || g.shape[$0] == 1 }
        let g = isOneNumber ? g : try g.contiguous()
        StandardizedRows.run(result.type) { length, range in
            adj_class_loss_pullback(
                Int32(result.dtype.rawValue), g.elements, isOneNumber ? 0 : 1, rows.elements,
                sums?.elements.assumingMemoryBound(to: Double.self),
                places.elements.assumingMemoryBound(to: Int64.self), result.elements, length,
                Int64(range.lowerBound), Int64(range.upperBound))
        }
    }
}
