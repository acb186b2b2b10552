extension GraphDrawing {
    /// The graph as a self-contained SVG picture, drawn from top to bottom, for light and dark surroundings.
    public func svg() throws(DiagramError) -> String {
        guard !clusters.isEmpty else { return try picture().rendered() }
        // Each cluster is a picture of its own below the graph; together they obey the limit of one.
        guard nodes.count <= Self.layoutLimit else {
            throw .tooManyNodes(count: nodes.count, limit: Self.layoutLimit)
        }
        var pictures: [GraphPicture] = []
        for part in parts { pictures.append(try part.picture()) }
        return GraphPicture.rendered(pictures, of: self)
    }

    private func picture() throws(DiagramError) -> GraphPicture {
        let labels = edges.map { $0.label?.text.sanitizedLine ?? "" }
        let placement = try placement(
            metrics: LayoutMetrics(
                boxWidths: nodes.map(\.boxWidth),
                labelWidths: labels.map { $0.pixels(fontSize: Sizes.label) },
                boxGap: 28, bendGap: 20, portGap: 20, labelGap: 6))
        return GraphPicture(self, placement, labels: labels)
    }

    /// What is in no cluster, then what is in each; edges between them are left out.
    var parts: [GraphDrawing] {
        var clusterOfNode: [Int: Int] = [:]
        var titles: [String] = []
        var pending = Array(clusters.reversed())
        while let cluster = pending.popLast() {
            titles.append(cluster.title)
            for node in cluster.nodes { clusterOfNode[node] = titles.count }
            pending += cluster.clusters.reversed()
        }
        var parts = [GraphDrawing(caption: caption)] + titles.map { GraphDrawing(caption: $0) }
        for node in nodes { parts[clusterOfNode[node.id] ?? 0].nodes.append(node) }
        for edge in edges {
            let place = clusterOfNode[edge.from] ?? 0
            if place == clusterOfNode[edge.to] ?? 0 { parts[place].edges.append(edge) }
        }
        return parts
    }
}

/// The measures of the picture in pixels.
private enum Sizes {
    static let title = 15
    static let titleLine = 21
    static let detail = 12
    static let detailLine = 17
    static let label = 12
    static let labelLine = 20
    static let caption = 16
    static let captionLine = 24
    static let margin = 20
    static let padding = 9
    static let arrow = 8
}

extension TextLine {
    fileprivate var height: Int { isTitle ? Sizes.titleLine : Sizes.detailLine }

    fileprivate var width: Int {
        isTitle ? text.pixels(fontSize: Sizes.title, bold: true) : text.pixels(fontSize: Sizes.detail)
    }

    fileprivate var attributes: String {
        let role = isAdjoint ? "adjoint" : isTitle ? "name" : "detail"
        let font = isTitle ? "font-size=\"\(Sizes.title)\" font-weight=\"600\"" : "font-size=\"\(Sizes.detail)\""
        return "class=\"\(role)\" \(font) text-anchor=\"middle\""
    }
}

extension GraphDrawing.Node {
    fileprivate var boxWidth: Int { max(48, (lines.map(\.width).max() ?? 0) + 24) | 1 }
    fileprivate var boxHeight: Int { lines.reduce(2 * Sizes.padding) { $0 + $1.height } }
}

/// A placed graph with the vertical positions of its layers.
private struct GraphPicture {
    private let drawing: GraphDrawing
    private let placement: Placement
    private let labels: [String]
    private let captionLines: [String]
    private let width: Int
    private let height: Int
    /// The horizontal position of the layout within the picture.
    private let originX: Int
    private var bands: [Band] = []
    private var document = SVGDocument()

    /// The stripe that a layer takes.
    private struct Band {
        let top: Int
        let height: Int
        /// The height above the stripe in which lines run straight down, with room for their labels.
        let labelStrip: Int

        var bottom: Int { top + height }
    }

    private var graph: LayeredGraph { placement.graph }

