import AdjointCore
import AdjointRuntime
import AdjointTransforms
import Testing

private let nan = Double.nan
private let inf = Double.infinity

/// What PyTorch 2.15 gives where the default convention gives something else; the other rows are those of the singular points.
private let pytorchCases: [SingularCase] = [
    SingularCase("selu(0)", [[0]], [[1.7580993408473766]]) { $0[0].selu() },
    SingularCase("maximum(nan, 1)", [[nan], [1]], [[1], [1]]) { maximum($0[0], $0[1]) },
    SingularCase("maximum with the number 1", [[nan, 1, 2]], [[0, 0, 1]]) { maximum($0[0], 1) },
    SingularCase("clamp(nan)", [[nan]], [[0]]) { $0[0].clamp(min: 0, max: 1) },
    SingularCase("hardTanh(nan), elu, celu", [[nan], [nan], [nan]], [[1], [1], [1]]) {
        $0[0].hardTanh() + $0[1].elu() + $0[2].celu()
    },
    SingularCase("log, log2, log10 of -1", [[-1], [-1], [-1]], [[-1], [-1.4426950408889634], [-0.4342944819032518]]) {
        $0[0].log() + $0[1].log2() + $0[2].log10()
    },
    SingularCase("log1p(-2)", [[-2]], [[-1]]) { $0[0].log1p() },
    SingularCase("amax with a NaN", [[1, nan]], [[nan, nan]]) { $0[0].amax() },
    SingularCase("logSumExp(-inf, -inf)", [[-inf, -inf]], [[nan, nan]]) { $0[0].logSumExp() },
    SingularCase("running ln of a sum of nothing", [[-inf, 0]], [[nan, 1]]) { $0[0].logCumulativeSumExp(axis: 0) },
    SingularCase("a row of nothing", [[]], [[]]) { $0[0].logSumExp() },
    SingularCase("relu and abs of NaN", [[nan], [nan]], [[1], [0]]) { $0[0].relu() + $0[1].abs() },
    SingularCase("acosh below -1", [[-2]], [[0.5773502691896258]]) { $0[0].acosh() },
    SingularCase("clamp between bounds that x equals", [[1], [1], [1]], [[1], [0], [0]]) {
        $0[0].clamp(min: $0[1], max: $0[2])
    },
    SingularCase("hypot(0, 0)", [[0], [0]], [[nan], [nan]]) { hypot($0[0], $0[1]) },
    SingularCase("xlogy(0, 0)", [[0], [0]], [[0], [nan]]) { xlogy($0[0], $0[1]) },
    SingularCase("logSumExp(-inf, -inf)", [[-inf, -inf]], [[nan, nan]]) { $0[0].logSumExp() },
    SingularCase("logAddExp(-inf, -inf)", [[-inf], [-inf]], [[nan], [nan]]) { logAddExp($0[0], $0[1]) },
]

@Suite struct ConventionTests {
    @Test(arguments: pytorchCases) func pytorchsNumbers(_ entry: SingularCase) {
        let leaves = entry.inputs.map { Tensor($0).requiringGrad() }
        let y = SubgradientConvention.pytorch.scope { entry.apply(leaves).sum() }
        // The convention is that of the forward pass.
        let found = gradients(of: [y], withRespectTo: leaves, unused: .zero)
        for (gradient, expected) in zip(found, entry.gradients) {
            expect(gradient, Shape(checking: [expected.count])!, expected, tolerance: 1e-12)
        }
    }

    @Test func valuesAndSecondDerivativesFollowToo() {
        SubgradientConvention.pytorch.scope {
            #expect(vector(nan, -2, 0).sign().doubles == [0, -1, 0])
            #expect(vector(nan, 2).angle().doubles.map(\.isNaN) == [true, false])
            let x = vector(0).requiringGrad()
            for y in [x.elu(), x.selu()] {
                let first = gradients(of: [y], withRespectTo: [x], createGraph: true)
                #expect(gradients(of: first, withRespectTo: [x], unused: .zero)[0].doubles == [0])
            }
            // The terms of a quotient's tangent are joined: (1 − (−1)(−∞))/0.
            #expect(jvp({ $0 / $1 }, at: vector(-1), vector(0), along: vector(1), vector(-1)).tangent.doubles == [-inf])
            let one = vector(3).requiringGrad()
            let slope = gradients(of: [one.variance(axis: 0)], withRespectTo: [one], createGraph: true)[0]
            #expect(slope.doubles[0].isNaN && !slope.requiresGrad)
        }
        #expect(vector(nan).sign().doubles[0].isNaN)
    }

    @Test func scopesNestAndEnd() throws {
        #expect(SubgradientConvention.current == .minimumNorm)
        SubgradientConvention.pytorch.scope {
            #expect(SubgradientConvention.current == .pytorch)
            SubgradientConvention.minimumNorm.scope { #expect(SubgradientConvention.current == .minimumNorm) }
            #expect(SubgradientConvention.current == .pytorch)
        }
        struct Stop: Error {}
        #expect(throws: Stop.self) { try SubgradientConvention.pytorch.scope { () throws(Stop) in throw Stop() } }
        #expect(SubgradientConvention.current == .minimumNorm)
        #expect(ZeroCotangent.current == .gated)
    }

    @Test func zeroTimesInfinityIsNaNOnRequest() {
        func slope(count: Int) -> [Double] {
            let x = Tensor.zeros(count, dtype: .float64).requiringGrad()
            which(x .> 0, x.sqrt(), Tensor(0.0, dtype: .float64)).sum().backward()
            return x.grad!.doubles
        }
        #expect(slope(count: 3) == [0, 0, 0])
        // Long enough to be cut for several threads.
        for count in [3, 1 << 18] {
            let slopes = ZeroCotangent.ieee.scope { slope(count: count) }
            #expect(slopes.filter(\.isNaN).count == count)
        }
        let tangent = ZeroCotangent.ieee.scope {
            jvp({ $0[0].sqrt() }, at: [Tensor([0.0])], along: [Tensor([0.0])]).tangent.doubles
        }
        #expect(tangent[0].isNaN)
    }
}
