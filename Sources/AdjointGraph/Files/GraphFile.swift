import AdjointCore
import AdjointFiles
import AdjointRuntime

// A file of a graph is one line, then the graph's text:
//
//     adjoint-graph 1 crc32:1a2b3c4d bytes:1234
//
// The number is the version of the format; checksum and length are those of the text.

extension Graph {
    /// Writes the graph to a file, whole or not at all.
    /// - Throws: for an operation that cannot be saved, naming it, and what the system says against the file.
    public func save(to path: String) throws(TensorError) {
        let file = GraphFile.bytes(try text())
        do throws(FileSystemError) {
            try AtomicFile.write(file, to: path)
        } catch {
            throw GraphFile.error("\(error)", "choose another path, or make room")
        }
    }

    /// Reads a graph from a file that `save(to:)` wrote, and checks each of its steps.
    /// - Parameter byteLimit: no value, and not all constants together, may take more bytes.
    /// - Throws: for a file that cannot be read, is no graph, was cut short or damaged, or has a version from the future.
    public init(contentsOf path: String, byteLimit: Int = Graph.usualByteLimit) throws(TensorError) {
        let bytes: [UInt8]
        do throws(FileSystemError) {
            bytes = try FileBytes.read(path)
        } catch {
            throw GraphFile.error("\(error)", "check the path")
        }
        try self.init(fileBytes: bytes, byteLimit: byteLimit)
    }

    /// Reads a graph from the bytes of a file.
    package init(fileBytes bytes: [UInt8], byteLimit: Int = Graph.usualByteLimit) throws(TensorError) {
        var parser = try GraphParser(try GraphFile.text(bytes), byteLimit)
        self = try parser.parse()
    }
}

/// The header of graph files.
package enum GraphFile {
    private static let magic = "adjoint-graph"
    private static let version = 1
    /// Longer first lines are not ours.
    private static let longestHeader = 100

    /// The bytes of a file with this text.
    package static func bytes(_ text: String) -> [UInt8] {
        let body = Array(text.utf8)
        let checksum = String(Checksum.crc32(body[...]), radix: 16)
        let padding = String(repeating: "0", count: 8 - checksum.count)
        return Array("\(magic) \(version) crc32:\(padding)\(checksum) bytes:\(body.count)\n".utf8) + body
    }

    /// The text of a file.
    static func text(_ bytes: [UInt8]) throws(TensorError) -> [UInt8] {
        guard bytes.starts(with: Array(magic.utf8)) else {
            throw error(
                "the file is not one of a graph", "a graph's file starts with \"\(magic)\"; save one with save(to:)")
        }
        guard let end = bytes.prefix(longestHeader).firstIndex(of: UInt8(ascii: "\n")) else {
            throw error("the first line of the file is cut short", "copy the file again")
        }
        let words = String(decoding: bytes[..<end], as: UTF8.self).split(
            separator: " ", omittingEmptySubsequences: false)
        guard words.count >= 2, let number = Int(words[1]) else {
            throw error("the first line of the file states no version", "copy the file again")
        }
        guard number == version else {
            throw error(
                "the file has version \(number) of the format, this library reads version \(version)",
                number > version ? "use a newer Adjoint" : "save the graph again")
        }
        guard words.count == 4, let checksum = number16(words[2]), let count = count(words[3]) else {
            throw error("the first line of the file states no checksum and length", "copy the file again")
        }
        let body = bytes[(end + 1)...]
        guard body.count == count else {
            throw error(
                "the file has \(body.count) bytes of text, \(count) were written",
                body.count < count ? "it was cut short: copy it again" : "something was added to it: copy it again")
        }
        guard Checksum.crc32(body) == checksum else {
            throw error(
                "the checksum of the file is wrong: it was damaged or changed",
                "copy it again, or use Graph(parsing:) for edited text")
        }
        return Array(body)
    }

    private static func number16(_ word: Substring) -> UInt32? {
        word.hasPrefix("crc32:") ? UInt32(word.dropFirst(6), radix: 16) : nil
    }

    private static func count(_ word: Substring) -> Int? { word.hasPrefix("bytes:") ? Int(word.dropFirst(6)) : nil }

    static func error(_ problem: String, _ remedy: String) -> TensorError {
        TensorError(.file, "graph file", problem, remedy)
    }
}
