/// The measures that a renderer brings to the layout, in its own unit (pixels or terminal columns).
struct LayoutMetrics {
    /// The space a box needs for its text, by node.
    var boxWidths: [Int]
    /// The width of each edge's label, or 0.
    var labelWidths: [Int]
    /// The smallest distance between two boxes of a layer.
    var boxGap: Int
    /// The smallest distance between a bend and its neighbours.
    var bendGap: Int
    /// The smallest distance between two arrows that enter the same box.
    var portGap: Int
    /// The distance between an arrow and its label.
    var labelGap: Int
}

/// The horizontal layout of a graph: where boxes stand, where bends run and where arrows and labels meet the boxes.
struct Placement {
    /// Where an arrow enters its box.
    struct Entry {
        /// The distance from the left edge of the box.
        var offset: Int
        /// Whether the label stands to the left of the arrow.
        var labelOnLeft: Bool
        /// The distance that the previous arrow must keep.
        var spacing: Int
        /// The offsets that keep arrow and label within the space reserved for them.
        var range: ClosedRange<Int>

        fileprivate static let bend = Entry(offset: 0, labelOnLeft: false, spacing: 0, range: 0...0)
    }

    let graph: LayeredGraph
    let metrics: LayoutMetrics
    /// The left edge of every element.
    private(set) var left: [Int]
    /// The width of every element; a bend is one unit wide.
    private(set) var widths: [Int]
    /// The entry of every segment into its lower element.
    private(set) var entries: [Entry]
    /// The space that labels take beyond the box on either side.
    private var overhang: [(left: Int, right: Int)]

    /// The column in which lines leave an element.
    func exit(of element: Int) -> Int { left[element] + widths[element] / 2 }

    /// The column in which a segment arrives.
    func entry(of segment: Int) -> Int { left[graph.segments[segment].to] + entries[segment].offset }

    /// The columns from the first to behind the last that boxes and labels take.
    var width: Int {
        left.indices.map { left[$0] + widths[$0] + overhang[$0].right }.max() ?? 0
    }

    /// Places an ordered graph.
    init(_ graph: LayeredGraph, metrics: LayoutMetrics, sweeps: Int = 6) {
        self.graph = graph
        self.metrics = metrics
        left = Array(repeating: 0, count: graph.elementCount)
        widths = metrics.boxWidths + Array(repeating: 1, count: graph.elementCount - graph.nodeCount)
        entries = Array(repeating: .bend, count: graph.segments.count)
        overhang = Array(repeating: (0, 0), count: graph.elementCount)
        for node in 0..<graph.nodeCount { placeEntries(of: node) }

        for layer in graph.layers.indices { align(layer, with: .nothing) }
        for _ in 0..<sweeps {
            for layer in graph.layers.indices { align(layer, with: .above) }
            for layer in graph.layers.indices.reversed() { align(layer, with: .below) }
        }
        for layer in graph.layers.indices { align(layer, with: .both) }
        for layer in graph.layers.indices.reversed() { align(layer, with: .both) }
        for node in 0..<graph.nodeCount { straightenEntries(of: node) }
        let leftmost = left.indices.map { left[$0] - overhang[$0].left }.min() ?? 0
        for element in left.indices { left[element] -= leftmost }
    }

    /// Spreads the arrows over the top of a box, widening it if they need more space.
    private mutating func placeEntries(of node: Int) {
        let incoming = graph.incoming[node]
        guard !incoming.isEmpty else { return }
        let labels = incoming.map { segment in
            let width = graph.segments[segment].edge.map { metrics.labelWidths[$0] } ?? 0
            return width == 0 ? 0 : width + metrics.labelGap
        }
        let onLeft = incoming.indices.map { 2 * ($0 + 1) <= incoming.count }
        var spacings = [0]
        for port in incoming.indices.dropFirst() {
            let between = (onLeft[port - 1] ? 0 : labels[port - 1]) + (onLeft[port] ? labels[port] : 0)
            spacings.append(max(metrics.portGap, between + metrics.labelGap + 1))
        }
        let span = spacings.reduce(1, +)
        let margin = metrics.portGap / 2
        widths[node] = max(widths[node], (span + 2 * margin) | 1)
        let slack = widths[node] - span
        let gaps = incoming.count + 1
        var offsets: [Int] = []
        var distance = 0
        for port in incoming.indices {
            distance += spacings[port]
            offsets.append(distance + (slack * (port + 1) + gaps / 2) / gaps)
            if onLeft[port] {
                overhang[node].left = max(overhang[node].left, labels[port] - offsets[port])
            } else {
                overhang[node].right = max(overhang[node].right, offsets[port] + 1 + labels[port] - widths[node])
            }
        }
        for (port, segment) in incoming.enumerated() {
            let first = onLeft[port] ? max(margin, labels[port] - overhang[node].left) : margin
            let roomOnRight = widths[node] + overhang[node].right - labels[port] - 1
            let last = onLeft[port] ? widths[node] - 1 - margin : min(widths[node] - 1 - margin, roomOnRight)
            entries[segment] = Entry(
                offset: offsets[port], labelOnLeft: onLeft[port], spacing: spacings[port],
                range: min(first, offsets[port])...max(last, offsets[port]))
        }
    }

