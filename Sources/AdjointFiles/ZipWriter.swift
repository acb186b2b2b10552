/// A ZIP archive being written to memory.
///
/// Archives are laid out like those of NumPy's `savez`: no dates, no permissions beyond those of a plain file, and
/// sizes in 64 bits in front of the data. The same entries therefore always give the same bytes.
public struct ZipWriter: Sendable {
    private var output: [UInt8] = []
    private var directory: [UInt8] = []
    private var names: Set<String> = []
    private let zip64Threshold: Int
    private let entryThreshold: Int

    /// Creates an archive without entries.
    public init() {
        self.init(zip64Threshold: Int(Int32.max), entryThreshold: Int(UInt16.max))
    }

    /// Creates an archive that uses 64-bit fields for anything larger than the given thresholds.
    init(zip64Threshold: Int, entryThreshold: Int) {
        self.zip64Threshold = zip64Threshold
        self.entryThreshold = entryThreshold
    }

    /// Adds a file whose contents are the given pieces, one after the other.
    public mutating func add(
        name: String, contents pieces: [[UInt8]], compressed: Bool = false
    ) throws(FileFormatError) {
        let nameBytes = Array(name.utf8)
        guard nameBytes.count <= Int(UInt16.max) else {
            throw FileFormatError(
                .zip, .tooLarge, entry: name, "the name has \(nameBytes.count) bytes",
                advice: "Use a name of at most \(UInt16.max) bytes.")
        }
        guard names.insert(name).inserted else {
            throw FileFormatError(
                .zip, .duplicateName, entry: name, "two entries have this name", advice: "Use unique names.")
        }
        let localHeader = output.count
        let uncompressedSize = pieces.reduce(0) { $0 + $1.count }
        var common: [UInt8] = []
        common.appendLittleEndian(nameBytes.allSatisfy { $0 < 0x80 } ? UInt16(0) : 1 << 11)
        common.appendLittleEndian(UInt16(compressed ? ZipRecord.deflated : ZipRecord.stored))
        common.appendLittleEndian(UInt16(0))
        common.appendLittleEndian(UInt16(0x21))
        common.appendLittleEndian(ZStream.checksum(pieces.lazy.map { $0[...] }))

        output.appendLittleEndian(UInt32(0x0403_4b50))
        output.appendLittleEndian(UInt16(45))
        output += common
        output.appendLittleEndian(UInt32.max)
        output.appendLittleEndian(UInt32.max)
        output.appendLittleEndian(UInt16(nameBytes.count))
        output.appendLittleEndian(UInt16(20))
        output += nameBytes
        output.appendLittleEndian(UInt16(ZipRecord.zip64Field))
        output.appendLittleEndian(UInt16(16))
        output.appendLittleEndian(UInt64(uncompressedSize))
        let sizePosition = output.count
        output.appendLittleEndian(UInt64(0))

        let start = output.count
        if compressed {
            ZStream.deflate(pieces, appendingTo: &output)
        } else {
            output.reserveCapacity(start + uncompressedSize)
            for piece in pieces {
                output += piece
            }
        }
        let compressedSize = output.count - start
        var size: [UInt8] = []
        size.appendLittleEndian(UInt64(compressedSize))
        output.replaceSubrange(sizePosition..<sizePosition + 8, with: size)

        addRecord(
            common, nameBytes, compressedSize: compressedSize, uncompressedSize: uncompressedSize,
            localHeader: localHeader)
    }

    private mutating func addRecord(
        _ common: [UInt8], _ name: [UInt8], compressedSize: Int, uncompressedSize: Int, localHeader: Int
    ) {
        let hasLongSizes = max(compressedSize, uncompressedSize) > zip64Threshold
        let hasLongOffset = localHeader > zip64Threshold
        var long: [UInt8] = []
        if hasLongSizes {
            long.appendLittleEndian(UInt64(uncompressedSize))
            long.appendLittleEndian(UInt64(compressedSize))
        }
        if hasLongOffset {
            long.appendLittleEndian(UInt64(localHeader))
        }
        directory.appendLittleEndian(UInt32(0x0201_4b50))
        directory += [45, 3]
        directory.appendLittleEndian(UInt16(45))
        directory += common
        directory.appendLittleEndian(hasLongSizes ? .max : UInt32(compressedSize))
        directory.appendLittleEndian(hasLongSizes ? .max : UInt32(uncompressedSize))
        directory.appendLittleEndian(UInt16(name.count))
        directory.appendLittleEndian(UInt16(long.isEmpty ? 0 : 4 + long.count))
        directory.appendLittleEndian(UInt16(0))
        directory.appendLittleEndian(UInt16(0))
        directory.appendLittleEndian(UInt16(0))
        let permissions: UInt32 = 0o600
        directory.appendLittleEndian(permissions << 16)
        directory.appendLittleEndian(hasLongOffset ? .max : UInt32(localHeader))
        directory += name
        if !long.isEmpty {
            directory.appendLittleEndian(UInt16(ZipRecord.zip64Field))
            directory.appendLittleEndian(UInt16(long.count))
            directory += long
        }
    }

    /// The contents of the archive file with all entries added so far.
    public consuming func finish() -> [UInt8] {
        let start = output.count
        let count = names.count
        output += directory
        let end = output.count
        let isLong = max(start, directory.count) > zip64Threshold || count > entryThreshold
        if isLong {
            output.appendLittleEndian(UInt32(0x0606_4b50))
            output.appendLittleEndian(UInt64(44))
            output += [45, 0, 45, 0]
            output.appendLittleEndian(UInt64(0))
            output.appendLittleEndian(UInt64(count))
            output.appendLittleEndian(UInt64(count))
            output.appendLittleEndian(UInt64(directory.count))
            output.appendLittleEndian(UInt64(start))
            output.appendLittleEndian(UInt32(0x0706_4b50))
            output.appendLittleEndian(UInt32(0))
            output.appendLittleEndian(UInt64(end))
            output.appendLittleEndian(UInt32(1))
        }
        output.appendLittleEndian(UInt32(0x0605_4b50))
        output.appendLittleEndian(UInt32(0))
        let shortCount = UInt16(min(count, Int(UInt16.max)))
        output.appendLittleEndian(shortCount)
        output.appendLittleEndian(shortCount)
        output.appendLittleEndian(UInt32(min(directory.count, Int(UInt32.max))))
        output.appendLittleEndian(UInt32(min(start, Int(UInt32.max))))
        output.appendLittleEndian(UInt16(0))
        return output
    }
}
