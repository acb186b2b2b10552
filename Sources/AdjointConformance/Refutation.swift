import Adjoint
import AdjointCore
import AdjointRuntime

/// A number of a case that can be wrong.
enum Check: Sendable, Hashable {
    case output(Int)
    case vjp(Int)
    case jvp(Int)
    case gradgrad(Int)

    var name: String {
        switch self {
        case .output: "output"
        case .vjp: "vjp"
        case .jvp: "jvp"
        case .gradgrad: "gradgrad"
        }
    }
}

/// Where a record and the library differ, asks whether the record is wrong: whether differences of the function, whose values agree,
/// confirm the library's numbers and not the recorded ones; whether the recorded modes contradict each other; whether a number
/// at an infinite argument is not the limit; or whether a norm is not that of the numbers at a moderate size.
struct Refutation {
    let record: Case
    let inputs: [Tensor]
    /// The outputs of the case at other inputs.
    let outputs: ([Tensor]) throws -> [Output]
    /// What differs.
    let wrong: Set<Check>

    /// The proof that the recorded numbers are wrong and the library's right, if there is one.
    func proof(_ check: Check, _ ours: [Double]?, _ recorded: FlatNumbers?) -> String? {
        guard inputs.allSatisfy({ $0.dtype == .float64 || $0.dtype == .complex128 }) else { return nil }
        let count = ours?.count ?? recorded?.count ?? 0
        let zeros = [Double](repeating: 0, count: count)
        let (ours, recorded) = (ours ?? zeros, recorded?.doubles ?? zeros)
        guard ours.count == recorded.count else { return nil }
        let places = ours.indices.filter { !record.tolerance.accepts(ours[$0], recorded[$0]) }
        // A difference takes several runs of the case.
        guard !places.isEmpty, places.count <= 200 else { return nil }
        return differences(check, places, ours, recorded) ?? contradiction(check, places)
            ?? limit(check, places, ours) ?? scaling(check, places, ours)
    }

    // MARK: Differences

    /// The widths of differences with how precise they are: by central ones of two widths, whose error is of fourth order; by
    /// one-sided ones at the end of a domain; and by those where the function is straight only very near.
    private static let widths: [(step: Double, precision: Double, isCentral: Bool)] = [
        (4e-4, 2e-10, true), (1e-5, 1e-6, false), (5e-13, 1e-3, false),
    ]

    private func differences(
        _ check: Check, _ places: [Int], _ ours: [Double], _ recorded: [Double]
    ) -> String? {
        for (step, precision, isCentral) in Self.widths {
            var found: [Double] = []
            for place in places {
                guard let function = function(check, place),
                    let slope = isCentral ? central(function, step) : oneSided(function, step, precision)
                else { break }
                let doubt = precision * max(1, abs(slope))
                guard abs(ours[place] - slope) < doubt, !(abs(recorded[place] - slope) <= 10 * doubt) else { break }
                found.append(slope)
            }
            if found.count == places.count { return "differences of width \(step) give \(found[0])" }
        }
        return nil
    }

    /// The function of a step whose derivative at 0 is the number at a place of a check.
    private func function(_ check: Check, _ place: Int) -> ((Double) -> Double?)? {
        switch check {
        case .output: return nil
        case .jvp(let index):
            guard let tangents = try? tangents() else { return nil }
            return { step in
                self.number { try self.values(of: index, zip(inputs, tangents).map { $0 + $1 * step })[place] }
            }
        case .vjp(let index):
            return { step in self.number { try self.loss(moved(index, place, step)) } }
        case .gradgrad(let index):
            return { step in self.number { try self.slopeAlongDirections(moved(index, place, step)) } }
        }
    }

    /// A number that a closure computes, if it can.
    private func number(_ body: () throws -> Double) -> Double? {
        guard let value = try? checked({ try body() }), value.isFinite else { return nil }
        return value
    }

    private func central(_ function: (Double) -> Double?, _ step: Double) -> Double? {
        // At a kink the two sides differ, and differences say nothing.
        guard let before = function(-1e-6), let middle = function(0), let after = function(1e-6),
            abs(after - 2 * middle + before) < 1e-10,
            let right = function(step), let left = function(-step), let nearRight = function(step / 2),
            let nearLeft = function(-step / 2)
        else { return nil }
        let (wide, narrow) = ((right - left) / (2 * step), (nearRight - nearLeft) / step)
        return (4 * narrow - wide) / 3
    }

    /// The slope of the sides on which there is a function; nil if they differ.
    private func oneSided(_ function: (Double) -> Double?, _ step: Double, _ precision: Double) -> Double? {
        guard let middle = function(0) else { return nil }
        let slopes = [step, -step].compactMap { step -> Double? in
            guard let far = function(step), let near = function(step / 2) else { return nil }
            return (4 * near - 3 * middle - far) / step
        }
        guard let first = slopes.first else { return nil }
        return slopes.allSatisfy { abs($0 - first) <= precision * max(1, abs(first)) } ? first : nil
    }

