import AdjointCore
import AdjointRuntime
import Synchronization

/// What a run of a graph takes of memory besides its inputs and constants, worked out without running it.
public struct MemoryPlan: Sendable, CustomStringConvertible {
    /// One operation of the run.
    public struct Row: Sendable {
        /// The operation.
        public let operation: String
        /// The type of its first result.
        public let type: TensorType
        /// Bytes that it allocates for results; 0 where it writes over an operand or looks into one.
        public let allocated: Int
        /// Bytes at its highest moment, of everything that is alive then.
        public let highest: Int
        /// Bytes that are alive after it, when what nothing reads any more has gone.
        public let after: Int
    }

    /// The operations in the order of the run.
    public let rows: [Row]
    /// The largest number of bytes that are alive at one moment: what `Memory.peak` shows, less what there was before.
    public let peak: Int
    /// Whether a run meets the peak exactly; false where numbers decide how often a loop runs and what it keeps, or which branch
    /// is taken: then the peak is that of the largest branch, and of one iteration.
    public let isExact: Bool

    /// The plan as a table.
    public var description: String {
        let header = ["operation", "result", "allocated", "highest", "after"]
        let lines = rows.map { [$0.operation, "\($0.type)", "\($0.allocated)", "\($0.highest)", "\($0.after)"] }
        let widths = header.indices.map { column in ([header] + lines).map { min($0[column].count, 48) }.max()! }
        let table = ([header] + lines).map { line in
            line.enumerated().map { column, text in
                let cut = text.count > 48 ? text.prefix(47) + "…" : text[...]
                let space = String(repeating: " ", count: widths[column] - cut.count)
                return column < 2 ? cut + space : space + cut
            }.joined(separator: "  ")
        }
        return (table + ["peak: \(peak) bytes" + (isExact ? "" : ", for one iteration or the largest branch")])
            .joined(separator: "\n")
    }
}

extension MemoryPlan {
    /// The bytes that one operation takes at its highest moment and when it is done, if it runs alone.
    package static func bytes(
        of operation: any Primitive, _ inputs: [TensorValue]
    ) throws(TensorError) -> (highest: Int, after: Int) {
        let meter = MemoryMeter()
        let result = try meter.rehearse(operation, inputs)
        return withExtendedLifetime(result) { (meter.peak, meter.current) }
    }
}

extension ExecutionPlan {
    /// What a run does to memory, by the run's own rules on values without elements.
    package var memoryPlan: MemoryPlan {
        get throws(TensorError) {
            let meter = MemoryMeter()
            var rows: [MemoryPlan.Row] = []
            // Somebody else holds the inputs of a run.
            let inputs = graph.inputs.map { TensorValue(standIn: graph.types[$0.value]) }
            var taken = inputs
            let outputs = try rehearse(taking: &taken, meter) { rows.append($0) }
            return withExtendedLifetime((inputs, outputs)) {
                MemoryPlan(rows: rows, peak: meter.peak, isExact: meter.isExact)
            }
        }
    }

    /// The largest number of bytes that a run allocates at one moment.
    package var predictedPeak: Int { get throws(TensorError) { try memoryPlan.peak } }

    /// A run on values without elements; `note` hears of each operation.
    func rehearse(
        taking inputs: inout [TensorValue], _ meter: MemoryMeter, _ note: (MemoryPlan.Row) -> Void = { _ in }
    ) throws(TensorError) -> [TensorValue] {
        let slots = Slots(count: graph.valueCount)
        for (place, value) in readInputs { slots[value] = inputs[place] }
        inputs = []
        try forEachInstruction { instruction, operands, frees throws(TensorError) in
            let before = meter.current
            meter.startStep()
            try rehearse(instruction, operands, slots, meter)
            let made = meter.current
            for free in instruction.pointee.frees { slots[Int(frees[free])] = nil }
            if case .constant = instruction.pointee.kernel { return }
            note(
                MemoryPlan.Row(
                    operation: graph.steps[instruction.pointee.step].operation.label, type: instruction.pointee.type,
                    allocated: max(made - before, 0), highest: meter.highestOfStep, after: meter.current))
        }
        return graph.outputs.map { slots[$0.value]! }
    }

