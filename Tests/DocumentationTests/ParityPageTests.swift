import Foundation
import Testing

/// Every row of the page of parity names a test that is there, and every such test stands on the page.
@Suite struct ParityPageTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test(arguments: ["Theano", "TensorFlow", "MXNet"]) func rowsAndTestsAgree(_ system: String) throws {
        func text(_ path: String) throws -> String {
            try String(contentsOf: Self.root.appendingPathComponent(path), encoding: .utf8)
        }
        let page = try text("docs/parity.md")
        let section = try #require(page.components(separatedBy: "## \(system)\n").last).components(
            separatedBy: "\n## ")[0]
        let rows = section.split(separator: "\n").filter { $0.hasPrefix("| ") }.dropFirst()
        let named = rows.compactMap { row in
            row.split(separator: "|").last { !$0.allSatisfy(\.isWhitespace) }?.trimmingCharacters(in: [" ", "`"])
        }
        let tests = try text("Tests/AdjointGraphTests/\(system)ParityTests.swift")
        let stated = tests.matches(of: /@Test func (\w+)\(/).map { String($0.1) }
        #expect(rows.count == named.count && named.count > 10)
        #expect(Set(named) == Set(stated), "\(Set(named).symmetricDifference(Set(stated)))")
    }
}
