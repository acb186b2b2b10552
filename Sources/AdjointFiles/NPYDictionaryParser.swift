/// A parser of the Python dictionary in the header of a `.npy` file.
///
/// It accepts exactly the three keys NumPy writes, in any order, each once.
struct NPYDictionaryParser {
    struct Fields {
        var descr: (value: String, offset: Int)
        var fortranOrder: Bool
        var shape: (value: [Int], offset: Int)
    }

    private let bytes: ArraySlice<UInt8>
    private let fileOffset: Int
    private var position: Int

    /// Creates a parser of `bytes`, which start at `offset` in the file.
    init(bytes: ArraySlice<UInt8>, offset: Int) {
        self.bytes = bytes
        position = bytes.startIndex
        fileOffset = offset - bytes.startIndex
    }

    private var offset: Int { fileOffset + position }

    /// Reads the whole dictionary and the padding after it.
    mutating func parse() throws(FileFormatError) -> Fields {
        var descr: (value: String, offset: Int)?
        var fortranOrder: Bool?
        var shape: (value: [Int], offset: Int)?

        try expect("{")
        while !skip("}") {
            skipSpaces()
            let keyOffset = offset
            let key = try parseString("a key in quotes")
            try expect(":")
            skipSpaces()
            let valueOffset = offset
            let isRepeated: Bool
            switch key {
            case "descr":
                isRepeated = descr != nil
                descr = (try parseDescr(), valueOffset)
            case "fortran_order":
                isRepeated = fortranOrder != nil
                fortranOrder = try parseBool()
            case "shape":
                isRepeated = shape != nil
                shape = (try parseShape(), valueOffset)
            default:
                throw error(.badHeader, at: keyOffset, "the header has the unknown key '\(printable(key))'")
            }
            guard !isRepeated else {
                throw error(.duplicateName, at: keyOffset, "the header has the key '\(key)' twice")
            }
            guard skip(",") else {
                try expect("}")
                break
            }
        }
        skipSpaces()
        guard position == bytes.endIndex else {
            throw error(.badHeader, at: offset, "the header goes on after its closing brace")
        }
        guard let descr, let fortranOrder, let shape else {
            let missing = descr == nil ? "descr" : fortranOrder == nil ? "fortran_order" : "shape"
            throw error(.badHeader, at: offset, "the header lacks the key '\(missing)'")
        }
        return Fields(descr: descr, fortranOrder: fortranOrder, shape: shape)
    }

    // MARK: - Values

    private mutating func parseDescr() throws(FileFormatError) -> String {
        if current == UInt8(ascii: "[") || current == UInt8(ascii: "(") {
            throw FileFormatError(
                .npy, .unsupportedElementType, at: offset, "the array has structured elements (records)",
                advice: "Save each field as an array of its own.")
        }
        return try parseString("an element type in quotes")
    }

    private mutating func parseBool() throws(FileFormatError) -> Bool {
        for (word, value) in [("True", true), ("False", false)] where bytes[position...].starts(with: word.utf8) {
            position += word.utf8.count
            return value
        }
        throw error(.badHeader, at: offset, "expected True or False, found \(found)")
    }

    private mutating func parseShape() throws(FileFormatError) -> [Int] {
        var shape: [Int] = []
        try expect("(")
        var endsInComma = true
        while !skip(")") {
            guard endsInComma else {
                throw error(.badHeader, at: offset, "expected ',' or ')', found \(found)")
            }
            shape.append(try parseDimension())
            endsInComma = skip(",")
        }
        guard shape.count != 1 || endsInComma else {
            throw error(.badHeader, at: offset, "a shape of one dimension must be written '(\(shape[0]),)'")
        }
        return shape
    }

    private mutating func parseDimension() throws(FileFormatError) -> Int {
        skipSpaces()
        let start = offset
        guard current != UInt8(ascii: "-") else {
            throw error(.badShape, at: start, "the shape has a negative dimension")
        }
        var value = 0
        var digits = 0
        while let byte = current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            let (tenfold, overflow) = value.multipliedReportingOverflow(by: 10)
            let (next, carry) = tenfold.addingReportingOverflow(Int(byte - UInt8(ascii: "0")))
            guard !overflow, !carry else {
                throw error(.badShape, at: start, "the shape has a dimension larger than \(Int.max)")
            }
            guard digits == 0 || value != 0 else {
                throw error(.badHeader, at: start, "a number starts with a needless zero")
            }
            value = next
            digits += 1
            position += 1
        }
        guard digits > 0 else {
            throw error(.badHeader, at: start, "expected a number, found \(found)")
        }
        // Python 2 on Windows wrote dimensions as long integers, for example '(3L,)'.
        if current == UInt8(ascii: "L") {
            position += 1
        }
        return value
    }

    private mutating func parseString(_ what: String) throws(FileFormatError) -> String {
        guard let quote = current, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
            throw error(.badHeader, at: offset, "expected \(what), found \(found)")
        }
        let start = offset
        position += 1
        let content = bytes[position...].prefix { $0 != quote }
        guard content.endIndex < bytes.endIndex else {
            throw error(.badHeader, at: start, "a quoted text has no end")
        }
        guard content.allSatisfy({ (0x20..<0x7F).contains($0) && $0 != UInt8(ascii: "\\") }) else {
            throw error(.badHeader, at: start, "a quoted text has unusual characters")
        }
        position = content.endIndex + 1
        return String(decoding: content, as: UTF8.self)
    }

    // MARK: - Characters

    private var current: UInt8? { position < bytes.endIndex ? bytes[position] : nil }

    private var found: String {
        guard let current else {
            return "the end of the header"
        }
        let isPrintable = (0x20..<0x7F).contains(current)
        return isPrintable ? "'\(Character(UnicodeScalar(current)))'" : "the byte \(current)"
    }

    private mutating func skipSpaces() {
        while let byte = current, byte == 0x20 || (0x09...0x0D).contains(byte) {
            position += 1
        }
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        skipSpaces()
        guard current == UInt8(ascii: character) else {
            return false
        }
        position += 1
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(FileFormatError) {
        guard skip(character) else {
            throw error(.badHeader, at: offset, "expected '\(character)', found \(found)")
        }
    }

    private func error(_ reason: FileFormatError.Reason, at offset: Int, _ message: String) -> FileFormatError {
        FileFormatError(
            .npy, reason, at: offset, message, advice: "Save the array again with the program that made it.")
    }
}