    private func rehearse(
        _ instruction: UnsafePointer<Instruction>, _ operands: UnsafeBufferPointer<Int32>, _ slots: borrowing Slots,
        _ meter: MemoryMeter
    ) throws(TensorError) {
        let result = instruction.pointee.results.lowerBound
        switch instruction.pointee.kernel {
        case .constant(let value): slots[result] = value
        case .draw: slots[result] = meter.value(instruction.pointee.type)
        case .program:
            slots[result] = instruction.reused(operands, slots) ?? meter.value(instruction.type(operands, slots))
        case .unary(let operation):
            slots[result] = try meter.rehearse(operation, instruction.values(operands, slots))
        case .binary(let operation):
            slots[result] = try meter.rehearse(operation, instruction.values(operands, slots))
        case .general(let operation):
            slots[result] = try meter.rehearse(operation, instruction.values(operands, slots))
        case .several(let operation):
            let found = try meter.rehearse(operation, instruction.values(operands, slots))
            for (result, value) in zip(instruction.pointee.results, found) { slots[result] = value }
        }
    }
}

/// Counts the bytes of values that have no elements.
final class MemoryMeter: Sendable {
    private struct Counts {
        var current = 0
        var peak = 0
        var highestOfStep = 0
        var isExact = true
    }
    private let counts = Mutex(Counts())

    var current: Int { counts.withLock { $0.current } }
    var peak: Int { counts.withLock { $0.peak } }
    var highestOfStep: Int { counts.withLock { $0.highestOfStep } }
    var isExact: Bool { counts.withLock { $0.isExact } }

    func startStep() { counts.withLock { $0.highestOfStep = $0.current } }
    func loseExactness() { counts.withLock { $0.isExact = false } }

    private func change(by bytes: Int, passing workspace: Int = 0) {
        counts.withLock { counts in
            let highest = counts.current + max(bytes, 0) + workspace
            counts.peak = max(counts.peak, highest)
            counts.highestOfStep = max(counts.highestOfStep, highest)
            counts.current += bytes
        }
    }

    /// Gives its bytes back when the last value that looks into them goes.
    private final class Owner: Sendable {
        private let meter: MemoryMeter
        private let bytes: Int

        init(_ meter: MemoryMeter, _ bytes: Int, passing workspace: Int) {
            self.meter = meter
            self.bytes = bytes
            meter.change(by: bytes, passing: workspace)
        }

        deinit { meter.change(by: -bytes) }
    }

    /// A new value, for which `workspace` bytes more are taken for a moment.
    func value(_ type: TensorType, passing workspace: Int = 0) -> TensorValue {
        TensorValue(standIn: type, owner: Owner(self, type.byteCount, passing: workspace))
    }

    /// Bytes that are taken for a moment.
    func touch(_ bytes: Int) { change(by: 0, passing: bytes) }

    func rehearse(_ operation: any Primitive, _ values: [TensorValue]) throws(TensorError) -> TensorValue {
        func open<P: Primitive>(_ operation: P) throws(TensorError) -> TensorValue {
            let type = try operation.typeWhenStaged(values.map(\.type))
            if P.givesView {
                if operation is Reshape, !values[0].isContiguous { return value(type) }
                return try operation.execute(values, type)
            }
            if P.triesWorkspace { return try tried(operation, values, type) }
            guard !P.takesHalf, values.contains(where: { $0.dtype.isHalf }) else {
                return value(type, passing: operation.workspace(values, type))
            }
            // The copies in float32 and the result in float32, which is rounded when the copies have gone.
            let wide = values.map { $0.dtype.isHalf ? TensorValue(standIn: TensorType($0.shape, .float32)) : $0 }
            let copies = zip(values, wide).reduce(0) { $0 + ($1.0.dtype.isHalf ? $1.1.type.byteCount : 0) }
            let casts = values.reduce(0) { $0 + ($1.dtype.isHalf && !$1.isContiguous ? $1.type.byteCount : 0) }
            let wideType = try operation.resultType(wide.map(\.type))
            touch(copies + max(wideType.byteCount + operation.workspace(wide, wideType), casts))
            return value(type, passing: wideType.dtype == type.dtype ? 0 : wideType.byteCount)
        }
        return try open(operation)
    }

