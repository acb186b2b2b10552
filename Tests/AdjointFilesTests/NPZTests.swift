import Testing

@testable import AdjointFiles

@Suite struct NPZTests {
    private let arrays: [NPZ.NamedArray] = [
        ("weights", NPYArray(descr: .float32, shape: [2, 3], bytes: bytes(of: [0, 1, 2, 3, 4, 5] as [Float]))),
        ("bias", NPYArray(descr: .int64, shape: [2], bytes: bytes(of: [1, -1] as [Int64]))),
        ("grün", NPYArray(descr: .float64, shape: [], bytes: bytes(of: [2.5]))),
    ]

    private func expect(_ actual: [NPZ.NamedArray], equals expected: [NPZ.NamedArray]) {
        #expect(actual.map(\.name) == expected.map(\.name))
        #expect(actual.map(\.array) == expected.map(\.array))
    }

    @Test func storedArchivesAreTheBytesOfNumPy() throws {
        #expect(try NPZ.serialize(arrays) == Fixtures.bytes("npzStored"))
        #expect(try NPZ.serialize([]) == Fixtures.bytes("npzEmpty"))
    }

    @Test(arguments: ["npzStored", "npzZip64"])
    func archivesOfNumPyAreRead(_ name: String) throws {
        expect(try NPZ.read(Fixtures.bytes(name)), equals: arrays)
    }

    @Test func emptyArchivesAreRead() throws {
        #expect(try NPZ.read(Fixtures.bytes("npzEmpty")).isEmpty)
    }

    @Test func compressedArchivesOfNumPyAreRead() throws {
        let zeros = NPYArray(descr: .float64, shape: [50, 50], bytes: Array(repeating: 0, count: 20000))
        expect(try NPZ.read(Fixtures.bytes("npzCompressed")), equals: arrays + [("zeros", zeros)])
    }

    @Test func archivesWrittenToAStreamAreRead() throws {
        let array = NPYArray(descr: .uint8, shape: [3], bytes: [0, 1, 2])
        expect(try NPZ.read(Fixtures.bytes("npzStreamed")), equals: [("a", array)])
    }

    @Test func compressedArchivesRoundTrip() throws {
        var generator = SplitMix(state: 1)
        let noise = (0..<300_000).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
        let large: [NPZ.NamedArray] =
            arrays + [
                ("noise", NPYArray(descr: .uint8, shape: [300, 1000], bytes: noise)),
                ("zeros", NPYArray(descr: .float32, shape: [1 << 20], bytes: Array(repeating: 0, count: 4 << 20))),
                ("none", NPYArray(descr: .float32, shape: [0], bytes: [])),
            ]
        let file = try NPZ.serialize(large, compressed: true)
        #expect(file.count < 320_000)
        expect(try NPZ.read(file), equals: large)
    }

    @Test func largeArchivesUse64BitFields() throws {
        var writer = ZipWriter(zip64Threshold: 10, entryThreshold: 1)
        for (name, array) in arrays {
            try writer.add(name: name + ".npy", contents: [try array.serializedHeader(), array.bytes])
        }
        let file = writer.finish()
        #expect(file == Fixtures.bytes("npzZip64"))
    }

    @Test func manyEntriesRoundTrip() throws {
        var writer = ZipWriter()
        for number in 0..<65540 {
            try writer.add(name: "\(number)", contents: [])
        }
        let archive = try ZipArchive(parsing: writer.finish())
        #expect(archive.entries.count == 65540)
        #expect(archive.entries.last?.name == "65539")
    }

    @Test func emptyContentsCanBeCompressed() throws {
        var writer = ZipWriter()
        try writer.add(name: "a", contents: [], compressed: true)
        let archive = try ZipArchive(parsing: writer.finish())
        #expect(try archive.contents(of: archive.entries[0]).isEmpty)
    }
}

@Suite struct NPZRefusalTests {
    private func reason(_ file: [UInt8], limit: Int = .max) -> FileFormatError.Reason? {
        do throws(FileFormatError) {
            _ = try NPZ.read(file, limit: limit)
            return nil
        } catch {
            return error.reason
        }
    }

    @Test(arguments: ["npzStored", "npzCompressed", "npzZip64", "npzStreamed", "npzEmpty"])
    func everyTruncationIsRefused(_ name: String) {
        let whole = Fixtures.bytes(name)
        for length in 0..<whole.count {
            #expect(reason(Array(whole.prefix(length))) != nil, "at length \(length)")
        }
    }

