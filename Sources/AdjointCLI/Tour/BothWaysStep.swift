import Adjoint

/// The note's function, built implicitly and explicitly.
struct BothWays {
    /// Implicit: the graph is what ran.
    static let implicitSource = """
        var b = a * 2
        while b.norm() < 1000 {
            b = b * 2
        }
        return b.sum() > 0 ? b : 100 * b
        """

    static func implicit(_ a: Tensor) -> Tensor {
        // beside
        var b = a * 2
        while b.norm() < 1000 {
            b = b * 2
        }
        return b.sum() > 0 ? b : 100 * b
        // end
    }

    static let explicitSource = """
        let g = GraphBuilder()
        let a = g.input("a")
        let b = whileLoop(
            a * 2,
            while: { $0.norm() .< 1000 },
            do: { $0 * 2 })
        let d = cond(
            b.sum() .> 0, b,
            then: { $0 },
            else: { 100 * $0 })
        let slope = g.gradient(
            of: d, withRespectTo: a)
        """

    /// The graph of d as it was stated.
    let stated: Graph
    /// d and its slope.
    let run: GraphFunction

    init() throws {
        // beside
        let g = GraphBuilder()
        let a = g.input("a")
        let b = whileLoop(
            a * 2,
            while: { $0.norm() .< 1000 },
            do: { $0 * 2 })
        let d = cond(
            b.sum() .> 0, b,
            then: { $0 },
            else: { 100 * $0 })
        let slope = g.gradient(
            of: d, withRespectTo: a)
        // end
        stated = GraphPass.deadCode(try g.graph([d], names: ["d"])).graph
        run = try g.function([a], [d, slope])
    }
}

extension TourStep {
    /// One function built both ways, side by side.
    static let bothWays = TourStep(Phrase("One function, built both ways", "同一个函数，两种构造")) { page in
        page.paragraph(
            "The same function can be stated first. Then there is one graph for every a, and what decides is part of it: "
                + "the loop and the branch are operations. On the left the implicit construction, on the right the explicit one:",
            "同一个函数也可以先写成图。这样，一张图适用于每一个 a，而做决定的部分就在图里：循环和分支都是运算。左边是隐式构造，右边是显式构造：")
        let left = [page.text("implicit", "隐式"), ""] + BothWays.implicitSource.components(separatedBy: "\n")
        let right = [page.text("explicit", "显式"), ""] + BothWays.explicitSource.components(separatedBy: "\n")
        page.block(sideBySide(left, right, gap: 8))
        do {
            let both = try BothWays()
            page.paragraph(
                "Both give the same numbers. The implicit graph is another one for each a; the explicit one stays as it is:",
                "两者给出同样的数值。隐式的图因 a 而异；显式的图始终是同一张：")
            var table = TextTable(
                header: [
                    "a", page.text("nodes left behind by the run", "运行留下的节点"), page.text("slope, implicit", "斜率（隐式）"),
                    page.text("slope, explicit", "斜率（显式）"),
                ], alignments: [.right])
            for number in [0.37, -0.37, 3.0] {
                let a = Tensor(number).requiringGrad()
                let d = BothWays.implicit(a)
                let count = d.graphNodes.count
                d.backward()
                let results = try both.run(Tensor(number))
                table.rows.append([
                    number.shortest, "\(count)", a.grad!.item().shortest, results[1].item().shortest,
                ])
            }
            page.table(table)
            page.paragraph(
                "The explicit graph of d, as text; adjoint graph draws such graphs. A step names its result, its type, its "
                    + "operation and its operands:",
                "d 的显式图，写成文本是这样的（adjoint graph 可以把这样的图画出来）。每一步写明结果、类型、运算和操作数：")
            page.block(both.stated.description.components(separatedBy: "\n").filter { !$0.isEmpty })
        } catch {
            page.block(["\(error)"])
        }
        page.paragraph(
            "This is where the tour ends. Next: adjoint grad differentiates your own formulas, adjoint graph states them as "
                + "graphs, and adjoint train digits puts it all to work on a neural network.",
            "导览到此结束。接下来，可以用 adjoint grad 对自己的公式求导，用 adjoint graph 把公式写成图，也可以用 adjoint train digits "
                + "看这一切如何训练出一个神经网络。")
    }
}
