import AdjointCore
import AdjointRuntime

/// Something standardized, times a weight and plus a bias. Inputs: x, then the weight and the bias as far as there are any.
package protocol WeightedStandardization: Primitive {
    var hasWeight: Bool { get }
    var hasBias: Bool { get }
}

extension WeightedStandardization {
    package func resultType(_ inputs: [TensorType]) throws(TensorError) -> TensorType { inputs[0] }

    /// The inputs with their elements in row-major order.
    func operands(
        _ inputs: [TensorValue]
    ) throws(TensorError) -> (x: TensorValue, weight: TensorValue?, bias: TensorValue?) {
        (
            try inputs[0].contiguous(), try hasWeight ? inputs[1].contiguous() : nil,
            try hasBias ? inputs.last!.contiguous() : nil
        )
    }

    package func reads(for needs: InputSet) -> Reads {
        if hasWeight { return Reads(inputs: needs.contains(.first) ? [.first, .second] : .first) }
        return Reads(inputs: needs.contains(.first) ? .first : [])
    }
}
