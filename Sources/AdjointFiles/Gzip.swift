/// Decompression of gzip files.
public enum Gzip {
    /// Decompresses the contents of a whole `.gz` file.
    ///
    /// Files made of several compressed parts are supported; checksums are verified.
    ///
    /// - Parameters:
    ///   - file: The contents of the file.
    ///   - limit: The largest number of decompressed bytes to accept, one gibibyte unless told otherwise.
    /// - Returns: The decompressed bytes.
    public static func decompress(_ file: [UInt8], limit: Int = 1 << 30) throws(FileFormatError) -> [UInt8] {
        let magic: [UInt8] = [0x1F, 0x8B]
        guard file.starts(with: magic.prefix(file.count)) else {
            throw FileFormatError(
                .gzip, .badMagic, at: 0, "the file does not start with the gzip signature",
                advice: "Give a file compressed by gzip.")
        }
        var output: [UInt8] = []
        var position = 0
        repeat {
            let (outcome, consumed) = ZStream.inflate(
                file[position...], .gzip, appendingTo: &output, expectedCount: 4 * file.count,
                limit: limit - output.count)
            position += consumed
            switch outcome {
            case .complete:
                break
            case .inputExhausted:
                throw FileFormatError(
                    .gzip, .truncated, at: position, "the compressed data are cut short",
                    advice: FileFormatError.incompleteAdvice)
            case .limitExceeded:
                throw FileFormatError(
                    .gzip, .tooLarge, at: position,
                    "the data do not end within the limit of \(limit) decompressed bytes",
                    advice: "Raise the limit if the file can be trusted.")
            case .invalid(let details):
                throw FileFormatError(
                    .gzip, .corrupt, at: position, "the compressed data are not valid (\(details))",
                    advice: FileFormatError.damagedAdvice)
            }
        } while position < file.count
        return output
    }
}
