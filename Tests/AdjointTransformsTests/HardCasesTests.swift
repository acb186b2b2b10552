import AdjointCore
import AdjointTransforms
import Foundation
import Synchronization
import Testing

/// The derivative of a function of one number, by reverse mode.
private func reverse(_ f: @escaping (Tensor) -> Tensor) -> (Tensor) -> Tensor { { gradient(of: f, at: $0) } }
/// The same by forward mode.
private func forward(_ f: @escaping (Tensor) -> Tensor) -> (Tensor) -> Tensor {
    { x in jvp(f, at: x, along: Tensor.ones(like: x)).tangent }
}
/// The same by linearization.
private func linear(_ f: @escaping (Tensor) -> Tensor) -> (Tensor) -> Tensor {
    { x in
        let (_, pushforward) = linearize(f, at: x)
        return pushforward(Tensor.ones(like: x))
    }
}
/// The same by a pullback.
private func pulled(_ f: @escaping (Tensor) -> Tensor) -> (Tensor) -> Tensor {
    { x in
        let (y, pullback) = vjp(f, at: x)
        return pullback(Tensor.ones(like: y))
    }
}

/// A way to the derivative, by name.
enum Way: String, CaseIterable, Sendable {
    case reverse, forward, linear, pulled

    func callAsFunction(_ f: @escaping (Tensor) -> Tensor) -> (Tensor) -> Tensor {
        switch self {
        case .reverse: AdjointTransformsTests.reverse(f)
        case .forward: AdjointTransformsTests.forward(f)
        case .linear: AdjointTransformsTests.linear(f)
        case .pulled: AdjointTransformsTests.pulled(f)
        }
    }

    static let pairs = allCases.flatMap { a in allCases.map { [a, $0] } }
    static let triples = pairs.flatMap { pair in allCases.map { pair + [$0] } }
}

@Suite struct HardCasesTests {
    @Test(arguments: Way.triples) func threeOrdersInAnyNesting(_ ways: [Way]) {
        // x⁴ + sin x
        let f = { (x: Tensor) in x * x * x * x + x.sin() }
        let third = ways[0](ways[1](ways[2](f)))
        #expect(isNear([third(scalar64(1.5)).item()], [36 - Foundation.cos(1.5)]), "\(ways)")
    }

    @Test(arguments: Way.pairs) func perturbationsAreNotConfused(_ ways: [Way]) {
        let (outer, inner) = (ways[0], ways[1])
        // d/dx (x · d/dy (x + y)) = 1, not 2 (Siskind and Pearlmutter 2005).
        #expect(outer { x in x * inner { y in x + y }(scalar64(1)) }(scalar64(1)).item() == 1, "\(ways)")
        // d/dx (x · d/dy (x y)) = 2x
        #expect(outer { x in x * inner { y in x * y }(scalar64(2)) }(scalar64(3)).item() == 6, "\(ways)")
        // d/dx (d/dy (x y²) at y = x) = 4x
        #expect(outer { x in inner { y in x * y * y }(x) }(scalar64(3)).item() == 12, "\(ways)")
        // A function of the outer variable alone: d/dx (x² · d/dy y) = 2x
        #expect(outer { x in x * x * inner { y in y * 1 }(x) }(scalar64(3)).item() == 6, "\(ways)")
    }

    @Test(arguments: Way.pairs) func detachCutsAtEachLevel(_ ways: [Way]) {
        let (outer, inner) = (ways[0], ways[1])
        #expect(outer { x in (x.detach() * x) }(scalar64(3)).item() == 3)
        // d/dx d/dy (detach(y) y²) at y = x: (y² detach y)′ = 2 y detach(y), whose derivative is 2 detach(y).
        #expect(outer(inner { y in y.detach() * y * y })(scalar64(3)).item() == 6, "\(ways)")
        // The inner function's constant is the outer one's variable.
        #expect(outer { x in inner { y in x.detach() * y * x }(scalar64(2)) }(scalar64(3)).item() == 3, "\(ways)")
    }

    @Test(arguments: Way.pairs) func controlFlowFollowsTheValue(_ ways: [Way]) {
        func f(_ x: Tensor) -> Tensor {
            var b = x * x
            while b < 100 { b = b * x }
            return b > 200 ? b : 10 * b
        }
        // 3 → 3⁵ = 243: 20 x³; 2 → 2⁷ = 128: 10 · 42 x⁵
        let second = ways[0](ways[1](f))
        #expect(isNear([second(scalar64(3)).item(), second(scalar64(2)).item()], [540, 13440]), "\(ways)")
    }

