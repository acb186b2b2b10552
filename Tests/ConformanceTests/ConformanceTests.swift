import Testing

/// PyTorch's own operator samples, recorded in `Fixtures/`, run by the built `adjoint-conformance`.
@Suite struct ConformanceTests {
    /// Cases that are not to pass, and why. Every other case of every operator passes.
    static let exceptions = [
        "linalg.norm.subgradients_at_zero/d9": "the nuclear norm at 0 has the subgradient of least norm, which is 0"
    ]
    /// Cases whose recorded numbers differences refute: PyTorch's forward mode adds 1e-13 to the sums that it divides by.
    static let refuted: Set = ["logcumsumexp/d1", "logcumsumexp/d2", "logcumsumexp/d3"]

    /// The least number of cases of `edges.json` that pass under our convention: at the others it is another than PyTorch's on
    /// purpose (minimum norm, no product with a zero cotangent).
    static let edgeFloor = 323
    /// The edges at which PyTorch's record is proven wrong: decision 12 has the proofs.
    static let refutedEdges: Set = [
        "d5", "d54", "d143", "d215", "d223", "d228", "d235", "d236", "d241", "d251", "d252", "d258", "d259", "d304",
        "d342", "d345", "d349",
    ]

    /// All operators' cases, run once.
    private static let run = Result { try Runner.run(Runner.fixtures + "/pytorch", "--jobs", "2") }

    @Test(arguments: 1...3) func operatorsPass(_ tier: Int) throws {
        let reports = try Self.run.get().reports.filter { $0.tier == tier }
        let (whole, passed) = (reports.count(where: \.isWhole), reports.reduce(0) { $0 + $1.passed })
        print("tier \(tier): \(whole) of \(reports.count) operators pass in full, \(passed) cases pass")
        #expect(!reports.isEmpty)
        for report in reports {
            #expect(report.skipped == 0, "\(report.op) is missing")
            for failure in report.failures where Self.exceptions[failure.id] == nil {
                Issue.record("\(failure.id): \(failure.reasons)")
            }
        }
    }

    @Test func everyCasePassesByPyTorchsConvention() throws {
        let run = try Runner.run(Runner.fixtures + "/pytorch", "--convention", "pytorch", "--jobs", "2")
        print("PyTorch's convention: \(run.passed) passed, \(run.failed) failed, \(run.skipped) skipped")
        #expect(run.failed == 0 && run.skipped == 0)
    }

    @Test func onlyKnownRecordsAreRefuted() throws {
        #expect(try Set(Self.run.get().reports.flatMap(\.refuted)) == Self.refuted)
    }

    @Test func exceptionsAreStillNeeded() throws {
        let failed = try Set(Self.run.get().reports.flatMap(\.failures).map(\.id))
        #expect(failed.isSuperset(of: Self.exceptions.keys))
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
        print("edges, ours: \(run.passed) passed, \(run.failed) failed, \(run.skipped) skipped")
        #expect(run.passed >= Self.edgeFloor && run.skipped == 0)
    }

    @Test func everyEdgePassesByPyTorchsConventionOrRefutesItsRecord() throws {
        let run = try Runner.run(Runner.fixtures + "/edges.json", "--convention", "pytorch")
        print("edges, pytorch: \(run.passed) passed, \(run.failed) failed, \(run.skipped) skipped")
        #expect(run.failed == 0 && run.skipped == 0)
        #expect(Set(run.reports.flatMap(\.refuted)) == Set(Self.refutedEdges.map { "edges/\($0)" }))
    }
}
