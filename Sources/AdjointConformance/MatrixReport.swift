import AdjointTransforms

/// What became of the cases of one operator under every column.
struct MatrixReport {
    let name: String
    private(set) var passed: [MatrixColumn: Int] = [:]
    private(set) var failed: [MatrixColumn: [String]] = [:]
    private(set) var refused: [MatrixColumn: String] = [:]
    private(set) var primitives: Set<String> = []
    private(set) var unstated: Set<String> = []
    private(set) var unplanned: Set<String> = []
    private(set) var fallbacks: [String] = []

    init(_ entry: OperatorCases) {
        name = entry.name
        guard let adapter = entry.adapter else { return }
        BatchingFallbacks.reset()
        for (id, record) in entry.cases {
            guard case .success(let record) = record else { continue }
            let matrix = TransformMatrix(record: record, adapter: adapter)
            let bound = matrix.primitives()
            primitives.formUnion(bound.names)
            unstated.formUnion(bound.unstated)
            unplanned.formUnion(bound.unplanned)
            for column in MatrixColumn.allCases {
                switch matrix.run(column) {
                case .passed: passed[column, default: 0] += 1
                case .failed(let problem): failed[column, default: []].append("\(id): \(problem)")
                case .refused(let reason): refused[column] = reason
                case .notApplicable: break
                }
            }
        }
        fallbacks = BatchingFallbacks.byOperation.keys.sorted()
    }

    /// One line of JSON.
    var json: String {
        let columns = MatrixColumn.allCases.map { column in
            "\(JSON.quoted(column.rawValue)): {\"passed\": \(passed[column] ?? 0), "
                + "\"failures\": \(JSON.list(failed[column] ?? [])), "
                + "\"refused\": \(JSON.list(refused[column].map { [$0] } ?? []))}"
        }
        return "{\"op\": \(JSON.quoted(name)), \"columns\": {\(columns.joined(separator: ", "))}, "
            + "\"primitives\": \(JSON.list(primitives.sorted())), \"fallbacks\": \(JSON.list(fallbacks)), "
            + "\"unstated\": \(JSON.list(unstated.sorted())), \"unplanned\": \(JSON.list(unplanned.sorted()))}"
    }

    /// Lines for people.
    var lines: [String] {
        let cells = MatrixColumn.allCases.map { column in
            let (good, bad) = (passed[column] ?? 0, failed[column]?.count ?? 0)
            return "\(column.rawValue) \(good)" + (bad > 0 ? "/\(bad) FAILED" : "")
                + (refused[column] == nil ? "" : " refused")
        }
        var lines = ["\(name)  " + cells.joined(separator: ", ")]
        for column in MatrixColumn.allCases {
            if let first = failed[column]?.first { lines.append("    \(column.rawValue)  \(first)") }
        }
        if !fallbacks.isEmpty { lines.append("    example by example: \(fallbacks.joined(separator: ", "))") }
        return lines
    }
}
