extension GraphDrawing {
    /// The graph drawn with characters, from top to bottom, for the terminal.
    ///
    /// Where lines cross without meeting, the vertical one passes over the horizontal one. If the drawing needs
    /// more than `columns` columns, an error says so, since wrapped lines would make it unreadable.
    public func text(style: TextStyle = .unicode, columns: Int? = nil) throws(DiagramError) -> String {
        let texts = nodes.map { $0.lines.map(\.text) }
        let labels = edges.map { $0.label?.text.sanitizedLine ?? "" }
        let placement = try placement(
            metrics: LayoutMetrics(
                boxWidths: texts.map { ($0.map(\.columns).max() ?? 0) + 4 | 1 },
                labelWidths: labels.map(\.columns),
                boxGap: 3, bendGap: 2, portGap: 2, labelGap: 1))
        let drawing = TextDrawing(placement, texts: texts, labels: labels)
        let captionLines = caption?.sanitizedLines ?? []
        let width = max(drawing.columns, captionLines.map(\.columns).max() ?? 0)
        if let columns, width > columns { throw .tooWide(columns: width, available: columns) }
        let heading = captionLines.isEmpty ? "" : captionLines.joined(separator: "\n") + "\n\n"
        return heading + drawing.rendered(style, kinds: nodes.map(\.kind))
    }
}

/// A placed graph with the rows that its layers and the lines between them take.
private struct TextDrawing {
    let placement: Placement
    let texts: [[String]]
    let labels: [String]
    let columns: Int
    private let channels: [ChannelRouter]
    private let topRows: [Int]
    private let rowCount: Int

    private var graph: LayeredGraph { placement.graph }

    init(_ placement: Placement, texts: [[String]], labels: [String]) {
        let graph = placement.graph
        self.placement = placement
        self.texts = texts
        self.labels = labels
        channels = graph.layers.dropLast().map { layer in
            ChannelRouter(
                nets: layer.filter { !graph.outgoing[$0].isEmpty }.map { element in
                    ChannelRouter.Net(
                        top: placement.exit(of: element), bottoms: graph.outgoing[element].map(placement.entry))
                })
        }
        let rightmost = channels.flatMap(\.horizontals).map(\.columns.upperBound).max() ?? 0
        columns = max(placement.width, rightmost + 1)

        var topRows: [Int] = []
        var row = 0
        for (index, layer) in graph.layers.enumerated() {
            if index > 0 {
                let hasLabels = layer.contains { element in
                    graph.incoming[element].contains { graph.segments[$0].edge.map { labels[$0] != "" } ?? false }
                }
                row += max(1, channels[index - 1].trackCount + (hasLabels ? 1 : 0))
            }
            topRows.append(row)
            row += layer.map { graph.isBend($0) ? 1 : texts[$0].count + 2 }.max() ?? 0
        }
        self.topRows = topRows
        rowCount = row
    }

    func rendered(_ style: GraphDrawing.TextStyle, kinds: [GraphDrawing.Kind]) -> String {
        var canvas = CharacterCanvas(columns: columns, rows: rowCount)
        for layer in channels.indices { drawChannel(below: layer, on: &canvas) }
        for (layer, elements) in graph.layers.enumerated() {
            for element in elements where !graph.isBend(element) {
                drawBox(element, row: topRows[layer], style, style.boxStyle(for: kinds[element]), on: &canvas)
            }
        }
        return canvas.rendered(style)
    }

    private func drawChannel(below layer: Int, on canvas: inout CharacterCanvas) {
        let sources = graph.layers[layer].filter { !graph.outgoing[$0].isEmpty }
        let height = graph.layers[layer].map { graph.isBend($0) ? 1 : texts[$0].count + 2 }.max() ?? 0
        let firstTrack = topRows[layer] + height
        for line in channels[layer].horizontals {
            canvas.drawHorizontal(net: sources[line.net], row: firstTrack + line.track, columns: line.columns)
        }
        for line in channels[layer].verticals {
            let from = line.from.map { firstTrack + $0 } ?? topRows[layer]
            let to = line.to.map { firstTrack + $0 } ?? topRows[layer + 1]
            canvas.drawVertical(net: sources[line.net], column: line.column, rows: from...to)
        }
    }

    private func drawBox(
        _ node: Int, row: Int, _ style: GraphDrawing.TextStyle, _ box: BoxStyle, on canvas: inout CharacterCanvas
    ) {
        let left = placement.left[node]
        let width = placement.widths[node]
        let bottom = row + texts[node].count + 1
        let border = String(repeating: box.horizontal, count: width - 2)
        canvas.write("\(box.topLeft)\(border)\(box.topRight)", row: row, column: left)
        canvas.write("\(box.bottomLeft)\(border)\(box.bottomRight)", row: bottom, column: left)
        for (index, line) in texts[node].enumerated() {
            canvas.write(String(repeating: " ", count: width), row: row + 1 + index, column: left)
            canvas.put(box.vertical, row: row + 1 + index, column: left)
            canvas.write(line, row: row + 1 + index, column: left + (width - line.columns) / 2)
            canvas.put(box.vertical, row: row + 1 + index, column: left + width - 1)
        }
        if !graph.outgoing[node].isEmpty { canvas.put(box.exit, row: bottom, column: placement.exit(of: node)) }
        for segment in graph.incoming[node] {
            canvas.put(style.arrowhead, row: row, column: placement.entry(of: segment))
            drawLabel(of: segment, row: row - 1, on: &canvas)
        }
    }

    private func drawLabel(of segment: Int, row: Int, on canvas: inout CharacterCanvas) {
        guard let edge = graph.segments[segment].edge, !labels[edge].isEmpty else { return }
        let column = placement.entry(of: segment)
        let gap = placement.metrics.labelGap
        if placement.entries[segment].labelOnLeft {
            canvas.write(labels[edge], row: row, column: column - gap - labels[edge].columns)
        } else {
            canvas.write(labels[edge], row: row, column: column + gap + 1)
        }
    }
}
