import Adjoint
import AdjointCore
import Testing

@testable import AdjointGraph

/// Formulas that overflow, underflow or cancel, rewritten: the numbers change for the better.
@Suite struct StabilityTests {
    @Test func stableFormulas() throws {
        let f = staged(
            { @Sendable (x: Tensor) in
                [
                    x.softmax().log(), (x.exp() / x.exp().sum(axis: -1, keepDims: true)).log(),
                    x.exp().sum(axis: 1).log(),
                    x.exp().sum().log(), (1 + x.exp()).log(), x.sigmoid().log(), (x * x).sum(axis: 1).sqrt(),
                    x.exp() - 1,
                    x / (x * x).sum(axis: 1, keepDims: true).sqrt(),
                ]
            }, passes: [.commonSubexpressions, .stability, .deadCode])
        let x = Tensor([[1.0, 2, 3], [-1, 0.5, 0]]).to(.float32)
        let report = try f.verifyAgreement(x, relativeTolerance: 1e-5, absoluteTolerance: 1e-6)
        #expect(report.reordering == ["stability"])
        let names = try f.graph(for: x).steps.map(\.operation.label)
        for name in ["log_softmax", "logsumexp", "softplus", "log_sigmoid", "norm", "expm1"] {
            #expect(names.contains(name), "\(names)")
        }
        #expect(!names.contains("log") && !names.contains("sqrt"))
        // Where the formulas overflow, the numbers are now right.
        let large = f(Tensor([[1000.0, 0, -1000], [-2000, 0.5, 1e-30]]).to(.float32))
        #expect(large[0].doubles[2] == -2000 && large[1].doubles[1] == -1000 && large[2].doubles[0] == 1000)
        #expect(large[3].item() == 1000 && large[4].doubles[0] == 1000 && large[5].doubles[2] == -1000)
    }

    /// x / ‖x‖ by hand: squares that overflow or vanish make 0 and NaN, the rewritten formula and its derivative do not.
    @Test(arguments: [1e200, 1e-200, 1]) func unitVector(_ scale: Double) throws {
        let direction = staged(
            { @Sendable (x: Tensor) in x / (x * x).sum(axis: 1, keepDims: true).sqrt() },
            passes: [.commonSubexpressions, .stability, .deadCode])
        let x = scale * Tensor([[3.0, -4], [0.6, 0.8]], dtype: .float64)
        #expect(isClose(direction(x), Tensor([[0.6, -0.8], [0.6, 0.8]], dtype: .float64), relative: 1e-14))
        let step = staged { @Sendable (x: Tensor) in
            gradient(of: { ($0 / $0.norm(axis: 1, keepDims: true))[0..., 0].sum() }, at: x)
        }
        // (1 − u₀², −u₀ u₁)/‖x‖
        #expect(isClose(step(x) * scale, Tensor([[0.128, 0.096], [0.64, -0.48]], dtype: .float64), relative: 1e-14))
        if scale != 1 {
            let plain = staged(
                { @Sendable (x: Tensor) in x / (x * x).sum(axis: 1, keepDims: true).sqrt() }, passes: [])
            #expect(!isClose(plain(x), direction(x), relative: 0.1))
        }
    }
}
