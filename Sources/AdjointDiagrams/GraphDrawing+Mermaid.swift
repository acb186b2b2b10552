extension GraphDrawing {
    /// The graph as a Mermaid flowchart, which GitHub and many documentation tools render.
    public func mermaid() -> String {
        var lines: [String] = []
        if let caption {
            lines += ["---", "title: \"\(caption.sanitizedLine.quoteEscaped)\"", "---"]
        }
        lines.append("flowchart TD")
        for node in nodes {
            let (open, close) = node.kind.mermaidBrackets
            let label = node.lines.map(\.text.mermaidEscaped).joined(separator: "<br/>")
            let text = label.isEmpty ? " " : label
            lines.append("    \(Self.mermaidName(node.id))\(open)\"\(text)\"\(close):::\(node.kind.rawValue)")
        }
        var count = 0
        for cluster in clusters { Self.append(cluster, to: &lines, "    ", &count) }
        for edge in edges {
            let label = edge.label?.text.sanitizedLine.mermaidEscaped ?? ""
            let arrow = label.isEmpty ? "-->" : "-->|\"\(label)\"|"
            lines.append("    \(Self.mermaidName(edge.from)) \(arrow) \(Self.mermaidName(edge.to))")
        }
        for kind in Kind.allCases where nodes.contains(where: { $0.kind == kind }) {
            lines.append("    classDef \(kind.rawValue) \(kind.mermaidStyle)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func append(_ cluster: Cluster, to lines: inout [String], _ margin: String, _ count: inout Int) {
        lines.append("\(margin)subgraph c\(count)[\"\(cluster.title.sanitizedLine.mermaidEscaped)\"]")
        count += 1
        for node in cluster.nodes { lines.append("\(margin)    \(mermaidName(node))") }
        for inner in cluster.clusters { append(inner, to: &lines, margin + "    ", &count) }
        lines.append("\(margin)end")
    }

    /// Mermaid names may not contain a minus sign.
    private static func mermaidName(_ id: Int) -> String {
        id < 0 ? "m\(id.magnitude)" : "n\(id)"
    }
}

extension GraphDrawing.Kind {
    fileprivate var mermaidBrackets: (open: String, close: String) {
        switch self {
        case .input: ("([", "])")
        case .constant, .operation, .gradient: ("(", ")")
        case .output: ("[[", "]]")
        }
    }

    fileprivate var mermaidStyle: String {
        switch self {
        case .input: "fill:#e3effb,stroke:#2f6db5,color:#1b1b1b"
        case .constant: "fill:#f1f1f1,stroke:#777777,color:#1b1b1b,stroke-dasharray:4 3"
        case .operation: "fill:#ffffff,stroke:#444444,color:#1b1b1b"
        case .output: "fill:#e2f4e6,stroke:#2c7a43,color:#1b1b1b"
        case .gradient: "fill:#fdebe9,stroke:#b3261e,color:#b3261e"
        }
    }
}