    init(_ drawing: GraphDrawing, _ placement: Placement, labels: [String]) {
        self.drawing = drawing
        self.placement = placement
        self.labels = labels
        let captionLimit = max(placement.width, 480)
        captionLines = drawing.caption?.wrapped(to: captionLimit) { $0.pixels(fontSize: Sizes.caption) } ?? []
        let captionWidth = captionLines.map { $0.pixels(fontSize: Sizes.caption) }.max() ?? 0
        let contentWidth = max(placement.width, captionWidth)
        width = contentWidth + 2 * Sizes.margin
        originX = Sizes.margin + (contentWidth - placement.width) / 2

        let graph = placement.graph
        var y = Sizes.margin + (captionLines.isEmpty ? 0 : captionLines.count * Sizes.captionLine + 8)
        for (index, layer) in graph.layers.enumerated() {
            let incoming = layer.flatMap { graph.incoming[$0] }
            let hasLabels = incoming.contains { graph.segments[$0].edge.map { labels[$0] != "" } ?? false }
            let strip = Sizes.arrow + (hasLabels ? Sizes.labelLine : 0)
            if index > 0 {
                let reach = incoming.map { segment in
                    (placement.exit(of: graph.segments[segment].from) - placement.entry(of: segment)).magnitude
                }
                y += 28 + min(Int(reach.max() ?? 0) / 6, 90) + strip
            }
            let height = layer.map { graph.isBend($0) ? 0 : drawing.nodes[$0].boxHeight }.max() ?? 0
            bands.append(Band(top: y, height: height, labelStrip: strip))
            y += height
        }
        height = y + Sizes.margin
    }

    mutating func draw() {
        for (index, line) in captionLines.enumerated() {
            document.addText(
                line, x: width / 2, y: Sizes.margin + 16 + index * Sizes.captionLine,
                "class=\"name\" font-size=\"\(Sizes.caption)\" text-anchor=\"middle\"")
        }
        for (layer, elements) in graph.layers.enumerated() {
            for element in elements {
                for segment in graph.outgoing[element] { drawLine(segment, below: layer) }
            }
        }
        for (layer, elements) in graph.layers.enumerated() {
            for element in elements where !graph.isBend(element) { drawBox(element, in: bands[layer]) }
        }
    }

    func rendered() -> String {
        var copy = self
        copy.draw()
        return copy.document.rendered(
            name: "adjoint-graph", width: width, height: height,
            title: drawing.caption ?? "Computation graph", description: drawing.summary, style: graphStyle)
    }

    /// Pictures one below the other, each but the first in a frame.
    static func rendered(_ pictures: [GraphPicture], of drawing: GraphDrawing) -> String {
        var document = SVGDocument()
        let width = (pictures.map(\.width).max() ?? 0) + 2 * Sizes.margin
        var y = 0
        for (index, picture) in pictures.enumerated() {
            var picture = picture
            picture.draw()
            let x = (width - picture.width) / 2
            document.add(picture.document, x: x, y: y)
            if index > 0 {
                document.add(
                    "<rect class=\"frame\" x=\"\(x)\" y=\"\(y)\" width=\"\(picture.width)\" height=\"\(picture.height)\" rx=\"8\"/>"
                )
            }
            y += picture.height + Sizes.margin
        }
        return document.rendered(
            name: "adjoint-graph", width: width, height: y, title: drawing.caption ?? "Computation graph",
            description: drawing.summary, style: graphStyle)
    }

    private func boxTop(_ node: Int, in band: Band) -> Int {
        band.top + (band.height - drawing.nodes[node].boxHeight) / 2
    }

    private mutating func drawLine(_ index: Int, below layer: Int) {
        let segment = graph.segments[index]
        let (upper, lower) = (bands[layer], bands[layer + 1])
        let fromX = originX + placement.exit(of: segment.from)
        let toX = originX + placement.entry(of: index)
        let fromY =
            graph.isBend(segment.from)
            ? upper.top : boxTop(segment.from, in: upper) + drawing.nodes[segment.from].boxHeight
        let curveEnd = lower.top - lower.labelStrip
        let middle = (upper.bottom + curveEnd) / 2
        let toY = graph.isBend(segment.to) ? lower.top : boxTop(segment.to, in: lower)
        let lineEnd = graph.isBend(segment.to) ? toY : toY - Sizes.arrow + 1
        document.add(
            "<path class=\"line\" d=\"M\(fromX) \(fromY)V\(upper.bottom)"
                + (fromX == toX ? "" : "C\(fromX) \(middle) \(toX) \(middle) \(toX) \(curveEnd)") + "V\(lineEnd)\"/>")
        guard let edge = segment.edge else { return }
        let (wing, base) = (Sizes.arrow / 2, toY - Sizes.arrow)
        document.add("<path class=\"head\" d=\"M\(toX) \(toY)L\(toX - wing) \(base)H\(toX + wing)Z\"/>")
        guard !labels[edge].isEmpty else { return }
        let onLeft = placement.entries[index].labelOnLeft
        let role = drawing.edges[edge].label?.isAdjoint == true ? "adjoint" : "detail"
        document.addText(
            labels[edge], x: toX + (onLeft ? -placement.metrics.labelGap : placement.metrics.labelGap),
            y: curveEnd + 15,
            "class=\"\(role)\" font-size=\"\(Sizes.label)\" text-anchor=\"\(onLeft ? "end" : "start")\"")
    }

