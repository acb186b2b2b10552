import AdjointCore
import AdjointTransforms
import Foundation
import Testing

@Suite struct DerivativeMatrixTests {
    private let x = vector64(0.7, 1.9, -1.3)

    @Test(arguments: [JacobianMode.forward, .reverse, .automatic]) func jacobians(_ mode: JacobianMode) {
        let a = numbers64([2, 3])
        let j = jacobian(of: { a.matmul($0.square()) }, at: x, mode: mode)
        #expect(j.shape == [2, 3] && isNear(j.doubles, (a * (2 * x)).doubles))
        // Tensors of higher rank, several arguments, containers.
        let m = numbers64([2, 2], seed: 3)
        let (p, q) = jacobian(
            of: { m, x in m.matmul(m).sum(axis: 0) * x["k"]! }, at: m, ["k": vector64(2, 3)], mode: mode)
        #expect(p.shape == [2, 2, 2] && q["k"]!.shape == [2, 2])
        let numeric = (0..<4).flatMap { (index: Int) -> [Double] in
            var (up, down) = (m.doubles, m.doubles)
            up[index] += 1e-6
            down[index] -= 1e-6
            func f(_ e: [Double]) -> Tensor {
                let m = Tensor(e, shape: [2, 2])
                return m.matmul(m).sum(axis: 0) * vector64(2, 3)
            }
            return ((f(up) - f(down)) / 2e-6).doubles
        }
        #expect(isNear(p.movedAxis(0, to: -1).doubles, numeric, 1e-7))
        #expect(
            isNear(q["k"]!.doubles, [m.matmul(m).sum(axis: 0).doubles[0], 0, 0, m.matmul(m).sum(axis: 0).doubles[1]]))
        // A scalar's is its gradient; a constant's is zero.
        #expect(isNear(jacobian(of: { $0.exp().sum() }, at: x, mode: mode).doubles, x.exp().doubles))
        #expect(jacobian(of: { _ in vector64(1, 2) }, at: x, mode: mode).doubles == [0, 0, 0, 0, 0, 0])
        #expect(jacobian(of: { ($0 .> 0).to(.int64) }, at: x, mode: mode).doubles.allSatisfy { $0 == 0 })
    }

    @Test func thePlanShowsItsReasons() {
        let wide = jacobianPlan(of: { $0.sum() }, at: x)
        #expect(wide.mode == .reverse && wide.inputCount == 3 && wide.outputCount == 1)
        let tall = jacobianPlan(of: { outer($0, $0) }, at: x)
        #expect(
            tall.mode == .forward && tall.description.contains("3 tangents")
                && tall.description.contains("forward mode, the cheaper"))
        #expect(jacobianPlan(of: { $0 * 2 }, at: x).mode == .forward)
        #expect(jacobianPlan(of: { $0 * 2 }, at: x, mode: .reverse).description.contains("as asked for"))
        for (n, m) in [(1, 1), (2, 1), (3, 1), (10, 5), (11, 5)] {
            #expect((JacobianPlan(inputCount: n, outputCount: m).mode == .forward) == (n <= 2 * m))
        }
    }

    @Test func secondDerivatives() {
        // f = x₀² x₁ + exp(x₁ x₂)
        func f(_ x: Tensor) -> Tensor { x[0] * x[0] * x[1] + (x[1] * x[2]).exp() }
        let (a, b, c) = (0.7, 1.9, -1.3)
        let e = Foundation.exp(b * c)
        let expected = [2 * b, 2 * a, 0, 2 * a, c * c * e, (1 + b * c) * e, 0, (1 + b * c) * e, b * b * e]
        #expect(isNear(hessian(of: f, at: x).doubles, expected))
        let v = vector64(0.5, -2, 1.5)
        let product = Tensor(expected, shape: [3, 3]).matmul(v).doubles
        #expect(isNear(hessianVectorProduct(of: f, at: x, along: v).doubles, product))
        #expect(isNear(vectorHessianProduct(of: f, at: x, along: v).doubles, product))
        #expect(isNear([laplacian(of: f, at: x).item()], [expected[0] + expected[4] + expected[8]]))
        // Of several arguments: H = [[0, 1], [1, 0]] for f = x · y.
        let (p, q) = hessianVectorProduct(of: { x, y in dot(x, y) }, at: x, v, along: v, x)
        #expect(isNear(p.doubles, x.doubles) && isNear(q.doubles, v.doubles))
        // Third order: the gradient of the Laplacian of Σ x⁴ is 24 x.
        let third = gradient(of: { laplacian(of: { $0.pow(4).sum() }, at: $0) }, at: x)
        #expect(isNear(third.doubles, x.doubles.map { 24 * $0 }))
    }

    @Test func divergences() {
        // (x y, y z, z x): y + z + x
        let field = { (x: Tensor) in x * concatenate([x[1..<3], x[0..<1]]) }
        #expect(isNear([divergence(of: field, at: x).item()], [0.7 + 1.9 - 1.3]))
        let many = numbers64([10, 15])
        #expect(isNear([divergence(of: { $0.sin() }, at: many).item()], [many.cos().sum().item()]))
        #expect(isNear([laplacian(of: { $0.sin().sum() }, at: many).item()], [-many.sin().sum().item()]))
        #expect(transformFailure { _ = divergence(of: { $0.sum() }, at: x) }?.kind == .shape)
        #expect(transformFailure { _ = hessian(of: { $0 * 2 }, at: x) } != nil)
    }
}