    @Test func trailingAndLeadingBytesAreRefused() {
        #expect(reason(Fixtures.bytes("npzStored") + [0]) != nil)
        #expect(reason([0] + Fixtures.bytes("npzStored")) == .badMagic)
        #expect(reason([0x50, 0x4B] + Fixtures.bytes("npzStored")) == .corrupt)
    }

    @Test func duplicateNamesAreRefused() throws {
        let array = NPYArray(descr: .uint8, shape: [1], bytes: [1])
        #expect(throws: FileFormatError.self) { try NPZ.serialize([("a", array), ("a", array)]) }

        let contents = try array.serialized()
        var writer = ZipWriter()
        try writer.add(name: "a", contents: [contents])
        try writer.add(name: "b", contents: [contents])
        let file = writer.finish().map { $0 == UInt8(ascii: "b") ? UInt8(ascii: "a") : $0 }
        #expect(reason(file) == .duplicateName)

        writer = ZipWriter()
        try writer.add(name: "a", contents: [contents])
        try writer.add(name: "a.npy", contents: [contents])
        #expect(reason(writer.finish()) == .duplicateName)
    }

    @Test func otherFilesInAnArchiveAreRefused() throws {
        var writer = ZipWriter()
        try writer.add(name: "a.txt", contents: [Array("hello".utf8)])
        let error = #expect(throws: FileFormatError.self) { try NPZ.read(writer.finish()) }
        #expect(error?.reason == .badMagic)
        #expect(error?.description.hasPrefix("entry 'a.txt': npy, byte 0: ") == true)
    }

    /// A stored archive with one entry, and the positions of its data and of its record in the directory.
    private func archive(_ contents: [UInt8], compressed: Bool = false) throws -> (
        file: [UInt8], data: Int, record: Int
    ) {
        var writer = ZipWriter()
        try writer.add(name: "a", contents: [contents], compressed: compressed)
        let file = writer.finish()
        return (file, 30 + 1 + 20, file.count - 22 - 47)
    }

    @Test func damagedDataAreRefused() throws {
        var (file, data, _) = try archive(Fixtures.bytes("vector"))
        file[data + 140] ^= 1
        #expect(reason(file) == .badChecksum)
    }

    @Test func encryptedEntriesAreRefused() throws {
        var (file, _, record) = try archive(Fixtures.bytes("vector"))
        file[record + 8] |= 1
        #expect(reason(file) == .encrypted)
    }

    @Test func otherCompressionMethodsAreRefused() throws {
        var (file, _, record) = try archive(Fixtures.bytes("vector"))
        file[record + 10] = 14
        #expect(reason(file) == .unsupportedCompression)
    }

    @Test func wrongSizesAreRefused() throws {
        let contents = Fixtures.bytes("vector")
        for change in [-100, -1, 1, 100] {
            var (file, _, record) = try archive(contents, compressed: true)
            let size = UInt16(contents.count + change)
            (file[record + 24], file[record + 25]) = (UInt8(size & 0xFF), UInt8(size >> 8))
            #expect(reason(file) == .corrupt)
        }
    }

    @Test func impossibleRatiosAreRefusedBeforeAllocating() throws {
        var (file, _, record) = try archive(Fixtures.bytes("vector"), compressed: true)
        file.replaceSubrange(record + 24..<record + 28, with: [0xFE, 0xFF, 0xFF, 0xFF])
        #expect(reason(file) == .corrupt)
    }

    @Test func theLimitBoundsTheSumOfAllSizes() throws {
        let file = Fixtures.bytes("npzCompressed")
        let total = try ZipArchive(parsing: file).entries.reduce(0) { $0 + $1.uncompressedSize }
        #expect(reason(file, limit: total) == nil)
        #expect(reason(file, limit: total - 1) == .tooLarge)
    }

    @Test func overlappingEntriesAreRefused() throws {
        // Both records of the directory lead to the same data.
        var writer = ZipWriter()
        try writer.add(name: "a", contents: [[1]])
        try writer.add(name: "b", contents: [[1]])
        var file = writer.finish()
        let second = file.count - 22 - 47
        file[second + 46] = UInt8(ascii: "c")
        #expect(reason(file) == .corrupt)
        file.replaceSubrange(second + 42..<second + 46, with: [0, 0, 0, 0])
        file[30] = UInt8(ascii: "c")
        #expect(reason(file) == .corrupt)
    }
}
