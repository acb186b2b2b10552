import AdjointCore
import AdjointRuntime
import CKernels

extension GraphPass {
    /// Joins elementwise operations into one pass over memory: a value that only operations of one group read stays in registers, and
    /// a sum at the end reads blocks that are never stored. Nothing is computed twice, and the bits are those of the single operations,
    /// which transforms of the graph still see. 16-bit types are left out: they are rounded after each operation.
    public static let fusion = GraphPass("elementwise-fusion", reorders: false) { graph in
        var groups = FusionGroups(graph)
        groups.find()
        return groups.rewritten()
    }
}

private struct FusionGroups {
    private let graph: Graph
    /// For each step the last step of its group, -1 for none.
    private var roots: [Int32]
    private var groups: [Int32: Group] = [:]

    private struct Group {
        let dtype: DType
        let shape: Shape
        var members: [Int32] = []
        /// Values from outside.
        var inputs: [Int32] = []
        var instructions = 0
        var constants = 0
        /// Whether a sum ends it.
        var sum: Sum?
    }

    init(_ graph: Graph) {
        self.graph = graph
        roots = Array(repeating: -1, count: graph.steps.count)
    }

    /// Goes backwards: a step joins the group of its readers, if that is one group, and starts one of its own otherwise.
    mutating func find() {
        let (unread, several): (Int32, Int32) = (-2, -1)
        var readers = [Int32](repeating: unread, count: graph.valueCount)
        for port in graph.outputs { readers[port.value] = several }
        for index in graph.steps.indices.reversed() {
            let step = graph.steps[index]
            var own = several
            if let part = part(step) {
                let reader = readers[Int(step.firstResult)]
                if reader >= 0, join(Int32(index), part, reader) {
                    own = reader
                } else if reader != unread, part.dtype != .bool {
                    own = Int32(index)
                    start(own, part)
                }
            } else if let sum = endingSum(step) {
                own = Int32(index)
                let type = graph.types[Int(graph.operands(of: step).first!)]
                var group = Group(dtype: type.dtype, shape: type.shape)
                group.sum = sum
                group.inputs = [graph.operands(of: step).first!]
                groups[own] = group
            }
            roots[index] = own
            for operand in graph.operands(of: step) {
                let reader = readers[Int(operand)]
                readers[Int(operand)] = reader == unread || reader == own ? own : several
            }
        }
    }

    /// What a step would be in a group.
    private struct Part {
        /// The type it is computed in; bool for logic, which any group takes.
        let dtype: DType
        let shape: Shape
        let instructions: Int
        let constants: Int
    }

    private func part(_ step: Graph.Step) -> Part? {
        guard case .primitive(let operation) = step.operation else { return nil }
        let result = graph.types[Int(step.firstResult)]
        guard !result.shape.hasUnknownExtent else { return nil }
        if let cast = operation as? Cast {
            let from = graph.types[Int(graph.operands(of: step).first!)].dtype
            guard from == .bool, Self.isFused(cast.dtype) else { return nil }
            return Part(dtype: cast.dtype, shape: result.shape, instructions: 0, constants: 0)
        }
        guard let fusible = operation as? any Fusible else { return nil }
        var dtype = result.dtype
        for operand in graph.operands(of: step) {
            let type = graph.types[Int(operand)]
            guard type.shape == result.shape else { return nil }
            if type.dtype != .bool { dtype = type.dtype }
        }
        guard Self.isFused(dtype) || (dtype == .bool && Self.isLogic(operation)) else { return nil }
        guard result.dtype == dtype || result.dtype == .bool else { return nil }
        let program = fusible.forward
        guard !program.code.isEmpty else { return nil }
        return Part(
            dtype: dtype, shape: result.shape, instructions: program.code.count, constants: program.constants.count)
    }

    private static func isFused(_ dtype: DType) -> Bool { dtype == .float32 || dtype == .float64 }

    private static func isLogic(_ operation: any Primitive) -> Bool {
        operation is LogicalAnd || operation is LogicalOr || operation is LogicalNot
    }

