import AdjointRuntime
import CKernels

/// Indices along an axis of extent `limit` counted from the front; one that is out of range fails.
package struct Positions: UnaryPrimitive, NonDifferentiable {
    package static let name = "positions"
    package static let reason = "an index is a whole number"
    let limit: Int
    /// The operation that was given the indices.
    let operation: String

    package func resultType(_ indices: TensorType) throws(TensorError) -> TensorType { indices }

    package func execute(_ indices: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let source = try indices.contiguous()
        let value = try TensorValue(uninitialized: type)
        let bad = adj_normalize_indices(
            source.elements.assumingMemoryBound(to: Int64.self), value.elements.assumingMemoryBound(to: Int64.self),
            Int64(type.shape.count), Int64(limit))
        guard bad < 0 else {
            let index = source.elements.load(fromByteOffset: 8 * Int(bad), as: Int64.self)
            throw TensorError(
                .index, operation,
                "index \(index) at position \(bad) of the index tensor is out of range for an axis of extent \(limit)",
                limit == 0 ? "the axis is empty" : "use positions in \(-limit) ..< \(limit)")
        }
        return value
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? { bind(self, inputs[0]) }
}

/// Which of the indices along the last axis are the last of their kind: those that win when all are written to.
package struct Winners: UnaryPrimitive, NonDifferentiable {
    package static let name = "winners"
    package static let reason = "its result is bool"

    package func resultType(_ indices: TensorType) throws(TensorError) -> TensorType {
        TensorType(indices.shape, .bool)
    }

    package func execute(_ indices: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let source = try indices.contiguous()
        let result = try TensorValue(uninitialized: type)
        let length = type.shape[type.shape.rank - 1]
        guard length > 0 else { return result }
        let index = UnsafeBufferPointer(
            start: source.elements.assumingMemoryBound(to: Int64.self), count: type.shape.count)
        let wins = result.elements.assumingMemoryBound(to: Bool.self)
        for row in 0..<type.shape.count / length {
            var later: Set<Int64> = []
            for place in stride(from: (row + 1) * length - 1, through: row * length, by: -1) {
                wins[place] = later.insert(index[place]).inserted
            }
        }
        return withExtendedLifetime(source) { result }
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? { bind(self, inputs[0]) }
}

extension TensorValue {
    /// Checks contiguous indices once more where memory is read and written by them: a graph that was read from a file may do
    /// without `Positions`.
    func checkIndices(below limit: Int, _ operation: String) throws(TensorError) {
        let indices = UnsafeBufferPointer(start: elements.assumingMemoryBound(to: Int64.self), count: shape.count)
        // The sign of a difference or of an index: what is compared without branches is done several at a time.
        var signs: Int64 = 0
        let last = Int64(limit) - 1
        for index in indices { signs |= (last &- index) | index }
        guard signs >= 0 else {
            throw TensorError(
                .index, operation, "an index of \(type) is not in 0 ..< \(limit)", "bring indices in range first")
        }
    }
}
