/// A parser of the central directory of a ZIP archive.
struct ZipDirectory {
    private let reader: ByteReader

    init(_ reader: ByteReader) {
        self.reader = reader
    }

    /// The place and the size of the central directory.
    private struct Location {
        var entryCount: Int
        var start: Int
        /// The position of the first byte after the directory.
        var end: Int
    }

    /// All entries, each checked against the local header in front of its data.
    func entries(limit: Int) throws(FileFormatError) -> [ZipArchive.Entry] {
        let location = try locate()
        let headerSize = 46
        guard location.entryCount <= (location.end - location.start) / headerSize else {
            throw error(
                .corrupt, at: location.start, "the directory is too small for \(location.entryCount) entries")
        }
        var entries: [ZipArchive.Entry] = []
        var names: Set<String> = []
        var extents: [Range<Int>] = []
        var position = location.start
        var total = 0
        for _ in 0..<location.entryCount {
            let record = try ZipRecord(reader, at: position, directoryEnd: location.end)
            let data = try dataRange(of: record, before: location.start)
            let sum = total.addingReportingOverflow(record.uncompressedSize)
            guard !sum.overflow, sum.partialValue <= limit else {
                throw FileFormatError(
                    .zip, .tooLarge, at: position, entry: record.name,
                    "the decompressed data are larger than the limit of \(limit) bytes",
                    advice: "Raise the limit if the file can be trusted.")
            }
            total = sum.partialValue
            guard names.insert(record.name).inserted else {
                throw FileFormatError(
                    .zip, .duplicateName, at: position, entry: record.name, "two entries have this name",
                    advice: "Make the archive again with unique names.")
            }
            extents.append(record.localHeaderOffset..<data.upperBound)
            entries.append(
                ZipArchive.Entry(
                    name: record.name, uncompressedSize: record.uncompressedSize, compressedData: data,
                    isDeflated: record.isDeflated, checksum: record.checksum))
            position += record.size
        }
        guard position == location.end else {
            throw error(.corrupt, at: position, "the directory has bytes after its last entry")
        }
        extents.sort { $0.lowerBound < $1.lowerBound }
        for (extent, next) in zip(extents, extents.dropFirst()) where extent.upperBound > next.lowerBound {
            throw error(.corrupt, at: next.lowerBound, "two entries overlap")
        }
        return entries
    }

    // MARK: - The end of the archive

    /// Finds the directory through the record at the end of the file, or its 64-bit version.
    private func locate() throws(FileFormatError) -> Location {
        let recordSize = 22
        let end = try findEndRecord(size: recordSize)
        var diskNumbers: [UInt64] = [
            UInt64(try reader.u16(at: end + 4, "the end record")),
            UInt64(try reader.u16(at: end + 6, "the end record")),
        ]
        var counts = [
            UInt64(try reader.u16(at: end + 8, "the end record")),
            UInt64(try reader.u16(at: end + 10, "the end record")),
        ]
        var size = UInt64(try reader.u32(at: end + 12, "the end record"))
        var start = UInt64(try reader.u32(at: end + 16, "the end record"))
        var directoryEnd = end

        let locator = end - 20
        if locator >= 0, try reader.u32(at: locator, "the zip64 locator") == 0x0706_4b50 {
            let offset = try reader.u64(at: locator + 8, "the zip64 locator")
            let what = "the zip64 end record"
            guard locator >= 56, offset <= UInt64(locator - 56),
                try reader.u32(at: Int(offset), what) == 0x0606_4b50,
                try reader.u64(at: Int(offset) + 4, what) == UInt64(locator) - offset - 12
            else {
                throw error(.corrupt, at: locator, "the zip64 end record is not where it should be")
            }
            directoryEnd = Int(offset)
            diskNumbers = [
                UInt64(try reader.u32(at: directoryEnd + 16, what)),
                UInt64(try reader.u32(at: directoryEnd + 20, what)),
                UInt64(try reader.u32(at: locator + 4, what)),
            ]
            counts = [try reader.u64(at: directoryEnd + 24, what), try reader.u64(at: directoryEnd + 32, what)]
            size = try reader.u64(at: directoryEnd + 40, what)
            start = try reader.u64(at: directoryEnd + 48, what)
        }

        guard diskNumbers.allSatisfy({ $0 == 0 }), counts[0] == counts[1] else {
            throw error(.corrupt, at: end, "the archive is split into several files, or its end record is damaged")
        }
        guard start <= UInt64(directoryEnd), size == UInt64(directoryEnd) - start, counts[0] <= size else {
            throw error(.corrupt, at: end, "the directory does not end where the end record starts")
        }
        return Location(entryCount: Int(counts[0]), start: Int(start), end: directoryEnd)
    }

    /// The position of the last end record whose comment ends with the file.
    private func findEndRecord(size: Int) throws(FileFormatError) -> Int {
        guard reader.count >= 4, try reader.u16(at: 0, "the archive") == 0x4b50 else {
            let isCut = reader.count < 4 && reader.bytes.elementsEqual([0x50, 0x4b, 3, 4].prefix(reader.count))
            throw FileFormatError(
                .zip, isCut ? .truncated : .badMagic, at: 0, "the file does not start with the ZIP signature",
                advice: isCut ? FileFormatError.incompleteAdvice : "Give a ZIP archive, for example one with .npz.")
        }
        let last = reader.count - size
        let longestComment = Int(UInt16.max)
        var position = last
        while position >= 0, position >= last - longestComment {
            if try reader.u32(at: position, "the end record") == 0x0605_4b50,
                try reader.u16(at: position + 20, "the end record") == last - position
            {
                return position
            }
            position -= 1
        }
        throw FileFormatError(
            .zip, .truncated, at: reader.count, "the directory at the end of the archive is missing",
            advice: FileFormatError.incompleteAdvice)
    }

    // MARK: - Local headers

    /// The range of the data of an entry, which follow its local header and end before the directory.
    private func dataRange(
        of record: ZipRecord, before directoryStart: Int
    ) throws(FileFormatError) -> Range<Int> {
        let headerSize = 30
        let offset = record.localHeaderOffset
        let what = "the local header"
        guard offset <= directoryStart - headerSize, try reader.u32(at: offset, what) == 0x0403_4b50 else {
            throw error(.corrupt, at: offset, "the local header is not where it should be").inEntry(record.name)
        }
        let nameLength = try reader.u16(at: offset + 26, what)
        let extraLength = try reader.u16(at: offset + 28, what)
        let name = try reader.slice(at: offset + headerSize, count: nameLength, what)
        let start = offset + headerSize + nameLength + extraLength
        guard name.elementsEqual(record.name.utf8), try reader.u16(at: offset + 8, what) == record.method else {
            throw error(.corrupt, at: offset, "the local header differs from the directory").inEntry(record.name)
        }
        guard start <= directoryStart, record.compressedSize <= directoryStart - start else {
            throw error(.corrupt, at: start, "the data reach into the directory").inEntry(record.name)
        }
        return start..<start + record.compressedSize
    }

    private func error(_ reason: FileFormatError.Reason, at offset: Int, _ message: String) -> FileFormatError {
        FileFormatError(.zip, reason, at: offset, message, advice: FileFormatError.damagedAdvice)
    }
}