    @Test(arguments: Way.allCases) func reverseInsideForwardInsideReverse(_ middle: Way) {
        // d/dx [ D_y ( y · d/dz (x y z³) at z = y ) at y = x ] : y · 3xy·y² = 3x y⁴ → 12 x y³ → 12 x⁴ → 48 x³
        let f = reverse { x in
            middle { y in y * reverse { z in x * y * z * z * z }(y) }(x)
        }
        #expect(isNear([f(scalar64(1.5)).item()], [48 * 1.5 * 1.5 * 1.5]))
    }

    @Test(arguments: Way.allCases) func gradientsMadeByHandNestToo(_ outer: Way) {
        let f = outer { x in
            let leaf = x.requiringGrad()
            return (leaf * leaf * leaf * x.detach()).gradient(withRespectTo: leaf, createGraph: true)
        }
        // 3x² · c with c = x detached: 6 x c
        #expect(isNear([f(scalar64(2)).item()], [24]))
    }

    @Test func aPullbackCalledInsideAnotherTransform() {
        let (_, pullback) = vjp({ x in x * x * x }, at: scalar64(2))
        // Linear in the cotangent: 12.
        for way in Way.allCases { #expect(way { pullback($0 * $0) }(scalar64(5)).item() == 120, "\(way)") }
        // Over a recorded point.
        let x = scalar64(2).requiringGrad()
        let (_, recorded) = vjp({ x in x * x * x }, at: x)
        #expect(recorded(scalar64(1)).gradient(withRespectTo: x, retainGraph: true).item() == 12)
        #expect(forward { recorded($0 * $0) }(scalar64(5)).gradient(withRespectTo: x).item() == 120)
        let (_, map) = linearize({ $0 * $0 * $0 }, at: x)
        #expect(map(scalar64(1)).gradient(withRespectTo: x).item() == 12)
    }

    @Test func anEscapedValueIsRefusedWithBothLines() throws {
        for way in [Way.forward, .linear] {
            let leaked = Leak()
            let one = scalar64(1)
            let made: Int
            if way == .forward {
                made = #line + 1
                _ = jvp(leaked.keep, at: one, along: one)
            } else {
                made = #line + 1
                _ = linearize(leaked.keep, at: one)
            }
            let used = #line + 1
            let found = transformFailure { _ = leaked.value! + 1 }
            let error = try #require(found)
            #expect(error.kind == .traced)
            #expect(error.description.contains("HardCasesTests.swift:\(made) "), "\(error)")
            #expect(error.description.contains("HardCasesTests.swift:\(used) "), "\(error)")
            // Inside a transform of the same height, too, on either side.
            for use in [{ (x: Tensor) in x * leaked.value! }, { leaked.value! * $0 }] {
                #expect(transformFailure { _ = forward(use)(scalar64(2)) }?.kind == .traced)
            }
            // Its numbers may still be read.
            #expect(leaked.value!.item() == 2)
        }
    }

    @Test func aFreedGraphThatEscapedIsRefused() throws {
        let leaked = Leak()
        _ = gradient(of: { leaked.keep($0.exp()).sum() }, at: scalar64(1))
        let error = try #require(transformFailure { leaked.value!.backward() })
        #expect(error.kind == .graphFreed)
    }

    @Test func tasksKeepTheirTransformsApart() async {
        await withTaskGroup(of: Bool.self) { group in
            for task in 1...8 {
                group.addTask {
                    let k = Double(task)
                    return (0..<20).allSatisfy { _ in
                        let second = reverse(forward { x in (x * k).sin() })(scalar64(0.3)).item()
                        return abs(second + k * k * Foundation.sin(0.3 * k)) < 1e-9 * k * k
                    }
                }
            }
            var right = 0
            for await isRight in group { right += isRight ? 1 : 0 }
            #expect(right == 8)
        }
    }
}

/// Keeps a value beyond the transform that made it: twice the tensor.
private final class Leak {
    var value: Tensor?

    func keep(_ x: Tensor) -> Tensor {
        value = x * 2
        return value!
    }
}

/// Counts calls.
final class Counter: Sendable {
    private let calls = Mutex(0)
    var count: Int { calls.withLock { $0 } }
    func add() { calls.withLock { $0 += 1 } }
}
