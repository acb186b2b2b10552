import Testing

/// PyTorch's own operator samples, recorded in `Fixtures/`, run by the built `adjoint-conformance`.
@Suite struct ConformanceTests {
    /// The least that must pass of a tier. The aim is every case of tier 1, and nine tenths of the operators of tier 2:
    /// raise the numbers as operators land.
    struct Floor: Sendable, CustomTestStringConvertible {
        let tier: Int
        /// Operators all of whose cases pass.
        let operators: Int
        /// Cases that pass.
        let cases: Int
        var testDescription: String { "tier \(tier)" }
    }
    static let floors = [
        Floor(tier: 1, operators: 211, cases: 1791),
        Floor(tier: 2, operators: 119, cases: 1008),
        Floor(tier: 3, operators: 136, cases: 1048),
    ]
    /// The same for `edges.json`: cases that pass.
    static let edgeFloor = 234

    /// All operators' cases, run once.
    private static let run = Result { try Runner.run(Runner.fixtures + "/pytorch", "--jobs", "2") }

    @Test(arguments: floors) func enoughPasses(_ floor: Floor) throws {
        let reports = try Self.run.get().reports.filter { $0.tier == floor.tier }
        let (whole, passed) = (reports.count(where: \.isWhole), reports.reduce(0) { $0 + $1.passed })
        print("tier \(floor.tier): \(whole) of \(reports.count) operators pass in full, \(passed) cases pass")
        for report in reports where !report.isWhole {
            print("  \(report.op): \(report.failed) failed, \(report.skipped) skipped")
        }
        #expect(whole >= floor.operators)
        #expect(passed >= floor.cases)
    }

    @Test func nothingCrashes() throws {
        for report in try Self.run.get().reports {
            for failure in report.failures {
                #expect(
                    !failure.reasons.contains { $0.hasPrefix("the process") || $0.hasPrefix("it took") },
                    "\(failure.id)")
            }
        }
    }

    @Test func enoughEdgesPass() throws {
        let run = try Runner.run(Runner.fixtures + "/edges.json")
        print("edges: \(run.passed) passed, \(run.failed) failed, \(run.skipped) skipped")
        for report in run.reports { for failure in report.failures { print("  \(failure.id)  \(failure.reasons)") } }
        #expect(run.passed >= Self.edgeFloor)
    }
}
