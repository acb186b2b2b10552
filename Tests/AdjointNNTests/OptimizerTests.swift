import AdjointCore
import AdjointNN
import Foundation
import Testing

/// Three steps of an optimizer from p = (1, −2) along the gradients (0.5, −1), (0.25, 2), (−1, 0), in float64.
private func trajectory(_ optimizer: some Optimizer) -> [Double] {
    var optimizer = optimizer
    var parameters = [vector(1, -2)]
    for gradient in gradients { optimizer.update(&parameters, along: [vector(gradient[0], gradient[1])]) }
    return parameters[0].doubles
}

private let gradients = [[0.5, -1], [0.25, 2], [-1, 0]]

@Suite struct OptimizerTests {
    @Test func descentFollowsItsFormula() {
        #expect(isClose(trajectory(SGD(learningRate: 0.1)), [1 - 0.1 * -0.25, -2 - 0.1 * 1]))
        for isNesterov in [false, true] {
            let wanted = (0..<2).map { place -> Double in
                var (p, v) = ([1.0, -2][place], 0.0)
                for gradient in gradients {
                    let g = gradient[place] + 0.01 * p
                    v = 0.9 * v + g
                    p -= 0.1 * (isNesterov ? g + 0.9 * v : v)
                }
                return p
            }
            let optimizer = SGD(learningRate: 0.1, momentum: 0.9, weightDecay: 0.01, isNesterov: isNesterov)
            #expect(isClose(trajectory(optimizer), wanted))
        }
    }

    @Test func adamFollowsItsFormula() {
        for decay in [0, 0.1] {
            let wanted = (0..<2).map { place -> Double in
                var (p, m, v) = ([1.0, -2][place], 0.0, 0.0)
                for (step, gradient) in gradients.enumerated() {
                    let g = gradient[place]
                    m = 0.9 * m + 0.1 * g
                    v = 0.999 * v + 0.001 * g * g
                    let (c, d) = (1 - pow(0.9, Double(step + 1)), 1 - pow(0.999, Double(step + 1)))
                    p = p * (1 - 0.05 * decay) - 0.05 * (m / c) / ((v / d).squareRoot() + 1e-8)
                }
                return p
            }
            #expect(isClose(trajectory(Adam(learningRate: 0.05, weightDecay: decay)), wanted, 1e-10))
        }
    }

    @Test func aCopyKeepsItsNumbersAndALeafItsIdentity() {
        var parameters = [numbers([3000]).to(.float32).requiringGrad()]
        let (copy, before) = (parameters[0], parameters[0].floats)
        var optimizer = Adam()
        for _ in 0..<2 {
            parameters[0].square().sum().backward()
            optimizer.step(&parameters)
        }
        #expect(copy.floats == before && parameters[0].floats != before)
        #expect(parameters[0].isLeaf && parameters[0].requiresGrad && parameters[0].grad == nil)
        let saved = optimizer
        optimizer.update(&parameters, along: [Tensor.ones(like: parameters[0]).detach()])
        #expect(saved.state[2].item() == 2 && optimizer.state[2].item() == 3)
    }

    @Test func memoryOfItsOwnIsWrittenInPlace() {
        var parameters = [Tensor.ones(1 << 16)]
        let gradients = [Tensor.ones(1 << 16)]
        var optimizer = SGD(learningRate: 0.5)
        Memory.resetPeak()
        let before = Memory.peak
        optimizer.update(&parameters, along: gradients)
        #expect(parameters[0][7].item() == 0.5)
        #expect(Memory.peak - before < 1 << 16, "a second copy of the parameter was made")
    }

    @Test func stepsContinueFromTheirState() {
        let g = [vector(0.3, 0.1)]
        var (whole, first, second) = (Adam(), Adam(), Adam())
        var (a, b) = ([vector(1, 2)], [vector(1, 2)])
        for _ in 0..<4 { whole.update(&a, along: g) }
        for _ in 0..<2 { first.update(&b, along: g) }
        second.state = first.state
        for _ in 0..<2 { second.update(&b, along: g) }
        #expect(a[0].doubles == b[0].doubles)
    }

    @Test func whatDoesNotFitIsSaid() {
        func message(_ parameters: [Tensor], _ gradients: [Tensor]) -> TensorError? {
            failure {
                var (parameters, optimizer) = (parameters, SGD(learningRate: 1))
                optimizer.update(&parameters, along: gradients)
                return parameters[0]
            }
        }
        #expect(message([vector(1, 2)], [])?.kind == .argument)
        #expect(message([vector(1, 2)], [vector(1)])?.kind == .shape)
        #expect(message([vector(1, 2)], [Tensor.ones(2)])?.kind == .dtype)
        #expect(
            failure {
                var (parameters, optimizer) = ([vector(1).requiringGrad()], Adam())
                optimizer.step(&parameters)
                return parameters[0]
            }?.kind == .gradient)
    }

    @Test func aSequenceIsItsSteps() {
        let x = numbers([5, 2, 3])
        let (wx, wh, b) = (numbers([3, 8], seed: 1), numbers([2, 8], seed: 2), numbers([8], seed: 3))
        let whole = lstm(x, inputWeight: wx, hiddenWeight: wh, bias: b)
        var (h, c) = (Tensor.zeros([2, 2], dtype: .float64), Tensor.zeros([2, 2], dtype: .float64))
        for step in 0..<5 {
            (h, c) = lstmCell(x[step], hidden: h, cell: c, inputWeight: wx, hiddenWeight: wh, bias: b)
            expect(whole.outputs[step], [2, 2], h.doubles)
        }
        expect(whole.cell, [2, 2], c.doubles)
        #expect(failure { lstm(x[0], inputWeight: wx, hiddenWeight: wh).outputs }?.kind == .shape)
    }
}
