import Adjoint
import AdjointTesting
import Foundation
import Testing

@testable import AdjointGraph

/// The note's function: doubles until the norm reaches 1000, then keeps the sign's branch.
@Sendable private func doubled(_ a: Tensor) -> Tensor {
    let b = whileLoop(2 * a, while: { $0.norm() .< 1000 }, do: { 2 * $0 })
    return cond(b.sum() .> 0, b, then: { $0 }, else: { 100 * $0 })
}

/// A loop that reads a parameter from outside, of which each iteration is not linear.
@Sendable private func wave(_ x: Tensor, _ w: Tensor, _ memory: LoopMemoryPolicy = .all) -> Tensor {
    whileLoop([x, Tensor.zeros([], dtype: .int64)], memory: memory, while: { $0[1] .< 7 }) { state in
        [(state[0] * w).sin() + state[0] * 0.5, state[1] + 1]
    }[0].sum()
}

/// Control flow as operations: eager, in graphs, and under every transform.
@Suite struct ControlFlowTests {
    let x = Tensor([0.3, -0.7, 1.1]).to(.float64)
    let w = Tensor([0.9, 1.3, -0.4]).to(.float64)

    @Test func theNotesFunctionBothWays() throws {
        let a = Tensor(0.37).requiringGrad()
        doubled(a).backward()
        #expect(a.grad!.item() == 4096)

        let g = GraphBuilder()
        let input = g.input("a")
        let output = doubled(input)
        let f = try g.function([input], [output, g.gradient(of: output, withRespectTo: input)])
        for number in [0.37, -0.37, 3, -700] {
            let eager = valueWithGradient(of: doubled, at: Tensor(number))
            let results = try f(Tensor(number))
            #expect(results[0].item() == eager.value.item())
            #expect(results[1].item() == eager.gradient.item())
        }
    }

    @Test(arguments: [LoopMemoryPolicy.all, .logarithmic])
    func whileLoopInReverse(_ memory: LoopMemoryPolicy) throws {
        let (x, w) = (x, w)
        let eager = gradient(of: { wave($0, $1) }, at: x, w)
        let f = staged { @Sendable (x: Tensor, w: Tensor) in
            let (dx, dw) = gradient(of: { wave($0, $1, memory) }, at: x, w)
            return [dx, dw]
        }
        let found = f(x, w)
        #expect(isClose(found[0], eager.0, relative: 1e-12))
        #expect(isClose(found[1], eager.1, relative: 1e-12))
        // Through the call of a staged function, and of the operation in eager mode.
        let value = staged { @Sendable (x: Tensor, w: Tensor) in wave(x, w, memory) }
        let outside = gradient(of: { value($0, $1) }, at: x, w)
        #expect(isClose(outside.0, eager.0, relative: 1e-12) && isClose(outside.1, eager.1, relative: 1e-12))
    }

    @Test(arguments: [LoopMemoryPolicy.all, .logarithmic])
    func whileLoopOfHigherOrder(_ memory: LoopMemoryPolicy) throws {
        let (x, w) = (x, w)
        let plain = hessian(of: { wave($0, w) }, at: x)
        let f = staged { @Sendable (x: Tensor) in hessian(of: { wave($0, w, memory) }, at: x) }
        #expect(isClose(f(x), plain, relative: 1e-10))
        let forward = staged { @Sendable (x: Tensor) in
            jvp({ x in gradient(of: { wave($0, w, memory) }, at: x) }, at: x, along: Tensor.ones(like: x)).tangent
        }
        #expect(isClose(forward(x), plain.sum(axis: 1), relative: 1e-10))
    }

    @Test func whileLoopUnderVmap() throws {
        let starts = Tensor([0.37, -3.0, 700, 1e-3]).to(.float64)
        let one = stack((0..<4).map { doubled(starts[$0]) })
        let gradients = stack((0..<4).map { gradient(of: doubled, at: starts[$0]) })
        #expect(isClose(vmap(doubled, over: starts), one))
        #expect(isClose(vmap({ gradient(of: doubled, at: $0) }, over: starts), gradients))
        let f = staged { @Sendable (x: Tensor) in vmap({ gradient(of: doubled, at: $0) }, over: x) }
        #expect(isClose(f(starts), gradients))
    }

    @Test func scanInEveryMode() throws {
        let xs = Tensor([[0.1, 0.2], [0.5, -0.3], [0.9, 0.4], [-0.2, 0.8]]).to(.float64)
        let start = Tensor([0.3, 0.6]).to(.float64)
        @Sendable func total(_ start: Tensor, _ xs: Tensor, reversed: Bool = false, every: Int? = nil) -> Tensor {
            let (last, outputs) = scan(start, over: xs, reversed: reversed, checkpointEvery: every) { h, x in
                let next = (h * x + h.sin()).tanh()
                return (next, next * x)
            }
            return (last * last).sum() + (outputs * outputs * outputs).sum()
        }
        for reversed in [false, true] {
            for every in [nil, 2, 3] as [Int?] {
                let eager = gradient(of: { total($0, $1, reversed: reversed) }, at: start, xs)
                let f = staged { @Sendable (start: Tensor, xs: Tensor) in
                    let found = gradient(of: { total($0, $1, reversed: reversed, every: every) }, at: start, xs)
                    return [found.0, found.1]
                }
                let found = f(start, xs)
                #expect(isClose(found[0], eager.0, relative: 1e-12))
                #expect(isClose(found[1], eager.1, relative: 1e-12))
            }
        }
        let plain = hessian(of: { total(start, $0) }, at: xs)
        let second = staged { @Sendable (xs: Tensor) in hessian(of: { total(start, $0) }, at: xs) }
        #expect(isClose(second(xs), plain, relative: 1e-10))
    }