    /// Moves arrows along the top of their box to where they come down straight, if nothing is in the way.
    private mutating func straightenEntries(of node: Int) {
        let incoming = graph.incoming[node]
        for (port, segment) in incoming.enumerated() {
            let offset = exit(of: graph.segments[segment].from) - left[node]
            guard entries[segment].range.contains(offset) else { continue }
            if port > 0, offset - entries[incoming[port - 1]].offset < entries[segment].spacing { continue }
            if port + 1 < incoming.count {
                let next = entries[incoming[port + 1]]
                if next.offset - offset < next.spacing { continue }
            }
            entries[segment].offset = offset
        }
    }

    /// The distance that must lie between the left edges of two neighbours.
    private func separation(_ first: Int, _ second: Int) -> Int {
        let gap = graph.isBend(first) || graph.isBend(second) ? metrics.bendGap : metrics.boxGap
        return widths[first] + overhang[first].right + gap + overhang[second].left
    }

    /// The neighbouring layers that an alignment looks at.
    private enum Guide {
        case nothing, above, below, both
    }

    private func wishes(of element: Int, _ guide: Guide) -> [Wish] {
        switch guide {
        case .nothing: []
        case .above where !graph.incoming[element].isEmpty: wishesAbove(element)
        case .below where !graph.outgoing[element].isEmpty: wishesBelow(element)
        case .above, .below, .both: wishesAbove(element) + wishesBelow(element)
        }
    }

    private func wishesAbove(_ element: Int) -> [Wish] {
        graph.incoming[element].map { index in
            let segment = graph.segments[index]
            return Wish(position: exit(of: segment.from) - entries[index].offset, weight: weight(of: segment) + 1)
        }
    }

    private func wishesBelow(_ element: Int) -> [Wish] {
        graph.outgoing[element].map { index in
            let segment = graph.segments[index]
            return Wish(position: entry(of: index) - widths[element] / 2, weight: weight(of: segment))
        }
    }

    /// Long edges and plain chains weigh more, since a kink in them disturbs most.
    ///
    /// The steps leave room for one more unit with which the upper neighbours win a tie.
    private func weight(of segment: LayeredGraph.Segment) -> Int {
        switch (graph.isBend(segment.from), graph.isBend(segment.to)) {
        case (true, true): 128
        case (true, false), (false, true): 32
        case (false, false):
            graph.outgoing[segment.from].count == 1 && graph.incoming[segment.to].count == 1 ? 64 : 16
        }
    }

    /// Moves the elements of a layer as close to their wishes as order and distances permit.
    private mutating func align(_ layer: Int, with guide: Guide) {
        let elements = graph.layers[layer]
        var origins: [Int] = []
        var origin = 0
        for (index, element) in elements.enumerated() {
            if index > 0 { origin += separation(elements[index - 1], element) }
            origins.append(origin)
        }
        let shifted = elements.indices.map { index in
            let own = wishes(of: elements[index], guide)
            let kept = own.isEmpty ? [Wish(position: left[elements[index]], weight: 1)] : own
            return kept.map { Wish(position: $0.position - origins[index], weight: $0.weight) }
        }
        for (index, position) in isotonicMedians(of: shifted).enumerated() {
            left[elements[index]] = position + origins[index]
        }
    }
}

/// A position that something would like to have, and how much.
private struct Wish {
    let position: Int
    let weight: Int
}

/// The non-decreasing positions that minimise the weighted distances to the wishes (pool adjacent violators).
private func isotonicMedians(of wishes: [[Wish]]) -> [Int] {
    var blocks: [(wishes: [Wish], count: Int, position: Int)] = []
    for own in wishes {
        var block = (wishes: own, count: 1, position: weightedMedian(of: own))
        while let last = blocks.last, last.position > block.position {
            blocks.removeLast()
            let merged = last.wishes + block.wishes
            block = (merged, last.count + block.count, weightedMedian(of: merged))
        }
        blocks.append(block)
    }
    return blocks.flatMap { Array(repeating: $0.position, count: $0.count) }
}

/// The middle of the positions that halve the total weight.
private func weightedMedian(of wishes: [Wish]) -> Int {
    let sorted = wishes.sorted { $0.position < $1.position }
    let total = sorted.reduce(0) { $0 + $1.weight }
    var passed = 0
    var lower: Int?
    for wish in sorted {
        passed += wish.weight
        if lower == nil, 2 * passed >= total { lower = wish.position }
        if 2 * passed > total { return ((lower ?? wish.position) + wish.position) >> 1 }
    }
    return lower ?? 0
}

extension GraphDrawing {
    /// Lays the graph out with the measures of a renderer.
    func placement(metrics: LayoutMetrics) throws(DiagramError) -> Placement {
        var graph = try LayeredGraph(self)
        graph.reduceCrossings()
        return Placement(graph, metrics: metrics)
    }
}
