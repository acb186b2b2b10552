import AdjointCore
import AdjointRuntime
import Testing

@Suite struct ValueTests {
    @Test func anUpdateInNoGradKeepsTheLeaf() {
        var w = vector(1, 2).requiringGrad()
        for step in 1...3 {
            (w * w).sum().backward()
            let before = w
            noGrad { w -= 0.25 * w.grad! }
            w.zeroGrad()
            #expect(w.isLeaf && w.requiresGrad && w.grad!.doubles == [0, 0])
            #expect(isClose(w.doubles, [1, 2].map { $0 / Double(1 << step) }))
            #expect(isClose(before.doubles, w.doubles.map { 2 * $0 }), "a copy changed")
        }
        noGrad {
            w += 1
            w *= vector(2, 2)
            w /= 2
            w -= Tensor(1.0, dtype: .float64)
            w[0] = Tensor(9.0, dtype: .float64)
        }
        #expect(w.isLeaf && w.requiresGrad && w.doubles[0] == 9)
        w.sum().backward()
        #expect(w.grad!.doubles == [1, 1])
    }

    @Test func anUpdateOfAComputedTensorInNoGradGivesAConstantWhoeverHoldsIt() {
        let x = vector(1, 2).requiringGrad()
        var alone = x * 2
        var shared = x * 2
        let copy = shared
        noGrad {
            alone += vector(1, 1)
            shared += vector(1, 1)
        }
        #expect(alone.doubles == [3, 5] && shared.doubles == [3, 5] && copy.doubles == [2, 4])
        #expect(!alone.requiresGrad && !shared.requiresGrad && copy.requiresGrad)
    }

    @Test func savedValuesDoNotSeeUpdates() {
        let x = vector(1, 2).requiringGrad()
        var h = x.exp()
        let y = h * h
        let before = h.doubles
        h += vector(100, 100)
        noGrad { h *= h }
        y.sum().backward()
        #expect(isClose(x.grad!.doubles, before.map { 2 * $0 * $0 }, 1e-14))
        var c = vector(1, 2)
        let z = x * c
        c += vector(1, 1)
        c[0] = Tensor(50.0, dtype: .float64)
        z.sum().backward()
        #expect(isClose(x.grad!.doubles, zip(before, [1, 2]).map { 2 * $0 * $0 + $1 }, 1e-14))
    }

    @Test func viewsDoNotSeeUpdatesAndUpdatesNotTheirViews() {
        var x = numbers([4, 300], seed: 5)
        let original = x.doubles
        let (row, turned, wide) = (x[1], x.T, x[0].broadcast(to: [2, 300]))
        x += Tensor.ones(4, 300, dtype: .float64)
        x[1] = Tensor(0.0, dtype: .float64)
        #expect(row.doubles == Array(original[300..<600]))
        #expect(turned[0, 0].item() == original[0] && wide[1, 5].item() == original[5])
        var part = x[2]
        part += part
        part[0] = Tensor(7.0, dtype: .float64)
        #expect(x[2, 0].item() == original[600] + 1 && part[1].item() == 2 * (original[601] + 1))
        var y = x.reshaped(300, 4)
        y *= y.reshaped(300, 4)
        #expect(isClose([y[0, 0].item(), x[0, 0].item()], [(original[0] + 1) * (original[0] + 1), original[0] + 1]))
    }

    @Test func promotionDoesNotDependOnWhoHoldsAValue() {
        var flag = Tensor([true, true])
        flag += Tensor([true, false])
        expect(flag, [2], [2, 1], dtype: .int64)
        var whole = Tensor([1, 2])
        whole += Tensor([1.5, 1.5])
        expect(whole, [2], [2.5, 3.5], dtype: .float32)
        var narrow = Tensor([1, 2])
        narrow += Tensor([[1], [2]])
        expect(narrow, [2, 2], [2, 3, 3, 4], dtype: .int64)
    }

