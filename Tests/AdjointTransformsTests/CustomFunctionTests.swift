import AdjointCore
import AdjointTesting
import AdjointTransforms
import Foundation
import Testing

/// x² y, with rules by name.
private func product(_ rules: String) -> CustomFunction {
    let value: CustomFunction.Function = { $0[0].square() * $0[1] }
    let vjp: CustomFunction.VJP = { x, _, g in [g * 2 * x[0] * x[1], g * x[0].square()] }
    let jvp: CustomFunction.JVP = { x, _, t in 2 * x[0] * x[1] * t[0] + x[0].square() * t[1] }
    switch rules {
    case "vjp": return CustomFunction("product", value, vjp: vjp)
    case "jvp": return CustomFunction("product", value, jvp: jvp)
    default: return CustomFunction("product", value, vjp: vjp, jvp: jvp)
    }
}

@Suite struct CustomFunctionTests {
    private let x = vector64(0.7, 1.9, -1.3)
    private let y = vector64(2, -0.5, 0.8)

    @Test(arguments: ["vjp", "jvp", "both"]) func everyModeAndOrder(_ rules: String) throws {
        let f = product(rules)
        try gradientCheck({ f($0[0], $0[1]).sin() }, at: [x, y], order: 2)
        let g = { (x: Tensor) in f(x, x).sum() }  // x³
        #expect(isNear(hessian(of: g, at: x).doubles, Tensor.diagonal(x.doubles.map { 6 * $0 }).doubles))
        for outer in Way.allCases {
            for inner in Way.allCases {
                let third = outer(inner(Way.reverse { f($0, $0) }))
                #expect(isNear([third(scalar64(1.5)).item()], [6]), "\(outer) \(inner)")
            }
        }
        let rows = vmap({ row in gradient(of: { f($0, $0).sum() }, at: row) }, over: stack([x, y]))
        #expect(isNear(rows.doubles, (x.doubles + y.doubles).map { 3 * $0 * $0 }))
        #expect(
            isNear(
                jacobian(of: { f($0, y) }, at: x, mode: .reverse).doubles,
                jacobian(of: { f($0, y) }, at: x, mode: .forward).doubles))
        // As a constant, and in graphs.
        #expect(!f(x, y).requiresGrad && f(x.requiringGrad(), y).operationName == "product")
    }

    @Test func theRuleIsUsedWhateverTheFunctionSays() {
        let straight = CustomFunction("straight", { $0[0].round() }, vjp: { _, _, g in [g] })
        #expect(gradient(at: x) { (straight($0) * y).sum() }.doubles == y.doubles)
        #expect(jvp({ straight($0) }, at: x, along: y).tangent.doubles == y.doubles)
        let clipped = CustomFunction("clipped", { $0[0] }, vjp: { _, _, g in [minimum(g, 1)] })
        #expect(gradient(at: x) { (clipped($0) * y).sum() }.doubles == [1, -0.5, 0.8])
        let silent = CustomFunction("silent", { $0[0] * $0[1] }, vjp: { x, _, g in [nil, g * x[0]] })
        let (a, b) = gradient(at: x, y) { silent($0, $1).sum() }
        #expect(a.doubles == [0, 0, 0] && b.doubles == x.doubles)
    }

    @Test func aForwardRuleOutsideTensorOperations() {
        // Through Swift arrays: no transpose to be had, so one tangent an element.
        let cube = CustomFunction(
            "cube", { Tensor($0[0].doubles.map { $0 * $0 * $0 }, shape: [3]) },
            jvp: { x, _, t in
                Tensor(zip(x[0].doubles, t[0].doubles).map { 3 * $0 * $0 * $1 }, shape: [3])
            })
        #expect(
            isNear(gradient(at: x) { (cube($0) * y).sum() }.doubles, zip(x.doubles, y.doubles).map { 3 * $0 * $0 * $1 })
        )
    }

    @Test func wrongRulesAreNamedWithTheirLine() throws {
        let leaf = x.requiringGrad()
        let line = #line + 1
        let short = CustomFunction("short", { $0[0] * $0[1] }, vjp: { x, _, g in [g * x[1]] })
        let count = transformFailure { short(leaf, leaf).sum().backward() }
        #expect(count?.description.contains("1 gradients for 2 inputs") == true)
        #expect(count!.description.contains("CustomFunctionTests.swift:\(line) "), "\(count!)")
        let wrong = CustomFunction("wrong", { $0[0] }, vjp: { _, _, g in [g.sum()] })
        #expect(transformFailure { wrong(leaf).sum().backward() }?.kind == .shape)
        let single = CustomFunction("single", { $0[0] }, vjp: { _, _, g in [g.to(.float32)] })
        #expect(transformFailure { single(leaf).sum().backward() }?.kind == .dtype)
        let tangent = CustomFunction("tangent", { $0[0] }, jvp: { _, _, t in t[0].sum() })
        #expect(
            transformFailure { _ = jvp({ tangent($0) }, at: x, along: y) }?.description.contains("gave a tangent")
                == true)
        let opaque = CustomFunction("opaque", { $0[0] }, vjp: { _, _, g in [Tensor(g.doubles, shape: [3])] })
        #expect(
            transformFailure { _ = jvp({ opaque($0) }, at: x, along: y) }?.description.contains("give jvp as well")
                == true)
        #expect(transformFailure { _ = CustomFunction("none", { $0[0] }) } != nil)
        #expect(transformFailure { _ = short() }?.kind == .argument)
        #expect(leaf.grad == nil)
    }

    @Test func aClosedOverTransformIsRefused() {
        let error = transformFailure {
            _ = jvp({ x in CustomFunction("closing", { $0[0] * x }, vjp: { _, _, g in [g] })(y) }, at: x, along: y)
        }
        #expect(error?.kind == .traced)
    }
}

extension Tensor {
    fileprivate static func diagonal(_ elements: [Double]) -> Tensor {
        Tensor(elements, shape: [elements.count]) * Tensor.eye(elements.count, dtype: .float64)
    }
}
