internal import CZlib

/// The state of one zlib compression or decompression.
///
/// zlib keeps a pointer to its `z_stream`, so the stream lives at a fixed address on the heap.
final class ZStream {
    private let stream: UnsafeMutablePointer<z_stream>
    private let end: (UnsafeMutablePointer<z_stream>) -> Int32

    /// How the compressed data are wrapped; the raw values are zlib's window bits.
    enum Wrapping: Int32 {
        /// No header and no checksum, as in ZIP archives.
        case raw = -15
        /// A gzip header and trailer.
        case gzip = 31
    }

    /// What a decompression ended with.
    enum Outcome {
        /// The compressed data ended as they should.
        case complete
        /// The input ended before the compressed data did.
        case inputExhausted
        /// The compressed data do not end after as many bytes as the limit allows.
        case limitExceeded
        /// The input is not valid.
        case invalid(String)
    }

    private init(end: @escaping (UnsafeMutablePointer<z_stream>) -> Int32) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        self.end = end
    }

    deinit {
        _ = end(stream)
        stream.deallocate()
    }

    /// The largest number of bytes handed to zlib in one call, whose counters have 32 bits.
    private static let chunk = 1 << 30

    // MARK: - Decompression

    /// Decompresses one stream from the start of `input`.
    ///
    /// - Parameters:
    ///   - input: The compressed bytes; bytes after the end of the stream are left alone.
    ///   - wrapping: The header and trailer around the compressed data.
    ///   - output: The array the decompressed bytes are appended to.
    ///   - expectedCount: A guess at the number of decompressed bytes.
    ///   - limit: The largest number of bytes that may be appended.
    /// - Returns: How it ended, and the number of bytes of `input` that were used.
    static func inflate(
        _ input: ArraySlice<UInt8>,
        _ wrapping: Wrapping,
        appendingTo output: inout [UInt8],
        expectedCount: Int,
        limit: Int
    ) -> (outcome: Outcome, consumed: Int) {
        let zlib = ZStream(end: inflateEnd)
        let size = Int32(MemoryLayout<z_stream>.size)
        guard inflateInit2_(zlib.stream, wrapping.rawValue, ZLIB_VERSION, size) == Z_OK else {
            return (.invalid(zlib.message), 0)
        }
        let start = output.count
        var produced = 0
        var consumed = 0
        while true {
            if produced == output.count - start, produced < limit {
                let wanted = produced == 0 ? max(expectedCount, 1) : 2 * produced
                output.append(contentsOf: repeatElement(0, count: min(wanted, limit) - produced))
            }
            let room = output.count - start - produced
            let (status, taken, given) = zlib.step(
                input.dropFirst(consumed), Z_NO_FLUSH, into: &output, at: start + produced, room: room,
                CZlib.inflate)
            consumed += taken
            produced += given
            let outcome: Outcome? =
                switch status {
                case Z_STREAM_END: .complete
                case Z_OK where taken + given > 0: nil
                case Z_OK, Z_BUF_ERROR: room == 0 ? .limitExceeded : .inputExhausted
                default: .invalid(zlib.message)
                }
            if let outcome {
                output.removeLast(output.count - start - produced)
                return (outcome, consumed)
            }
        }
    }

    // MARK: - Compression

    /// Appends the raw deflate stream of all pieces, one after the other, to `output`.
    static func deflate(_ pieces: [[UInt8]], appendingTo output: inout [UInt8]) {
        let zlib = ZStream(end: deflateEnd)
        let size = Int32(MemoryLayout<z_stream>.size)
        let status = deflateInit2_(
            zlib.stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, Wrapping.raw.rawValue, 8, Z_DEFAULT_STRATEGY,
            ZLIB_VERSION, size)
        precondition(status == Z_OK, "zlib cannot compress: \(zlib.message)")
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        for piece in pieces {
            var rest = piece[...]
            while !rest.isEmpty {
                let (_, taken, given) = zlib.step(
                    rest, Z_NO_FLUSH, into: &buffer, at: 0, room: buffer.count, CZlib.deflate)
                rest = rest.dropFirst(taken)
                output += buffer.prefix(given)
            }
        }
        var isFinished = false
        while !isFinished {
            let (status, _, given) = zlib.step(
                [], Z_FINISH, into: &buffer, at: 0, room: buffer.count, CZlib.deflate)
            output += buffer.prefix(given)
            isFinished = status == Z_STREAM_END
        }
    }

    // MARK: - Checksum

    /// The CRC-32 checksum of all pieces, one after the other.
    static func checksum(_ pieces: some Sequence<ArraySlice<UInt8>>) -> UInt32 {
        var checksum: uLong = 0
        for piece in pieces {
            var rest = piece
            while !rest.isEmpty {
                let part = rest.prefix(chunk)
                checksum = part.withUnsafeBufferPointer { crc32(checksum, $0.baseAddress, uInt($0.count)) }
                rest = rest.dropFirst(part.count)
            }
        }
        return UInt32(truncatingIfNeeded: checksum)
    }

    // MARK: - One call of zlib

    private typealias Operation = (UnsafeMutablePointer<z_stream>, Int32) -> Int32

    /// Lets zlib read from `input` and write at most `room` bytes to `output` from `position` on.
    private func step(
        _ input: ArraySlice<UInt8>, _ flush: Int32, into output: inout [UInt8], at position: Int, room: Int,
        _ operation: Operation
    ) -> (status: Int32, taken: Int, given: Int) {
        let inputCount = min(input.count, ZStream.chunk)
        let outputCount = min(room, ZStream.chunk)
        // zlib insists on addresses even where there is not a byte to read or write.
        var nowhere: UInt8 = 0
        return withUnsafeMutablePointer(to: &nowhere) { nowhere in
            input.withUnsafeBufferPointer { source in
                output.withUnsafeMutableBufferPointer { target in
                    stream.pointee.next_in = source.baseAddress.map(UnsafeMutablePointer.init(mutating:)) ?? nowhere
                    stream.pointee.avail_in = uInt(inputCount)
                    stream.pointee.next_out = target.baseAddress.map { $0 + position } ?? nowhere
                    stream.pointee.avail_out = uInt(outputCount)
                    let status = operation(stream, flush)
                    return (
                        status, inputCount - Int(stream.pointee.avail_in), outputCount - Int(stream.pointee.avail_out)
                    )
                }
            }
        }
    }

    private var message: String {
        stream.pointee.msg.map { String(cString: $0) } ?? "no further details"
    }
}
