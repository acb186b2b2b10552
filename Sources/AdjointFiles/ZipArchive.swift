/// A ZIP archive in memory.
///
/// Nothing is ever extracted to the disk, so names of entries are only names. Every offset, size and checksum in the
/// archive is verified before its data are used.
public struct ZipArchive: Sendable {
    /// One file in an archive, still compressed.
    public struct Entry: Hashable, Sendable {
        /// The name of the file, unique in the archive.
        public let name: String

        /// The size of the file when decompressed, as the archive declares it.
        public let uncompressedSize: Int

        let compressedData: Range<Int>
        let isDeflated: Bool
        let checksum: UInt32
    }

    /// The files in the archive, in the order of its directory.
    public let entries: [Entry]

    private let bytes: [UInt8]

    /// Reads the directory of an archive.
    ///
    /// - Parameters:
    ///   - bytes: The contents of the whole archive file.
    ///   - limit: The largest sum of the sizes of all decompressed files to accept.
    public init(parsing bytes: [UInt8], limit: Int = .max) throws(FileFormatError) {
        let directory = ZipDirectory(ByteReader(bytes: bytes[...], format: .zip))
        entries = try directory.entries(limit: limit)
        self.bytes = bytes
    }

    /// The decompressed bytes of an entry of this archive, after their checksum has been verified.
    ///
    /// The bytes of an entry that is stored without compression share the memory of the archive.
    public func contents(of entry: Entry) throws(FileFormatError) -> ArraySlice<UInt8> {
        var contents = bytes[entry.compressedData]
        if entry.isDeflated {
            contents = try inflate(entry)[...]
        }
        guard ZStream.checksum([contents]) == entry.checksum else {
            throw FileFormatError(
                .zip, .badChecksum, at: entry.compressedData.lowerBound, entry: entry.name,
                "the data do not match their CRC-32 checksum", advice: FileFormatError.damagedAdvice)
        }
        return contents
    }

    private func inflate(_ entry: Entry) throws(FileFormatError) -> [UInt8] {
        var output: [UInt8] = []
        let (outcome, consumed) = ZStream.inflate(
            bytes[entry.compressedData], .raw, appendingTo: &output, expectedCount: entry.uncompressedSize,
            limit: entry.uncompressedSize)
        let problem: String
        switch outcome {
        case .complete where consumed < entry.compressedData.count:
            problem = "the compressed data end before the entry does"
        case .complete where output.count < entry.uncompressedSize:
            problem = "\(output.count) bytes were decompressed where \(entry.uncompressedSize) were declared"
        case .complete:
            return output
        case .inputExhausted:
            problem = "the compressed data are cut short"
        case .limitExceeded:
            problem = "the compressed data do not end after the declared \(entry.uncompressedSize) bytes"
        case .invalid(let details):
            problem = "the compressed data are not valid (\(details))"
        }
        throw FileFormatError(
            .zip, .corrupt, at: entry.compressedData.lowerBound + consumed, entry: entry.name, problem,
            advice: FileFormatError.damagedAdvice)
    }
}
