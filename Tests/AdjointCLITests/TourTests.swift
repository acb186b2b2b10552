import Foundation
import Testing

#if canImport(FoundationXML)
import FoundationXML
#endif

@Suite struct TourTests {
    private static let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

    /// Set ADJOINT_UPDATE_GOLDEN to write the transcripts anew.
    @Test(arguments: ["en", "zh"]) func transcriptIsTheCommittedOne(_ language: String) throws {
        let outcome = try Program.run("tour", "--lang", language)
        #expect(outcome.code == 0)
        let golden = Self.here.appendingPathComponent("Golden/tour.\(language).txt")
        if ProcessInfo.processInfo.environment["ADJOINT_UPDATE_GOLDEN"] != nil {
            try outcome.output.write(to: golden, atomically: true, encoding: .utf8)
        }
        let expected = try String(contentsOf: golden, encoding: .utf8).components(separatedBy: "\n")
        #expect(outcome.lines.count == expected.count)
        for (number, (line, wanted)) in zip(outcome.lines, expected).enumerated() {
            #expect(line == wanted, "line \(number + 1)")
        }
    }

    @Test(arguments: ["en", "zh"]) func linesFitTheTerminal(_ language: String) throws {
        let outcome = try Program.run("tour", "--lang", language)
        for line in outcome.lines {
            let columns = line.reduce(0) { $0 + (("\u{2E80}"..."\u{FFE6}").contains($1.unicodeScalars.first!) ? 2 : 1) }
            #expect(columns <= 100 && !line.hasSuffix(" "), "\(line)")
        }
        #expect(!outcome.output.contains("\u{1B}"), "no colours outside a terminal")
    }

    /// The study note's own results.
    @Test func printsWhatTheNotePrints() throws {
        let text = try Program.run("tour", "--lang", "zh").output
        for expected in [
            "tensor([ 0.,  4.,  8., 12.])", "tensor([1., 1., 1., 1.])", "tensor([0., 1., 4., 9.])",
            "tensor([True, True, True, True])", "tensor(True)",
        ] {
            #expect(text.contains(expected))
        }
        #expect(!text.contains("False"))
    }

    /// What stands between `// cell` and `// end` in the sources of the tour is what the reader sees.
    @Test func shownCodeIsTheCodeThatRuns() throws {
        let sources = Self.here.appendingPathComponent("../../Sources/AdjointCLI/Tour").standardized
        let output = try Program.run("tour", "--lang", "en").output
        var cells = 0
        for file in try FileManager.default.contentsOfDirectory(at: sources, includingPropertiesForKeys: nil) {
            var cell: [String]?
            for line in try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n") {
                let code = line.trimmingCharacters(in: .whitespaces)
                if code.hasPrefix("// cell") {
                    cell = []
                } else if code == "// end", let lines = cell {
                    cells += 1
                    let margin = lines.map { $0.prefix { $0 == " " }.count }.min() ?? 0
                    let shown = lines.map { "    " + $0.dropFirst(margin) + "\n" }.joined()
                    #expect(output.contains("\n\n" + shown + "\n"), "\(shown)")
                    cell = nil
                } else {
                    cell?.append(line)
                }
            }
        }
        #expect(cells == 8)
    }

    /// What stands between `// beside` and `// end` is shown line by line in one of two columns.
    @Test func codeShownBesideOtherCodeIsTheCodeThatRuns() throws {
        let source = Self.here.appendingPathComponent("../../Sources/AdjointCLI/Tour/BothWaysStep.swift").standardized
        let output = try Program.run("tour", "--lang", "en", "--only", "11").output
        var isShown = false
        var count = 0
        for line in try String(contentsOf: source, encoding: .utf8).components(separatedBy: "\n") {
            let code = line.trimmingCharacters(in: .whitespaces)
            if code == "// beside" || code == "// end" {
                isShown = code == "// beside"
            } else if isShown {
                count += 1
                #expect(output.contains(code), "\(code)")
            }
        }
        #expect(count == 17)
    }

    @Test func listNamesEveryStep() throws {
        let list = try Program.run("tour", "--lang", "en", "--list").lines.dropLast()
        #expect(list.count == 11 && list.first == " 1  The gradient" && list.last?.hasPrefix("11  ") == true)
        let chinese = try Program.run("tour", "--list", environment: ["LANG": "zh_CN.UTF-8"]).lines
        #expect(chinese.first == " 1  梯度")
    }

    @Test func onlyShowsOneStep() throws {
        let all = try Program.run("tour", "--lang", "en").output
        let memory = try Program.run("tour", "--lang", "en", "--only", "5").output
        #expect(memory.hasPrefix("5. ") && all.contains(memory))
    }

    @Test(arguments: [["--only", "0"], ["--only", "12"], ["--lang", "fr"]]) func refusesOddArguments(
        _ arguments: [String]
    ) throws {
        let outcome = try Program().run(["tour"] + arguments)
        #expect(outcome.code == 64 && outcome.output.isEmpty && !outcome.errors.isEmpty)
    }

    @Test func stepDoesNotWaitWithoutATerminal() throws {
        let stepped = try Program.run("tour", "--lang", "en", "--step")
        #expect(try stepped.output == Program.run("tour", "--lang", "en").output)
    }

    @Test func drawingsAreWrittenAsSVG() throws {
        try withTemporaryFolder { folder in
            let pictures = folder.appendingPathComponent("pictures").path
            let outcome = try Program.run("tour", "--lang", "zh", "--svg-dir", pictures)
            #expect(outcome.code == 0)
            let names = try FileManager.default.contentsOfDirectory(atPath: pictures).sorted()
            #expect(
                names == [
                    "chain-rule.svg", "computational-graph.svg", "forward-accumulation.svg", "reverse-accumulation.svg",
                ])
            for name in names {
                let text = try String(contentsOfFile: pictures + "/" + name, encoding: .utf8)
                #expect(text.hasPrefix("<svg") || text.hasPrefix("<?xml"))
                #expect(XMLParser(data: Data(text.utf8)).parse())
            }
            #expect(try Program.run("tour", "--svg-dir", folder.path + "/a/b").code == 1)
        }
    }
}
