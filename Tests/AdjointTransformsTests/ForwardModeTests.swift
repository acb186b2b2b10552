import AdjointCore
import AdjointRuntime
import AdjointTesting
import AdjointTransforms
import Foundation
import Synchronization
import Testing

private func scalar(_ value: Double) -> Tensor { Tensor(value, dtype: .float64) }
private func vector(_ elements: Double...) -> Tensor { Tensor(elements, shape: [elements.count]) }
private func isClose(_ x: [Double], _ y: [Double], _ tolerance: Double = 1e-12) -> Bool {
    x.count == y.count && zip(x, y).allSatisfy { abs($0 - $1) <= tolerance * max(1, abs($0), abs($1)) }
}

/// The derivative of a function of one number, by forward mode.
private func derivative(_ f: @escaping (Tensor) -> Tensor) -> (Tensor) -> Tensor {
    { x in jvp(f, at: x, along: Tensor.ones(like: x)).tangent }
}

/// A function of vectors with its Jacobian times a tangent, in closed form.
struct ForwardCase: Sendable, CustomTestStringConvertible {
    let name: String
    let apply: @Sendable (Tensor) -> Tensor
    let tangent: @Sendable (_ x: [Double], _ t: [Double]) -> [Double]
    var testDescription: String { name }

    static let all: [ForwardCase] = [
        ForwardCase(name: "exp", apply: { $0.exp() }) { x, t in zip(x, t).map { Foundation.exp($0) * $1 } },
        ForwardCase(name: "sin", apply: { $0.sin() }) { x, t in zip(x, t).map { Foundation.cos($0) * $1 } },
        ForwardCase(name: "square", apply: { $0 * $0 }) { x, t in zip(x, t).map { 2 * $0 * $1 } },
        ForwardCase(name: "2/x", apply: { 2 / $0 }) { x, t in zip(x, t).map { -2 * $1 / ($0 * $0) } },
        ForwardCase(name: "sum", apply: { $0.sum() }) { _, t in [t.reduce(0, +)] },
        ForwardCase(name: "dot", apply: { dot($0, $0) }) { x, t in [zip(x, t).reduce(0) { $0 + 2 * $1.0 * $1.1 }] },
        ForwardCase(name: "prod", apply: { $0.prod() }) { x, t in
            let parts: [Double] = [t[0] * x[1] * x[2], x[0] * t[1] * x[2], x[0] * x[1] * t[2]]
            return [parts[0] + parts[1] + parts[2]]
        },
        ForwardCase(name: "norm", apply: { $0.norm() }) { x, t in
            [zip(x, t).reduce(0) { $0 + $1.0 * $1.1 } / x.reduce(0) { $0 + $1 * $1 }.squareRoot()]
        },
        ForwardCase(name: "reverse", apply: { $0.flipped() * 3 }) { _, t in t.reversed().map { 3 * $0 } },
        ForwardCase(name: "cumulative", apply: { $0.cumulativeSum(axis: 0) }) { _, t in
            t.indices.map { t[0...$0].reduce(0, +) }
        },
        ForwardCase(name: "take", apply: { $0[Tensor([2, 0, 2])] }) { _, t in [t[2], t[0], t[2]] },
        ForwardCase(
            name: "write",
            apply: {
                var y = $0; y[1] = y[0] * y[2]; return y
            }
        ) { x, t in
            [t[0], t[0] * x[2] + x[0] * t[2], t[2]]
        },
        ForwardCase(name: "matmul", apply: { Tensor([[1, 2, 3]], dtype: .float64).matmul($0) }) { _, t in
            [t[0] + 2 * t[1] + 3 * t[2]]
        },
        ForwardCase(name: "outer", apply: { outer($0, $0).flattened() }) { x, t in
            (0..<9).map { (place: Int) -> Double in
                let (i, j) = (place / 3, place % 3)
                return t[i] * x[j] + x[i] * t[j]
            }
        },
        ForwardCase(name: "max", apply: { $0.max() }) { x, t in [t[x.firstIndex(of: x.max()!)!]] },
        ForwardCase(name: "which", apply: { which($0 .> 1, $0 * 2, $0) }) { x, t in
            zip(x, t).map { $0 > 1 ? 2 * $1 : $1 }
        },
        ForwardCase(name: "concatenate", apply: { concatenate([$0, Tensor.ones(1, dtype: .float64), $0 * 2]) }) {
            _, t in
            t + [0] + t.map { 2 * $0 }
        },
        ForwardCase(name: "constant", apply: { Tensor.ones(like: $0) }) { _, t in t.map { _ in 0 } },
        ForwardCase(name: "detached", apply: { $0.detach() * $0 }) { x, t in zip(x, t).map { $0 * $1 } },
    ]
}