    // MARK: The function of the case

    private func tangents() throws -> [Tensor] {
        guard let forward = record.jvp else { throw CaseError("there are no tangents") }
        return try zip(inputs, forward.tangents).map { input, tangent in
            try tangent?.tensor(shape: input.shape.extents, dtype: input.dtype) ?? Tensor.zeros(like: input)
        }
    }

    /// The inputs with one number of one of them moved.
    private func moved(_ index: Int, _ place: Int, _ step: Double) -> [Tensor] {
        var numbers = inputs[index].flatNumbers()
        numbers[place] += step
        return replacing(index, numbers)
    }

    private func replacing(_ index: Int, _ numbers: [Double]) -> [Tensor] {
        var all = inputs
        let (shape, dtype) = (inputs[index].shape.extents, inputs[index].dtype)
        if let tensor = try? FlatNumbers(numbers).tensor(shape: shape, dtype: dtype) { all[index] = tensor }
        return all
    }

    private func values(of index: Int, _ inputs: [Tensor]) throws -> [Double] {
        guard case .tensor(let output) = try outputs(inputs)[index] else { throw CaseError("no tensor") }
        if let failure = output.failure { throw failure }
        return output.flatNumbers()
    }

    /// Σ ⟨cotangent, output⟩.
    private func loss(_ inputs: [Tensor]) throws -> Double {
        guard let vjp = record.vjp else { throw CaseError("there are no cotangents") }
        var sum = 0.0
        for (index, cotangent) in vjp.cotangents.enumerated() {
            guard let cotangent else { continue }
            sum += zip(try values(of: index, inputs), cotangent.doubles).reduce(0) { $0 + $1.0 * $1.1 }
        }
        return sum
    }

    /// Σ ⟨vjp, r⟩.
    private func slopeAlongDirections(_ inputs: [Tensor]) throws -> Double {
        guard let gradgrad = record.gradgrad else { throw CaseError("there are no directions") }
        return zip(try gradients(inputs), gradgrad.directions).reduce(0) { sum, pair in
            guard let gradient = pair.0, let direction = pair.1 else { return sum }
            return sum + zip(gradient, direction.doubles).reduce(0) { $0 + $1.0 * $1.1 }
        }
    }

    private func gradients(_ inputs: [Tensor]) throws -> [[Double]?] {
        guard let vjp = record.vjp else { throw CaseError("there are no cotangents") }
        let leaves = inputs.map { $0.requiringGrad() }
        var (roots, seeds): ([Tensor], [Tensor]) = ([], [])
        for (output, cotangent) in zip(try outputs(leaves), vjp.cotangents) {
            guard let cotangent, case .tensor(let root) = output, root.requiresGrad else { continue }
            roots.append(root)
            seeds.append(try cotangent.tensor(shape: root.shape.extents, dtype: root.dtype))
        }
        guard !roots.isEmpty else { return leaves.map { _ in nil } }
        return optionalGradients(of: roots, withRespectTo: leaves, seeds: seeds).map { $0?.flatNumbers() }
    }

    // MARK: Contradiction

    /// Σ ⟨cotangent, jvp⟩ and Σ ⟨tangent, vjp⟩ are the same number; where they are not, and one mode agrees with the library, the
    /// other is wrong. Where both sums are undefined, each place of an elementwise function has such a pair.
    private func contradiction(_ check: Check, _ places: [Int]) -> String? {
        guard let vjp = record.vjp, let forward = record.jvp else { return nil }
        let other: String
        switch check {
        case .jvp where wrong.allSatisfy({ $0.name == "jvp" }): other = "vjp"
        case .vjp where wrong.allSatisfy({ $0.name != "jvp" && $0.name != "output" }): other = "jvp"
        default: return nil
        }
        func said(_ ahead: Double, _ back: Double, _ where_: String) -> String? {
            let agree = ahead == back || (back.isFinite && abs(ahead - back) <= 1e-6 * max(1, abs(back)))
            guard !agree, !(ahead.isNaN && back.isNaN) else { return nil }
            return "its own other mode: ⟨cotangents, jvp⟩ = \(ahead), ⟨tangents, vjp⟩ = \(back)\(where_); "
                + "ours agrees with its \(other)"
        }
        let pairsAhead = zip(vjp.cotangents, forward.outputs).map { products($0, $1) }
        let pairsBack = zip(forward.tangents, vjp.grads).map { products($0, $1) }
        let sums = [pairsAhead, pairsBack].map { $0.joined().reduce(0, +) }
        if let text = said(sums[0], sums[1], "") { return text }
        guard pairsAhead.count == 1, pairsBack.count == 1, pairsAhead[0].count == pairsBack[0].count,
            places.allSatisfy(isElementwise)
        else { return nil }
        let texts = places.compactMap { said(pairsAhead[0][$0], pairsBack[0][$0], " at element \($0)") }
        return texts.count == places.count ? texts[0] : nil
    }

