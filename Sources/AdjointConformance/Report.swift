/// What became of the cases of one operator.
struct OperatorReport: Sendable {
    let name: String
    let tier: Int?
    var passed = 0
    /// The failed cases with their reasons.
    var failures: [(id: String, reasons: [String])] = []
    /// Cases that were not run because the library has no such operator.
    var skipped = 0

    init(_ entry: OperatorCases) {
        name = entry.name
        tier = entry.tier
        guard let adapter = findAdapter(named: entry.operation, entry.aliases) else {
            skipped = entry.cases.count
            return
        }
        for (id, record) in entry.cases {
            let reasons: [String]
            switch record {
            case .success(let record): reasons = CaseRunner(record: record, adapter: adapter).failures()
            case .failure(let error): reasons = [error.description]
            }
            if reasons.isEmpty { passed += 1 } else { failures.append((id, reasons)) }
        }
    }

    /// Lines for people: the counts, then the first failed case, or every one.
    func lines(verbose: Bool) -> [String] {
        if skipped > 0 { return ["\(name)  skipped \(skipped)"] }
        var lines = ["\(name)  passed \(passed), failed \(failures.count)"]
        for failure in verbose ? failures[...] : failures.prefix(1) {
            lines += failure.reasons.prefix(verbose ? .max : 2).map { "    \(failure.id)  \($0)" }
        }
        return lines
    }

    /// One line of JSON.
    var json: String {
        let failed = failures.map { failure in
            "{\"id\": \(Self.quoted(failure.id)), \"reasons\": [\(failure.reasons.map(Self.quoted).joined(separator: ", "))]}"
        }
        return
            "{\"op\": \(Self.quoted(name)), \"tier\": \(tier.map(String.init) ?? "null"), \"passed\": \(passed), "
            + "\"failed\": \(failures.count), \"skipped\": \(skipped), \"failures\": [\(failed.joined(separator: ", "))]}"
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case "\u{0}"..<" ":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