@Suite struct ForwardModeTests {
    private let x = vector(0.7, 1.9, -1.3)
    private let t = vector(0.5, -2, 1.5)

    @Test(arguments: ForwardCase.all) func tangentIsTheClosedForm(_ entry: ForwardCase) {
        let (value, tangent) = { ($0.value, $0.tangent) }(jvp(entry.apply, at: x, along: t))
        let expected = entry.apply(x)
        #expect(value.type == expected.type && value.doubles == expected.doubles)
        #expect(tangent.type == expected.type)
        #expect(isClose(tangent.doubles, entry.tangent(x.doubles, t.doubles)), "\(tangent)")
    }

    @Test(arguments: ForwardCase.all) func forwardIsAdjointToReverse(_ entry: ForwardCase) throws {
        let leaf = x.requiringGrad()
        let y = entry.apply(leaf)
        let seed = Tensor((0..<y.count).map { Foundation.sin(Double($0) + 1) }, shape: y.shape.extents)
        let gradient =
            y.requiresGrad
            ? gradients(of: [y], withRespectTo: [leaf], seeds: [seed], unused: .zero)[0] : Tensor.zeros(like: x)
        let tangent = jvp(entry.apply, at: x, along: t).tangent
        #expect(isClose([(seed * tangent).sum().item()], [(gradient * t).sum().item()]))
        if !["constant", "detached"].contains(entry.name) {
            try gradientCheck({ entry.apply($0[0]) }, at: [x], modes: .forward)
        }
    }

    @Test(arguments: ForwardCase.all) func tangentsAreLinearAndFloat32Too(_ entry: ForwardCase) {
        let (u, v) = (vector(1, 0, 2), vector(-1, 3, 0.5))
        func tangent(_ direction: Tensor) -> Tensor { jvp(entry.apply, at: x, along: direction).tangent }
        #expect(isClose(tangent(2 * u - v).doubles, (2 * tangent(u) - tangent(v)).doubles))
    }

    @Test func severalInputsAddUp() {
        let result = jvp({ $0[0] * $0[1].exp() }, at: [scalar(3), scalar(0.5)], along: [scalar(1), scalar(2)])
        let e = Foundation.exp(0.5)
        #expect(isClose([result.value.item(), result.tangent.item()], [3 * e, e + 6 * e]))
    }

    @Test func nestedForwardModeGivesHigherDerivatives() {
        let f = { (x: Tensor) in x.pow(4) + x.sin() }
        let third = derivative(derivative(derivative(f)))
        #expect(isClose([third(scalar(1.5)).item()], [24 * 1.5 - Foundation.cos(1.5)]))
        let sixth = derivative(derivative(derivative(derivative(derivative(derivative { ($0 * 0.5).exp() })))))
        #expect(isClose([sixth(scalar(1)).item()], [Foundation.exp(0.5) / 64]))
    }

    @Test func jvpOfAGradientIsTheHessianTimesAVector() {
        // f = Σ x₀² x₁ + exp(x₁ x₂)
        func f(_ x: Tensor) -> Tensor { x[0] * x[0] * x[1] + (x[1] * x[2]).exp() }
        func slope(_ x: Tensor) -> Tensor {
            let leaf = x.requiringGrad()
            return f(leaf).gradient(withRespectTo: leaf)
        }
        let (a, b, c) = (0.7, 1.9, -1.3)
        let e = Foundation.exp(b * c)
        let hessian = [[2 * b, 2 * a, 0], [2 * a, c * c * e, (1 + b * c) * e], [0, (1 + b * c) * e, b * b * e]]
        let expected = hessian.map { zip($0, t.doubles).reduce(0) { $0 + $1.0 * $1.1 } }
        let forward = jvp(slope, at: x, along: t)
        #expect(isClose(forward.tangent.doubles, expected) && forward.value.shape == [3])
        let leaf = x.requiringGrad()
        let gradient = f(leaf).gradient(withRespectTo: leaf, createGraph: true)
        #expect(isClose((gradient * t).sum().gradient(withRespectTo: leaf).doubles, expected))
        // The gradient of a directional derivative is the same product.
        let other = x.requiringGrad()
        #expect(isClose(jvp(f, at: other, along: t).tangent.gradient(withRespectTo: other).doubles, expected))
    }

