import ArgumentParser

/// The `adjoint` command.
@main struct AdjointCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adjoint",
        abstract: "Automatic differentiation, explained and at work.",
        discussion: """
            Examples:
              adjoint tour --step
              adjoint grad "sin(x*y) + x^2" --at x=1.5,y=2
              adjoint graph "sin(x*y) + x^2" --emit svg -o graph.svg
              adjoint train digits
            """,
        version: "adjoint 0.1.0",
        subcommands: [TourCommand.self, GradCommand.self, GraphCommand.self, TrainCommand.self])

    /// Runs the command that the arguments name.
    static func main() {
        // A formula may start with a minus sign; the space keeps it from being taken for an option.
        main(CommandLine.arguments.dropFirst().map { startsWithMinus($0) ? " " + $0 : $0 })
    }

    private static func startsWithMinus(_ argument: String) -> Bool {
        argument.hasPrefix("-") && !argument.hasPrefix("--") && !["-", "-h", "-o"].contains(argument)
    }
}
