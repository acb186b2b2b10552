import AdjointCore
import AdjointRuntime
import Synchronization

/// What matters about a cotangent in a diagnosis.
enum CotangentState: Sendable {
    case usual, zero, notFinite

    init(_ cotangent: Tensor) {
        let elements = cotangent.failure == nil ? cotangent.doubles : [.nan]
        self = !elements.allSatisfy(\.isFinite) ? .notFinite : elements.allSatisfy { $0 == 0 } ? .zero : .usual
    }
}

/// A backward pass with the state of the cotangent at each node.
struct BackwardTrace {
    private let nodes: [GraphNode]
    private let states: [GraphNode: CotangentState]
    private let bad: [GraphNode: Int]
    private let leaves: [Tensor]
    let gradients: [Tensor?]

    init(of value: Tensor, _ leaves: [Tensor]) {
        self.leaves = leaves
        let nodes = value.graphNodes
        self.nodes = nodes
        let seen = SeenStates()
        for (index, node) in nodes.enumerated() { _ = node.node.attach().add { seen.note(index, $0) } }
        gradients =
            value.requiresGrad
            ? ((try? sendBack(
                [(value, Tensor.ones(like: value))], to: leaves, "whyNoGradient", retainsGraph: true, creation: .never))?
                .cotangents ?? leaves.map { _ in nil }) : leaves.map { _ in nil }
        states = Dictionary(uniqueKeysWithValues: seen.states.map { (nodes[$0.key], $0.value) })
        bad = Dictionary(uniqueKeysWithValues: seen.firstNotFinite.map { (nodes[$0.key], $0.value) })
    }

    /// The operations that received a usual cotangent and sent one of this state, on a path to a leaf.
    func places(_ state: CotangentState, towards leaf: Int) -> [GradientReport.Place] {
        // Nodes come after their inputs.
        var leading: Set<GraphNode> = leaves[leaf].graphNode.map { [$0] } ?? []
        var places: [GradientReport.Place] = []
        for node in nodes {
            let inputs = node.inputs.compactMap { $0 }.filter { leading.contains($0) }
            guard !inputs.isEmpty else { continue }
            leading.insert(node)
            if states[node] == .usual, inputs.contains(where: { (states[$0] ?? .zero) == state }) {
                places.append(.init(operation: node.name, location: node.location, cut: nil))
            }
        }
        return places
    }

    /// The operations that were the first to send a cotangent of this state, having received a usual one.
    func firstPlaces(_ state: CotangentState) -> [GradientReport.Place] {
        firstSenders(state).map { .init(operation: $0.name, location: $0.location, cut: nil) }
    }

    /// The first element of the cotangent at a node that is not finite.
    func firstNotFinite(at node: GraphNode) -> Int? { bad[node] }

    /// The nodes that were the first to send a cotangent of this state, in the order of the pass.
    func firstSenders(_ state: CotangentState) -> [GraphNode] {
        nodes.reversed().filter { node in
            guard let own = states[node], own != state else { return false }
            return node.inputs.contains { $0.map { states[$0] == state } == true }
        }
    }
}

/// What passed each node, by its number: a hook that held its node would keep both alive.
private final class SeenStates: Sendable {
    private struct Contents {
        var states: [Int: CotangentState] = [:]
        var firstNotFinite: [Int: Int] = [:]
    }
    private let contents = Mutex(Contents())
    var states: [Int: CotangentState] { contents.withLock { $0.states } }
    var firstNotFinite: [Int: Int] { contents.withLock { $0.firstNotFinite } }

    func note(_ index: Int, _ cotangent: Tensor) -> Tensor? {
        let state = CotangentState(cotangent)
        contents.withLock {
            $0.states[index] = state
            if state == .notFinite { $0.firstNotFinite[index] = cotangent.firstNotFinite }
        }
        return nil
    }
}

extension Tensor {
    /// The row-major number of the first element that is not finite.
    var firstNotFinite: Int? { dtype.isFloatingPoint ? doubles.firstIndex { !$0.isFinite } : nil }
}