    /// A sum that can read a group's result block by block.
    private func endingSum(_ step: Graph.Step) -> Sum? {
        guard case .primitive(let operation) = step.operation, let sum = operation as? Sum else { return nil }
        let type = graph.types[Int(graph.operands(of: step).first!)]
        return Self.isFused(type.dtype) && !type.shape.hasUnknownExtent && type.shape.count > 0 ? sum : nil
    }

    private mutating func start(_ index: Int32, _ part: Part) {
        var group = Group(dtype: part.dtype, shape: part.shape)
        add(index, part, to: &group)
        groups[index] = group
    }

    private mutating func join(_ index: Int32, _ part: Part, _ root: Int32) -> Bool {
        guard var group = groups[root], part.dtype == group.dtype || part.dtype == .bool, part.shape == group.shape,
            group.instructions + part.instructions <= ADJ_MAX_INSTRUCTIONS
        else { return false }
        add(index, part, to: &group)
        guard group.inputs.count <= ADJ_MAX_INPUTS,
            group.inputs.count + group.constants + group.instructions <= ADJ_MAX_REGISTERS
        else { return false }
        groups[root] = group
        return true
    }

    private func add(_ index: Int32, _ part: Part, to group: inout Group) {
        let step = graph.steps[Int(index)]
        group.members.append(index)
        group.instructions += part.instructions
        group.constants += part.constants
        group.inputs.removeAll { $0 == step.firstResult }
        for operand in graph.operands(of: step) where !group.inputs.contains(operand) {
            if graph.splat(Int(operand)) != nil, graph.types[Int(operand)].dtype == group.dtype {
                group.constants += 1
            } else {
                group.inputs.append(operand)
            }
        }
    }

    func rewritten() -> (Graph, [String]) {
        var writer = GraphWriter(graph)
        var tally = Tally()
        var fusions: [Int32: Fusion] = [:]
        for (root, group) in groups where group.members.count > (group.sum == nil ? 1 : 0) {
            fusions[root] = fusion(group)
        }
        for (index, step) in graph.steps.enumerated() {
            let root = roots[index]
            guard root >= 0, let group = groups[root], let fusion = fusions[root] else {
                writer.copy(step)
                continue
            }
            guard Int(root) == index else { continue }
            let operands = group.inputs.map { writer.place(Int($0)) }
            let fused: Int?
            if let sum = group.sum {
                fused = writer.append(FusedSum(fusion, axes: sum.axes), operands, like: step)
            } else {
                fused = writer.append(FusedElementwise(fusion), operands, like: step)
            }
            writer.map(Int(step.firstResult), to: fused!)
            tally.note("joined \(group.members.count + (group.sum == nil ? 0 : 1)) operations: \(fusion.label)")
        }
        return (tally.lines.isEmpty ? graph : writer.finished(), tally.lines)
    }

    /// The program of a group; nil if the machine does not take it, or it has nothing to compute.
    private func fusion(_ group: Group) -> Fusion? {
        var numbers: [Int32: Int] = [:]
        for (index, input) in group.inputs.enumerated() { numbers[input] = index }
        var parts: [Fusion.Part] = []
        for member in group.members.sorted() {
            let step = graph.steps[Int(member)]
            guard case .primitive(let operation) = step.operation else { return nil }
            var operands: [Int] = []
            for operand in graph.operands(of: step) {
                if let known = numbers[operand] {
                    operands.append(known)
                    continue
                }
                guard let number = graph.splat(Int(operand)) else { return nil }
                numbers[operand] = group.inputs.count + parts.count
                operands.append(group.inputs.count + parts.count)
                parts.append(.number(number))
            }
            numbers[step.firstResult] = group.inputs.count + parts.count
            parts.append(.apply(operation, operands))
        }
        guard !group.inputs.isEmpty, let last = group.members.max() else { return nil }
        return Fusion(
            inputCount: group.inputs.count, parts, dtype: group.dtype,
            resultType: graph.types[Int(graph.steps[Int(last)].firstResult)].dtype)
    }
}
