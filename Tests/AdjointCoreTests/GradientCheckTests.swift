import AdjointCore
import AdjointRuntime
import AdjointTesting
import Testing

/// The checker itself: it must find wrong derivatives, or every test with it is empty.
@Suite struct GradientCheckTests {
    private let x = numbers([2, 3], seed: 4)

    @Test func rightDerivativesPass() throws {
        try gradientCheck({ ($0[0] * $0[1]).tanh() }, at: [x, numbers([3], seed: 5)], order: 2)
        try gradientCheck({ $0[0].exp() }, at: [x], modes: .reverse)
        try gradientCheck({ $0[0].exp() }, at: [x], modes: .forward, order: 2)
        try gradientCheck({ $0[0] * 0 + 1 }, at: [x], order: 2)
        try gradientCheck({ Tensor.ones(like: $0[0]) }, at: [x], order: 2)
        try gradientCheck({ $0[0].sin() }, at: [Tensor.zeros(0, dtype: .float64)], order: 2)
    }

    @Test func aMissingPathIsFoundAndItsPlaceNamed() throws {
        for mode in [DerivativeModes.reverse, .forward, .both] {
            // The detached factor's share of the derivative is missing at [1, 2] alone.
            let error = try #require(throws: GradientCheckFailure.self) {
                try gradientCheck(
                    { inputs in
                        var y = inputs[0] * inputs[0]
                        y[1, 2] = inputs[0][1, 2] * inputs[0][1, 2].detach()
                        return y
                    }, at: [x], modes: mode)
            }
            #expect(error.index == [1, 2] && error.derivative.contains("order 1"))
            #expect(abs(error.numeric - 2 * error.analytic) < 1e-6 * abs(error.numeric))
            #expect(error.description.contains("[1, 2]") && error.description.contains("\(error.analytic)"))
        }
    }

    @Test func aWrongSecondDerivativeIsFound() throws {
        // Right to first order, wrong to second: x³ as x · (x²) with the slope of the square detached at the second.
        func f(_ inputs: [Tensor]) -> Tensor { inputs[0].relu() * 0 + inputs[0] * inputs[0] }
        try gradientCheck(f, at: [x], order: 2)
        let error = try #require(throws: GradientCheckFailure.self) {
            try gradientCheck(
                { inputs in
                    let y = inputs[0].square() * 1
                    if y.requiresGrad { y.registerHook { $0 * inputs[0].detach().square() } }
                    return y
                }, at: [x], modes: .reverse)
        }
        #expect(error.derivative == "reverse mode, order 1" && error.subject == "input 0")
    }

    @Test func largePointsAreCheckedAlongDirections() throws {
        let large = numbers([60, 50], seed: 7)
        try gradientCheck({ ($0[0].tanh() * $0[0]).sum(axis: 0) }, at: [large])
        try gradientCheck({ ($0[0].tanh() * $0[0]).sum() }, at: [x], order: 2, projections: 3)
        let error = try #require(throws: GradientCheckFailure.self) {
            try gradientCheck(
                { inputs in
                    var y = inputs[0].sin()
                    y[7, 3] = y[7, 3] * inputs[0][7, 3].detach()
                    return y
                }, at: [large], modes: .reverse)
        }
        #expect(error.index == [7, 3] && error.subject == "input 0")
    }

    @Test func disagreeingModesAreFound() {
        // A hook changes reverse mode only.
        #expect(throws: GradientCheckFailure.self) {
            try gradientCheck(
                { inputs in
                    let y = inputs[0] * 3
                    if y.requiresGrad { y.registerHook { $0 * (1 + 1e-4) } }
                    return y
                }, at: [x])
        }
    }

    @Test func badQuestionsAreRefused() {
        #expect(throws: TensorError.self) { try gradientCheck({ $0[0] }, at: []) }
        #expect(throws: TensorError.self) { try gradientCheck({ $0[0] }, at: [x.to(.float32)]) }
        #expect(throws: TensorError.self) { try gradientCheck({ $0[0] }, at: [x], order: 3) }
        #expect(throws: TensorError.self) { try gradientCheck({ $0[0].matmul($0[0]) }, at: [x]) }
        #expect(throws: GradientCheckFailure.self) {
            try gradientCheck({ $0[0].sqrt() }, at: [Tensor([-1.0], dtype: .float64)], modes: .reverse)
        }
    }
}
