import Adjoint
import ArgumentParser

/// Runs recorded cases of another system's operators against ours.
@main struct ConformanceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adjoint-conformance", abstract: "Checks operators against recorded cases.")

    mutating func run() throws {}
}
