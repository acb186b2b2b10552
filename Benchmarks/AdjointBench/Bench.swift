import Adjoint
import ArgumentParser
import CBenchSupport
import Foundation

/// Times Adjoint on workloads that other libraries can run from the same numbers.
@main
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adjoint-bench", abstract: "Times Adjoint's workloads; one line a case.",
        discussion: "Exits with 1 if a checksum misses its tolerance, with 3 if a mode cannot run what was named.")

    @Option(help: "A workload or one case of it, such as matmul or matmul.bmm.grad.")
    var workload = "all"

    @Option(help: "How to run: eager, staged or compiled.")
    var mode: Mode = .eager

    @Option(help: "The most threads to use; 1 confines the process to one core.")
    var threads = 1

    @Option(help: "The nodes of deep_chain, and of the longest chain of --curve.")
    var nodes = 1_000_000

    @Option(help: "For how many seconds samples are collected.")
    var seconds = 1.0

    @Flag(help: "Print JSON lines.")
    var json = false

    @Flag(help: "Print the names of the cases.")
    var list = false

    @Flag(help: "Measure what the machine reaches instead: copies and matrix products.")
    var limits = false

    @Flag(help: "Measure the cost per operation of chains of 100 operations and more instead, up to --nodes.")
    var curve = false

    @Option(help: "A file for the picture that --curve draws, as SVG.")
    var plot: String?

    func validate() throws {
        guard plot == nil || curve else { throw ValidationError("--plot draws what --curve measures; give both") }
        guard !curve || nodes >= 100 else {
            throw ValidationError("--curve starts with 100 nodes; give --nodes 100 or more")
        }
        guard threads > 0, nodes > 1, seconds > 0 else {
            throw ValidationError("--threads, --nodes and --seconds take positive numbers")
        }
        guard list || limits || curve || workload == "all" || names.contains(where: matches) else {
            throw ValidationError("no workload \(workload); --list names them")
        }
    }

    func run() throws {
        if list { return names.forEach { print($0) } }
        confine_to_cores(Int32(threads))
        Parallel.threads = threads
        if limits { return Limits(threads: threads).lines().forEach { print($0) } }
        if curve { return try draw(CostCurve(upTo: nodes)) }
        let runner = Runner(mode: mode, threads: threads, time: .seconds(seconds))
        var (failures, isUnavailable): ([String], Bool) = ([], false)
        for name in names where workload == "all" || matches(name) {
            do {
                for report in try reports(name, runner) where workload == "all" || matches(report.workload) {
                    print(report.line(mode, threads: threads, json: json))
                    if let failure = report.failure { failures.append(failure) }
                }
            } catch let missing as Unavailable {
                isUnavailable = true
                let reason = missing.reason.map { ": \($0)" } ?? ""
                print(
                    "adjoint-bench: \(missing.workload) is not available in mode \(missing.mode)\(reason)",
                    to: &standardError)
            }
        }
        for failure in failures { print("adjoint-bench: \(failure)", to: &standardError) }
        if !failures.isEmpty { throw ExitCode(1) }
        if isUnavailable, workload != "all" { throw ExitCode(3) }
    }

    private func draw(_ curve: CostCurve) throws {
        curve.lines(json: json, threads: threads).forEach { print($0) }
        guard let plot else { return }
        do { try curve.picture().write(toFile: plot, atomically: true, encoding: .utf8) } catch {
            print("adjoint-bench: cannot write \(plot): \(error.localizedDescription)", to: &standardError)
            throw ExitCode(1)
        }
    }

    private var names: [String] {
        ["scalar_chain", "seed_control_flow"] + cases.map(\.name) + ["deep_chain", "compile_latency"]
    }

    private func matches(_ name: String) -> Bool {
        name == workload || name.hasPrefix(workload + ".") || workload.hasPrefix(name + ".")
    }

    private func reports(_ name: String, _ runner: Runner) throws -> [Report] {
        if let item = cases.first(where: { $0.name == name }) { return [try runner.run(item)] }
        switch name {
        case "compile_latency": return try compileLatency(runner)
        case "seed_control_flow" where mode != .compiled: return seedControlFlow(mode)
        default:
            guard mode == .eager else { throw Unavailable(workload: name, mode: mode) }
            return switch name {
            case "scalar_chain": scalarChain()
            default: deepChain(nodes: nodes)
            }
        }
    }
}

extension Mode: ExpressibleByArgument {}

/// The cases that a mode can wrap.
private let cases: [Case] =
    vectorCases + rowCases + productCases + perceptronCases + convolutionCases + transformerCases + recurrentCases
    + derivativeCases + [odeCase, mixtureCase]
