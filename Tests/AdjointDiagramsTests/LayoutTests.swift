@testable import AdjointDiagrams
import Testing

@Suite struct LayoutTests {
    private func placement(of graph: GraphDrawing) throws -> Placement {
        try graph.placement(
            metrics: LayoutMetrics(
                boxWidths: graph.nodes.map { 5 + 2 * $0.details.count },
                labelWidths: graph.edges.map { $0.label?.text.columns ?? 0 },
                boxGap: 3, bendGap: 2, portGap: 2, labelGap: 1))
    }

    @Test(arguments: 1...25)
    func boxesAndLabelsDoNotOverlap(seed: UInt64) throws {
        let graph = Samples.random(seed: seed, nodes: 40)
        let placement = try placement(of: graph)
        for layer in placement.graph.layers {
            var end = 0
            for element in layer {
                let box = placement.left[element]..<placement.left[element] + placement.widths[element]
                let labels = placement.graph.incoming[element].compactMap { segment -> Range<Int>? in
                    guard let edge = placement.graph.segments[segment].edge,
                        let width = graph.edges[edge].label?.text.columns
                    else { return nil }
                    let column = placement.entry(of: segment)
                    let onLeft = placement.entries[segment].labelOnLeft
                    return onLeft ? column - 1 - width..<column : column + 1..<column + 2 + width
                }
                let ports = placement.graph.incoming[element].map(placement.entry)
                #expect(ports.allSatisfy(box.contains))
                #expect(Set(ports).count == ports.count)
                #expect(labels.allSatisfy { label in !ports.contains(where: label.contains) })
                for (label, next) in zip(labels, labels.dropFirst()) { #expect(label.upperBound <= next.lowerBound) }
                #expect(min(box.lowerBound, labels.map(\.lowerBound).min() ?? box.lowerBound) >= end)
                end = max(box.upperBound, labels.map(\.upperBound).max() ?? 0)
            }
            #expect(end <= placement.width)
        }
    }

    @Test(arguments: 1...10)
    func edgesPointDownwardAndArriveOnce(seed: UInt64) throws {
        let graph = Samples.random(seed: seed, nodes: 60)
        let layered = try placement(of: graph).graph
        var layerOf: [Int: Int] = [:]
        for (index, layer) in layered.layers.enumerated() {
            #expect(!layer.isEmpty)
            for element in layer { layerOf[element] = index }
        }
        #expect(layerOf.count == layered.elementCount)
        for segment in layered.segments { #expect(layerOf[segment.to] == layerOf[segment.from].map { $0 + 1 }) }
        #expect(layered.segments.compactMap(\.edge).sorted() == Array(graph.edges.indices))
        for segment in layered.segments {
            guard let edge = segment.edge else { continue }
            var source = segment.from
            while layered.isBend(source) { source = layered.segments[layered.incoming[source][0]].from }
            #expect((source, segment.to) == (graph.edges[edge].from, graph.edges[edge].to))
        }
    }

    @Test func sourcesStandJustAboveTheirFirstUse() throws {
        var graph = Samples.chain(6)
        graph.nodes.append(.init(id: 10, title: "bias", kind: .constant))
        graph.edges.append(.init(from: 10, to: 4))
        #expect(try LayeredGraph(graph).layers == [[0], [1], [2], [3, 6], [4], [5]])
    }

    @Test func crossingsAreRemovedWherePossible() throws {
        let graph = GraphDrawing(
            nodes: (0..<6).map { .init(id: $0, title: "n\($0)") },
            edges: [.init(from: 0, to: 5), .init(from: 1, to: 4), .init(from: 2, to: 3), .init(from: 0, to: 4)])
        var layered = try LayeredGraph(graph)
        #expect(layered.crossings == 4)
        layered.reduceCrossings()
        #expect(layered.crossings == 0)
    }

    @Test func chainsRunStraight() throws {
        let placement = try placement(of: Samples.chain(50))
        #expect(Set(placement.left).count == 1)
    }

    @Test func layoutIsDeterministic() throws {
        let graph = Samples.random(seed: 3, nodes: 80)
        #expect(try graph.svg() == graph.svg())
        #expect(try graph.text() == graph.text())
    }

    @Test func largestGraphIsLaidOut() throws {
        let chain = try Samples.chain(GraphDrawing.layoutLimit).text()
        #expect(chain.count(where: { $0 == "▼" }) == GraphDrawing.layoutLimit - 1)
    }

    @Test func malformedGraphsAreRefused() {
        let two: [GraphDrawing.Node] = [.init(id: 1, title: "a"), .init(id: 2, title: "b")]
        #expect(throws: DiagramError.duplicateNode(id: 1)) { try GraphDrawing(nodes: two + two).svg() }
        #expect(throws: DiagramError.unknownNode(id: 7)) {
            try GraphDrawing(nodes: two, edges: [.init(from: 1, to: 7)]).text()
        }
        #expect(throws: DiagramError.cycle(through: 1)) {
            try GraphDrawing(nodes: two, edges: [.init(from: 1, to: 1), .init(from: 1, to: 2)]).text()
        }
        let error = #expect(throws: DiagramError.self) { try Samples.chain(GraphDrawing.layoutLimit + 1).svg() }
        #expect(error?.description.contains(".dot") == true)
    }

    @Test func tooManyBendsAreRefused() {
        var graph = Samples.chain(1_000)
        for id in 0..<900 { graph.edges.append(.init(from: id, to: 999)) }
        #expect(throws: DiagramError.tooManyBends(limit: LayeredGraph.bendLimit)) { try graph.svg() }
    }

    @Test func emptyGraphIsDrawn() throws {
        #expect(try GraphDrawing().text() == "")
        #expect(try GraphDrawing().svg().hasSuffix("</svg>\n"))
    }
}
