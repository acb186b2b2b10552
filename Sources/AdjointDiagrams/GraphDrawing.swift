/// A directed acyclic graph with everything needed to draw it: titled boxes, their details and labelled arrows.
///
/// The model knows nothing of tensors; whoever traces a computation fills it in and picks a renderer:
/// ``svg()``, ``dot()``, ``mermaid()`` or ``text(style:columns:)``.
public struct GraphDrawing: Sendable, Equatable {
    /// The role of a node, which decides its shape and colour.
    public enum Kind: String, Sendable, CaseIterable {
        case input, constant, operation, output, gradient
    }

    /// A short text in the drawing, marked as an adjoint when it should stand out from primal values.
    public enum Annotation: Sendable, Equatable, ExpressibleByStringLiteral {
        case plain(String)
        case adjoint(String)

        /// Makes a plain annotation of a literal.
        public init(stringLiteral value: String) {
            self = .plain(value)
        }

        /// The text itself.
        public var text: String {
            switch self {
            case .plain(let text), .adjoint(let text): text
            }
        }

        /// Whether the text describes an adjoint.
        public var isAdjoint: Bool {
            switch self {
            case .plain: false
            case .adjoint: true
            }
        }
    }

    /// A box of the drawing.
    public struct Node: Sendable, Equatable, Identifiable {
        /// The name by which edges refer to the node.
        public var id: Int
        /// The first, emphasised text of the box.
        public var title: String
        /// The texts below the title, each of one or more lines.
        public var details: [Annotation]
        /// The role of the node.
        public var kind: Kind

        /// Makes a node; most are operations.
        public init(id: Int, title: String, details: [Annotation] = [], kind: Kind = .operation) {
            self.id = id
            self.title = title
            self.details = details
            self.kind = kind
        }
    }

    /// An arrow from one node to another; parallel edges are allowed, as in `x * x`.
    public struct Edge: Sendable, Equatable {
        /// The id of the node where the arrow starts.
        public var from: Int
        /// The id of the node to which the arrow points.
        public var to: Int
        /// A text beside the arrowhead, such as a local derivative.
        public var label: Annotation?

        /// Makes an edge between two nodes.
        public init(from: Int, to: Int, label: Annotation? = nil) {
            self.from = from
            self.to = to
            self.label = label
        }
    }

    /// A frame around nodes, such as those of a loop's body.
    public struct Cluster: Sendable, Equatable {
        /// The text of the frame.
        public var title: String
        /// The ids of its nodes, without those of clusters inside.
        public var nodes: [Int]
        /// The clusters inside.
        public var clusters: [Cluster]

        /// Makes a frame.
        public init(title: String, nodes: [Int], clusters: [Cluster] = []) {
            self.title = title
            self.nodes = nodes
            self.clusters = clusters
        }
    }

    /// The largest number of nodes that ``svg()`` and ``text(style:columns:)`` lay out.
    public static let layoutLimit = 2_000

    /// The boxes, with distinct ids.
    public var nodes: [Node]
    /// The arrows, which form no cycle.
    public var edges: [Edge]
    /// A heading above the drawing.
    public var caption: String?
    /// Frames around nodes; a node is in one at most. SVG draws what is in a frame as a picture of its own, below.
    public var clusters: [Cluster]

    /// Makes a graph; it is checked only when it is laid out.
    public init(nodes: [Node] = [], edges: [Edge] = [], caption: String? = nil, clusters: [Cluster] = []) {
        self.nodes = nodes
        self.edges = edges
        self.caption = caption
        self.clusters = clusters
    }
}

extension GraphDrawing.Node {
    /// The title and the details as separate lines, in drawing order.
    var lines: [TextLine] {
        let titleLines = title.sanitizedLines.map {
            TextLine(text: $0, isTitle: true, isAdjoint: kind == .gradient)
        }
        let detailLines = details.flatMap { detail in
            detail.text.sanitizedLines.map { TextLine(text: $0, isTitle: false, isAdjoint: detail.isAdjoint) }
        }
        return titleLines + detailLines
    }
}

/// One line inside a box.
struct TextLine {
    let text: String
    let isTitle: Bool
    let isAdjoint: Bool
}
