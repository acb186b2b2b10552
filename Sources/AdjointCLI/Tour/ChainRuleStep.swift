import Adjoint
import AdjointDiagrams

extension TourStep {
    /// The chain rule on the squared error of a linear model.
    static let chainRule = TourStep(Phrase("The chain rule", "链式法则")) { page in
        page.paragraph(
            "If z depends on b, b on a, and a on w, then their derivatives multiply along the chain. For scalars these "
                + "are numbers; for vectors they are matrices of partial derivatives, and the product is the matrix product:",
            "如果 z 依赖于 b，b 依赖于 a，a 又依赖于 w，那么沿着这条链把各级导数相乘，就得到 z 对 w 的导数。对标量来说，这些导数是数；"
                + "对向量来说，它们是由偏导数组成的矩阵，相应的乘法就是矩阵乘法：")
        page.formulas("∂z/∂w = ∂z/∂b · ∂b/∂a · ∂a/∂w")
        page.paragraph(
            "The squared error of a linear model with weights w, on an input x whose true answer is y, is such a chain:",
            "以线性模型的平方误差为例：w 是权重，x 是输入，y 是对应的真实值。把它拆成一步一步的中间变量，正好是这样一条链：")
        page.formulas("z = (⟨x, w⟩ − y)²:    a = ⟨x, w⟩,   b = a − y,   z = b²")

        let x = Tensor([1.0, 2, 3] as [Double])
        let w = Tensor([2.0, 1, -1] as [Double]).requiringGrad()
        let y = Tensor(4.0, dtype: .float64)
        let a = dot(x, w)
        let b = a - y
        let z = b.square()
        let walk = TapeWalk(from: z)

        // The derivative of each step with respect to its own input alone.
        func local(_ tensor: Tensor, _ inputs: [Tensor], _ index: Int) -> Tensor {
            localDerivatives(of: walk.nodes[walk.place(of: tensor)!], at: inputs)[index]
        }
        let (dz, db, da) = (local(z, [b], 0).item(), local(b, [a, y], 0).item(), local(a, [x, w], 1).doubles)
        let value = page.text("value", "值")
        let names = ["x", "w", "y", "a = ⟨x, w⟩", "b = a − y", "z = b²"]
        let values = [numbers(x.doubles), numbers(w.doubles)] + [y, a, b, z].map { $0.item().rounded(to: 6) }
        let derivatives = [
            "", "", "", "∂a/∂w = xᵀ = \(numbers(da))", "∂b/∂a = \(db.shortest)", "∂z/∂b = 2b = \(dz.shortest)",
        ]
        var table = TextTable(
            header: [page.text("variable", "变量"), value, page.text("local derivative", "局部导数")], alignments: [.left])
        for row in names.indices { table.rows.append([names[row], values[row], derivatives[row]]) }
        page.table(table)

        var picture = TapePicture(walk)
        picture.name(w, "w")
        picture.name(a, "a", operation: "⟨x, w⟩")
        picture.name(b, "b", operation: "a − y")
        picture.name(z, "z", operation: "b²")
        for (tensor, text) in [(w, values[1]), (a, values[3]), (b, values[4]), (z, values[5])] {
            picture.annotate(tensor, .plain(text))
        }
        picture.describeConstant(0, of: a, "x", values[0])
        picture.describeConstant(1, of: b, "y", values[2])
        picture.label(1, of: a, .adjoint("∂a/∂w = \(numbers(da))"))
        picture.label(0, of: b, .adjoint("∂b/∂a = \(db.shortest)"))
        picture.label(0, of: z, .adjoint("∂z/∂b = \(dz.shortest)"))
        page.draw(picture.drawing(), name: "chain-rule")

        let product = da.map { dz * db * $0 }
        let gradient = z.gradient(withRespectTo: w).doubles
        page.paragraph(
            "Multiplied along the path from z back to w:",
            "沿着从 z 回到 w 的路径，把局部导数乘起来：")
        page.formulas(
            "∂z/∂w = \(dz.shortest) · \(db.shortest) · \(numbers(da)) = \(numbers(product))",
            page.text("the engine:  ", "引擎的结果：") + numbers(gradient) + "    "
                + (product == gradient ? page.text("(equal)", "（相等）") : page.text("(different!)", "（不相等！）")))
        page.paragraph(
            "Every operation knows only its own local derivative. The chain rule does the rest, which is why a finite "
                + "set of rules is enough to differentiate every program that is composed of these operations.",
            "每个运算只需要知道自己的局部导数，其余的事都由链式法则完成。所以，有限的几条求导规则，就足以对这些运算组合而成的任何程序求导。")
    }
}
