import Foundation
import Testing

/// Operations × transforms × element types × layouts, on every recorded case.
@Suite struct OpMatrixTests {
    private struct Column: Decodable, Sendable {
        let passed: Int
        let failures: [String]
        let refused: [String]
    }
    private struct Row: Decodable, Sendable {
        let op: String
        let columns: [String: Column]
        let primitives: [String]
        let fallbacks: [String]
        let unstated: [String]
        let unplanned: [String]
    }

    private static let rows = Result<[Row], any Error> {
        try Runner.lines([Runner.fixtures + "/pytorch", "--matrix"]).output.map {
            try JSONDecoder().decode(Row.self, from: Data($0.utf8))
        }
    }

    /// Operations that run example by example under vmap, and why.
    private static let knownFallbacks: Set<String> = []

    /// Operations whose results' shape depends on their numbers, so that they cannot be batched.
    private static let dataDependent: Set<String> = [
        "argwhere", "masked_select", "nonzero", "unique", "unique_consecutive",
    ]

    @Test func everyCombinationAgrees() throws {
        let rows = try Self.rows.get()
        var counts: [String: Int] = [:]
        for row in rows {
            for (name, column) in row.columns {
                counts[name, default: 0] += column.passed
                #expect(column.failures.isEmpty, "\(row.op), \(name): \(column.failures.prefix(2))")
            }
        }
        let combinations = counts.values.reduce(0, +)
        print("operation matrix: \(rows.count) operators, \(combinations) combinations")
        for (name, count) in counts.sorted(by: { $0.key < $1.key }) { print("  \(name): \(count)") }
        #expect(combinations > 10_000)
    }

    @Test func slowWaysAreListed() throws {
        let rows = try Self.rows.get()
        let slow = Set(rows.flatMap(\.fallbacks))
        print("example by example under vmap: \(slow.isEmpty ? "none" : slow.sorted().joined(separator: ", "))")
        #expect(slow.subtracting(Self.knownFallbacks).isEmpty)
        for row in rows where !Self.dataDependent.contains(row.op) {
            if let reason = row.columns["vmap"]?.refused.first { print("not under vmap: \(row.op): \(reason)") }
        }
    }

    @Test func everyPrimitiveIsReadBackFromText() throws {
        let problems = Set(try Self.rows.get().flatMap(\.unstated)).sorted()
        #expect(problems.isEmpty, "no form, or one that is not read back: \(problems)")
    }

    @Test func everyPrimitiveTakesTheMemoryThatAPlanSays() throws {
        let problems = Set(try Self.rows.get().flatMap(\.unplanned)).sorted()
        #expect(problems.isEmpty, "workspace that is not stated, or more than is taken: \(problems)")
    }

    @Test func everyPrimitiveHasARow() throws {
        let seen = Set(try Self.rows.get().flatMap(\.primitives))
        let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Sources")
        var stated: Set<String> = []
        for module in ["AdjointCore", "AdjointLinearAlgebra", "AdjointNN", "AdjointFourier"] {
            let files = FileManager.default.enumerator(
                at: sources.appendingPathComponent(module), includingPropertiesForKeys: nil)
            for case let file as URL in files! where file.pathExtension == "swift" {
                let text = try String(contentsOf: file, encoding: .utf8)
                for match in text.matches(of: /static let name = "([^"]+)"/) { stated.insert(String(match.1)) }
            }
        }
        // What is not an operator of PyTorch's samples has tests of its own.
        let elsewhere: Set = [
            "leaf", "result",  // never run: where the tape ends, a result of an operation that has several
            "input",  // an argument of a transformed function: GradientTransformTests
            "fused", "fused_sum",  // what rewriting makes of other operations: PassTests, RandomGraphTests
            "angle",  // of complex numbers: ComplexTests
            "channel_statistics",  // of running averages: LayerTests
            "lstm",  // no operator of the samples: RecurrentTests
        ]
        let missing = stated.subtracting(seen).subtracting(elsewhere)
        #expect(missing.isEmpty, "without a recorded case: \(missing.sorted())")
        print("primitives: \(stated.count), all but \(missing.sorted()) are run by recorded cases")
    }
}
