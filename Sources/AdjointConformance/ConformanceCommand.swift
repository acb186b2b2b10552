import Adjoint
import ArgumentParser
import Dispatch
import Synchronization

/// Runs recorded cases of another system's operators against ours.
@main struct ConformanceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adjoint-conformance",
        abstract: "Checks operators against recorded cases.",
        discussion: """
            Each case gives an operator, its arguments, its outputs, and derivatives in reverse and forward mode and of \
            second order. A line an operator tells how many cases passed; the last line tells the totals. Skipped cases \
            are of operators that the library does not have. The exit code is 0 if no case failed.
            """)

    @ArgumentParser.Argument(help: "A folder of recorded cases, or one file.")
    var path: String

    @Option(name: .customLong("op"), help: "Only operators of this name; * and ? are wildcards. Repeatable.")
    var names: [String] = []

    @Option(help: "Only operators of this tier of INDEX.tsv.")
    var tier: Int?

    @Option(help: "The convention at singular points: ours, or pytorch.")
    var convention: Convention = .ours

    @Option(help: "Operators that run at the same time.")
    var jobs = 1

    @Flag(help: "Print every failed case with all reasons.")
    var verbose = false

    @Flag(help: "Print a line of JSON an operator.")
    var json = false

    enum Convention: String, ExpressibleByArgument {
        case ours
        case pytorch
    }

    func validate() throws {
        guard jobs > 0 else { throw ValidationError("--jobs takes a number above 0.") }
    }

    func run() throws {
        let suite: Suite
        do { suite = try Suite(at: path) } catch { throw ValidationError("\(error)") }
        let chosen = suite.operators.filter { entry in
            (tier == nil || entry.tier == tier)
                && (names.isEmpty || names.contains { Wildcard($0).matches(entry.operation) })
        }
        guard !chosen.isEmpty else {
            throw ValidationError("No operator fits; the folder has \(suite.operators.count).")
        }

        let reports = Mutex([OperatorReport?](repeating: nil, count: chosen.count))
        let next = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: min(jobs, chosen.count)) { _ in
            while true {
                let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard index < chosen.count else { return }
                let report = OperatorReport(chosen[index])
                reports.withLock { $0[index] = report }
            }
        }

        var (passed, failed, skipped) = (0, 0, 0)
        for report in reports.withLock({ $0 }).compactMap({ $0 }) {
            if json { print(report.json) } else { report.lines(verbose: verbose).forEach { print($0) } }
            passed += report.passed
            failed += report.failures.count
            skipped += report.skipped
        }
        print(
            json
                ? "{\"passed\": \(passed), \"failed\": \(failed), \"skipped\": \(skipped)}"
                : "\(passed) passed, \(failed) failed, \(skipped) skipped")
        if failed > 0 { throw ExitCode(1) }
    }
}

/// A pattern of names: * stands for anything, ? for one character.
struct Wildcard {
    private let pattern: [Character]

    init(_ pattern: String) { self.pattern = Array(pattern) }

    func matches(_ name: String) -> Bool {
        // reachable[i]: the characters so far match the first i of the pattern.
        var reachable = [true] + pattern.indices.map { index in pattern[...index].allSatisfy { $0 == "*" } }
        for character in name {
            var following = [Bool](repeating: false, count: pattern.count + 1)
            for (index, symbol) in pattern.enumerated() {
                switch symbol {
                case "*": following[index + 1] = following[index] || reachable[index + 1]
                case "?", character: following[index + 1] = reachable[index]
                default: break
                }
            }
            reachable = following
        }
        return reachable[pattern.count]
    }
}