    /// A tensor program by in-place statements, and the same by functions of values.
    private struct Twin {
        var changing: [Tensor]
        var functional: [Tensor]
        /// Copies, with the elements that they had.
        var copies: [(tensor: Tensor, elements: [Double])] = []

        mutating func step(_ source: inout Numbers) {
            let (a, b) = (source.below(changing.count), source.below(changing.count))
            let (row, column) = (source.below(3), source.below(4))
            if source.below(3) == 0 { copies.append((changing[a], changing[a].doubles)) }
            let keep = Tensor((0..<12).map { $0 / 4 == row ? 0.0 : 1.0 }, shape: [3, 4])
            let keepColumn = Tensor((0..<12).map { $0 % 4 == column ? 0.0 : 1.0 }, shape: [3, 4])
            switch source.below(9) {
            case 0:
                changing[a] += changing[b]
                functional[a] = functional[a] + functional[b]
            case 1:
                changing[a] -= changing[b] * 0.5
                functional[a] = functional[a] - functional[b] * 0.5
            case 2:
                changing[a] *= changing[b].tanh()
                functional[a] = functional[a] * functional[b].tanh()
            case 3:
                changing[a] += 0.25
                functional[a] = functional[a] + 0.25
            case 4:
                changing[a][row] = changing[b][row].sin()
                functional[a] = functional[a] * keep + functional[b].sin() * (1 - keep)
            case 5:
                changing[a][.all, column] = changing[b][.all, column] * 2
                functional[a] = functional[a] * keepColumn + functional[b] * 2 * (1 - keepColumn)
            case 6:
                changing[a][.all, Tensor([column, column])] += changing[b][.all, Tensor([0, column])]
                functional[a] = functional[a] + functional[b] * (1 - keepColumn)
            case 7:
                changing[a] /= changing[b].square() + 1
                functional[a] = functional[a] / (functional[b].square() + 1)
            default:
                changing[a][row] += changing[a][row]
                functional[a] = functional[a] + functional[a] * (1 - keep)
            }
        }
    }

    @Test(arguments: 1...60) func randomProgramsEqualTheirFunctionalTwins(_ seed: Int) {
        var source = Numbers(UInt64(seed))
        let starts = (0..<3).map { numbers([3, 4], seed: UInt64(100 * seed + $0)) }
        let (left, right) = (starts.map { $0.requiringGrad() }, starts.map { $0.requiringGrad() })
        var twin = Twin(changing: left, functional: right)
        for _ in 0..<25 { twin.step(&source) }
        for (x, y) in zip(twin.changing, twin.functional) { #expect(isClose(x.doubles, y.doubles, 1e-11)) }
        for (tensor, elements) in twin.copies { #expect(tensor.doubles == elements, "a copy changed") }
        for (leaf, start) in zip(left, starts) { #expect(leaf.doubles == start.doubles, "a leaf changed") }
        let sums = [twin.changing, twin.functional].map { tensors in
            tensors.dropFirst().reduce(tensors[0].sum()) { $0 + $1.sin().sum() }
        }
        let first = gradients(of: [sums[0]], withRespectTo: left, unused: .zero)
        let second = gradients(of: [sums[1]], withRespectTo: right, unused: .zero)
        for (g, h) in zip(first, second) { #expect(isClose(g.doubles, h.doubles, 1e-9)) }
    }

    @Test(arguments: 1...20) func constantsInPlaceEqualTheirTwins(_ seed: Int) {
        var source = Numbers(UInt64(1000 + seed))
        let starts = (0..<3).map { numbers([3, 4], seed: UInt64(seed * 7 + $0)) }
        var twin = Twin(changing: starts, functional: starts)
        for _ in 0..<40 { twin.step(&source) }
        for (x, y) in zip(twin.changing, twin.functional) { #expect(isClose(x.doubles, y.doubles, 1e-11)) }
        for (tensor, elements) in twin.copies { #expect(tensor.doubles == elements, "a copy changed") }
    }
}
