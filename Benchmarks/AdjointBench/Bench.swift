import Adjoint
import ArgumentParser

/// Times Adjoint on workloads that other libraries can run from the same numbers.
@main
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adjoint-bench", abstract: "Times Adjoint's workloads; one line a case.")

    /// The workloads that exist.
    enum Workload: String, ExpressibleByArgument, CaseIterable {
        case scalarChain = "scalar_chain"
        case seedControlFlow = "seed_control_flow"
        case smallVec = "small_vec"
        case deepChain = "deep_chain"
        case all
    }

    @Option(help: "Which workload to run.")
    var workload: Workload = .all

    @Option(help: "The most threads to use.")
    var threads = 1

    @Option(help: "The nodes of deep_chain.")
    var nodes = 1_000_000

    @Flag(help: "Print JSON lines.")
    var json = false

    func validate() throws {
        guard threads > 0, nodes > 1 else { throw ValidationError("--threads and --nodes take positive numbers") }
    }

    func run() {
        Parallel.threads = threads
        let chosen = workload == .all ? Workload.allCases.filter { $0 != .all } : [workload]
        for workload in chosen {
            for report in reports(workload) { print(report.line(threads: threads, json: json)) }
        }
    }

    private func reports(_ workload: Workload) -> [Report] {
        switch workload {
        case .scalarChain: scalarChain()
        case .seedControlFlow: seedControlFlow()
        case .smallVec: smallVec()
        case .deepChain: deepChain(nodes: nodes)
        case .all: []
        }
    }
}
