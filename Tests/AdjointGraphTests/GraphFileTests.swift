import Adjoint
import Foundation
import Testing

@testable import AdjointGraph

/// Graphs in files.
@Suite struct GraphFileTests {
    private func withFile(_ body: (String) throws -> Void) throws {
        let path = NSTemporaryDirectory() + "adjoint-\(UUID().uuidString).graph"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    @Test func whatIsSavedIsLoaded() throws {
        try withFile { path in
            for graph in GraphCorpus.graphs {
                try graph.save(to: path)
                #expect(try Graph(contentsOf: path) == graph)
            }
            let first = try String(contentsOfFile: path, encoding: .utf8).prefix { $0 != "\n" }
            #expect(first.wholeMatch(of: /adjoint-graph 1 crc32:[0-9a-f]{8} bytes:[0-9]+/) != nil)
        }
    }

    @Test func whatCannotBeSavedLeavesTheFileAlone() throws {
        try withFile { path in
            try GraphCorpus.graphs[0].save(to: path)
            let g = GraphBuilder()
            let graph = try g.graph([g.draw { Tensor.rand([2]) }])
            #expect(failure { try graph.save(to: path) } != nil)
            #expect(try Graph(contentsOf: path) == GraphCorpus.graphs[0])
        }
    }

    /// A change of a file's bytes, and words of the message.
    static let damages: [(change: @Sendable (inout [UInt8]) -> Void, words: String)] = [
        ({ $0 = [] }, "not one of a graph"),
        ({ $0 = Array("PK\u{3}\u{4}".utf8) }, "not one of a graph"),
        ({ $0.removeLast() }, "cut short"),
        ({ $0.append(10) }, "something was added"),
        ({ $0[$0.count - 5] ^= 1 }, "checksum"),
        ({ $0[14] = UInt8(ascii: "9") }, "has version 9"),
        ({ $0[14] = UInt8(ascii: "x") }, "states no version"),
        ({ $0.removeSubrange(13...) }, "cut short"),
        ({ $0[16] = UInt8(ascii: "x") }, "no checksum"),
    ]

    @Test(arguments: damages.indices) func damageIsNamed(_ index: Int) throws {
        var bytes = GraphFile.bytes(GraphCorpus.graphs[1].description)
        Self.damages[index].change(&bytes)
        let error = failure { _ = try Graph(fileBytes: bytes) }.map { "\($0.problem); \($0.remedy)" } ?? ""
        #expect(error.contains(Self.damages[index].words), "\(error)")
    }

    @Test func missingFilesAreNamed() {
        let error = failure { _ = try Graph(contentsOf: "/nowhere/at all") }.map { "\($0.problem); \($0.remedy)" } ?? ""
        #expect(error.contains("/nowhere/at all"))
        let writing =
            failure { try GraphCorpus.graphs[0].save(to: "/nowhere/at all") }.map { "\($0.problem); \($0.remedy)" }
            ?? ""
        #expect(writing.contains("/nowhere/"))
    }
}
