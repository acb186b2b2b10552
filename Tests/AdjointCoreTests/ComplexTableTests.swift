import AdjointRuntime
import AdjointTesting
import Testing

@testable import AdjointCore

/// The operations of the table on complex numbers: each is refused for its element type, or its derivatives are right.
@Suite struct ComplexTableTests {
    @Test(arguments: operationCases) func derivativesAgreeWithDifferences(_ entry: OperationCase) throws {
        let parts = entry.inputs.flatMap { [$0, ($0 * 1.7 + 0.3).sin()] }
        let apply: @Sendable ([Tensor]) -> Tensor = { x in
            let w = entry.apply(stride(from: 0, to: x.count, by: 2).map { complex(x[$0], x[$0 + 1]) })
            return w.dtype.isDifferentiable ? w.real * 0.7 + w.imaginary * -1.3 : w
        }
        if let refusal = failure({ _ = apply(parts) }) {
            #expect(refusal.kind == .dtype)
            return
        }
        guard apply(parts).dtype == .float64 else { return }
        try gradientCheck(apply, at: parts)
    }
}
