import Foundation
import Testing

/// The runner itself, on cases written here.
@Suite struct RunnerTests {
    /// y = x² at 3 with all derivatives.
    private func square(output: String = "9.0", grad: String = "12.0", tangent: String = "3.0", second: String = "8.0")
        -> String
    {
        """
        {"op": "square", "tier": 1, "aliases": [], "cases": [{"id": "a", "args": [], "kwargs": {}, "wrt": ["input"],
        "input": {"t": {"shape": [], "dtype": "float64", "data": [3.0], "requires_grad": true}},
        "outputs": [{"t": {"shape": [], "dtype": "float64", "data": [\(output)]}}],
        "vjp": {"cotangents": [[2.0]], "grads": [[\(grad)]]}, "jvp": {"tangents": [[0.5]], "outputs": [[\(tangent)]]},
        "gradgrad": {"r": [[2.0]], "grads": [[\(second)]]}, "rtol": 1e-7, "atol": 1e-9}]}
        """
    }

    private func written<Result>(_ text: String, _ body: (String) throws -> Result) throws -> Result {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).json")
        try text.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        return try body(file.path)
    }

    private func run(_ text: String, _ options: String...) throws -> (run: Runner, code: Int32) {
        let (lines, _, code) = try written(text) { try Runner.lines([$0] + options) }
        return (try Runner(lines), code)
    }

    @Test func rightNumbersPass() throws {
        let (run, code) = try run(square())
        #expect(code == 0 && run.passed == 1 && run.failed == 0 && run.skipped == 0)
    }

    @Test func everyCheckFailsOnItsOwn() throws {
        for (text, reason) in [
            (square(output: "9.1"), "output 0"), (square(grad: "12.1, 1.0"), "vjp of input"),
            (square(tangent: "3.0, 1.0"), "jvp of output 0"), (square(second: "8.0, 1.0"), "gradgrad of input"),
        ] {
            let (run, code) = try run(text)
            let reasons = run.reports.flatMap(\.failures).flatMap(\.reasons)
            #expect(code == 1 && reasons.count == 1 && reasons[0].hasPrefix(reason), "\(reason): \(reasons)")
        }
    }

    @Test func aRecordThatDifferencesRefuteIsNamed() throws {
        let (run, code) = try run(square(tangent: "3.00001"))
        #expect(code == 0 && run.passed == 1 && run.reports[0].refuted == ["a"])
    }

    /// One elementwise operator at a point, and what is recorded of it.
    private func record(_ op: String, _ x: String, _ y: String, _ grad: String, _ tangent: String) -> String {
        """
        {"op": "\(op)", "tier": 1, "aliases": [], "cases": [{"id": "a", "args": [], "kwargs": {}, "wrt": ["input"],
        "input": {"t": {"shape": [1], "dtype": "float64", "data": [\(x)], "requires_grad": true}},
        "outputs": [{"t": {"shape": [1], "dtype": "float64", "data": [\(y)]}}],
        "vjp": {"cotangents": [[2.0]], "grads": [[\(grad)]]}, "jvp": {"tangents": [[0.5]], "outputs": [[\(tangent)]]},
        "gradgrad": null, "rtol": 1e-7, "atol": 1e-9}]}
        """
    }

    @Test func everyWayOfRefutingIsTaken() throws {
        for (text, proof) in [
            (square(grad: "12.1"), "differences of width 0.0004 give 11.999"),
            (square(second: "8.1"), "differences of width 0.0004 give 7.999"),
            // |x| at 0: the record's forward mode says that the slope is 1, its reverse mode that it is 0.
            (record("abs", "0.0", "0.0", "0.0", "0.5"), "its own other mode: ⟨cotangents, jvp⟩ = 1.0"),
            (record("exp", "\"inf\"", "\"nan\"", "\"inf\"", "\"inf\""), "the limit: at an argument of size 1e300"),
        ] {
            let (lines, _, code) = try written(text) { try Runner.lines([$0]) }
            let said = try written(text) { try Runner.text([$0]) }
            let run = try Runner(lines)
            #expect(code == 0 && run.reports.map(\.refuted) == [["a"]], "\(lines)")
            #expect(said.contains("refuted by \(proof)") && said.contains("1 of the passed cases refute"), "\(said)")
        }
    }

    @Test func whatNothingProvesFails() throws {
        for text in [
            record("abs", "0.0", "0.0", "2.0", "0.5"),  // a kink, and both modes agree
            record("exp", "0.0", "\"nan\"", "2.0", "0.5"),  // a value
            square(output: "9.1"),
        ] { #expect(try run(text).run.failed == 1, "\(text)") }
    }

    @Test func badCasesFailAndBadFilesAreRefused() throws {
        let broken = square().replacingOccurrences(of: "\"shape\": []", with: "\"shape\": [1e3]")
        #expect(try run(broken).run.failed == 1)
        #expect(try run(square().replacingOccurrences(of: "float64", with: "int7")).run.failed == 1)
        #expect(try run(square().replacingOccurrences(of: "\"square\"", with: "\"no such\"")).run.skipped == 1)
        for text in [
            "", "{", "[]", "{\"cases\": 1}", String(repeating: "[", count: 100_000), "{\"a\": 1, \"a\": 2}", "01",
        ] {
            let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).json")
            try text.write(to: file, atomically: true, encoding: .utf8)
            defer { try? FileManager.default.removeItem(at: file) }
            let outcome = try Runner.lines([file.path])
            #expect(outcome.code == 64 && outcome.errors.contains("Error:"), "\(text.prefix(20))")
        }
    }

    @Test func operatorsAreChosenByWildcards() throws {
        #expect(try run(square(), "--op", "sq*r?").run.passed == 1)
        #expect(try run(square(), "--tier", "1", "--no-isolation").run.passed == 1)
        #expect(throws: (any Error).self) { try run(square(), "--op", "sq") }
    }
}
