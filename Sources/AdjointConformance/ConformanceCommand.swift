import Adjoint
import ArgumentParser
import Dispatch
import Foundation
import Synchronization

/// Runs recorded cases of another system's operators against ours.
@main struct ConformanceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adjoint-conformance",
        abstract: "Checks operators against recorded cases.",
        discussion: """
            Each case gives an operator, its arguments, its outputs, and derivatives in reverse and forward mode and of \
            second order. A line an operator tells how many cases passed; the last line tells the totals. Skipped cases \
            are of operators that the library does not have. A case whose recorded numbers are proven wrong, and ours right, \
            passes, and is listed with the proof. The exit code is 0 if no case failed.
            """)

    @ArgumentParser.Argument(help: "A folder of recorded cases, or one file.")
    var path: String

    @Option(name: .customLong("op"), help: "Only operators of this name; * and ? are wildcards. Repeatable.")
    var names: [String] = []

    @Option(help: "Only operators of this tier, which the file or INDEX.tsv tells.")
    var tier: Int?

    @Option(help: "The convention at singular points: ours, or pytorch.")
    var convention: Convention = .ours

    @Option(help: "Processes that run cases at the same time.")
    var jobs = 1

    @Option(help: "Seconds that a case may take.")
    var timeout = 120.0

    @Flag(
        inversion: .prefixedNo,
        help: "Run cases in processes of their own, so that one that ends its process fails alone.")
    var isolation = true

    @Flag(help: "Run each case under other element types, layouts and batching instead, against itself.")
    var matrix = false

    /// The first and the end of the cases that this process runs for another.
    @Option(name: .customLong("worker"), help: .hidden)
    var worker: [Int] = []

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
        guard timeout > 0 else { throw ValidationError("--timeout takes a number above 0.") }
    }

    func run() throws {
        let chosen = try operators()
        if matrix { return try showMatrix(chosen) }
        let cases = chosen.indices.flatMap { place in
            chosen[place].adapter == nil ? [] : chosen[place].cases.indices.map { (operation: place, index: $0) }
        }
        if worker.count == 2 {
            for index in worker[0]..<min(worker[1], cases.count) {
                tell("[\(index)]")
                let (place, inner) = cases[index]
                let reasons = subgradients.scope { chosen[place].failures(ofCase: inner) }
                tell("[\(index), \(JSON.list(reasons))]")
            }
            return
        }
        let results = Mutex([[String]](repeating: ["it was not run"], count: cases.count))
        if isolation {
            let workers = Workers(arguments: filters, timeout: timeout)
            let trouble = Mutex<(any Error)?>(nil)
            DispatchQueue.concurrentPerform(iterations: jobs) { lane in
                do {
                    try workers.run(cases.count * lane / jobs..<cases.count * (lane + 1) / jobs) { index, reasons in
                        results.withLock { $0[index] = reasons }
                    }
                } catch {
                    trouble.withLock { $0 = error }
                }
            }
            if let error = trouble.withLock({ $0 }) { throw error }
        } else {
            for (place, entry) in cases.enumerated() {
                let reasons = subgradients.scope { chosen[entry.operation].failures(ofCase: entry.index) }
                results.withLock { $0[place] = reasons }
            }
        }
        var reports = chosen.map { OperatorReport($0) }
        for (entry, reasons) in zip(cases, results.withLock { $0 }) {
            reports[entry.operation].add(chosen[entry.operation].cases[entry.index].id, reasons)
        }
        try show(reports)
    }

    private var subgradients: SubgradientConvention { convention == .pytorch ? .pytorch : .minimumNorm }

    private func operators() throws -> [OperatorCases] {
        let suite: Suite
        do { suite = try Suite(at: path) } catch { throw ValidationError("\(error)") }
        let chosen = suite.operators.filter { entry in
            (tier == nil || entry.tier == tier)
                && (names.isEmpty || names.contains { Wildcard($0).matches(entry.operation) })
        }
        guard !chosen.isEmpty else { throw ValidationError("No operator fits; there are \(suite.operators.count).") }
        return chosen
    }

    /// The arguments that choose the same cases.
    private var filters: [String] {
        [path, "--convention", convention.rawValue] + names.flatMap { ["--op", $0] }
            + (tier.map { ["--tier", "\($0)"] } ?? [])
    }

    private func showMatrix(_ operators: [OperatorCases]) throws {
        var (passed, failed) = (0, 0)
        for entry in operators where entry.adapter != nil {
            let report = MatrixReport(entry)
            if json { tell(report.json) } else { report.lines.forEach { tell($0) } }
            passed += report.passed.values.reduce(0, +)
            failed += report.failed.values.reduce(0) { $0 + $1.count }
        }
        if !json { print("\(passed) combinations passed, \(failed) failed") }
        if failed > 0 { throw ExitCode(1) }
    }

    private func show(_ reports: [OperatorReport]) throws {
        var (passed, failed, skipped) = (0, 0, 0)
        for report in reports {
            if json { print(report.json) } else { report.lines(verbose: verbose).forEach { print($0) } }
            passed += report.passed
            failed += report.failures.count
            skipped += report.skipped
        }
        let refuted = reports.reduce(0) { $0 + $1.refutations.count }
        if !json, refuted > 0 { print("\(refuted) of the passed cases refute their records, as listed above") }
        print(
            json
                ? "{\"passed\": \(passed), \"failed\": \(failed), \"skipped\": \(skipped)}"
                : "\(passed) passed, \(failed) failed, \(skipped) skipped")
        if failed > 0 { throw ExitCode(1) }
    }
}

/// Says a line at once.
private func tell(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

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
