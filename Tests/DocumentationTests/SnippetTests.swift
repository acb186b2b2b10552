import Foundation
import Testing

/// Every Swift block of the documents stands in one of the files of snippets, so that it is compiled.
@Suite struct SnippetTests {
    private static let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    private static let root = here.deletingLastPathComponent().deletingLastPathComponent()

    private static let documents = ["README.md", "README.zh-CN.md", "CONTRIBUTING.md", "docs/architecture.md"]
    /// The pages of transforms have their snippets in a file of their own.
    private static let transformPages = [
        "containers", "gradient", "vjp", "jvp", "vmap", "jacobian", "checkpoint", "custom", "hooks", "diagnosis",
    ].map { "docs/transforms/\($0).md" }

    private static let graphPages = [
        "README", "builder", "staging", "control-flow", "symbolic-derivatives", "text-files-drawings", "rewrites",
    ].map {
        "docs/graphs/\($0).md"
    }

    @Test(
        arguments: documents.map { ($0, "Snippets.swift") } + transformPages.map { ($0, "TransformSnippets.swift") }
            + graphPages.map { ($0, "GraphSnippets.swift") })
    func blocksAreCompiled(_ document: String, _ snippets: String) throws {
        let text = try String(contentsOf: Self.root.appendingPathComponent(document), encoding: .utf8)
        let compiled = Self.lines(
            try String(contentsOf: Self.here.appendingPathComponent(snippets), encoding: .utf8))
        for block in Self.swiftBlocks(text) {
            // A manifest is compiled by the test of a package that depends on this one.
            if block.first == "// Package.swift" { continue }
            var place = compiled.startIndex
            for line in block where !line.hasPrefix("import ") && !line.hasPrefix("//") {
                let found = compiled[place...].firstIndex(of: Self.code(line))
                #expect(found != nil, "\(document): «\(line)» is not compiled")
                place = found.map { $0 + 1 } ?? place
            }
        }
    }

    @Test func languagesShowTheSameCode() throws {
        let blocks = try ["README.md", "README.zh-CN.md"].map { document in
            Self.swiftBlocks(try String(contentsOf: Self.root.appendingPathComponent(document), encoding: .utf8))
                .map { $0.map(Self.code).filter { !$0.isEmpty } }
        }
        #expect(blocks[0] == blocks[1])
        #expect(!blocks[0].isEmpty)
    }

    private static func swiftBlocks(_ text: String) -> [[String]] {
        text.components(separatedBy: "```swift\n").dropFirst().map { rest in
            lines(rest.components(separatedBy: "```")[0])
        }
    }

    private static func lines(_ text: String) -> [String] {
        text.components(separatedBy: "\n").map { code($0) }.filter { !$0.isEmpty }
    }

    /// A line without indentation and trailing comment; a line that is a comment as it stands.
    private static func code(_ line: String) -> String {
        let trimmed = line.trimmingCharacters(in: .whitespaces)
        if trimmed.hasPrefix("//") { return trimmed.hasPrefix("///") || trimmed == "// Package.swift" ? trimmed : "" }
        return trimmed.components(separatedBy: "  //")[0].trimmingCharacters(in: .whitespaces)
    }
}
