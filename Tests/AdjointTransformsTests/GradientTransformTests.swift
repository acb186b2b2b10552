import AdjointCore
import AdjointRuntime
import AdjointTransforms
import Foundation
import Testing

@Suite struct GradientTransformTests {
    private let x = vector64(0.7, 1.9, -1.3)

    @Test func closureFirstOrLastAndAnyNumberOfArguments() {
        let first = gradient(of: { x in (x * x).sum() }, at: x)
        #expect(isNear(first.doubles, x.doubles.map { 2 * $0 }) && !first.requiresGrad)
        let last = gradient(at: x) { ($0 * $0 * $0).sum() }
        #expect(isNear(last.doubles, x.doubles.map { 3 * $0 * $0 }))
        let (a, b) = gradient(at: x, vector64(1, 2, 3)) { x, y in (x * y.square()).sum() }
        #expect(isNear(a.doubles, [1, 4, 9]) && isNear(b.doubles, zip(x.doubles, [1, 2, 3]).map { 2 * $0 * $1 }))
        let (value, slopes) = valueWithGradient(of: { (list: [Tensor]) in (list[0] * list[1]).sum() }, at: [x, x])
        #expect(isNear([value.item()], [x.doubles.reduce(0) { $0 + $1 * $1 }]) && slopes.count == 2)
        #expect(isNear(slopes[0].doubles, x.doubles) && !value.requiresGrad)
    }

