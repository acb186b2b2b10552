import Foundation
import Testing

#if canImport(FoundationXML)
import FoundationXML
#endif

@Suite struct TrainTests {
    private func objects(_ outcome: Program.Outcome) throws -> [[String: Any]] {
        try outcome.lines.dropLast().map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
    }

    @Test(arguments: ["0", "1", "2", "3", "4"]) func readsTheImagesHeldOut(_ seed: String) throws {
        let lines = try objects(try Program.run("train", "digits", "--seed", seed, "--json"))
        let last = try #require(lines.last)
        #expect(try #require(last["test_accuracy"] as? Double) >= 0.96)
        #expect(last["interrupted"] as? Bool == false)
        #expect(lines.dropLast().enumerated().allSatisfy { $1["epoch"] as? Int == $0 + 1 })
        let losses = lines.dropLast().compactMap { $0["loss"] as? Double }
        #expect(losses.count == lines.count - 1 && losses.last! < losses.first! / 2)
    }

    @Test func aSeedGivesTheSameBits() throws {
        func output(_ seed: String) throws -> String {
            try Program.run("train", "digits", "--epochs", "3", "--seed", seed, "--json").output
        }
        let first = try output("11")
        #expect(try first == output("11"))
        #expect(try first != output("12"))
    }

    @Test func plainLinesAndALossCurve() throws {
        try withTemporaryFolder { folder in
            let file = folder.appendingPathComponent("loss.svg")
            let outcome = try Program.run(
                "train", "digits", "--epochs", "2", "--batch", "500", "--loss-curve", file.path)
            #expect(outcome.code == 0 && outcome.errors.isEmpty)
            #expect(outcome.output.contains("1,437 images to learn from, 360 held out"))
            #expect(outcome.output.contains("epoch 2/2  loss ") && outcome.output.contains("% after 2 epochs in"))
            #expect(!outcome.output.contains("\r") && !outcome.output.contains("\u{1B}"))
            #expect(XMLParser(data: try Data(contentsOf: file)).parse())
        }
    }

    @Test func worksFromAnotherFolder() throws {
        let program = Program(directory: URL(fileURLWithPath: "/"))
        #expect(try program.run(["train", "digits", "--epochs", "1"]).code == 0)
    }

    @Test func controlCStopsCleanly() throws {
        let outcome = try Program().run(["train", "digits", "--epochs", "2000", "--json"]) { $0.interrupt() }
        #expect(outcome.code == 130)
        let last = try #require(try objects(outcome).last)
        #expect(last["interrupted"] as? Bool == true && last["test_accuracy"] is Double)
    }

    @Test func divergenceIsReported() throws {
        let outcome = try Program.run("train", "digits", "--epochs", "5", "--lr", "1e30")
        #expect(outcome.code == 1 && outcome.errors.contains("diverged") && outcome.errors.contains("smaller --lr"))
    }

    @Test(arguments: [
        ["mnist"], [], ["digits", "--epochs", "0"], ["digits", "--batch", "0"], ["digits", "--lr", "-1"],
        ["digits", "--seed", "-1"],
    ]) func refusesOddArguments(_ arguments: [String]) throws {
        let outcome = try Program().run(["train"] + arguments)
        #expect(outcome.code == 64 && outcome.output.isEmpty && !outcome.errors.isEmpty)
    }

    /// The command beside damaged copies of its data.
    @Test(arguments: [
        (Data("1,2,3".utf8), "gzip signature"), (nil, "cut short"), (Data(), "gzip"),
    ]) func damagedDataAreReported(_ contents: Data?, _ words: String) throws {
        try withTemporaryFolder { folder in
            let program = folder.appendingPathComponent("adjoint")
            try FileManager.default.copyItem(at: Program().url, to: program)
            let name = try #require(
                try FileManager.default.contentsOfDirectory(atPath: Program.folder.path).first {
                    $0.hasPrefix("Adjoint_AdjointCLI.")
                })
            let resources = folder.appendingPathComponent(name)
            try FileManager.default.copyItem(at: Program.folder.appendingPathComponent(name), to: resources)
            let file = resources.appendingPathComponent("Resources/digits.csv.gz")
            try (contents ?? Data(contentsOf: file).prefix(1000)).write(to: file)
            let outcome = try Program(url: program).run(["train", "digits"])
            #expect(outcome.code == 1 && outcome.output.isEmpty)
            #expect(outcome.errors.contains("the data set digits cannot be read"))
            #expect(outcome.errors.contains(words), "\(outcome.errors)")
        }
    }
}