    @Test func perturbationsAreNotConfused() {
        // d/dx (x · d/dy (x + y)) = 1, not 2 (Siskind and Pearlmutter 2005).
        let outer = derivative { x in x * derivative { y in x + y }(scalar(1)) }
        #expect(outer(scalar(1)).item() == 1)
        // d/dx (x · d/dy (x y)) = 2x
        let product = derivative { x in x * derivative { y in x * y }(scalar(2)) }
        #expect(product(scalar(3)).item() == 6)
        // The inner point is the outer one: d/dx (f′(x)) with f′ closed over x as well, x·y² at y = x: 2x², 4x
        let inner = derivative { x in derivative { y in x * y * y }(x) }
        #expect(inner(scalar(3)).item() == 12)
        // Reverse inside forward, and forward inside reverse.
        let mixed = derivative { x in
            let y = (x * 0 + 2).requiringGrad()
            return x * (x * y * y).gradient(withRespectTo: y)
        }
        #expect(mixed(scalar(3)).item() == 24)
        let leaf = scalar(3).requiringGrad()
        let reverse = leaf * derivative { y in leaf * y * y }(scalar(2))
        #expect(reverse.gradient(withRespectTo: leaf).item() == 24)
    }

    @Test func aConstantMayBecomeALeafInside() {
        let mixed = derivative { x in
            let y = scalar(2).requiringGrad()
            return x * (x * y * y).gradient(withRespectTo: y)
        }
        #expect(mixed(scalar(3)).item() == 24)
    }

    @Test func controlFlowFollowsThePrimal() {
        func f(_ x: Tensor) -> Tensor {
            var b = x * 2
            while b.norm() < 100 { b = b * 2 }
            return b.sum() > 0 ? b : 10 * b
        }
        for point in [vector(0.7, 0.1), vector(-0.7, 0.1)] {
            let result = jvp(f, at: point, along: vector(1, -1))
            #expect(isClose(result.tangent.doubles, f(vector(1, 1)).doubles.isEmpty ? [] : slope(f, point)))
            #expect(isClose(result.value.doubles, f(point).doubles))
        }
    }

    /// f is linear between its branches: f(x)/x times the tangent.
    private func slope(_ f: (Tensor) -> Tensor, _ x: Tensor) -> [Double] {
        (f(x) / x * vector(1, -1)).doubles
    }

    @Test func hostReadsGiveThePrimal() {
        _ = jvp(
            { x in
                #expect(x.doubles == [0.7, 1.9, -1.3] && x[1].item() == 1.9 && x.shape == [3] && x.dtype == .float64)
                #expect(x.description.hasPrefix("tensor([ 0.7000,"))
                #expect(x[0] < 1 && x.max() > 1)
                return x
            }, at: x, along: t)
    }

    @Test func closedOverValuesAreConstants() {
        let leaf = vector(1, 2, 3).requiringGrad()
        let result = jvp({ $0 * leaf }, at: x, along: t)
        #expect(isClose(result.tangent.doubles, (t * leaf).doubles))
        #expect(isClose(gradients(of: [result.tangent.sum()], withRespectTo: [leaf])[0].doubles, t.doubles))
    }

    @Test func backwardInsideAccumulatesDualGradients() {
        let result = jvp(
            { x in
                let w = x.requiringGrad()
                (w * w * w).sum().backward()
                return w.grad!
            }, at: x, along: t)
        #expect(isClose(result.value.doubles, x.doubles.map { 3 * $0 * $0 }))
        #expect(isClose(result.tangent.doubles, zip(x.doubles, t.doubles).map { 6 * $0 * $1 }))
    }

    @Test func whatIsNotDifferentiableHasNoTangent() {
        let result = jvp({ ($0 .> 0).to(.float64) * $0 + $0.floor() * 2 }, at: x, along: t)
        #expect(result.tangent.doubles == [0.5, -2, 0])
        let whole = jvp({ $0.argmax() }, at: x, along: t)
        #expect(whole.tangent.doubles == [0] && whole.value.item() == 1)
    }

    @Test func failuresInsideCheckedAreThrown() {
        #expect(throws: TensorError.self) {
            try checked { jvp({ $0.matmul($0.reshaped(7)) }, at: x, along: t).tangent }
        }
        struct Stop: Error {}
        #expect(throws: Stop.self) { try jvp({ _ in throw Stop() }, at: x, along: t) }
        #expect(isClose(jvp({ $0 * 2 }, at: x, along: t).tangent.doubles, t.doubles.map { 2 * $0 }))
    }

    @Test func manyTasksKeepTheirTangentsApart() async {
        await withTaskGroup(of: Bool.self) { group in
            for task in 1...16 {
                group.addTask {
                    let k = Double(task)
                    return (0..<50).allSatisfy { _ in
                        let second = derivative(derivative { x in (x * k).sin() })(scalar(0.3)).item()
                        return abs(second + k * k * Foundation.sin(0.3 * k)) < 1e-9 * k * k
                    }
                }
            }
            var right = 0
            for await isRight in group { right += isRight ? 1 : 0 }
            #expect(right == 16)
        }
    }
}
