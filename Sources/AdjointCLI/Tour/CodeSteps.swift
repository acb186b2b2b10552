import Adjoint
import AdjointRuntime

// The code of the study note, cell by cell.
extension TourStep {
    /// The gradient of a scalar: `In [1]` and `In [3]` of the note.
    static let backward = TourStep(Phrase("In code: backward", "代码：backward")) { page in
        page.paragraph(
            "A tensor that asks for a gradient is a leaf. Everything computed from it is recorded, and when backward is "
                + "called on the result, the gradient is computed along the graph by the chain rule and put into the "
                + "leaf's grad. For y = 2⟨x, x⟩ that is ∇y = 4x:",
            "声明需要梯度的张量是叶子。由它算出的一切都会被记录下来；对结果调用 backward，就会根据计算图和链式法则算出梯度，"
                + "存放到叶子的 grad 中。对 y = 2⟨x, x⟩，应有 ∇y = 4x：")
        page.cell(.backward)
        page.why(
            "grad was empty until backward ran; there is a place for it because x asked for one before y was computed.",
            "反向传播之前 grad 是空的；它之所以有地方存放，是因为 x 在计算 y 之前就声明了需要梯度。")
    }

    /// Gradients add up until they are cleared: `In [5]`.
    static let accumulation = TourStep(Phrase("In code: gradients accumulate", "代码：梯度的累积与清零")) { page in
        page.paragraph(
            "A second backward does not replace the gradient, it adds to it: useful when a batch is processed in parts, "
                + "wrong when the next gradient should start afresh. So it is cleared first. The gradient of a sum "
                + "x₁ + x₂ + … + xₙ is 1 for each element:",
            "再次调用 backward 时，新的梯度不会取代旧的，而是累加上去。分几次处理一个批量时，这很方便；要重新开始时，就得先清零。"
                + "求和函数就是 x₁ + x₂ + … + xₙ，它对每个元素的偏导数自然都是 1：")
        page.cell(.accumulation)

        let x = Tensor.arange(4.0).requiringGrad()
        let before = x.grad
        var rows: [String] = ["x.grad                     \(before.map(String.init(describing:)) ?? "nil")"]
        for _ in 0..<2 {
            x.sum().backward()
            rows.append("x.sum().backward(); x.grad \(x.grad!)")
        }
        page.paragraph(
            "Without clearing, the gradients of two passes add up; and before the first pass there is nothing to clear:",
            "如果不清零，两遍反向传播的梯度就会叠加；而在第一遍之前，还没有梯度可以清零：")
        page.block(rows)
    }

    /// Why vectors are summed before they are differentiated.
    static let vectors = TourStep(Phrase("In code: when the result is a vector", "代码：当结果是向量")) { page in
        page.paragraph(
            "So far every y was a scalar. If y and x are both vectors, the derivative is a matrix, the Jacobian "
                + "∂y/∂x. The engine refuses to guess what is meant by the gradient of y = x·x:",
            "到目前为止，y 都是标量。如果 y 和 x 都是向量，求导就会得到一个矩阵，即雅可比矩阵 ∂y/∂x。对于 y = x·x 的“梯度”，"
                + "引擎不会替你猜测：")
        let x = Tensor.arange(4.0).requiringGrad()
        do {
            try checked { (x * x).backward() }
        } catch let error as TensorError {
            page.block(["y.backward()"] + "\(error.operation): \(error.problem)".wrapped(to: 88))
        } catch {
            page.block(["\(error)"])
        }
        page.paragraph(
            "The whole matrix takes one pass for each element of y, each seeded with a unit vector:",
            "要得到整个矩阵，y 的每个元素都需要一遍反向传播，分别以单位向量作为种子：")
        let y = x * x
        page.block([
            """
            let rows = (0..<4).map { row in
                y.gradient(withRespectTo: x, seed: Tensor.eye(4)[row], retainGraph: true)
            }
            let jacobian = stack(rows)
            """
        ])
        // cell jacobian
        let rows = (0..<4).map { row in
            y.gradient(withRespectTo: x, seed: Tensor.eye(4)[row], retainGraph: true)
        }
        let jacobian = stack(rows)
        // end
        page.block(["\(jacobian)"])
        let gradient = y.sum().gradient(withRespectTo: x)
        page.paragraph(
            "In deep learning that matrix is hardly ever wanted. The aim is the sum of the partial derivatives that each "
                + "sample of a batch contributes on its own, and for that one pass from y.sum() is enough. The sum of "
                + "the rows, and the gradient of the sum:",
            "深度学习很少需要这个矩阵：我们的目的不是计算微分矩阵，而是批量中每个样本单独计算的偏导数之和。"
                + "为此，从 y.sum() 出发传播一遍就够了。各行之和，与和的梯度：")
        page.block(["\(jacobian.sum(axis: 0))", "\(gradient)"])
    }

