import Adjoint
import AdjointDiagrams
import Synchronization

extension TourStep {
    /// Forward and reverse accumulation on the same graph, with every intermediate number.
    static let twoModes = TourStep(Phrase("Two modes: forward and reverse accumulation", "两种模式：正向累积与反向累积")) { page in
        page.paragraph(
            "A product of many factors may be multiplied from either end. Forward accumulation starts at the inputs and "
                + "carries a tangent v̇ = ∂v/∂xᵢ along with every value; reverse accumulation first computes all values, "
                + "then starts at the result and carries an adjoint v̄ = ∂f/∂v back to every variable:",
            "连乘可以从任意一端开始。正向累积从输入出发，每算出一个值，就同时算出它的切线值（tangent）v̇ = ∂v/∂xᵢ；"
                + "反向累积则先算出所有的值，再从结果出发，把伴随值（adjoint）v̄ = ∂f/∂v 一步步传回每个变量：")
        page.formulas(
            page.text("forward   ", "正向累积  ") + "∂z/∂x = ∂z/∂b · (∂b/∂a · (∂a/∂x))",
            page.text("reverse   ", "反向累积  ") + "∂z/∂x = ((∂z/∂b) · ∂b/∂a) · ∂a/∂x")
        page.paragraph(
            "Here are both on the graph of the last step, \(SharedExample.formula), at x₁ = "
                + "\(SharedExample.point[0].shortest), x₂ = \(SharedExample.point[1].shortest):",
            "在上一步的计算图 \(SharedExample.formula) 上，取 x₁ = \(SharedExample.point[0].shortest)，"
                + "x₂ = \(SharedExample.point[1].shortest)，把两种模式各走一遍：")

        let forward = forwardTable()
        let example = SharedExample.recorded()
        let walk = TapeWalk(from: example.result)
        let adjoints = gradients(of: [example.result], withRespectTo: example.variables, retainGraph: true)
            .map { $0.item() }
        let values = example.variables.map { $0.item() }

        var left = TextTable(header: [page.text("forward ↓", "正向 ↓"), page.text("value", "值"), "v̇ (ẋ₁=1)", "v̇ (ẋ₂=1)"])
        var right = TextTable(header: [
            page.text("reverse", "反向"), page.text("value ↓", "值 ↓"), page.text("adjoint ↑", "伴随值 ↑"),
        ])
        for row in SharedExample.names.indices {
            let name = "\(SharedExample.names[row]) = \(SharedExample.formulas[row])"
            left.rows.append([name, forward.values[row].fixed(6)] + forward.tangents.map { $0[row].fixed(6) })
            right.rows.append([name, values[row].fixed(6), adjoints[row].fixed(6)])
        }
        page.block(sideBySide(left.lines, right.lines))

        // Each use of v₁ contributes the adjoint of the user times its local derivative.
        let uses = [2, 3].map { user in
            let node = walk.nodes[walk.place(of: example.variables[user])!]
            let inputs = user == 2 ? example.inputs : [example.variables[0]]
            return (user: user, local: localDerivatives(of: node, at: inputs)[0].item())
        }
        let terms = uses.map { "\(adjoints[$0.user].rounded(to: 6)) · \(parenthesised($0.local))" }
        let sum = uses.reduce(0) { $0 + adjoints[$1.user] * $1.local }
        page.paragraph(
            "The forward table is read downwards, once for each input. The reverse table is read down the values and then "
                + "up the adjoints, starting with v̄₅ = 1. The variable v₁ is used twice, so two contributions arrive and "
                + "are added:",
            "正向的表从上往下读，每个输入各读一遍。反向的表先沿“值”一列从上往下读，再沿“伴随值”一列从下往上读，起点是 v̄₅ = 1。"
                + "变量 v₁ 被用到两次，因此有两份贡献到达，要把它们相加：")
        page.formulas(
            "v̄₁ = v̄₃·∂v₃/∂v₁ + v̄₄·∂v₄/∂v₁ = \(terms.joined(separator: " + ")) = \(sum.rounded(to: 6))")
        drawBoth(&page, example, walk, forward.tangents, adjoints)

        page.paragraph(
            "Both give the same gradient. But forward accumulation needs one pass for each input, reverse accumulation "
                + "one pass for each output. Counted on f(x) = Σ sin(xᵢ)·xᵢ₊₁ with n inputs and one output:",
            "两种模式得到同样的梯度。不过，正向累积要为每个输入跑一遍，反向累积只要为每个输出跑一遍。"
                + "以 f(x) = Σ sin(xᵢ)·xᵢ₊₁（n 个输入，一个输出）为例，实际数一数：")
        var table = TextTable(
            header: [
                "n", page.text("forward passes", "正向遍数"), page.text("reverse passes", "反向遍数"),
                page.text("largest difference", "最大差异"),
            ], alignments: [.right])
        for count in [2, 10, 100] {
            let result = countPasses(count)
            table.rows.append([
                "\(count)", "\(result.forward)", "\(result.reverse)",
                result.difference < 1e-12 ? "< 1e-12" : "\(result.difference)",
            ])
        }
        page.table(table)
        page.paragraph(
            "A network has millions of parameters and one loss, so training uses reverse accumulation. A function with "
                + "few inputs and many outputs is the other way round.",
            "神经网络有上百万个参数，却只有一个损失，所以训练用反向累积。输入少、输出多的函数则正好相反。")
    }
}

