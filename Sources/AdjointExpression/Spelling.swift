extension String {
    /// The candidate that differs least, if it is close enough to be what was meant.
    func closest(among candidates: [String]) -> String? {
        // Names that nobody would mistype this badly need no comparison, which takes quadratic time.
        guard count <= 40 else { return nil }
        let limit = Swift.max(1, count / 3)
        let likely = candidates.map { (name: $0, distance: editDistance(to: $0)) }
            .filter { $0.distance <= limit && $0.distance < count }
        return likely.min {
            ($0.distance, abs($0.name.count - count)) < ($1.distance, abs($1.name.count - count))
        }?.name
    }

    /// The number of characters to insert, delete, replace or swap with their neighbour.
    private func editDistance(to other: String) -> Int {
        let (source, target) = (Array(lowercased()), Array(other.lowercased()))
        var beforePrevious: [Int] = []
        var previous = Array(0...target.count)
        for (row, character) in source.enumerated() {
            var current = [row + 1]
            for (column, wanted) in target.enumerated() {
                var distance = Swift.min(
                    previous[column + 1] + 1, current[column] + 1, previous[column] + (character == wanted ? 0 : 1))
                if row > 0, column > 0, character == target[column - 1], source[row - 1] == wanted {
                    distance = Swift.min(distance, beforePrevious[column - 1] + 1)
                }
                current.append(distance)
            }
            (beforePrevious, previous) = (previous, current)
        }
        return previous[target.count]
    }
}
