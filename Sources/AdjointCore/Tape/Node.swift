import AdjointRuntime
import CKernels
import Synchronization

/// One record of the tape: an operation, the nodes of its inputs, and the forward values that its reverse rule reads.
///
/// Tensors own their nodes and nodes own the nodes of their inputs, so a graph lives as long as somebody can reach
/// it, and no longer. A saved output holds a value, never a node: there are no cycles.
package final class Node: Sendable {
    package let operation: any Primitive
    /// The type of the result.
    package let type: TensorType
    /// Longer than every input's: the order in which reverse mode visits.
    package let depth: UInt32
    package let callers: Callers
    /// What a search for targets has found (`Reachable`), or what the inputs' marks say of a new node: 0 if they differ.
    let mark: Atomic<UInt64>
    package let state: Mutex<State>

    package struct State {
        /// nil for a leaf, and once a backward pass has consumed them.
        var links: Links?
        /// The pass that consumed the links.
        var freedBy: BackwardCall?
        /// Gradient, hooks: only nodes that have some.
        var attachment: Attachment?
    }

    init(_ operation: consuming any Primitive, _ type: TensorType, depth: UInt32, _ links: consuming Links) {
        self.operation = operation
        self.type = type
        self.depth = depth
        mark = Atomic(links.commonMark)
        callers = Callers()
        state = Mutex(State(links: consume links))
    }

    /// The node that the results of an operation share; it keeps its inputs' values, and those of some results.
    init(joining operation: any Primitive, _ inputs: [Tensor], _ results: [TensorValue]) {
        let kept = inputs.map { Link(node: $0.node, value: $0.value) } + results.map { Link(node: nil, value: $0) }
        self.operation = operation
        type = CotangentTuple.type
        depth = (inputs.compactMap { $0.node?.depth }.max() ?? 0) + 1
        let links = Links(first: kept[0], second: kept.count > 1 ? kept[1] : Link(), rest: Array(kept.dropFirst(2)))
        mark = Atomic(links.commonMark)
        callers = Callers()
        state = Mutex(State(links: links))
    }

    /// The node of a result, of which this is the shared one.
    func result(_ index: Int, of operation: String, _ type: TensorType) -> Node {
        Node(
            ResultOf(index: index, operation: operation), type, depth: depth + 1,
            Links(first: Link(node: self), second: Link()))
    }

    /// A leaf: where a gradient ends.
    /// - Parameter search: the number of the search of which the leaf will be a target, if there is one already.
    package init(leaf type: TensorType, search: UInt64? = nil) {
        operation = Leaf()
        self.type = type
        depth = 0
        mark = Atomic(search.map(Reachable.leading) ?? 0)
        callers = Callers()
        state = Mutex(State())
    }

    package var isLeaf: Bool { depth == 0 }

    /// How many inputs the operation has, while the links are there.
    package var inputCount: Int {
        guard let links else { return 0 }
        return operation is any UnaryPrimitive ? 1 : operation is any BinaryPrimitive ? 2 : links.count
    }

    /// The links, which stay in place; nil after a pass has freed them, and for a leaf.
    package var links: Links? {
        state.withLock { $0.links }
    }

    /// Calls `body` with the recorded inputs' nodes until it gives false; false for a node without links. The values
    /// that the links hold are not touched.
    func forEachInput(_ body: (Node) -> Bool) -> Bool {
        state.withLock { state in
            guard state.links != nil else { return false }
            if let node = state.links!.first.node, !body(node) { return true }
            if let node = state.links!.second.node, !body(node) { return true }
            if state.links!.rest != nil {
                for link in state.links!.rest! { if let node = link.node, !body(node) { return true } }
            }
            return true
        }
    }

    // A chain of ten million nodes must not recurse ten million times when it goes: nodes that only this one holds
    // are emptied in a loop before they are released.
    deinit {
        guard var links = takeLinks() else { return }
        var pending: [Node] = []
        while true {
            links.moveUniqueNodes(to: &pending)
            repeat {
                guard let next = pending.popLast() else { return }
                if let more = next.takeLinks() {
                    links = more
                    break
                }
            } while true
        }
    }

    /// Takes the links of a node that nobody else holds.
    private func takeLinks() -> Links? {
        state.withLock { $0.links.take() }
    }
}

/// One input of a recorded operation.
package struct Link: Sendable {
    /// The input's node; nil for a constant.
    package var node: Node?
    /// The input's value, if the reverse rule reads it.
    package var value: TensorValue?
}

/// What a node holds of the forward pass. Two inputs are kept without an array.
package struct Links: Sendable {
    package var first: Link
    package var second: Link
    /// The inputs from the third on; of an operation of two, its intermediates.
    package var rest: [Link]?
    package var output: TensorValue?

    package subscript(index: Int) -> Link {
        switch index {
        case 0: first
        case 1: second
        default: rest![index - 2]
        }
    }

    package var count: Int { 2 + (rest?.count ?? 0) }

    /// The node of an input.
    func node(_ index: Int) -> Node? {
        switch index {
        case 0: first.node
        case 1: second.node
        default: rest![index - 2].node
        }
    }

    /// Whether an input is recorded.
    func isRecorded(_ index: Int) -> Bool {
        switch index {
        case 0: first.node != nil
        case 1: second.node != nil
        default: index < count && rest![index - 2].node != nil
        }
    }

    /// The value of an input that was kept.
    func value(_ index: Int) -> TensorValue {
        switch index {
        case 0: first.value!
        case 1: second.value!
        default: rest![index - 2].value!
        }
    }

    /// Asks for the memory of the first two inputs' nodes, which a pass visits soon: in a graph that no cache holds it would wait.
    func fetchNodes() {
        adj_fetch_object(unsafeBitCast(first.node, to: UnsafeRawPointer?.self))
        adj_fetch_object(unsafeBitCast(second.node, to: UnsafeRawPointer?.self))
    }

    /// The mark of the recorded inputs if they all have the same one, else 0.
    fileprivate var commonMark: UInt64 {
        var common: UInt64?
        func meet(_ node: Node) {
            let mark = node.mark.load(ordering: .relaxed)
            common = common == nil || common == mark ? mark : 0
        }
        if let node = first.node { meet(node) }
        if let node = second.node { meet(node) }
        for link in rest ?? [] { if let node = link.node { meet(node) } }
        return common ?? 0
    }

    /// Takes the nodes that only these links hold; the others are let go.
    fileprivate mutating func moveUniqueNodes(to pending: inout [Node]) {
        Self.moveIfUnique(&first, to: &pending)
        Self.moveIfUnique(&second, to: &pending)
        guard rest != nil else { return }
        for index in rest!.indices { Self.moveIfUnique(&rest![index], to: &pending) }
    }

    private static func moveIfUnique(_ link: inout Link, to pending: inout [Node]) {
        guard link.node != nil else { return }
        if isKnownUniquelyReferenced(&link.node), let node = link.node, !node.isLeaf { pending.append(node) }
        link.node = nil
    }
}

/// The operation of a leaf, which is never run.
struct Leaf: Primitive, NonDifferentiable {
    static let name = "leaf"
    static let reason = "a leaf has no inputs"

    func resultType(_ inputs: [TensorType]) throws(TensorError) -> TensorType {
        preconditionFailure("a leaf is never bound")
    }

    func execute(_ inputs: [TensorValue], _ type: TensorType) throws(TensorError) -> TensorValue {
        preconditionFailure("a leaf is never bound")
    }
}

/// A backward pass, as the nodes that it freed remember it.
final class BackwardCall: Sendable {
    let callers = Callers()
}
