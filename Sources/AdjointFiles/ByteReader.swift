/// Bounds-checked access to little-endian fields of untrusted bytes.
///
/// Offsets count from the start of the slice, whatever its first index is.
struct ByteReader {
    let bytes: ArraySlice<UInt8>
    let format: FileFormatError.Format

    var count: Int { bytes.count }

    /// The bytes of a range, or an error if any of them does not exist.
    func slice(at offset: Int, count: Int, _ what: String) throws(FileFormatError) -> ArraySlice<UInt8> {
        guard offset >= 0, count >= 0, offset <= self.count, count <= self.count - offset else {
            let left = max(0, self.count - max(0, offset))
            throw FileFormatError(
                format, .truncated, at: offset, "\(what) is cut short: \(count) bytes were promised, \(left) are left",
                advice: FileFormatError.incompleteAdvice)
        }
        let start = bytes.startIndex + offset
        return bytes[start..<start + count]
    }

    func u16(at offset: Int, _ what: String) throws(FileFormatError) -> Int {
        Int(try integer(at: offset, width: 2, what))
    }

    func u32(at offset: Int, _ what: String) throws(FileFormatError) -> UInt32 {
        UInt32(truncatingIfNeeded: try integer(at: offset, width: 4, what))
    }

    func u64(at offset: Int, _ what: String) throws(FileFormatError) -> UInt64 {
        try integer(at: offset, width: 8, what)
    }

    private func integer(at offset: Int, width: Int, _ what: String) throws(FileFormatError) -> UInt64 {
        var value: UInt64 = 0
        for byte in try slice(at: offset, count: width, what).reversed() {
            value = value << 8 | UInt64(byte)
        }
        return value
    }
}

extension [UInt8] {
    /// Appends the low bytes of an integer, least significant first.
    mutating func appendLittleEndian(_ value: some FixedWidthInteger & UnsignedInteger) {
        var rest = value
        for _ in 0..<MemoryLayout.size(ofValue: value) {
            append(UInt8(truncatingIfNeeded: rest))
            rest = rest >> 8
        }
    }
}