    private mutating func drawBox(_ index: Int, in band: Band) {
        let node = drawing.nodes[index]
        let (x, top) = (originX + placement.left[index], boxTop(index, in: band))
        let (width, height) = (placement.widths[index], node.boxHeight)
        let radius = node.kind == .input ? min(height / 2, 18) : 6
        document.add("<g class=\"node \(node.kind.rawValue)\">")
        document.add("<rect x=\"\(x)\" y=\"\(top)\" width=\"\(width)\" height=\"\(height)\" rx=\"\(radius)\"/>")
        if node.kind == .output {
            document.add(
                "<rect x=\"\(x + 3)\" y=\"\(top + 3)\" width=\"\(width - 6)\" height=\"\(height - 6)\" rx=\"4\"/>")
        }
        var y = top + Sizes.padding
        for line in node.lines {
            y += line.height
            document.addText(line.text, x: x + width / 2, y: y - 5, line.attributes)
        }
        document.add("</g>")
    }
}

extension GraphDrawing {
    /// The graph in words for those who cannot see it.
    fileprivate var summary: String {
        let counts = "\(nodes.count) nodes, \(edges.count) edges"
        guard edges.count <= 40 else { return counts }
        let titles = Dictionary(nodes.map { ($0.id, $0.title) }) { first, _ in first }
        let arrows = edges.map { "\(titles[$0.from] ?? "") → \(titles[$0.to] ?? "")" }
        return ([counts] + arrows).joined(separator: "; ")
    }
}

private let graphStyle = """
    .adjoint-graph .ground{fill:#fff}
    .adjoint-graph .name{fill:#1b1f24}
    .adjoint-graph .detail{fill:#4a525c}
    .adjoint-graph .adjoint{fill:#b3261e}
    .adjoint-graph .line{fill:none;stroke:#6b7480;stroke-width:1.5}
    .adjoint-graph .head{fill:#6b7480}
    .adjoint-graph .frame{fill:none;stroke:#8a8f98}
    .adjoint-graph .node rect{fill:#fff;stroke:#5a636e;stroke-width:1.5}
    .adjoint-graph .input rect{fill:#e8f1fb;stroke:#2f6db5}
    .adjoint-graph .constant rect{fill:#f4f4f5;stroke:#80868e;stroke-dasharray:4 3}
    .adjoint-graph .output rect{fill:#e6f5ea;stroke:#2c7a43}
    .adjoint-graph .gradient rect{fill:#fdefed;stroke:#b3261e}
    @media (prefers-color-scheme:dark){
    .adjoint-graph .ground{fill:#16191d}
    .adjoint-graph .name{fill:#f0f2f4}
    .adjoint-graph .detail{fill:#b9c0c8}
    .adjoint-graph .adjoint{fill:#ff9d94}
    .adjoint-graph .line{stroke:#8d96a1}
    .adjoint-graph .head{fill:#8d96a1}
    .adjoint-graph .node rect{fill:#21262c;stroke:#97a0ab}
    .adjoint-graph .input rect{fill:#162a42;stroke:#6ea8e6}
    .adjoint-graph .constant rect{fill:#26292d;stroke:#8b9199}
    .adjoint-graph .output rect{fill:#17331f;stroke:#6cc486}
    .adjoint-graph .gradient rect{fill:#3a1d1b;stroke:#ff9d94}
    }
    """
