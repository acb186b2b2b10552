import Foundation
import Testing

/// `adjoint graph` in a process of its own.
@Suite struct GraphTests {
    private static let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
        "Golden")

    /// Arguments and the file with what they print.
    static let goldens: [(arguments: [String], file: String)] = [
        (["sin(x*y) + x^2", "--passes", "none"], "graph.txt"),
        (["sin(x*y) + x^2", "--passes", "none", "--wrt", "x", "--order", "2", "--emit", "dot"], "graph.dot"),
        (["sin(x*y) + x^2", "--passes", "none", "--emit", "mermaid"], "graph.mmd"),
        (["x^2", "--passes", "none", "--emit", "svg"], "graph.svg"),
    ]

    @Test(arguments: goldens.indices) func outputsAreAsRecorded(_ index: Int) throws {
        let (arguments, file) = Self.goldens[index]
        let outcome = try Program().run(["graph"] + arguments)
        #expect(outcome.code == 0, "\(outcome.errors)")
        let url = Self.golden.appendingPathComponent(file)
        if ProcessInfo.processInfo.environment["ADJOINT_RECORD_GOLDEN"] != nil {
            try outcome.output.write(to: url, atomically: true, encoding: .utf8)
        }
        #expect(try outcome.output == String(contentsOf: url, encoding: .utf8))
    }

    @Test func theGraphRunsAtAPoint() throws {
        let outcome = try Program.run(
            "graph", "x^3 * y", "--at", "x=2,y=-1", "--order", "2", "--wrt", "x", "--emit", "text")
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(outcome.lines.suffix(4) == ["f = -8", "df/dx = -12", "d2f/dxdx = -12", ""])
    }

    @Test(arguments: ["text", "dot", "mermaid", "svg"]) func filesAreWritten(_ form: String) throws {
        try withTemporaryFolder { folder in
            let file = folder.appendingPathComponent("graph")
            let outcome = try Program.run("graph", "-x*y", "--emit", form, "-o", file.path)
            #expect(outcome.code == 0 && outcome.output.isEmpty, "\(outcome.errors)")
            #expect(try String(contentsOf: file, encoding: .utf8).contains("neg"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["graph"])
        }
    }

    @Test func formulasWithoutVariablesHaveNoDerivatives() throws {
        let outcome = try Program.run("graph", "2*pi", "--order", "3", "--at", "x=1")
        #expect(outcome.code == 64 && outcome.errors.contains("x, which is not in the formula"))
        #expect(try Program.run("graph", "2*pi", "--order", "3").output.contains("constant 6.28"))
    }

    @Test func passesSayWhatTheyDid() throws {
        let outcome = try Program.run("graph", "x*y", "--passes", "dead-code", "--explain")
        #expect(outcome.code == 0 && outcome.errors.contains("dead-code: "))
    }

    /// Arguments that are refused, and words of the message.
    static let mistakes: [(arguments: [String], words: String)] = [
        (["sin(x"], "never closed"),
        (["x", "--passes", "nothing"], "'nothing', which is no pass; the passes are dead-code, "),
        (["x", "--wrt", "z"], "'z', which is not in the formula; its variables are x"),
        (["x", "--wrt", "x,x"], "names x twice"),
        (["x", "--order", "9"], "--order is 0 to 6"),
        (["x*y", "--at", "x=1"], "no value to y"),
        (["x", "--emit", "png"], "png"),
        (["a*b*c*d*f*g", "--order", "6"], "more than 1000 derivatives"),
    ]

    @Test(arguments: mistakes.indices) func mistakesAreExplained(_ index: Int) throws {
        let (arguments, words) = Self.mistakes[index]
        let outcome = try Program().run(["graph"] + arguments)
        #expect(outcome.code == 64 && outcome.output.isEmpty)
        #expect(outcome.errors.contains(words), "\(outcome.errors)")
    }
}
