import Adjoint

/// What `adjoint grad` prints.
struct GradReport {
    let formula: String
    let point: Point
    /// The results in the modes that were asked for, at least one.
    let results: [Derivatives]

    private var names: [String] { point.names }
    private var best: Derivatives { results[0] }

    /// The results as aligned lines.
    var text: String {
        let at = zip(names, point.values).map { "\($0) = \($1.shortest)" }.joined(separator: ", ")
        var lines = ["f(\(names.joined(separator: ", "))) = \(formula)" + (at.isEmpty ? "" : "   at \(at)"), ""]
        var table = TextTable(header: [""] + results.map(Self.heading), alignments: [.left])
        table.rows.append(["f"] + results.map(\.value.shortest))
        for (index, name) in names.enumerated() {
            table.rows.append(["∂f/∂\(name)"] + results.map { $0.gradient[index].shortest })
        }
        if best.hessian != nil {
            for (row, first) in names.enumerated() {
                for (column, second) in names.enumerated() {
                    let name = row == column ? "∂²f/∂\(first)²" : "∂²f/∂\(first)∂\(second)"
                    table.rows.append([name] + results.map { $0.hessian![row][column].shortest })
                }
            }
        }
        lines += table.lines
        if let difference { lines += ["", "largest difference between the modes: \(difference.shortest)"] }
        return lines.joined(separator: "\n")
    }

    private static func heading(_ result: Derivatives) -> String {
        "\(result.mode.rawValue) (\(result.passes) \(result.passes == 1 ? "pass" : "passes"))"
    }

    private var difference: Double? {
        results.count > 1 ? best.largestDifference(from: results[1]) : nil
    }

    /// The results on one line.
    var json: String {
        var members: [(name: String, value: JSONValue)] = [
            ("formula", .string(formula)), ("at", named(point.values)), ("value", .number(best.value)),
        ]
        for result in results {
            var parts: [(name: String, value: JSONValue)] = [
                ("passes", .integer(result.passes)), ("gradient", named(result.gradient)),
            ]
            if let hessian = result.hessian {
                parts.append(("hessian", .object(zip(names, hessian).map { ($0, named($1)) })))
            }
            members.append((result.mode.rawValue, .object(parts)))
        }
        if let difference { members.append(("largest_difference", .number(difference))) }
        return JSONValue.object(members).description
    }

    private func named(_ values: [Double]) -> JSONValue {
        .object(zip(names, values).map { ($0, .number($1)) })
    }

    /// Which results are not finite numbers; nil if all are.
    var complaint: String? {
        let gradient = zip(names, best.gradient).map { ("∂f/∂\($0)", $1) }
        let hessian = zip(names, best.hessian ?? []).flatMap { first, row in
            zip(names, row).map { (first == $0 ? "∂²f/∂\(first)²" : "∂²f/∂\(first)∂\($0)", $1) }
        }
        let bad = ([("the value", best.value)] + gradient + hessian).filter { !$0.1.isFinite }
        guard !bad.isEmpty else { return nil }
        let parts = bad.map { "\($0) is \($1.isNaN ? "not a number (NaN)" : $1 < 0 ? "-infinity" : "infinity")" }
        return parts.joined(separator: ", ") + " at this point"
    }
}
