import Foundation
import Testing

/// Rules that the compiler does not check.
@Suite struct SourceRulesTests {
    private static let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Sources")

    private static func files(_ ending: String) throws -> [(name: String, text: String)] {
        let paths = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        return try paths.compactMap { $0 as? URL }.filter { $0.pathExtension == ending }.map {
            ($0.lastPathComponent, try String(contentsOf: $0, encoding: .utf8))
        }
    }

    /// Data races are left to the compiler everywhere but in the memory of tensors and between the pool's threads.
    @Test func onlyStorageAndThePoolAreUnchecked() throws {
        let unchecked = try Self.files("swift").filter { $0.text.contains("@unchecked Sendable") }.map(\.name)
        #expect(Set(unchecked) == ["TensorValue.swift", "Block.swift", "ThreadPool.swift"])
    }

    @Test func filesAreShort() throws {
        for file in try Self.files("swift") + Self.files("c") + Self.files("h") {
            let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false).count
            #expect(lines <= 450, "\(file.name) has \(lines) lines")
        }
    }
}
