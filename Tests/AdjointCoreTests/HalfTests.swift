import AdjointRuntime
import Testing

@testable import AdjointCore

/// 16-bit numbers: every primitive gives what it gives for the same numbers in float32, rounded once.
@Suite struct HalfTests {
    static let types = [DType.float16, .bfloat16]

    @Test(arguments: batchingCases, types) func primitivesRoundOnce(_ entry: BatchingCase, _ dtype: DType) {
        let inputs = entry.inputs(0).map { $0.dtype.isFloatingPoint ? $0.to(dtype) : $0 }
        guard inputs.contains(where: { $0.dtype == dtype }), !(entry.operation is Cast) else { return }
        let y = bindDynamically(entry.operation, inputs)
        let wide = bindDynamically(entry.operation, inputs.map { $0.dtype == dtype ? $0.to(.float32) : $0 })
        #expect(y.dtype == (wide.dtype == .float32 ? dtype : wide.dtype))
        #expect(y.shape == wide.shape)
        #expect(isClose(y.doubles, wide.to(y.dtype).doubles, 0))
        guard y.dtype == dtype, entry.operation.nonDifferentiableReason == nil else { return }
        for (place, input) in inputs.enumerated() where input.dtype == dtype {
            var leaves = inputs
            leaves[place] = input.requiringGrad()
            let gradient = gradients(
                of: [bindDynamically(entry.operation, leaves).sum()], withRespectTo: [leaves[place]], unused: .zero)[0]
            #expect(gradient.type == input.type)
            #expect(gradient.doubles.allSatisfy { $0.isFinite })
        }
    }

    @Test(arguments: operationCases, types) func functionsKeepTheType(_ entry: OperationCase, _ dtype: DType) {
        let leaves = entry.inputs.map { $0.to(dtype).requiringGrad() }
        let y = entry.apply(leaves)
        let wide = entry.apply(leaves.map { $0.detach().to(.float32) })
        #expect(y.dtype == (wide.dtype == .float32 ? dtype : wide.dtype))
        #expect(y.shape == wide.shape)
        guard y.requiresGrad else { return }
        for (leaf, gradient) in zip(leaves, gradients(of: [y.sum()], withRespectTo: leaves, unused: .zero)) {
            #expect(gradient.type == leaf.type)
        }
    }

    @Test(arguments: unaryCases, types) func elementaryFunctionsRoundOnce(_ entry: UnaryCase, _ dtype: DType) {
        let (low, high) = (entry.domain.lowerBound, entry.domain.upperBound)
        let x = Tensor.linspace(low, high, 33, dtype: .float64).to(dtype)
        let y = entry.apply(x)
        let wide = entry.apply(x.to(.float32))
        #expect(y.dtype == (wide.dtype == .float32 ? dtype : wide.dtype))
        let step = dtype == .float16 ? 1.0 / 1024 : 1.0 / 128
        #expect(isClose(y.doubles, wide.doubles, 4 * step))
        let leaf = x.requiringGrad()
        let gradient = gradients(of: [entry.apply(leaf).sum()], withRespectTo: [leaf], unused: .zero)[0]
        #expect(gradient.type == leaf.type)
    }
}
