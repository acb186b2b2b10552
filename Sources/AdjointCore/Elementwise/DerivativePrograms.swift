import AdjointRuntime

/// The programs of an elementwise operation's derivatives.
final class DerivativePrograms: Sendable {
    /// How the cotangents of a set of inputs come from the result's.
    struct Pullback: Sendable {
        /// Inputs whose derivative is 1 everywhere.
        var passed: InputSet = []
        /// Inputs that the program computes, in the order of its results; the others' cotangents are zero.
        var computed: InputSet = []
        var program: ElementwiseProgram?
    }
    /// Indexed by the set of inputs that need a cotangent; operands are inputs, result, ȳ.
    let pullbacks: [Pullback]
    /// Indexed by the set of inputs that have a tangent; operands are inputs, result, tangents.
    let pushforwards: [ElementwiseProgram?]
    /// What each pullback reads: four bits a set of inputs, three of them for inputs and one for the result.
    private let packedReads: UInt64
    /// The first of the pullbacks' programs, which for an operation of one tensor is the only one.
    private let first: ElementwiseProgram?

    init(_ arity: Int, _ derivatives: [Element], conjugated: [Element]) {
        var pullbacks: [Pullback] = []
        var pushforwards: [ElementwiseProgram?] = []
        var packedReads: UInt64 = 0
        for mask in 0..<(1 << arity) {
            let active = (0..<arity).filter { mask >> $0 & 1 == 1 && derivatives[$0].number != 0 }
            let cotangent = Element(.operand(arity + 1))
            var pullback = Pullback()
            var formulas: [Element] = []
            for input in active {
                if derivatives[input].number == 1 {
                    pullback.passed.insert(.input(input))
                } else {
                    pullback.computed.insert(.input(input))
                    formulas.append(.gate(cotangent, conjugated[input]))
                }
            }
            if !formulas.isEmpty { pullback.program = ElementwiseProgram(formulas) }
            pullbacks.append(pullback)
            let tangents = active.map { Element.gate(Element(.operand(arity + 1 + $0)), derivatives[$0]) }
            pushforwards.append(
                active.isEmpty ? nil : ElementwiseProgram([tangents.dropFirst().reduce(tangents[0], +)]))
            for operand in pullback.program?.operands ?? [] where operand <= arity {
                packedReads |= 1 << UInt64(4 * mask + (operand == arity ? 3 : operand))
            }
        }
        self.pullbacks = pullbacks
        self.pushforwards = pushforwards
        self.packedReads = packedReads
        first = pullbacks[1].program
    }

    /// What the pullback of a set of inputs reads.
    func reads(for needs: InputSet) -> Reads {
        let bits = UInt8(truncatingIfNeeded: packedReads >> (4 * UInt64(needs.rawValue)))
        return Reads(inputs: InputSet(rawValue: bits & 7), output: bits & 8 != 0)
    }

    /// The input's cotangent, of an operation of one tensor.
    @inline(never) func vjp(_ parameters: Parameters, _ g: consuming Tensor, _ saved: borrowing Saved) -> Tensor? {
        guard let first else {
            if pullbacks[1].passed.isEmpty { return nil }
            return g
        }
        var second: Tensor?
        do throws(TensorError) {
            if try first.applyDirectly(parameters, 1, saved, &g, second: &second) { return g }
        } catch {
            return raise(error)
        }
        let reads = reads(for: .first)
        let x = reads.inputs.isEmpty ? nil : saved.input(0)
        return first.apply(parameters, [x, reads.output ? saved.output : nil, g], type: g.type)[0]
    }

    /// Sends the inputs' cotangents, of an operation of two tensors.
    @inline(never) func pullback(
        _ parameters: Parameters, _ g: consuming Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink
    ) {
        let needs = (saved.needs(0) ? 1 : 0) | (saved.needs(1) ? 2 : 0)
        // Inputs whose derivative is 1 take the cotangent itself.
        let (passed, computed) = (pullbacks[needs].passed, pullbacks[needs].computed)
        if passed.contains(.first) { send.add(copy g, to: 0, of: saved) }
        if passed.contains(.second) { send.add(copy g, to: 1, of: saved) }
        guard let program = pullbacks[needs].program else { return }
        var second: Tensor?
        cotangents(program, InputSet(rawValue: UInt8(needs)), parameters, &g, &second, saved)
        if computed.contains(.first) {
            send.add(g, to: 0, of: saved)
            if let second { send.add(second, to: 1, of: saved) }
        } else {
            send.add(g, to: 1, of: saved)
        }
    }

    /// g becomes the first cotangent that the program computes.
    private func cotangents(
        _ program: ElementwiseProgram, _ needs: InputSet, _ parameters: Parameters, _ g: inout Tensor,
        _ second: inout Tensor?, _ saved: borrowing Saved
    ) {
        do throws(TensorError) {
            if try program.applyDirectly(parameters, 2, saved, &g, second: &second) { return }
        } catch {
            g = raise(error)
            second = program.outputCount == 2 ? g : nil
            return
        }
        let reads = reads(for: needs)
        let x = reads.inputs.contains(.first) ? saved.input(0) : nil
        let y = reads.inputs.contains(.second) ? saved.input(1) : nil
        let results = program.apply(parameters, [x, y, reads.output ? saved.output : nil, g], type: g.type)
        g = results[0]
        second = program.outputCount == 2 ? results[1] : nil
    }
}
