import Adjoint
import AdjointCore
import AdjointRuntime

/// The computational graph below a tensor, taken apart: each node once, inputs before what is computed from them.
struct TapeWalk {
    /// Where an input of a node comes from.
    enum Source {
        /// The node at this place in `nodes`.
        case node(Int)
        /// A constant, with its value if the node keeps it.
        case constant(Tensor?)
    }

    /// The nodes in an order in which they can be computed.
    let nodes: [Node]
    /// The inputs of each node.
    let sources: [[Source]]
    private let places: [ObjectIdentifier: Int]

    /// Walks from a recorded tensor down to its leaves; a constant gives an empty walk.
    init(from root: Tensor) {
        let nodes = root.graphNodes.map(\.node)
        let places = Dictionary(uniqueKeysWithValues: zip(nodes.map(ObjectIdentifier.init), nodes.indices))
        sources = nodes.map { node in
            node.inputs.map { input in
                input.node.map { .node(places[ObjectIdentifier($0)]!) } ?? .constant(input.value.map { Tensor($0) })
            }
        }
        self.nodes = nodes
        self.places = places
    }

    /// The place of the node that computed a tensor.
    func place(of tensor: Tensor) -> Int? {
        tensor.node.flatMap { places[ObjectIdentifier($0)] }
    }
}

extension Node {
    /// The nodes of the inputs, nil for constants, and the forward values that are kept of them.
    fileprivate var inputs: [(node: Node?, value: TensorValue?)] {
        guard let links else { return [] }
        return (0..<inputCount).map { (links[$0].node, links[$0].value) }
    }

    /// The places of the inputs whose forward values the node keeps for the reverse pass.
    var keptInputs: [Int] { inputs.indices.filter { inputs[$0].value != nil } }

    /// Whether the node keeps its own result for the reverse pass.
    var keepsOutput: Bool { links?.output != nil }
}

/// The derivative of an operation's scalar result with respect to each of its inputs alone.
///
/// The operation is run again on fresh leaves, so that no other path contributes.
func localDerivatives(of node: Node, at inputs: [Tensor]) -> [Tensor] {
    func run(_ operation: some Primitive) -> [Tensor] {
        let leaves = inputs.map { $0.detach().requiringGrad() }
        return gradients(of: [bindDynamically(operation, leaves)], withRespectTo: leaves, unused: .zero)
    }
    return run(node.operation)
}
