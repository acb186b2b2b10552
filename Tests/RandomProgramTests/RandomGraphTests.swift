import Adjoint
import Foundation
import Testing

/// Graphs that were once wrong, shrunk.
let keptGraphs: [String] = []

/// Random programs with loops and branches: staged, rewritten, stated with a builder, and in every mode.
@Suite struct RandomGraphTests {
    /// How many programs are run; `ADJOINT_RANDOM_GRAPHS` in the environment runs others ("seed:count").
    private static let range: Range<UInt64> = {
        let parts = (ProcessInfo.processInfo.environment["ADJOINT_RANDOM_GRAPHS"] ?? "").split(separator: ":")
        guard parts.count == 2, let first = UInt64(parts[0]), let count = UInt64(parts[1]) else { return 0..<2_000 }
        return first..<first + count
    }()

    @Test(arguments: 0..<UInt64(4)) func graphsAgreeWithEagerRuns(_ lane: UInt64) {
        var counts = (passed: 0, skipped: 0, failed: 0)
        for seed in Self.range where seed % 4 == lane {
            let program = RandomProgram(seed: seed, control: true)
            switch GraphCheck(program: program, seed: seed).run() {
            case .passed: counts.passed += 1
            case .skipped: counts.skipped += 1
            case .failed(let problem):
                counts.failed += 1
                let small = program.shrunk {
                    if case .failed = GraphCheck(program: $0, seed: seed).run() { true } else { false }
                }
                Issue.record("seed \(seed): \(problem)\n  shrunk: \(small), at \(seed)")
                if counts.failed >= 3 { return }
            }
        }
        print("random graphs, lane \(lane): \(counts.passed) passed, \(counts.skipped) skipped")
        #expect(counts.skipped * 5 < counts.passed)
    }

    /// Loops and branches in eager mode, against differences, batched and at second order.
    @Test(arguments: 0..<UInt64(4)) func controlFlowStandsTheChecksOfPrograms(_ lane: UInt64) {
        var failures = 0
        for seed in Self.range where seed % 4 == lane && failures < 3 {
            let program = RandomProgram(seed: seed, control: true)
            guard case .failed(let problem) = ProgramCheck(program: program, seed: seed).run() else { continue }
            failures += 1
            let small = program.shrunk {
                if case .failed = ProgramCheck(program: $0, seed: seed).run() { true } else { false }
            }
            Issue.record("seed \(seed): \(problem)\n  shrunk: \(small), at \(seed)")
        }
    }

    @Test(arguments: keptGraphs) func whatOnceFailedPasses(_ text: String) throws {
        let parts = text.components(separatedBy: ", at ")
        let (program, seed) = (try #require(RandomProgram(parts[0])), UInt64(parts[1]) ?? 0)
        for outcome in [
            GraphCheck(program: program, seed: seed).run(), ProgramCheck(program: program, seed: seed).run(),
        ] {
            if case .failed(let problem) = outcome { Issue.record("\(problem)") }
        }
    }
}
