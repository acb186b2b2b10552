/// The reasons why a graph cannot be drawn.
public enum DiagramError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Two nodes share an id.
    case duplicateNode(id: Int)
    /// An edge starts or ends at a node that is not in the graph.
    case unknownNode(id: Int)
    /// The edges form a cycle through this node.
    case cycle(through: Int)
    /// The graph has more nodes than the layout accepts.
    case tooManyNodes(count: Int, limit: Int)
    /// The long edges of the graph cross more layers than the layout accepts.
    case tooManyBends(limit: Int)
    /// The terminal drawing needs more columns than there are.
    case tooWide(columns: Int, available: Int)

    /// The reason in one sentence, with a way out where there is one.
    public var description: String {
        switch self {
        case .duplicateNode(let id):
            "two nodes have the id \(id)"
        case .unknownNode(let id):
            "an edge refers to node \(id), which is not in the graph"
        case .cycle(let id):
            "the graph has a cycle through node \(id); only acyclic graphs can be drawn"
        case .tooManyNodes(let count, let limit):
            "a graph of \(count) nodes is too large to draw (at most \(limit)); write it as .dot and use Graphviz"
        case .tooManyBends(let limit):
            "the edges of the graph are too long to draw (over \(limit) bends); write it as .dot and use Graphviz"
        case .tooWide(let columns, let available):
            "the drawing is \(columns) columns wide but only \(available) are available; write it as .svg instead"
        }
    }
}
