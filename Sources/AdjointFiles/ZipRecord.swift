/// One record of the central directory of a ZIP archive.
struct ZipRecord {
    let name: String
    let method: Int
    let checksum: UInt32
    let compressedSize: Int
    let uncompressedSize: Int
    let localHeaderOffset: Int

    /// The size of the record itself.
    let size: Int

    var isDeflated: Bool { method == ZipRecord.deflated }

    static let stored = 0
    static let deflated = 8

    /// Reads and checks the record at `position` of a directory that ends at `directoryEnd`.
    init(_ reader: ByteReader, at position: Int, directoryEnd: Int) throws(FileFormatError) {
        let what = "the directory"
        let headerSize = 46
        guard position <= directoryEnd - headerSize, try reader.u32(at: position, what) == 0x0201_4b50 else {
            throw FileFormatError(
                .zip, .corrupt, at: position, "an entry of the directory is not where it should be",
                advice: FileFormatError.damagedAdvice)
        }
        let flags = try reader.u16(at: position + 8, what)
        method = try reader.u16(at: position + 10, what)
        checksum = try reader.u32(at: position + 16, what)
        let nameLength = try reader.u16(at: position + 28, what)
        let extraLength = try reader.u16(at: position + 30, what)
        let commentLength = try reader.u16(at: position + 32, what)
        size = headerSize + nameLength + extraLength + commentLength
        guard size <= directoryEnd - position else {
            throw FileFormatError(
                .zip, .corrupt, at: position, "an entry reaches beyond the end of the directory",
                advice: FileFormatError.damagedAdvice)
        }
        let nameBytes = try reader.slice(at: position + headerSize, count: nameLength, what)
        guard let name = String(validating: nameBytes, as: UTF8.self) else {
            throw FileFormatError(
                .zip, .corrupt, at: position + headerSize, "the name of an entry is not valid UTF-8",
                advice: "Make the archive again with names in UTF-8.")
        }
        self.name = name

        func error(_ reason: FileFormatError.Reason, _ message: String, advice: String) -> FileFormatError {
            FileFormatError(.zip, reason, at: position, entry: name, message, advice: advice)
        }
        let encryptionFlags = 1 << 0 | 1 << 6 | 1 << 13
        guard flags & encryptionFlags == 0 else {
            throw error(.encrypted, "the entry is encrypted", advice: "Decrypt the archive first.")
        }
        guard method == ZipRecord.stored || method == ZipRecord.deflated else {
            throw error(
                .unsupportedCompression, "the entry uses compression method \(method)",
                advice: "Make the archive again with method 'stored' or 'deflate'.")
        }

        let extra = try reader.slice(at: position + headerSize + nameLength, count: extraLength, what)
        let fields = try ZipRecord.sizes(
            [
                try reader.u32(at: position + 24, what), try reader.u32(at: position + 20, what),
                try reader.u32(at: position + 42, what),
            ],
            extra: ByteReader(bytes: extra, format: .zip))
        // No size or offset can be larger than the file, except the uncompressed size: deflate makes a byte of at
        // most 1032 bytes. The check comes before anything is allocated.
        let fileSize = UInt64(reader.count)
        let maximumRatio: UInt64 = 1032
        guard let fields, fields[1] <= fileSize, fields[2] <= fileSize,
            method == ZipRecord.stored ? fields[0] == fields[1] : fields[0] <= fields[1] * maximumRatio
        else {
            throw error(.corrupt, "the sizes of the entry cannot be right", advice: FileFormatError.damagedAdvice)
        }
        uncompressedSize = Int(fields[0])
        compressedSize = Int(fields[1])
        localHeaderOffset = Int(fields[2])
    }

    /// The uncompressed size, compressed size and offset, in 64 bits where the 32 bits of the record do not suffice.
    private static func sizes(_ short: [UInt32], extra: ByteReader) throws(FileFormatError) -> [UInt64]? {
        guard short.contains(.max) else {
            return short.map(UInt64.init)
        }
        let what = "an extra field"
        var position = 0
        while position + 4 <= extra.count {
            let kind = try extra.u16(at: position, what)
            let length = try extra.u16(at: position + 2, what)
            if kind == ZipRecord.zip64Field {
                let field = ByteReader(
                    bytes: try extra.slice(at: position + 4, count: length, what), format: .zip)
                var sizes: [UInt64] = []
                var next = 0
                for value in short {
                    if value == .max {
                        sizes.append(try field.u64(at: next, what))
                        next += 8
                    } else {
                        sizes.append(UInt64(value))
                    }
                }
                return sizes
            }
            position += 4 + length
        }
        return nil
    }

    static let zip64Field = 1
}
