import Adjoint
import AdjointRuntime
import Synchronization

extension TourStep {
    /// What both modes keep, measured.
    static let memory = TourStep(Phrase("What is kept, and what is freed", "内存：保留什么，释放什么")) { page in
        page.paragraph(
            "Reverse accumulation walks back along values that were computed on the way forward, so these have to be kept "
                + "until the walk reaches them. Measured on y = sin(sin(… sin(x))), with x a vector of "
                + "\(size.grouped) numbers of 4 bytes:",
            "反向累积在往回走的时候，要用到前向计算的中间结果，所以在走到那里之前，必须把它们留着。"
                + "以 y = sin(sin(… sin(x))) 为例，其中 x 是由 \(size) 个数（每个 4 字节）组成的向量，实际测得：")
        var table = TextTable(
            header: [
                page.text("depth", "深度"), page.text("after forward", "前向之后"), page.text("per operation", "每次运算"),
                page.text("after backward", "反向之后"), page.text("forward mode, peak", "正向模式峰值"),
            ], alignments: [.right])
        for depth in [10, 100, 1000] {
            let kept = measureReverse(depth)
            table.rows.append(
                [depth, kept.afterForward, kept.afterForward / depth, kept.afterBackward, measureForward(depth)].map(
                    \.grouped))
        }
        page.table(table)
        page.paragraph(
            "All figures are bytes beyond x itself. What reverse mode keeps grows in proportion to the depth: O(n). This is "
                + "why training deep networks takes so much memory on a GPU. After the backward pass everything is back to "
                + "where it was. Forward mode needs the value and the tangent of the moment, whatever the depth.",
            "表中都是 x 本身之外的字节数。反向模式保留的内存与深度成正比，即 O(n)：这就是训练深度神经网络特别耗费 GPU 内存的原因。"
                + "反向传播结束之后，内存又回到了起点。正向模式只需要当前的值和切线值，与深度无关。")

        let depth = 1000
        page.paragraph(
            "The pass does not wait for its end: every node is freed as soon as it has been visited. On the way back "
                + "through \(depth.grouped) sines, the adjoint that is under way included:",
            "释放也不必等到最后：每个节点一旦访问完毕，它保留的值就立即扔掉。在往回穿过 \(depth) 层正弦的途中，内存占用"
                + "（包括正在传播的伴随值）为：")
        var release = TextTable(
            header: [page.text("operations left", "剩余运算"), page.text("bytes", "字节")], alignments: [.right])
        for (left, bytes) in measureRelease(depth, at: [1000, 750, 500, 250, 1]) {
            release.rows.append([left.grouped, bytes.grouped])
        }
        page.table(release)

        page.paragraph(
            "Nor is every value kept. Each operation declares what its rule reads, and nothing else survives. "
                + "Bytes that one operation more keeps, on a vector of 4,000 bytes:",
            "也不是每个值都要保留。每种运算都声明自己的求导规则要读哪些值，其余的一概不留。对 4,000 字节的向量每多做一次运算，多保留的字节数为：")
        var reads = TextTable(
            header: [page.text("operation", "运算"), page.text("derivative", "导数"), page.text("bytes kept", "保留字节")],
            alignments: [.left, .left, .right])
        for row in operations { reads.rows.append([row.name, row.derivative, measureOperation(row.body).grouped]) }
        page.table(reads)
    }
}

private let size = 1000

private func leaf() -> Tensor { Tensor.full([size], 0.5).requiringGrad() }

private func sines(_ x: Tensor, _ depth: Int) -> Tensor {
    var y = x
    for _ in 0..<depth { y = sin(y) }
    return y
}

/// Bytes beyond the leaf after the forward pass, and after the backward pass when the result is gone.
private func measureReverse(_ depth: Int) -> (afterForward: Int, afterBackward: Int) {
    let x = leaf()
    let start = Memory.current
    let afterForward = {
        let y = sines(x, depth)
        let kept = Memory.current - start
        y.backward(seed: Tensor.ones(like: y))
        return kept
    }()
    x.grad = nil
    return (afterForward, Memory.current - start)
}

/// The most bytes beyond the input and its tangent that a forward pass occupies at any time.
private func measureForward(_ depth: Int) -> Int {
    let x = leaf().detach()
    let direction = Tensor.ones(like: x)
    let start = Memory.current
    Memory.resetPeak()
    _ = jvp({ sines($0, depth) }, at: x, along: direction)
    return Memory.peak - start
}

/// Bytes beyond the leaf when the backward pass reaches certain places of the chain.
private func measureRelease(_ depth: Int, at places: [Int]) -> [(left: Int, bytes: Int)] {
    let x = leaf()
    let start = Memory.current
    let seen = Mutex<[(left: Int, bytes: Int)]>([])
    var y = x
    for place in 1...depth {
        y = sin(y)
        if places.contains(place) {
            y.registerHook { _ in
                seen.withLock { $0.append((place, Memory.current - start)) }
                return nil
            }
        }
    }
    let total = y.sum()
    y = x
    total.backward()
    return seen.withLock { $0 }
}

/// An operation, its derivative, and the operation as a program.
private let operations: [(name: String, derivative: String, body: @Sendable (Tensor) -> Tensor)] = [
    ("y + 1", "1", { $0 + 1 }),
    ("2 · y", "2", { 2 * $0 }),
    ("sin y", "cos y", { sin($0) }),
    ("tanh y", "1 − tanh² y", { tanh($0) }),
    ("y · y", "2y", { $0 * $0 }),
]

/// The bytes that one operation more keeps, measured on a hundred more.
private func measureOperation(_ body: (Tensor) -> Tensor) -> Int {
    let x = leaf()
    var y = x
    for _ in 0..<100 { y = body(y) }
    let start = Memory.current
    for _ in 0..<100 { y = body(y) }
    return (Memory.current - start) / 100
}
