import Adjoint

/// The function of two variables that several steps look at: x₁·x₂ + sin x₁, with its intermediate variables.
struct SharedExample {
    static let formula = "f(x₁, x₂) = x₁·x₂ + sin x₁"
    static let point = [2.0, 5.0]
    static let names = ["v₁", "v₂", "v₃", "v₄", "v₅"]
    static let formulas = ["x₁", "x₂", "v₁·v₂", "sin v₁", "v₃ + v₄"]

    /// The program, as `init` runs it.
    static let source = """
        let v3 = v1 * v2
        let v4 = sin(v1)
        let v5 = v3 + v4
        """

    /// v₁ to v₅, in the order of `names`.
    let variables: [Tensor]
    var inputs: [Tensor] { Array(variables[0..<2]) }
    var result: Tensor { variables[4] }

    /// Computes the variables from x₁ and x₂.
    init(_ inputs: [Tensor]) {
        let (v1, v2) = (inputs[0], inputs[1])
        // cell example
        let v3 = v1 * v2
        let v4 = sin(v1)
        let v5 = v3 + v4
        // end
        variables = [v1, v2, v3, v4, v5]
    }

    /// The variables, recorded on the tape.
    static func recorded() -> SharedExample {
        SharedExample(point.map { Tensor($0, dtype: .float64).requiringGrad() })
    }
}

extension TourStep {
    /// Explicit and implicit construction, and the graph of a program that has just run.
    static let computationalGraph = TourStep(Phrase("The computational graph", "计算图")) { page in
        page.paragraph(
            "A program that computes f is a sequence of elementary operations. Written down as a directed acyclic graph "
                + "(DAG), whose nodes are the variables and whose edges say what was computed from what, it becomes "
                + "something a machine can walk, in both directions. There are two ways to obtain the graph:",
            "计算 f 的程序，不过是一串基本运算。把它画成一个有向无环图（DAG）：节点表示变量，边表示谁由谁算出。这样，机器就可以沿着它"
                + "走动，而且两个方向都可以走。得到计算图的方式有两种：")
        var ways = TextTable(
            header: [page.text("construction", "构造方式"), page.text("how", "做法"), page.text("systems", "系统")],
            alignments: [.left])
        ways.rows = [
            [
                page.text("explicit", "显式构造"),
                page.text("state the graph first, feed it with data later", "先把图写出来，再代入数据运行"),
                "TensorFlow, Theano, MXNet",
            ],
            [
                page.text("implicit", "隐式构造"), page.text("run the program; the graph is recorded", "程序照常运行，图被自动记录"),
                "PyTorch, MXNet",
            ],
        ]
        page.table(ways)
        page.paragraph(
            "Adjoint knows both; the last step shows one function built both ways. First the implicit way: these lines of "
                + "Swift have just run, with v1 = x₁ = \(SharedExample.point[0].shortest) and v2 = x₂ = \(SharedExample.point[1].shortest):",
            "两种方式 Adjoint 都有；最后一步会把同一个函数用两种方式各构造一遍。先看隐式构造：下面几行 Swift 代码刚刚运行过，"
                + "其中 v1 = x₁ = \(SharedExample.point[0].shortest)，v2 = x₂ = \(SharedExample.point[1].shortest)：")
        page.block([SharedExample.source])
        page.paragraph(
            "Nobody drew a graph, and yet there is one. Walking it from the result, each node names its operation, its "
                + "inputs, and the forward values that it has to keep for the derivative:",
            "没有人画过图，图却已经在那里了。从结果出发走一遍，每个节点都记着自己的运算、自己的输入，以及为求导必须保留的前向值：")

        let example = SharedExample.recorded()
        let walk = TapeWalk(from: example.result)
        let titles = walk.nodes.indices.map { place in
            let index = example.variables.firstIndex { walk.place(of: $0) == place }!
            return (name: SharedExample.names[index], value: example.variables[index].item())
        }
        var table = TextTable(
            header: [
                page.text("node", "节点"), page.text("operation", "运算"), page.text("inputs", "输入"),
                page.text("keeps", "保留"), page.text("value", "值"),
            ], alignments: [.left, .left, .left, .left, .right])
        for (place, node) in walk.nodes.enumerated() {
            let inputs = walk.sources[place].map { source in
                if case .node(let input) = source { titles[input].name } else { page.text("a constant", "常量") }
            }
            let kept = node.keptInputs.map { inputs[$0] } + (node.keepsOutput ? [titles[place].name] : [])
            table.rows.append([
                titles[place].name, node.isLeaf ? page.text("leaf", "叶子") : node.operation.label,
                inputs.isEmpty ? "—" : inputs.joined(separator: ", "),
                kept.isEmpty ? "—" : kept.joined(separator: ", "), titles[place].value.rounded(to: 6),
            ])
        }
        page.table(table)

        var picture = TapePicture(walk)
        for (index, tensor) in example.variables.enumerated() {
            picture.name(tensor, SharedExample.names[index], operation: SharedExample.formulas[index])
            picture.annotate(tensor, .plain(tensor.item().rounded(to: 6)))
        }
        page.draw(picture.drawing(caption: SharedExample.formula), name: "computational-graph")
        page.paragraph(
            "The product keeps both its inputs, since ∂(v₁·v₂)/∂v₁ = v₂ and the other way round; the sine keeps its input "
                + "for the cosine; the sum keeps nothing. The leaves x₁ and x₂ are where gradients will arrive.",
            "乘法保留两个输入，因为 ∂(v₁·v₂)/∂v₁ = v₂，反之亦然；正弦保留它的输入，以便求余弦；加法什么也不必保留。"
                + "叶子 x₁ 和 x₂，就是梯度最终到达的地方。")
    }
}
