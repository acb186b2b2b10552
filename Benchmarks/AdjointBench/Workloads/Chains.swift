import Adjoint
import CBenchSupport

/// 1,000 recorded operations on a scalar, one after the other, and the gradient back through them.
func scalarChain() -> [Report] {
    let operations = 1000.0
    func forward(_ x0: Tensor) -> Tensor {
        var x = x0
        for _ in 0..<333 { x = x.sin() * 1.0001 + 0.0001 }
        return x.sin()
    }
    var checksum = 0.0
    var gradient = 0.0
    let times = measure {
        let x0 = Tensor(0.5).requiringGrad()
        var x = x0
        let recording = seconds { x = forward(x0) }
        let back = seconds { x.backward() }
        checksum = x.item()
        gradient = abs(x0.grad!.item())
        return [recording, back, recording + back]
    }
    let x0 = Tensor(0.5).requiringGrad()
    let start = allocation_count()
    let x = forward(x0)
    let recorded = allocation_count()
    x.backward()
    let (allocated, allocatedBack) = (Double(recorded - start), Double(allocation_count() - recorded))
    let allocations = [allocated, allocatedBack, allocated + allocatedBack]
    return zip(["fwd", "bwd", "total"], zip(times, allocations)).map { part, measured in
        Report(
            workload: "scalar_chain.\(part)", measurement: measured.0, checksum: checksum,
            extra: [
                ("checksum2", gradient), ("ns_per_op_median", measured.0.median / operations * 1e9),
                ("ns_per_op_min", measured.0.minimum / operations * 1e9),
                ("allocations_per_op", measured.1 / operations),
            ]
        ).judged([Expected(value: 0.1074463), Expected(value: 0.00443776)])
    }
}

/// The study note's function with `while` and `if`; staged, with the operations that take their places in a graph.
func seedControlFlow(_ mode: Mode) -> [Report] {
    let gradient = mode == .eager ? eagerSeedGradient : stagedSeedGradient()
    var checksum = 0.0
    let times = measure { [seconds { checksum = gradient(Tensor(0.37)).item() }] }
    // Eleven doublings after the first, twelve norms, a sum and the twelve products backwards; as a graph also the twelve
    // comparisons of the loop and that of the branch.
    let operations = mode == .eager ? 37.0 : 50.0
    let report = Report(
        workload: "seed_control_flow", measurement: times[0], checksum: checksum,
        extra: [("operations", operations), ("ns_per_op_median", times[0].median / operations * 1e9)])
    return [report.judged([Expected(value: 4096, relative: 0)])]
}

private func stagedSeedGradient() -> (Tensor) -> Tensor {
    @Sendable func f(_ a: Tensor) -> Tensor {
        let b = whileLoop(2 * a, while: { $0.norm() .< 1000 }, do: { 2 * $0 })
        return cond(b.sum() .> 0, b, then: { $0 }, else: { 100 * $0 })
    }
    let step = staged { @Sendable (a: Tensor) in gradient(of: f, at: a) }
    return { step($0) }
}

private func eagerSeedGradient(_ a: Tensor) -> Tensor {
    func f(_ a: Tensor) -> Tensor {
        var b = a * 2
        while b.norm() < 1000 { b = b * 2 }
        return b.sum() > 0 ? b : 100 * b
    }
    let a = a.requiringGrad()
    f(a).backward()
    return a.grad!
}