/// Values and, for each input, tangents of all variables of the example: one forward pass an input.
private func forwardTable() -> (values: [Double], tangents: [[Double]]) {
    let inputs = SharedExample.point.map { Tensor($0, dtype: .float64) }
    let passes = inputs.indices.map { seeded in
        let seeds = inputs.indices.map { Tensor($0 == seeded ? 1.0 : 0.0, dtype: .float64) }
        return jvp({ stack(SharedExample($0).variables) }, at: inputs, along: seeds)
    }
    return (passes[0].value.doubles, passes.map(\.tangent.doubles))
}

/// The graph twice: with the tangents of the first seed, and with the adjoints.
private func drawBoth(
    _ page: inout Page, _ example: SharedExample, _ walk: TapeWalk, _ tangents: [[Double]], _ adjoints: [Double]
) {
    func picture(_ caption: String, _ details: [GraphDrawing.Annotation]) -> GraphDrawing {
        var picture = TapePicture(walk)
        for (index, tensor) in example.variables.enumerated() {
            picture.name(tensor, SharedExample.names[index], operation: SharedExample.formulas[index])
            picture.annotate(tensor, .plain("v = \(tensor.item().rounded(to: 6))"))
            picture.annotate(tensor, details[index])
        }
        return picture.drawing(caption: caption)
    }
    let forward = picture(
        page.text("forward accumulation, ẋ₁ = 1, ẋ₂ = 0", "正向累积，ẋ₁ = 1，ẋ₂ = 0"),
        tangents[0].map { .plain("v̇ = \($0.rounded(to: 6))") })
    let reverse = picture(
        page.text("reverse accumulation, f̄ = 1", "反向累积，f̄ = 1"), adjoints.map { .adjoint("v̄ = \($0.rounded(to: 6))") })
    page.draw([(forward, "forward-accumulation"), (reverse, "reverse-accumulation")])
}

/// A negative number in parentheses.
private func parenthesised(_ number: Double) -> String {
    let text = number.rounded(to: 6)
    return number < 0 ? "(\(text))" : text
}

/// How often each mode runs a function of `count` inputs for its gradient, and how far the results are apart.
private func countPasses(_ count: Int) -> (forward: Int, reverse: Int, difference: Double) {
    let point = (0..<count).map { 0.1 * Double($0 + 1) }
    let inputs = Tensor(point)
    var forwardRuns = 0
    let forward = (0..<count).map { axis in
        let direction = Tensor((0..<count).map { $0 == axis ? 1.0 : 0.0 })
        let result = jvp(
            { x in
                forwardRuns += 1
                return chained(x)
            }, at: inputs, along: direction)
        return result.tangent.item()
    }
    let leaf = inputs.requiringGrad()
    let result = chained(leaf)
    let reversePasses = Atomic(0)
    result.registerHook { _ in
        reversePasses.add(1, ordering: .relaxed)
        return nil
    }
    let reverse = result.gradient(withRespectTo: leaf).doubles
    return (
        forwardRuns, reversePasses.load(ordering: .relaxed),
        zip(forward, reverse).map { Swift.abs($0 - $1) }.max() ?? 0
    )
}

/// Σ sin(xᵢ)·xᵢ₊₁.
private func chained(_ x: Tensor) -> Tensor {
    let last = x.count - 1
    return (sin(x[0..<last]) * x[1..<(last + 1)]).sum()
}
