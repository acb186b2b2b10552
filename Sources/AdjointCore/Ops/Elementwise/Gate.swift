import AdjointRuntime
import CKernels

/// z = g d, but exactly 0 where g is 0: a cotangent or tangent times a derivative, which may be infinite or NaN where a branch was
/// not taken. Both derivatives are gated by the same g, so what contributes nothing contributes nothing to any order:
/// ġ gives gate(ġ, d), ḋ gives gate(g, ḋ).
package struct Gate: BinaryPrimitive, Fusible {
    package static let name = "gate"
    package static let takesHalf = true
    package init() {}
    package var forward: ElementwiseProgram { Self.program }
    private static let program = ElementwiseProgram([.apply(ADJ_OP_GATE, Element(.operand(0)), Element(.operand(1)))])

    package func resultType(_ g: TensorType, _ d: TensorType) throws(TensorError) -> TensorType {
        precondition(g == d, "the caller broadcasts and converts operands before it binds")
        return g
    }

    package func execute(_ g: TensorValue, _ d: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let z = try TensorValue(uninitialized: type)
        Self.program.run(g, d, into: z)
        return z
    }

    package func reads(for needs: InputSet) -> Reads {
        var inputs: InputSet = []
        if needs.contains(.first) { inputs.insert(.second) }
        if needs.contains(.second) { inputs.insert(.first) }
        return Reads(inputs: inputs)
    }

    package func pullback(_ h: Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink) {
        if saved.needs(0) { send.add(bind(self, h, saved.input(1).conj()), to: 0, of: saved) }
        if saved.needs(1) { send.add(bind(self, saved.input(0).conj(), h), to: 1, of: saved) }
    }

    package func jvp(_ inputs: [Tensor], _ tangents: [Tensor?], _ result: Tensor) -> Tensor? {
        let first = tangents[0].map { bind(self, $0, inputs[1]) }
        let second = tangents[1].map { bind(self, inputs[0], $0) }
        guard let first, let second else { return first ?? second }
        return first + second
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        let inputs = Tensor.mappedAlike(inputs, mapped, size)
        return bind(self, inputs[0], inputs[1])
    }
}
