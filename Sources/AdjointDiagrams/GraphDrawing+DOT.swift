extension GraphDrawing {
    /// The graph in the language of Graphviz.
    public func dot() -> String {
        var lines = ["digraph {"]
        if let caption {
            let text = caption.sanitizedLines.map(\.quoteEscaped).joined(separator: "\\n")
            lines.append("    graph [label=\"\(text)\", labelloc=t, fontname=\"sans-serif\"];")
        }
        lines.append("    node [fontname=\"sans-serif\", style=\"rounded,filled\", shape=box];")
        lines.append("    edge [fontname=\"sans-serif\", fontsize=11];")
        for node in nodes {
            lines.append("    \(node.id) [label=<\(node.htmlLabel)>, \(node.kind.dotStyle)];")
        }
        var count = 0
        for cluster in clusters { Self.append(cluster, to: &lines, "    ", &count) }
        for edge in edges {
            lines.append("    \(edge.from) -> \(edge.to)\(edge.dotAttributes);")
        }
        return lines.joined(separator: "\n") + "\n}\n"
    }

    private static func append(_ cluster: Cluster, to lines: inout [String], _ margin: String, _ count: inout Int) {
        lines.append("\(margin)subgraph cluster_\(count) {")
        count += 1
        lines.append("\(margin)    label=\"\(cluster.title.sanitizedLine.quoteEscaped)\"; fontname=\"sans-serif\";")
        lines.append("\(margin)    style=\"rounded\"; color=\"#8a8f98\";")
        if !cluster.nodes.isEmpty {
            lines.append("\(margin)    " + cluster.nodes.map { "\($0);" }.joined(separator: " "))
        }
        for inner in cluster.clusters { append(inner, to: &lines, margin + "    ", &count) }
        lines.append("\(margin)}")
    }
}

extension GraphDrawing.Node {
    fileprivate var htmlLabel: String {
        lines.map { line in
            var text = line.text.isEmpty ? "&#160;" : line.text.xmlEscaped
            if line.isTitle { text = "<B>\(text)</B>" }
            if line.isAdjoint { text = "<FONT COLOR=\"#b3261e\">\(text)</FONT>" }
            return text
        }.joined(separator: "<BR/>")
    }
}

extension GraphDrawing.Edge {
    fileprivate var dotAttributes: String {
        guard let label else { return "" }
        let text = label.text.sanitizedLine.quoteEscaped
        return label.isAdjoint ? " [label=\"\(text)\", fontcolor=\"#b3261e\"]" : " [label=\"\(text)\"]"
    }
}

extension GraphDrawing.Kind {
    fileprivate var dotStyle: String {
        switch self {
        case .input: "fillcolor=\"#e3effb\", color=\"#2f6db5\""
        case .constant: "fillcolor=\"#f1f1f1\", color=\"#777777\", style=\"rounded,filled,dashed\""
        case .operation: "fillcolor=\"#ffffff\", color=\"#444444\""
        case .output: "fillcolor=\"#e2f4e6\", color=\"#2c7a43\", peripheries=2"
        case .gradient: "fillcolor=\"#fdebe9\", color=\"#b3261e\""
        }
    }
}