    private func products(_ a: FlatNumbers?, _ b: FlatNumbers?) -> [Double] {
        guard let a, let b else { return [Double](repeating: 0, count: a?.count ?? b?.count ?? 0) }
        return zip(a.doubles, b.doubles).map { $0 * $1 }
    }

    /// Whether an element of the only output depends on that of the only input alone.
    private func isElementwise(_ place: Int) -> Bool {
        let rest = try? checked {
            let leaf = inputs[0].requiringGrad()
            guard case .tensor(let y) = try outputs([leaf])[0], y.count == leaf.count else { return [1.0] }
            var seed = [Double](repeating: 0, count: y.count)
            seed[place] = 1
            let seeds = [try FlatNumbers(seed).tensor(shape: y.shape.extents, dtype: y.dtype)]
            let row = optionalGradients(of: [y], withRespectTo: [leaf], seeds: seeds)[0]?.flatNumbers() ?? seed
            return row.enumerated().filter { $0.offset != place }.map(\.element)
        }
        return rest?.allSatisfy { $0 == 0 } ?? false
    }

    // MARK: Limits

    /// What is recorded at an infinite argument of an elementwise function is refuted if the library's number there is the limit.
    private func limit(_ check: Check, _ places: [Int], _ ours: [Double]) -> String? {
        guard inputs.count == 1, record.outputs.count == 1, inputs[0].dtype == .float64, inputs[0].count == ours.count
        else { return nil }
        let numbers = inputs[0].flatNumbers()
        var ends: [Double] = []
        for place in places {
            guard numbers[place].isInfinite, !ours[place].isNaN, isElementwise(place) else { return nil }
            let sizes = [1e2, 1e4, 1e8, 1e16, 1e32, 1e64, 1e128, 1e256, 1e300]
            let found = sizes.compactMap { size -> Double? in
                var near = numbers
                near[place] = numbers[place] > 0 ? size : -size
                return try? checked { try self.numbers(of: check, replacing(0, near))[place] }
            }
            guard found.count == sizes.count, let end = found.last, !end.isNaN else { return nil }
            let isLimit =
                ours[place].isInfinite
                ? (end > 0) == (ours[place] > 0) && abs(end) > 1e100
                    && zip(found, found.dropFirst()).allSatisfy { abs($0) <= abs($1) }
                : abs(end - ours[place]) <= 1e-9 * max(1, abs(end))
            guard isLimit else { return nil }
            ends.append(end)
        }
        return "the limit: at an argument of size 1e300 it is \(ends[0])"
    }

    private func numbers(of check: Check, _ inputs: [Tensor]) throws -> [Double] {
        switch check {
        case .output(let index): return try values(of: index, inputs)
        case .vjp(let index): return try gradients(inputs)[index] ?? []
        case .jvp(let index):
            let result = try Adjoint.jvp(
                { inputs in
                    guard case .tensor(let output) = try outputs(inputs)[index] else { throw CaseError("no tensor") }
                    return output
                }, at: inputs, along: try tangents())
            return result.tangent.flatNumbers()
        case .gradgrad: throw CaseError("no limit of a second derivative")
        }
    }

    // MARK: Scaling

    /// The norm of numbers whose squares overflow or vanish is that of the numbers at a moderate size times what they were divided by;
    /// its derivative is the same at both, where differences confirm it.
    private func scaling(_ check: Check, _ places: [Int], _ ours: [Double]) -> String? {
        guard record.operation?.hasSuffix("vector_norm") == true, inputs.count == 1 else { return nil }
        let largest = inputs[0].flatNumbers().reduce(0) { max($0, abs($1)) }
        guard largest.isFinite, largest > 0, !(1e-100...1e100).contains(largest) else { return nil }
        let scale = Double(sign: .plus, exponent: largest.exponent, significand: 1)
        let moderate = Refutation(
            record: record, inputs: [replacing(0, inputs[0].flatNumbers().map { $0 / scale })[0]], outputs: outputs,
            wrong: wrong)
        if case .output(let index) = check {
            guard let values = try? checked({ try moderate.values(of: index, moderate.inputs) }),
                places.allSatisfy({ abs(values[$0] * scale - ours[$0]) <= 1e-12 * abs(ours[$0]) })
            else { return nil }
            return "scaling: of the numbers divided by \(scale) it is \(values[places[0]])"
        }
        for place in places {
            guard let function = moderate.function(check, place), let slope = moderate.central(function, 4e-4),
                abs(slope - ours[place]) < 1e-8 * max(1, abs(slope))
            else { return nil }
        }
        return "scaling: differences at a moderate size give \(ours[places[0]])"
    }
}
