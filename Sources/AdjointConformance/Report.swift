/// What became of the cases of one operator.
struct OperatorReport: Sendable {
    let name: String
    let tier: Int?
    var passed = 0
    /// Cases that pass although the record says something else, which differences refute; with the proof.
    var refutations: [(id: String, reasons: [String])] = []
    /// The failed cases with their reasons.
    var failures: [(id: String, reasons: [String])] = []
    /// Cases that were not run because the library has no such operator.
    var skipped = 0

    init(_ entry: OperatorCases) {
        name = entry.name
        tier = entry.tier
        if entry.adapter == nil { skipped = entry.cases.count }
    }

    /// Adds a case; one without reasons passed, and one whose recorded numbers are refuted.
    mutating func add(_ id: String, _ reasons: [String]) {
        let isRight = reasons.allSatisfy { $0.hasPrefix(CaseRunner.refuted) }
        if isRight { passed += 1 } else { failures.append((id, reasons)) }
        if isRight, !reasons.isEmpty { refutations.append((id, reasons)) }
    }

    /// Lines for people: the counts, then the first failed case, or every one.
    func lines(verbose: Bool) -> [String] {
        if skipped > 0 { return ["\(name)  skipped \(skipped)"] }
        var lines = ["\(name)  passed \(passed), failed \(failures.count)"]
        for failure in verbose ? failures[...] : failures.prefix(1) {
            lines += failure.reasons.prefix(verbose ? .max : 2).map { "    \(failure.id)  \($0)" }
        }
        for refutation in refutations { lines += refutation.reasons.map { "    \(refutation.id)  \($0)" } }
        return lines
    }

    /// One line of JSON.
    var json: String {
        let failed = failures.map { "{\"id\": \(JSON.quoted($0.id)), \"reasons\": \(JSON.list($0.reasons))}" }
        return
            "{\"op\": \(JSON.quoted(name)), \"tier\": \(tier.map(String.init) ?? "null"), \"passed\": \(passed), "
            + "\"failed\": \(failures.count), \"skipped\": \(skipped), "
            + "\"refuted\": \(JSON.list(refutations.map(\.id))), \"failures\": [\(failed.joined(separator: ", "))]}"
    }
}
