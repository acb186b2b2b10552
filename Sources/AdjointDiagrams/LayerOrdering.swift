extension LayeredGraph {
    /// Reorders every layer to reduce edge crossings: barycentre sweeps down and up, keeping the best order found.
    mutating func reduceCrossings(sweeps: Int = 12) {
        orderByTraversal()
        var best = layers
        var fewest = crossings
        for sweep in 0..<sweeps where fewest > 0 {
            let downward = sweep.isMultiple(of: 2)
            let order = downward ? Array(layers.indices.dropFirst()) : layers.indices.dropLast().reversed()
            var positions = positions
            for layer in order {
                let keys = layers[layer].map { element in
                    barycentre(of: element, downward: downward, positions)
                }
                let sorted = keys.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }
                layers[layer] = sorted.map { layers[layer][$0] }
                for (position, element) in layers[layer].enumerated() { positions[element] = position }
            }
            let count = crossings
            if count < fewest {
                fewest = count
                best = layers
            }
        }
        layers = best
        sortIncoming()
    }

    /// The number of pairs of segments that cross.
    var crossings: Int {
        let positions = positions
        return layers.reduce(0) { total, layer in
            let targets = layer.flatMap { element in
                outgoing[element].map { positions[segments[$0].to] }.sorted()
            }
            return total + inversions(in: targets)
        }
    }

    /// Starts from a depth-first walk, which keeps what belongs together side by side.
    private mutating func orderByTraversal() {
        var visited = Array(repeating: false, count: elementCount)
        var rank = Array(repeating: 0, count: elementCount)
        var next = 0
        for start in 0..<nodeCount where incoming[start].isEmpty {
            var stack = [start]
            while let element = stack.popLast() {
                guard !visited[element] else { continue }
                visited[element] = true
                rank[element] = next
                next += 1
                stack.append(contentsOf: outgoing[element].reversed().map { segments[$0].to })
            }
        }
        for layer in layers.indices { layers[layer].sort { rank[$0] < rank[$1] } }
    }

    private func barycentre(of element: Int, downward: Bool, _ positions: [Int]) -> Double {
        let neighbours =
            downward
            ? incoming[element].map { segments[$0].from }
            : outgoing[element].map { segments[$0].to }
        guard !neighbours.isEmpty else { return Double(positions[element]) }
        return Double(neighbours.reduce(0) { $0 + positions[$1] }) / Double(neighbours.count)
    }
}

/// Counts the pairs that stand in descending order, with a Fenwick tree over the values.
private func inversions(in values: [Int]) -> Int {
    var tree = Array(repeating: 0, count: (values.max() ?? 0) + 2)
    var total = 0
    for (seen, value) in values.enumerated() {
        var notGreater = 0
        var index = value + 1
        while index > 0 {
            notGreater += tree[index]
            index &= index - 1
        }
        total += seen - notGreater
        index = value + 1
        while index < tree.count {
            tree[index] += 1
            index += index & -index
        }
    }
    return total
}
