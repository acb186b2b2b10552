import Adjoint
import Foundation
import Testing

/// Programs on which a mode was once wrong, shrunk.
let keptPrograms: [String] = [
    // The standard deviation of equal elements whose mean was rounded.
    "in 1; in 1,3; cos 0 #26876; take 2 #9676; softplus 3 #31620; std 4 #47585, at 5347"
]

/// Random programs: every mode against differences and against every other mode.
@Suite struct RandomProgramTests {
    /// How many programs are run; `ADJOINT_RANDOM_PROGRAMS` in the environment runs others ("seed:count").
    private static let range: Range<UInt64> = {
        let parts = (ProcessInfo.processInfo.environment["ADJOINT_RANDOM_PROGRAMS"] ?? "").split(separator: ":")
        guard parts.count == 2, let first = UInt64(parts[0]), let count = UInt64(parts[1]) else { return 0..<10_000 }
        return first..<first + count
    }()

    @Test(arguments: 0..<UInt64(8)) func allModesAgree(_ lane: UInt64) {
        var counts = (passed: 0, smooth: 0, skipped: 0, failed: 0)
        for seed in Self.range where seed % 8 == lane {
            let program = RandomProgram(seed: seed)
            switch ProgramCheck(program: program, seed: seed).run() {
            case .passed(let smooth):
                counts.passed += 1
                counts.smooth += smooth ? 1 : 0
            case .skipped: counts.skipped += 1
            case .failed(let problem):
                counts.failed += 1
                let small = program.shrunk {
                    if case .failed = ProgramCheck(program: $0, seed: seed).run() { true } else { false }
                }
                Issue.record("seed \(seed): \(problem)\n  shrunk: \(small), at \(seed)")
                if counts.failed >= 3 { return }
            }
        }
        print(
            "random programs, lane \(lane): \(counts.passed) passed (\(counts.smooth) against differences), \(counts.skipped) skipped"
        )
        #expect(counts.skipped * 5 < counts.passed && counts.smooth * 2 > counts.passed)
    }

    @Test(arguments: keptPrograms) func whatOnceFailedPasses(_ text: String) throws {
        let parts = text.components(separatedBy: ", at ")
        let program = try #require(RandomProgram(parts[0]))
        if case .failed(let problem) = ProgramCheck(program: program, seed: UInt64(parts[1]) ?? 0).run() {
            Issue.record("\(problem)")
        }
    }

    @Test func everyOperationOccursAndTextReadsBack() {
        var seen: Set<String> = []
        for seed in UInt64(0)..<2000 {
            let program = RandomProgram(seed: seed)
            seen.formUnion(program.steps.map(\.operation))
            #expect(RandomProgram(program.description) == program)
        }
        #expect(seen == Set(programOperations.map(\.name)))
    }
}
