/// A graph whose nodes stand in layers and whose edges, cut at bends, all lead from one layer to the next.
///
/// Edges that leave the same node share their bends, so a value used in many places runs down as one line that
/// branches off where it is needed.
struct LayeredGraph {
    /// A piece of an edge between two neighbouring layers.
    struct Segment {
        /// The element (node or bend) in the upper layer.
        let from: Int
        /// The element in the lower layer.
        let to: Int
        /// The edge that arrives at its target with this segment, or nil if the segment leads to a bend.
        let edge: Int?
    }

    static let bendLimit = 40_000

    /// The number of nodes; elements below it are nodes by their index, those from it on are bends.
    let nodeCount: Int
    /// The elements of each layer from left to right.
    var layers: [[Int]]
    let segments: [Segment]
    /// The segments that end at each element.
    private(set) var incoming: [[Int]]
    /// The segments that start at each element.
    private(set) var outgoing: [[Int]]

    /// Checks the graph and assigns its layers, in which elements stand in order of creation.
    init(_ drawing: GraphDrawing) throws(DiagramError) {
        let links = try drawing.links()
        let layerOfNode = try Self.assignLayers(drawing, links)
        nodeCount = drawing.nodes.count
        layers = Array(repeating: [], count: (layerOfNode.max() ?? -1) + 1)
        for (node, layer) in layerOfNode.enumerated() { layers[layer].append(node) }

        var edgesOfSource: [[Int]] = Array(repeating: [], count: nodeCount)
        for (edge, link) in links.enumerated() { edgesOfSource[link.from].append(edge) }

        var segments: [Segment] = []
        var elementCount = nodeCount
        for (source, edges) in edgesOfSource.enumerated() {
            var previous = source
            var layer = layerOfNode[source] + 1
            var remaining = edges
            while !remaining.isEmpty {
                for edge in remaining where layerOfNode[links[edge].to] == layer {
                    segments.append(Segment(from: previous, to: links[edge].to, edge: edge))
                }
                remaining.removeAll { layerOfNode[links[$0].to] == layer }
                guard !remaining.isEmpty else { break }
                guard elementCount - nodeCount < Self.bendLimit else { throw .tooManyBends(limit: Self.bendLimit) }
                segments.append(Segment(from: previous, to: elementCount, edge: nil))
                layers[layer].append(elementCount)
                previous = elementCount
                elementCount += 1
                layer += 1
            }
        }
        self.segments = segments
        incoming = Array(repeating: [], count: elementCount)
        outgoing = Array(repeating: [], count: elementCount)
        for (index, segment) in segments.enumerated() {
            outgoing[segment.from].append(index)
            incoming[segment.to].append(index)
        }
    }

    var elementCount: Int { incoming.count }

    func isBend(_ element: Int) -> Bool { element >= nodeCount }

    /// The position of every element within its layer.
    var positions: [Int] {
        var positions = Array(repeating: 0, count: elementCount)
        for layer in layers {
            for (position, element) in layer.enumerated() { positions[element] = position }
        }
        return positions
    }

    /// Sorts the segments that end at each node by where they come from, so that they do not cross at the node.
    mutating func sortIncoming() {
        let positions = positions
        for element in incoming.indices {
            incoming[element].sort {
                (positions[segments[$0].from], $0) < (positions[segments[$1].from], $1)
            }
        }
    }

    /// Longest-path layering, after which nodes without predecessors sink to just above their first use.
    private static func assignLayers(_ drawing: GraphDrawing, _ links: [Link]) throws(DiagramError) -> [Int] {
        let count = drawing.nodes.count
        var successors: [[Int]] = Array(repeating: [], count: count)
        var predecessorCount = Array(repeating: 0, count: count)
        for link in links {
            successors[link.from].append(link.to)
            predecessorCount[link.to] += 1
        }
        let isSource = predecessorCount.map { $0 == 0 }
        var layer = Array(repeating: 0, count: count)
        var ready = isSource.indices.filter { isSource[$0] }
        var next = 0
        while next < ready.count {
            let node = ready[next]
            next += 1
            for successor in successors[node] {
                layer[successor] = max(layer[successor], layer[node] + 1)
                predecessorCount[successor] -= 1
                if predecessorCount[successor] == 0 { ready.append(successor) }
            }
        }
        guard ready.count == count else {
            throw .cycle(through: drawing.nodes[nodeOnCycle(links, unreached: predecessorCount)].id)
        }
        for node in 0..<count where isSource[node] {
            if let firstUse = successors[node].map({ layer[$0] }).min() { layer[node] = firstUse - 1 }
        }
        return layer
    }

    /// Walks backwards among unreached nodes; each has an unreached predecessor, so the walk ends in a cycle.
    private static func nodeOnCycle(_ links: [Link], unreached predecessorCount: [Int]) -> Int {
        var predecessor: [Int: Int] = [:]
        for link in links where predecessorCount[link.from] > 0 { predecessor[link.to] = link.from }
        var node = predecessorCount.firstIndex { $0 > 0 } ?? 0
        for _ in predecessorCount.indices { node = predecessor[node] ?? node }
        return node
    }
}

/// An edge with the indices of its nodes in place of their ids.
struct Link {
    let from: Int
    let to: Int
}

extension GraphDrawing {
    /// The edges by node index, once the graph is known to be small enough and well-formed.
    func links() throws(DiagramError) -> [Link] {
        guard nodes.count <= Self.layoutLimit else {
            throw .tooManyNodes(count: nodes.count, limit: Self.layoutLimit)
        }
        var indexOfID: [Int: Int] = [:]
        for (index, node) in nodes.enumerated() {
            guard indexOfID.updateValue(index, forKey: node.id) == nil else { throw .duplicateNode(id: node.id) }
        }
        var links: [Link] = []
        for edge in edges {
            guard let from = indexOfID[edge.from] else { throw .unknownNode(id: edge.from) }
            guard let to = indexOfID[edge.to] else { throw .unknownNode(id: edge.to) }
            links.append(Link(from: from, to: to))
        }
        return links
    }
}
