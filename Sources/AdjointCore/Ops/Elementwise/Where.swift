import AdjointRuntime
import CKernels

/// w = condition ? x : y, elementwise; x̄ = condition ? w̄ : 0, ȳ = condition ? 0 : w̄.
package struct Where: Fusible {
    package static let name = "where"
    package static let takesHalf = true

    package var forward: ElementwiseProgram { Self.choice }

    private static let choice = ElementwiseProgram([
        .select(Element(.operand(0)), Element(.operand(1)), Element(.operand(2)))
    ])

    package func resultType(_ inputs: [TensorType]) throws(TensorError) -> TensorType {
        precondition(inputs[0].dtype == .bool && inputs[1] == inputs[2] && inputs[0].shape == inputs[1].shape)
        return inputs[1]
    }

    package func execute(_ inputs: [TensorValue], _ type: TensorType) throws(TensorError) -> TensorValue {
        let result = try TensorValue(uninitialized: type)
        Self.choice.run(inputs[0], inputs[1], inputs[2], into: result, Parameters())
        return result
    }

    package func reads(for needs: InputSet) -> Reads { Reads(inputs: .first) }

    package func pullback(_ g: Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink) {
        let condition = saved.input(0)
        if saved.needs(1) { send.add(bind(self, [condition, g, zeros(g)]), to: 1, of: saved) }
        if saved.needs(2) { send.add(bind(self, [condition, zeros(g), g]), to: 2, of: saved) }
    }

    package func jvp(_ inputs: [Tensor], _ tangents: [Tensor?], _ result: Tensor) -> Tensor? {
        guard tangents[1] != nil || tangents[2] != nil else { return nil }
        return bind(self, [inputs[0], tangents[1] ?? zeros(result), tangents[2] ?? zeros(result)])
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        bind(self, Tensor.mappedAlike(inputs, mapped, size))
    }

    /// Zeros that take no memory: one element, repeated.
    private func zeros(_ other: Tensor) -> Tensor { Tensor.repeating(0, other.type) }
}
