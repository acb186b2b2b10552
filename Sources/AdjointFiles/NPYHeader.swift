/// The header of a `.npy` file.
struct NPYHeader {
    var descr: NPYArray.ElementType
    var isByteSwapped: Bool
    var fortranOrder: Bool
    var shape: [Int]

    /// The position of the shape in the file.
    var shapeOffset: Int

    /// The number of bytes before the first element.
    var byteCount: Int

    static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

    static var isLittleEndianMachine: Bool { 1.littleEndian == 1 }
}

// MARK: - Reading

extension NPYHeader {
    init(parsing file: ArraySlice<UInt8>) throws(FileFormatError) {
        let reader = ByteReader(bytes: file, format: .npy)
        guard file.starts(with: NPYHeader.magic.prefix(file.count)) else {
            throw FileFormatError(
                .npy, .badMagic, at: 0, "the file does not start with the NumPy signature",
                advice: "Give a file written by numpy.save.")
        }
        let version = Array(try reader.slice(at: 0, count: 8, "the signature").suffix(2))
        let start: Int
        let length: Int
        switch version {
        case [1, 0]:
            start = 10
            length = try reader.u16(at: 8, "the header length")
        case [2, 0], [3, 0]:
            start = 12
            length = Int(try reader.u32(at: 8, "the header length"))
        default:
            throw FileFormatError(
                .npy, .unsupportedVersion, at: 6, "format version \(version[0]).\(version[1]) is unknown",
                advice: "Save the array with version 1.0, 2.0 or 3.0 of the format.")
        }
        let text = try reader.slice(at: start, count: length, "the header")
        var parser = NPYDictionaryParser(bytes: text, offset: start)
        let fields = try parser.parse()
        (descr, isByteSwapped) = try NPYHeader.elementType(fields.descr.value, at: fields.descr.offset)
        fortranOrder = fields.fortranOrder
        shape = fields.shape.value
        shapeOffset = fields.shape.offset
        byteCount = start + length
    }

    /// The element type a `descr` string such as `<f4` stands for, and whether its bytes are in the other order.
    private static func elementType(
        _ descr: String, at offset: Int
    ) throws(FileFormatError) -> (NPYArray.ElementType, isByteSwapped: Bool) {
        let order = descr.first ?? " "
        let code = descr.dropFirst()
        guard "<>=|".contains(order), let type = NPYArray.ElementType(rawValue: String(code)) else {
            if descr.contains("O") {
                throw FileFormatError(
                    .npy, .objectArray, at: offset, "the array holds Python objects (descr '\(printable(descr))')",
                    advice: "Convert it to numbers before saving; objects are never loaded, they could run code.")
            }
            throw FileFormatError(
                .npy, .unsupportedElementType, at: offset, "the element type '\(printable(descr))' is not supported",
                advice: "Convert the array to one of "
                    + NPYArray.ElementType.allCases.map(\.rawValue).joined(separator: ", ") + " before saving it.")
        }
        switch order {
        case "<":
            return (type, type.swapWidth > 1 && !isLittleEndianMachine)
        case ">":
            return (type, type.swapWidth > 1 && isLittleEndianMachine)
        case "|" where type.byteCount > 1:
            throw FileFormatError(
                .npy, .unsupportedElementType, at: offset, "the element type '\(descr)' has no byte order",
                advice: "Save the array again with an element type that starts with '<' or '>'.")
        default:
            return (type, false)
        }
    }
}

// MARK: - Writing

extension NPYHeader {
    /// The bytes before the elements, laid out exactly as NumPy does, in format version 1.0.
    static func serialize(_ array: NPYArray) -> [UInt8] {
        let order = array.descr.byteCount == 1 ? "|" : isLittleEndianMachine ? "<" : ">"
        let isFortran = array.fortranOrder && array.shape.count { $0 != 1 } > 1 && !array.shape.contains(0)
        let shape = array.shape.map(String.init).joined(separator: ", ") + (array.shape.count == 1 ? "," : "")
        var text = "{'descr': '\(order)\(array.descr.rawValue)', 'fortran_order': \(isFortran ? "True" : "False"), "
        text += "'shape': (\(shape)), }"
        // NumPy leaves room for the slowest dimension to grow to 21 digits without moving the data.
        if let growing = isFortran ? array.shape.last : array.shape.first {
            text += String(repeating: " ", count: 21 - String(growing).count)
        }

        // With at most 64 dimensions the length always fits the 16 bits of version 1.0.
        let prefix = magic.count + 4
        let alignment = 64
        let padding = alignment - (prefix + text.utf8.count + 1) % alignment
        var header = magic + [1, 0]
        header.appendLittleEndian(UInt16(text.utf8.count + padding + 1))
        header += text.utf8
        header += repeatElement(UInt8(ascii: " "), count: padding)
        header.append(UInt8(ascii: "\n"))
        return header
    }
}
