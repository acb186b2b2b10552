/// The error thrown when bytes are not a valid file of the expected format.
///
/// The description says what is wrong, where, and what to do about it:
///
/// ```text
/// entry 'weights.npy': npy, byte 10: the header is cut short: 118 bytes were promised, 40 are left.
/// The file is incomplete; copy or download it again.
/// ```
public struct FileFormatError: Error, Hashable, Sendable {
    /// The file formats this module understands.
    public enum Format: String, Hashable, Sendable {
        /// A single NumPy array, `.npy`.
        case npy
        /// A ZIP archive.
        case zip
        /// A ZIP archive of NumPy arrays, `.npz`.
        case npz
        /// A gzip-compressed file, `.gz`.
        case gzip
    }

    /// The kinds of problem a file can have.
    public enum Reason: String, Hashable, Sendable {
        /// The file ends before it should.
        case truncated
        /// The first bytes are not those of the format.
        case badMagic
        /// The file was written by a version of the format that is not supported.
        case unsupportedVersion
        /// The header cannot be parsed.
        case badHeader
        /// The shape is negative, has too many dimensions, or its product overflows.
        case badShape
        /// The element type is not one of the supported ones.
        case unsupportedElementType
        /// The array holds pickled Python objects, which are never loaded.
        case objectArray
        /// There are more bytes than the file says there should be.
        case trailingBytes
        /// The number of bytes does not fit the shape and the element type.
        case sizeMismatch
        /// A checksum does not match the data.
        case badChecksum
        /// An archive entry is encrypted.
        case encrypted
        /// An archive entry is compressed with an unsupported method.
        case unsupportedCompression
        /// Two entries or keys have the same name.
        case duplicateName
        /// The data is larger than allowed.
        case tooLarge
        /// The structure of the file contradicts itself.
        case corrupt
    }

    /// The format that was being read or written.
    public var format: Format

    /// The kind of problem.
    public var reason: Reason

    /// The name of the archive entry the problem is in, if it is in one.
    public var entry: String?

    /// The position of the problem, counted from the start of the file or of the entry.
    public var offset: Int?

    /// A sentence without a full stop saying what is wrong.
    public var message: String

    /// A sentence saying what to do.
    public var advice: String

    /// Creates an error.
    public init(
        _ format: Format,
        _ reason: Reason,
        at offset: Int? = nil,
        entry: String? = nil,
        _ message: String,
        advice: String
    ) {
        self.format = format
        self.reason = reason
        self.offset = offset
        self.entry = entry
        self.message = message
        self.advice = advice
    }

    static let incompleteAdvice = "The file is incomplete; copy or download it again."
    static let damagedAdvice = "The file is damaged; copy or download it again."

    /// The same error, marked as being in an entry of an archive.
    func inEntry(_ name: String) -> FileFormatError {
        var copy = self
        copy.entry = name
        return copy
    }
}

extension FileFormatError: CustomStringConvertible {
    /// What is wrong, where, and what to do about it, on one line.
    public var description: String {
        var text = ""
        if let entry {
            text += "entry '\(printable(entry))': "
        }
        text += format.rawValue
        if let offset {
            text += ", byte \(offset)"
        }
        return text + ": \(message). \(advice)"
    }
}

/// A shortened copy of untrusted text without control characters, fit for an error message.
func printable(_ text: String) -> String {
    let limit = 60
    var result = ""
    for (position, scalar) in text.unicodeScalars.enumerated() {
        if position == limit {
            return result + "…"
        }
        let isControl = scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
        result.unicodeScalars.append(isControl ? "?" : scalar)
    }
    return result
}
