import Foundation
import Testing

@testable import AdjointFiles

@Suite struct GzipTests {
    private let text = Array("1,2,3\n4,5,6\n".utf8)

    @Test func filesOfOnePartAreDecompressed() throws {
        #expect(try Gzip.decompress(Fixtures.bytes("gzip")) == text)
    }

    @Test func filesOfSeveralPartsAreDecompressed() throws {
        let part = Fixtures.bytes("gzip")
        #expect(try Gzip.decompress(part + part + part) == text + text + text)
    }

    @Test func everyTruncationIsRefused() {
        let whole = Fixtures.bytes("gzip")
        for length in 0..<whole.count {
            let error = #expect(throws: FileFormatError.self) { try Gzip.decompress(Array(whole.prefix(length))) }
            #expect(error?.reason == .truncated, "at length \(length)")
        }
    }

    @Test func damageIsRefused() {
        let whole = Fixtures.bytes("gzip")
        for (file, expected) in [
            (Array("plain text".utf8), .badMagic), (whole + [0], .truncated), (whole + [1, 2, 3], .corrupt),
            (whole.dropLast() + [1], .corrupt),
        ] as [([UInt8], FileFormatError.Reason)] {
            #expect((#expect(throws: FileFormatError.self) { try Gzip.decompress(file) })?.reason == expected)
        }
    }

    @Test func theLimitIsExact() throws {
        #expect(try Gzip.decompress(Fixtures.bytes("gzip"), limit: text.count) == text)
        let error = #expect(throws: FileFormatError.self) {
            try Gzip.decompress(Fixtures.bytes("gzip"), limit: text.count - 1)
        }
        #expect(error?.reason == .tooLarge)
    }
}

@Suite final class FileTests {
    private let folder: String

    init() throws {
        folder = NSTemporaryDirectory() + "/adjoint-files-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    private func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    private func permissions(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test func filesRoundTrip() throws {
        for count in [0, 1, 4095, 4096, 4097, 100_000] {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
            try AtomicFile.write(bytes, to: folder + "/file")
            #expect(try FileBytes.read(folder + "/file") == bytes)
        }
        #expect(try names() == ["file"])
    }

    @Test func filesOfUnknownSizeAreReadToTheirEnd() throws {
        #expect(try FileBytes.read("/dev/null").isEmpty)
        #if os(Linux)
        #expect(try FileBytes.read("/proc/self/status").starts(with: "Name:".utf8))
        #endif
    }

    @Test func permissionsAreKept() throws {
        let path = folder + "/file"
        try AtomicFile.write([1], to: path)
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
        try AtomicFile.write([2], to: path)
        #expect(try permissions(path) == 0o640)
        #expect(try FileBytes.read(path) == [2])
    }

    @Test func linksKeepPointingAtTheFile() throws {
        let link = folder + "/link"
        try AtomicFile.write([1], to: folder + "/file")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "file")
        try AtomicFile.write([2], to: link)
        #expect(try FileBytes.read(folder + "/file") == [2])
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "file")
    }

    @Test func failuresLeaveNothingBehind() throws {
        try FileManager.default.createDirectory(atPath: folder + "/sub", withIntermediateDirectories: true)
        for path in [folder + "/sub", folder + "/missing/file", folder + "/" + String(repeating: "x", count: 300)] {
            #expect(throws: FileSystemError.self) { try AtomicFile.write([1], to: path) }
        }
        #expect(try names() == ["sub"])
    }

    @Test func devicesAreNotReplaced() {
        let error = #expect(throws: FileSystemError.self) { try AtomicFile.write([1], to: "/dev/null") }
        #expect(error?.code == ENOTSUP)
    }

    @Test func errorsNameThePathAndTheCause() {
        let error = #expect(throws: FileSystemError.self) { try FileBytes.read(folder + "/missing") }
        #expect(error == FileSystemError(operation: "open", path: folder + "/missing", code: ENOENT))
        let text = FileSystemError(operation: "open", path: "a", code: ENOENT).description
        #expect(text == "cannot open 'a': No such file or directory (error 2)")
        #expect(throws: FileSystemError.self) { try FileBytes.read(folder) }
    }
}