    /// Runs the kernel on numbers of its own, because what it takes is not known from types alone: unit matrices, which every
    /// factorization can do.
    private func tried<P: Primitive>(
        _ operation: P, _ values: [TensorValue], _ type: TensorType
    ) throws(TensorError) -> TensorValue {
        var samples: [TensorValue] = []
        for value in values { samples.append(try Self.sample(like: value)) }
        let (result, highest, after) = try Memory.tally { () throws(TensorError) in try compute(operation, samples) }
        if after == 0, let place = samples.firstIndex(where: { $0.buffer === result.buffer }) {
            touch(highest)
            return values[place]
        }
        let owner = Owner(self, after, passing: highest - after)
        if result.isContiguous { return TensorValue(standIn: type, owner: owner) }
        return TensorValue(standIn: type, owner: owner).view(type.shape, strides: result.strides)
    }

    /// Unit matrices in the layout of a value; ones where there are no matrices.
    private static func sample(like value: TensorValue) throws(TensorError) -> TensorValue {
        let (shape, rank) = (value.shape, value.shape.rank)
        var sample = Tensor.ones(shape.extents, dtype: value.dtype)
        if rank > 1, value.dtype.isDifferentiable {
            let unit = Tensor.eye(shape[rank - 2], shape[rank - 1], dtype: value.dtype)
            sample = unit.broadcast(to: shape.extents) * 1
        }
        if let failure = sample.failure { throw failure }
        if value.isContiguous { return sample.value }
        // The same strides over memory that is large enough for them.
        let strides = value.strides
        let length = (0..<rank).reduce(1) { $0 + max(shape[$1] - 1, 0) * strides[$1] }
        let memory = try TensorValue(uninitialized: TensorType([length], value.dtype))
        memory.elements.initializeMemory(as: UInt8.self, repeating: 0, count: memory.type.byteCount)
        let view = memory.view(shape, strides: strides)
        Kernels.copy(sample.value, to: memory.elements, strides: strides)
        return view
    }

    func rehearse(_ operation: any MultiPrimitive, _ values: [TensorValue]) throws(TensorError) -> [TensorValue] {
        switch operation {
        case let loop as Loop: return try rehearse(loop, values)
        case let branch as Branch:
            if branch.branches.count > 1 { loseExactness() }
            var largest: [TensorValue] = []
            var bytes = -1
            for graph in branch.branches {
                let before = current
                var operands = Array(values.dropFirst())
                let found = try graph.plan.rehearse(taking: &operands, self)
                if current - before > bytes { (largest, bytes) = (found, current - before) }
            }
            return largest
        default:
            loseExactness()
            return try operation.resultTypes(values.map(\.type)).map { value($0.withKnownExtents) }
        }
    }

    /// Iterations until what is carried has been made by the loop itself, and no more: the others are like the last one.
    private func rehearse(_ loop: Loop, _ values: [TensorValue]) throws(TensorError) -> [TensorValue] {
        var carried = Array(values.prefix(loop.carried))
        let sequences = values[loop.carried..<(loop.carried + loop.sequences)]
        let captures = values.dropFirst(loop.carried + loop.sequences)
        let types = try loop.resultTypes(values.map(\.type))
        if loop.predicate != nil, types.count > loop.carried { loseExactness() }
        let stacks = types.dropFirst(loop.carried).map { value($0.withKnownExtents) }
        let length = loop.sequences > 0 ? sequences.first!.shape[0] : loop.length ?? Int.max
        var iteration = 0
        while iteration < min(length, loop.carried + 2) {
            try rehearse(loop.predicate, carried + captures)
            var inputs = carried + sequences.map { $0.element(0) } + captures
            carried = []
            carried = Array(try loop.body.plan.rehearse(taking: &inputs, self).prefix(loop.carried))
            iteration += 1
        }
        try rehearse(loop.predicate, carried + captures)
        return carried + stacks
    }

    /// A predicate's operands are the loop's too.
    private func rehearse(_ predicate: Subgraph?, _ operands: [TensorValue]) throws(TensorError) {
        var taken = operands
        _ = try predicate?.plan.rehearse(taking: &taken, self)
        withExtendedLifetime(operands) {}
    }
}

extension TensorType {
    /// With one element where the extent is not known.
    var withKnownExtents: TensorType {
        guard shape.hasUnknownExtent else { return self }
        return TensorType(Shape(shape.extents.map { $0 == Shape.unknownExtent ? 1 : $0 }), dtype)
    }
}