    /// Values that count as constants: `In [11]` and `In [13]`.
    static let detach = TourStep(Phrase("In code: detach", "代码：分离计算")) { page in
        page.paragraph(
            "Sometimes a value should be used but not differentiated. detach moves it out of the recorded graph: u has "
                + "the numbers of y = x·x, but as a constant. So the gradient of z = u·x is u, not 3x²:",
            "有时，我们希望使用某个值，却不让梯度流过它。detach 把它移到计算图之外：u 与 y = x·x 的值相同，但不参与梯度计算，"
                + "被当作常量。所以 z = u·x 的梯度是 u，而不是 3x²：")
        page.cell(.detach)
        page.why(
            "The branch through u ends at u, so ∂z/∂x sees only the factor x.",
            "经过 u 的那条路径到 u 就断了，所以求 ∂z/∂x 时只看到因子 x。")
        page.paragraph(
            "The graph of y itself was not touched. Starting from y, the gradient is 2x as ever:",
            "y 自己的计算图并没有受影响。从 y 出发求导，梯度依旧是 2x：")
        page.cell(.sum)
        page.why(
            "detach gives a new tensor without history; y keeps its own.",
            "detach 得到的是一个没有历史的新张量，y 的历史仍然保留着。")
    }

    /// Loops and branches: `In [37]`.
    static let controlFlow = TourStep(Phrase("In code: control flow", "代码：控制流的梯度")) { page in
        page.paragraph(
            "Here implicit construction shows its strength. The graph is recorded while the program runs, so a program "
                + "may loop and branch on the very numbers that it computes, and the derivative follows the way it took. "
                + "This function doubles its input until the norm reaches 1000; how often depends on the input:",
            "这就是隐式构造的好处：计算图是在程序运行时记录下来的，所以程序可以根据算出的数值来循环和分支，导数总会沿着实际走过的路径。"
                + "下面的函数不断把输入加倍，直到范数（L2 范数）达到 1000，至于循环多少次，取决于输入本身：")
        page.cell(.controlFlow)
        page.why(
            "For every a the function is linear near a, d = k·a, so its derivative is the slope k = d/a.",
            "在每个 a 的附近，d 都是 a 的线性函数 d = k·a，所以导数就是斜率 k = d/a。")
        page.paragraph(
            "A negative sample takes the other branch, and its slope is a hundred times a power of two:",
            "负的样本会走另一条分支，斜率是 2 的幂的一百倍：")
        page.cell(.negative)
        page.paragraph(
            "The same program, two different graphs. Walked from d:",
            "同一个程序，两张不同的计算图。从 d 出发走一遍：")
        var table = TextTable(
            header: ["a", page.text("multiplications recorded", "记录的乘法"), "d", "d/a"], alignments: [.right])
        for cell in [NoteCell.controlFlow, .negative] {
            let d = NoteCells.run.results[cell]!
            let walk = TapeWalk(from: d)
            let a = NoteCells.run.inputs[cell]!
            table.rows.append(
                [a.item().fixed(4), "\(walk.nodes.count - 1)", d.item().fixed(4), (d / a).item().rounded(to: 4)])
        }
        page.table(table)
    }
}

extension Page {
    /// Adds a cell: its source and what it printed.
    fileprivate mutating func cell(_ cell: NoteCell) {
        block([cell.source])
        block(NoteCells.run.output[cell]!.map { "→ " + $0 })
    }

    /// Adds a line of explanation below a cell.
    fileprivate mutating func why(_ en: String, _ zh: String) {
        paragraph("Why: " + en, "为什么？" + zh)
    }
}