    @Test func auxiliaryOutputsCome() {
        let (value, slope, auxiliary) = valueWithGradient(at: x) { x in
            let y = x.exp()
            return (y.sum(), ["y": y])
        }
        #expect(
            isNear(slope.doubles, auxiliary["y"]!.doubles) && isNear([value.item()], [auxiliary["y"]!.sum().item()]))
        #expect(!auxiliary["y"]!.requiresGrad)
        let other = valueWithGradient(of: { x in (x.sum(), 7) }, at: x)
        #expect(other.auxiliary == 7 && other.gradient.doubles == [1, 1, 1])
    }

    @Test func unusedArgumentsGetZerosAndThrowingPasses() throws {
        let (a, b) = gradient(at: x, vector64(1, 2)) { x, _ in x.sum() }
        #expect(a.doubles == [1, 1, 1] && b.doubles == [0, 0])
        struct Stop: Error {}
        func refuse(_ x: Tensor) throws -> Tensor { throw Stop() }
        #expect(throws: Stop.self) { try gradient(of: refuse, at: x) }
        // The gradient is wanted whatever the scope outside says.
        #expect(noGrad { gradient(at: x) { $0.sum() } }.doubles == [1, 1, 1])
    }

    /// What a function records leads to its inputs alone, which a pass knows without a search, unless something has come between.
    @Test func searchesInsideAndLeavesOutsideChangeNothing() throws {
        // Another search marks the nodes: f = Σ 2 c² x³, f' = 6 c² x².
        let nested = gradient(at: x) { x in
            let y = x * x * 3
            let inner = gradients(of: [y.sum()], withRespectTo: [x], createGraph: true)[0]
            return (inner * y).sum()
        }
        #expect(isNear(nested.doubles, x.doubles.map { 54 * $0 * $0 }))
        // A leaf outside is no input, but what comes out is recorded for it, also where it meets the input late.
        let leaf = vector64(2, -1, 0.5).requiringGrad()
        let slope = gradient(at: x) { x in (x.square() + (leaf * leaf).exp() * x).sum() }
        #expect(slope.requiresGrad)
        let mixed = gradients(of: [slope.sum()], withRespectTo: [leaf])[0]
        #expect(isNear(mixed.doubles, leaf.doubles.map { 2 * $0 * Foundation.exp($0 * $0) }))
        // An input that was recorded already keeps its history.
        let outer = gradient(at: x) { x in gradient(at: x.square()) { $0.square().sum() }.sum() }
        #expect(isNear(outer.doubles, x.doubles.map { 4 * $0 }))
        // A part that a pass inside has freed is an error, and not a gradient of zero.
        let freed = transformFailure {
            _ = gradient(at: x) { x in
                let y = x.square()
                y.sum().backward()
                return (y.exp() + x).sum()
            }
        }
        #expect(try #require(freed).kind == .graphFreed)
    }

    @Test func badQuestionsAreRefused() throws {
        let found = transformFailure {
            let slope = gradient(of: { $0 * 2 }, at: x)
            #expect(slope.failure != nil)
        }
        let vectorValued = try #require(found)
        #expect(vectorValued.description.contains("[3]") && vectorValued.description.contains("jacobian"))
        #expect(vectorValued.description.contains("GradientTransformTests.swift"))
        let whole = try #require(transformFailure { _ = gradient(of: { $0.sum() }, at: Tensor([1, 2])) })
        #expect(whole.kind == .dtype && whole.description.contains("int64"))
        let none = try #require(transformFailure { _ = gradient(of: { (_: [Tensor]) in x.sum() }, at: []) })
        #expect(none.description.contains("no tensors"))
        let truth = try #require(transformFailure { _ = gradient(of: { ($0 .> 0).all() }, at: x) })
        #expect(truth.description.contains("whyNoGradient"))
    }

    @Test func closedOverLeavesStayConnected() {
        let w = vector64(2, 3, 4).requiringGrad()
        let (value, slope) = valueWithGradient(of: { x in (x * x * w).sum() }, at: x)
        #expect(isNear(slope.doubles, zip(x.doubles, w.doubles).map { 2 * $0 * $1 }))
        slope.sum().backward(retainGraph: true)
        #expect(isNear(w.grad!.doubles, x.doubles.map { 2 * $0 }))
        w.grad = nil
        value.backward()
        #expect(isNear(w.grad!.doubles, x.doubles.map { $0 * $0 }))
        // Not inside noGrad.
        #expect(!noGrad { gradient(of: { x in (x * w).sum() }, at: x) }.requiresGrad)
    }

    @Test func pullbacksAreReusable() {
        let (y, pullback) = vjp({ x in x * x }, at: x)
        #expect(isNear(y.doubles, x.doubles.map { $0 * $0 }) && !y.requiresGrad)
        for seed in [vector64(1, 0, 0), vector64(0, 2, 3)] {
            #expect(isNear(pullback(seed).doubles, zip(x.doubles, seed.doubles).map { 2 * $0 * $1 }))
        }
        let rows = vmap({ pullback($0) }, over: Tensor.eye(3, dtype: .float64))
        #expect(isNear(rows.doubles, [1.4, 0, 0, 0, 3.8, 0, 0, 0, -2.6]))
        let (pair, back) = vjp({ x, y in ["sum": x + y, "product": x * y] }, at: x, x)
        let (a, b) = back(["sum": Tensor.ones(like: x), "product": Tensor.ones(like: x)])
        #expect(pair.count == 2 && isNear(a.doubles, x.doubles.map { 1 + $0 }) && isNear(b.doubles, a.doubles))
        #expect(transformFailure { _ = pullback(vector64(1)) }?.kind == .shape)
        #expect(transformFailure { _ = pullback(Tensor.ones(3)) }?.kind == .dtype)
    }

    @Test func containersGoForward() {
        let model = ["w": vector64(1, 2), "b": vector64(3, 4)]
        let (value, tangent) = jvp(
            { (m: [String: Tensor], x: Tensor) in [m["w"]! * x, m["b"]! + x] }, at: model, vector64(5, 6),
            along: ["w": vector64(1, 0), "b": vector64(0, 1)], vector64(0, 1))
        #expect(value.map(\.doubles) == [[5, 12], [8, 10]])
        #expect(tangent.map(\.doubles) == [[5, 2], [0, 2]])
        let error = transformFailure {
            _ = jvp({ (m: [String: Tensor]) in m["w"]! }, at: model, along: ["w": vector64(1, 0), "b": vector64(1)])
        }
        #expect(error?.kind == .shape && error!.description.contains("b of type"))
    }

    @Test func linearizationRunsTheFunctionOnce() {
        let runs = Counter()
        let (y, pushforward) = linearize(
            { (x: Tensor) -> Tensor in
                runs.add()
                let unused = x.exp() * 2
                _ = unused
                return x.sin() * x + x.detach()
            }, at: x)
        for direction in [vector64(1, 0, 0), vector64(0.5, -1, 2)] {
            let expected = jvp({ x in x.sin() * x + x.detach() }, at: x, along: direction)
            #expect(pushforward(direction).doubles == expected.tangent.doubles && y.doubles == expected.value.doubles)
        }
        #expect(runs.count == 1)
        #expect(transformFailure { _ = pushforward(vector64(1)) }?.kind == .shape)
        // The transpose of the map is the pullback.
        let transposed = linearTranspose(of: { pushforward($0) }, like: x)
        let (_, pullback) = vjp({ x in x.sin() * x }, at: x)
        #expect(isNear(transposed(vector64(1, 2, 3)).doubles, pullback(vector64(1, 2, 3)).doubles))
    }

    @Test func transposesOfLinearFunctions() {
        let a = numbers64([2, 3])
        let transpose = linearTranspose(of: { x in a.matmul(x) }, like: x)
        #expect(isNear(transpose(vector64(1, 2)).doubles, vector64(1, 2).matmul(a).doubles))
        let (p, q) = linearTranspose(of: { x, y in x * 2 - y }, like: x, x)(vector64(1, 2, 3))
        #expect(p.doubles == [2, 4, 6] && q.doubles == [-1, -2, -3])
    }
}
