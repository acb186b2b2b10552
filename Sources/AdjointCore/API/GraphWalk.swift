import AdjointRuntime

/// A node of the computational graph that a program built while it ran: an operation and the nodes of its inputs.
public struct GraphNode: Sendable, Hashable, CustomStringConvertible {
    package let node: Node

    /// The operation's name; "leaf" for a tensor that asked for a gradient.
    public var name: String { node.operation.label }
    /// The shape and element type of the result.
    public var type: TensorType { node.type }
    /// Whether a gradient ends here.
    public var isLeaf: Bool { node.isLeaf }
    /// The longest way to a leaf, in operations.
    public var depth: Int { Int(node.depth) }
    /// The line that ran the operation; nil where the system cannot tell.
    public var location: SourceLocation? { node.callers.location }
    /// Whether a backward pass has freed what was saved here.
    public var isFreed: Bool { node.state.withLock { $0.freedBy != nil } }

    /// The nodes of the inputs, in the operation's order; nil for an input that is a constant. Empty for a leaf, and once
    /// a backward pass has freed the node.
    public var inputs: [GraphNode?] {
        guard let links = node.links else { return [] }
        return (0..<node.inputCount).map { links.node($0).map { GraphNode(node: $0) } }
    }

    /// Bytes of the forward values that this node keeps for the backward pass. A value kept by several nodes counts
    /// at each of them.
    public var savedBytes: Int {
        guard let links = node.links else { return 0 }
        let values = (0..<links.count).map { links[$0].value } + [links.output]
        return values.reduce(0) { $0 + ($1.map { $0.kind == .packed ? 0 : $0.type.byteCount } ?? 0) }
    }

    /// Whether both are the same.
    public static func == (left: GraphNode, right: GraphNode) -> Bool { left.node === right.node }
    /// Feeds what makes the value equal to others into a hasher.
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(node)) }

    /// The value as text.
    public var description: String { "\(name) \(type)" }
}

extension Tensor {
    /// The node that computed this tensor, or its leaf; nil for a constant.
    public var graphNode: GraphNode? { node.map { GraphNode(node: $0) } }

    /// All nodes that this tensor was computed by, each after its inputs. Found without recursion.
    public var graphNodes: [GraphNode] {
        guard let root = graphNode else { return [] }
        var order: [GraphNode] = []
        var seen: Set<GraphNode> = []
        var stack: [(node: GraphNode, entered: Bool)] = [(root, false)]
        while let (node, entered) = stack.popLast() {
            if entered {
                order.append(node)
            } else if seen.insert(node).inserted {
                stack.append((node, true))
                for input in node.inputs.reversed() {
                    if let input, !seen.contains(input) { stack.append((input, false)) }
                }
            }
        }
        return order
    }

    /// The graph as text: a line a node, `%number = operation(inputs) : type`, each after its inputs; `_` is a constant.
    public var graphDescription: String {
        let nodes = graphNodes
        let numbers = Dictionary(uniqueKeysWithValues: zip(nodes, nodes.indices))
        return nodes.enumerated().map { number, node in
            let inputs = node.inputs.map { $0.map { "%\(numbers[$0]!)" } ?? "_" }.joined(separator: ", ")
            return "%\(number) = \(node.name)\(node.isLeaf ? "" : "(\(inputs))") : \(node.type)"
        }.joined(separator: "\n")
    }
}
