import Adjoint

extension TourStep {
    /// The gradient of a function of several variables, against central differences.
    static let gradient = TourStep(Phrase("The gradient", "梯度")) { page in
        page.paragraph(
            "Take a function f: Rⁿ → R of a vector x = [x₁, x₂, …, xₙ]ᵀ. Its n partial derivatives, collected in one "
                + "vector, are its gradient:",
            "设函数 f: Rⁿ → R 的输入是 n 维向量 x = [x₁, x₂, …, xₙ]ᵀ，输出是一个标量。把 f 对所有变量的偏导数连结成一个向量，"
                + "就得到 f 的梯度：")
        page.formulas("∇f(x) = [∂f/∂x₁, ∂f/∂x₂, …, ∂f/∂xₙ]ᵀ")
        page.paragraph(
            "It points in the direction in which f grows fastest, and its length is the rate of that growth. Training "
                + "a network means walking against it. As an example take a function of three variables:",
            "梯度指向函数值增长最快的方向，它的长度就是这个方向上的增长率；训练神经网络，就是沿着它的反方向一步一步往下走。"
                + "下面看一个三元函数的例子：")
        page.formulas("f(x) = x₁³·x₂ + sin(x₂·x₃),    x = [1, 2, 0.5]ᵀ")
        page.paragraph(
            "Pen and paper give ∇f(x) = [3·x₁²·x₂, x₁³ + x₃·cos(x₂·x₃), x₂·cos(x₂·x₃)]ᵀ. The engine is given f alone. "
                + "An independent witness is the central difference (f(x + h·eᵢ) − f(x − h·eᵢ)) / 2h, where eᵢ is the "
                + "i-th unit vector: it needs no calculus, but it is only an approximation.",
            "手工推导的结果是 ∇f(x) = [3·x₁²·x₂, x₁³ + x₃·cos(x₂·x₃), x₂·cos(x₂·x₃)]ᵀ；而自动求导引擎只拿到了 f 本身。"
                + "再找一个独立的旁证：中心差分 (f(x + h·eᵢ) − f(x − h·eᵢ)) / 2h，其中 eᵢ 是第 i 个单位向量。"
                + "它完全不需要求导，但只能给出近似值。")

        let point = [1, 2, 0.5]
        let x = Tensor(point).requiringGrad()
        let y = f(x)
        let gradient = y.gradient(withRespectTo: x).doubles
        page.formulas("f(x) = \(y.item().fixed(8))")
        for step in [1e-2, 1e-3] {
            var table = TextTable(
                header: [
                    "h = \(step.shortest)", "f(x + h·eᵢ)", "f(x − h·eᵢ)", page.text("difference", "中心差分"), "∇f(x)",
                    page.text("error", "误差"),
                ])
            for axis in point.indices {
                func value(_ offset: Double) -> Double {
                    var moved = point
                    moved[axis] += offset
                    return f(Tensor(moved)).item()
                }
                let (above, below) = (value(step), value(-step))
                let difference = (above - below) / (2 * step)
                table.rows.append(
                    ["∂f/∂x\(indexDigits(axis + 1))"] + [above, below, difference, gradient[axis]].map { $0.fixed(8) }
                        + [Swift.abs(difference - gradient[axis]).scientific(1)])
            }
            page.table(table)
        }
        page.paragraph(
            "With h ten times smaller the error of the difference is a hundred times smaller: it converges to what the "
                + "engine computed, which is exact but for the rounding of the last digit. That is the subject of this "
                + "tour. Automatic differentiation computes the derivative of a function at a given point: it is neither "
                + "an approximation by differences nor a manipulation of formulas.",
            "步长 h 缩小到十分之一，差分的误差就缩小到百分之一：它逐渐逼近引擎算出的梯度，而后者除了末位的舍入之外是精确的。"
                + "这正是本导览的主题：自动求导计算的是一个函数在指定值上的导数，既不是用差分去近似，也不是对公式做符号推导。")
    }
}

private func f(_ x: Tensor) -> Tensor {
    x[0].pow(3) * x[1] + sin(x[1] * x[2])
}
