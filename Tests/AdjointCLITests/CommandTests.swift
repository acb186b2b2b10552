import Testing

@Suite struct CommandTests {
    @Test func versionIsOneLine() throws {
        let outcome = try Program.run("--version")
        #expect(outcome.code == 0 && outcome.lines.count == 2 && outcome.output.hasPrefix("adjoint "))
    }

    @Test(arguments: [["--help"], ["tour", "--help"], ["grad", "-h"], ["train", "--help"]])
    func helpHasAnOverviewAndExamples(_ arguments: [String]) throws {
        let outcome = try Program().run(arguments)
        #expect(outcome.code == 0 && outcome.errors.isEmpty)
        for word in ["OVERVIEW:", "Examples:", "USAGE:", "  adjoint "] { #expect(outcome.output.contains(word)) }
    }

    @Test func unknownCommandsAreRefused() throws {
        let outcome = try Program.run("turn")
        #expect(outcome.code == 64 && outcome.errors.contains("turn"))
    }
}
