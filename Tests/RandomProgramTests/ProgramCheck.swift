import Adjoint

/// The comparisons that every program has to stand.
struct ProgramCheck {
    enum Outcome: Equatable {
        /// All modes agree, and, if `smooth`, differences agree with them.
        case passed(smooth: Bool)
        /// The program is not finite here, or has a kink within a step of the differences, which then say nothing.
        case skipped
        case failed(String)
    }

    let program: RandomProgram
    /// Where the program is looked at.
    var seed: UInt64 = 0

    func run() -> Outcome {
        do {
            return try checked { outcome() }
        } catch {
            return .failed("an operation failed: \(error)")
        }
    }

    private var point: [Tensor] { program.inputs.enumerated().map { RandomProgram.point($1, seed &+ UInt64($0)) } }

    private func direction(_ seed: UInt64) -> [Tensor] {
        program.inputs.enumerated().map { RandomProgram.point($1, seed &+ 1000 &+ UInt64($0)) }
    }

    /// The gradient; recorded, so that it can be differentiated again, if the point is.
    private func gradient(_ x: [Tensor]) -> [Tensor]? {
        let leaves = x.map { $0.requiresGrad ? $0 : $0.requiringGrad() }
        guard let y = program.value(leaves) else { return nil }
        return gradients(of: [y], withRespectTo: leaves, unused: .zero, createGraph: true)
    }

    private static func inner(_ x: [Tensor], _ y: [Tensor]) -> Tensor {
        zip(x, y).reduce(Tensor(0.0, dtype: .float64)) { $0 + ($1.0 * $1.1).sum() }
    }

    private func moved(_ x: [Tensor], _ t: [Tensor], _ step: Double) -> [Tensor] { zip(x, t).map { $0 + $1 * step } }

    private func outcome() -> Outcome {
        let x = point
        guard let value = program.value(x) else { return .skipped }
        guard value.item().isFinite, abs(value.item()) < 1e6 else { return .skipped }
        guard let g = gradient(x)?.map({ $0.detach() }) else { return .failed("no gradient") }
        let t = direction(1)
        let slope = Self.inner(g, t).item()
        guard slope.isFinite, abs(slope) < 1e6 else { return .skipped }

        let forward = jvp({ program.value($0)! }, at: x, along: t)
        if let problem = Self.differ("value under jvp", forward.value.item(), value.item(), 1e-12) { return problem }
        if let problem = Self.differ("jvp and vjp", forward.tangent.item(), slope, 1e-9) { return problem }
        if let problem = batched(x, t) { return problem }

        // Differences at several step widths: where they disagree there is a kink nearby, or the function is too steep.
        let smooth = isSmooth { program.value(moved(x, t, $0))!.item() }
        if let difference = smooth, let problem = Self.differ("gradient and differences", slope, difference, 2e-6) {
            return problem
        }
        return secondOrder(x, t, isSmooth: smooth != nil)
    }

    private func secondOrder(_ x: [Tensor], _ t: [Tensor], isSmooth smooth: Bool) -> Outcome {
        let r = direction(2)
        let forward = jvp({ Self.inner(gradientOfDual($0), r) }, at: x, along: t).tangent.item()
        let leaves = x.map { $0.requiringGrad() }
        let projected = Self.inner(gradient(leaves)!, r)
        let reverse =
            projected.requiresGrad
            ? Self.inner(gradients(of: [projected], withRespectTo: leaves, unused: .zero), t).item() : 0
        guard reverse.isFinite, abs(reverse) < 1e7 else { return .skipped }
        if let problem = Self.differ(
            "second order, forward over reverse and reverse over reverse", forward, reverse, 1e-8)
        {
            return problem
        }
        guard smooth, let difference = isSmooth({ Self.inner(gradient(moved(x, t, $0))!, r).item() }) else {
            return .passed(smooth: smooth)
        }
        return Self.differ("second order and differences", reverse, difference, 5e-6) ?? .passed(smooth: true)
    }

    private func gradientOfDual(_ x: [Tensor]) -> [Tensor] { gradient(x.map { $0 * 1 })! }

    /// Three points at once against one after the other: value and gradient.
    private func batched(_ x: [Tensor], _ t: [Tensor]) -> Outcome? {
        let points = [0.0, 0.05, -0.11].map { moved(x, t, $0) }
        let stacked = x.indices.map { input in stack(points.map { $0[input] }) }
        let values = vmap({ [program.value($0)!] }, over: stacked)[0].doubles
        let slopes = vmap({ x in [Self.inner(gradient(x)!, t)] }, over: stacked)[0].doubles
        for (index, point) in points.enumerated() {
            if let problem = Self.differ("value under vmap", values[index], program.value(point)!.item(), 1e-11) {
                return problem
            }
            let slope = Self.inner(gradient(point)!, t).item()
            if let problem = Self.differ("gradient under vmap", slopes[index], slope, 1e-9) { return problem }
        }
        return nil
    }

    /// The derivative by central differences, if several step widths agree on it.
    private func isSmooth(_ f: (Double) -> Double) -> Double? {
        // detach is not what differences see.
        guard !program.steps.contains(where: { $0.operation == "detached" }) else { return nil }
        let derivatives = [1e-5, 2.5e-6, 6e-6, 4e-6].map { (f($0) - f(-$0)) / (2 * $0) }
        let size = max(1, abs(derivatives[0]))
        let bend = abs(f(1e-5) - 2 * f(0) + f(-1e-5)) / 1e-5
        guard derivatives.allSatisfy({ $0.isFinite && abs($0 - derivatives[0]) < 1e-6 * size }), bend < 1e-2 * size
        else {
            return nil
        }
        return derivatives[0]
    }

    private static func differ(_ what: String, _ a: Double, _ b: Double, _ tolerance: Double) -> Outcome? {
        if a == b || (a.isNaN && b.isNaN) || abs(a - b) <= tolerance * max(1, abs(a), abs(b)) { return nil }
        return .failed("\(what): \(a) and \(b)")
    }
}

extension RandomProgram {
    /// A smaller program that fails too: steps are left out while one can be.
    func shrunk(_ fails: (RandomProgram) -> Bool) -> RandomProgram {
        var best = self
        var improved = true
        while improved {
            improved = false
            for index in best.steps.indices.reversed() {
                for replacement in best.steps[index].operands {
                    let smaller = best.removing(index, by: replacement)
                    if fails(smaller) {
                        best = smaller
                        improved = true
                        break
                    }
                }
                if improved { break }
            }
        }
        return best
    }

    /// The program without a step; who read its result reads another register.
    private func removing(_ index: Int, by replacement: Int) -> RandomProgram {
        var smaller = self
        let register = inputs.count + index
        smaller.steps.remove(at: index)
        smaller.steps = smaller.steps.map { step in
            Step(
                operation: step.operation,
                operands: step.operands.map { $0 == register ? replacement : $0 > register ? $0 - 1 : $0 },
                choice: step.choice)
        }
        return smaller
    }
}