    @Test func associativeScanGivesAllPartialResults() throws {
        for count in [1, 2, 3, 7, 8, 13] {
            let x = Tensor((0..<count).map { Double($0) * 0.3 - 1 })
            #expect(isClose(associativeScan(x) { $0 + $1 }, x.cumulativeSum(axis: 0)))
            let y = associativeScan(x, reversed: true) { $0 + $1 }
            #expect(isClose(y, x.flipped(0).cumulativeSum(axis: 0).flipped(0)))
        }
    }

    @Test func branchesInEveryMode() throws {
        let (x, w) = (x, w)
        @Sendable func chosen(_ number: Tensor, _ x: Tensor) -> Tensor {
            switchCase(number, x, [{ ($0 * w).sum() }, { ($0 * $0).sum() }, { $0.sin().sum() }])
        }
        let f = staged { @Sendable (number: Tensor, x: Tensor) in
            [gradient(of: { chosen(number, $0) }, at: x), hessian(of: { chosen(number, $0) }, at: x)]
        }
        for number in 0..<3 {
            let index = Tensor(number)
            let found = f(index, x)
            #expect(isClose(found[0], gradient(of: { chosen(index, $0) }, at: x)))
            #expect(isClose(found[1], hessian(of: { chosen(index, $0) }, at: x)))
        }
        let numbers = Tensor([2, 0, 1])
        let many = vmap({ number in gradient(of: { chosen(number, $0) }, at: x) }, over: numbers)
        for row in 0..<3 {
            let index = numbers[row]
            #expect(isClose(many[row], gradient(of: { chosen(index, $0) }, at: x)))
        }
    }
}

/// What loops keep for their gradients. Serialized with nothing else: other tests allocate too, so bounds are wide.
@Suite(.serialized) struct LoopMemoryTests {
    @Test(arguments: [LoopMemoryPolicy.all, .logarithmic])
    func statesInMemory(_ memory: LoopMemoryPolicy) throws {
        // 2,000 states of 80 kB are 160 MB; the logarithmic policy keeps about a dozen.
        let g = GraphBuilder()
        let x = g.input("x", [10_000], .float64)
        let last = whileLoop(
            [x, Tensor.zeros([], dtype: .int64)], memory: memory, while: { $0[1] .< 2000 },
            do: { [$0[0] * 0.999, $0[1] + 1] })[0]
        let f = try g.function([x], [g.gradient(of: last.sum(), withRespectTo: x)])
        let point = Tensor.ones(10_000, dtype: .float64)
        let before = Memory.current
        Memory.resetPeak()
        let gradient = try f(point)[0]
        let kept = Memory.peak - before
        #expect(abs(gradient[0].item() - pow(0.999, 2000)) < 1e-12)
        #expect(memory == .all ? kept > 160_000_000 : kept < 40_000_000, "\(kept) bytes")
    }
}

/// What decides may be of any real type.
@Suite struct DecisionTypeTests {
    @Test(arguments: [DType.bool, .uint8, .int32, .int64, .float16, .bfloat16, .float32, .float64])
    func anyNumberDecides(_ dtype: DType) throws {
        for (number, expected) in [(0.0, -1.0), (1.0, 1.0)] {
            let decision = Tensor(number).to(dtype)
            let chosen = cond(decision, then: { Tensor(1.0) }, else: { Tensor(-1.0) })
            #expect(chosen.item() == expected)
            let f = staged { @Sendable (x: Tensor) in cond(x, then: { x.to(.float32) }, else: { x.to(.float32) - 1 }) }
            #expect(f(decision).item() == expected)
        }
        // Counts down from three; the loop ends at zero.
        guard dtype != .bool else { return }
        let start = [Tensor(3).to(dtype), Tensor(0.0)]
        let steps = whileLoop(start, while: { $0[0] }, do: { [$0[0] - 1, $0[1] + 1] })[1]
        #expect(steps.item() == 3)
        let counted = staged { @Sendable (x: Tensor) in
            whileLoop([x, Tensor(0.0)], while: { $0[0] }, do: { [$0[0] - 1, $0[1] + 1] })[1]
        }
        #expect(counted(start[0]).item() == 3)
    }
}

/// What a graph closes over.
@Suite struct CaptureTests {
    @Test func whatIsComputedOutsideKeepsItsGradient() {
        let xs = Tensor([0.3, -0.7, 0.05, 1.4])
        func chosen(_ x: Tensor) -> Tensor { cond(x .> 0, then: { x.tanh() }, else: { x * 0.3 }) }
        let many = vmap({ gradient(of: chosen, at: $0) }, over: xs)
        #expect(isClose(many, stack((0..<4).map { gradient(of: chosen, at: xs[$0]) })))
        let w = Tensor(2.0).requiringGrad()
        let f = staged { @Sendable (x: Tensor) in [x * w, w * 3] }
        let results = f(Tensor(5.0))
        (results[0] + results[1]).backward()
        #expect(w.grad!.item() == 8)
    }
}
