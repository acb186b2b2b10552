/// An array as stored in a NumPy `.npy` file: element type, shape, memory order and raw bytes.
///
/// The bytes are always in the byte order of this machine, whatever the order in the file was.
public struct NPYArray: Hashable, Sendable {
    /// The type of the elements; the raw value is NumPy's code without the byte order.
    public enum ElementType: String, CaseIterable, Hashable, Sendable {
        /// Booleans, one byte each, 0 or 1.
        case bool = "b1"
        /// Signed 8-bit integers.
        case int8 = "i1"
        /// Signed 16-bit integers.
        case int16 = "i2"
        /// Signed 32-bit integers.
        case int32 = "i4"
        /// Signed 64-bit integers.
        case int64 = "i8"
        /// Unsigned 8-bit integers.
        case uint8 = "u1"
        /// Unsigned 16-bit integers.
        case uint16 = "u2"
        /// Unsigned 32-bit integers.
        case uint32 = "u4"
        /// Unsigned 64-bit integers.
        case uint64 = "u8"
        /// 16-bit floating point numbers.
        case float16 = "f2"
        /// 32-bit floating point numbers.
        case float32 = "f4"
        /// 64-bit floating point numbers.
        case float64 = "f8"
        /// Complex numbers made of two 32-bit floating point numbers.
        case complex64 = "c8"
        /// Complex numbers made of two 64-bit floating point numbers.
        case complex128 = "c16"

        /// The size of one element in bytes.
        public var byteCount: Int {
            switch self {
            case .bool, .int8, .uint8: 1
            case .int16, .uint16, .float16: 2
            case .int32, .uint32, .float32: 4
            case .int64, .uint64, .float64, .complex64: 8
            case .complex128: 16
            }
        }

        /// The number of bytes that change places together when the byte order is reversed.
        var swapWidth: Int {
            switch self {
            case .complex64, .complex128: byteCount / 2
            default: byteCount
            }
        }
    }

    /// The type of the elements.
    public var descr: ElementType

    /// The size of each dimension; empty for a scalar.
    public var shape: [Int]

    /// Whether the first index varies fastest in `bytes` (column-major order) and not the last.
    public var fortranOrder: Bool

    /// The elements, one after the other, in the byte order of this machine.
    public var bytes: [UInt8]

    /// Creates an array from its parts.
    ///
    /// The parts are checked against each other when the array is serialised.
    public init(descr: ElementType, shape: [Int], fortranOrder: Bool = false, bytes: [UInt8]) {
        self.descr = descr
        self.shape = shape
        self.fortranOrder = fortranOrder
        self.bytes = bytes
    }

    /// Reads the contents of a whole `.npy` file, format version 1.0, 2.0 or 3.0.
    public init(parsing file: [UInt8]) throws(FileFormatError) {
        try self.init(parsing: file[...])
    }

    /// Reads the contents of a whole `.npy` file that is part of a larger array of bytes.
    public init(parsing file: ArraySlice<UInt8>) throws(FileFormatError) {
        let header = try NPYHeader(parsing: file)
        let size = try NPYArray.byteCount(of: header.shape, header.descr, at: header.shapeOffset)
        let available = file.count - header.byteCount
        guard size <= available else {
            throw FileFormatError(
                .npy, .truncated, at: file.count,
                "the data is cut short: shape \(header.shape) of '\(header.descr.rawValue)' needs \(size) bytes,"
                    + " \(available) are left",
                advice: FileFormatError.incompleteAdvice)
        }
        guard size == available else {
            throw FileFormatError(
                .npy, .trailingBytes, at: header.byteCount + size,
                "\(available - size) bytes follow the last element of shape \(header.shape)",
                advice: "Check that the file holds one array and that nothing was appended to it.")
        }
        descr = header.descr
        shape = header.shape
        fortranOrder = header.fortranOrder
        bytes = Array(file.dropFirst(header.byteCount))
        if header.isByteSwapped {
            bytes.reverseGroups(of: descr.swapWidth)
        }
        if descr == .bool {
            for index in bytes.indices where bytes[index] > 1 {
                bytes[index] = 1
            }
        }
    }

    /// The contents of a `.npy` file holding the array, byte for byte as NumPy's `save` writes it.
    public func serialized() throws(FileFormatError) -> [UInt8] {
        var file = try serializedHeader()
        file.reserveCapacity(file.count + bytes.count)
        file += bytes
        return file
    }

    /// The part of the `.npy` file that comes before the elements.
    func serializedHeader() throws(FileFormatError) -> [UInt8] {
        let size = try NPYArray.byteCount(of: shape, descr, at: nil)
        guard size == bytes.count else {
            throw FileFormatError(
                .npy, .sizeMismatch, "shape \(shape) of '\(descr.rawValue)' needs \(size) bytes, not \(bytes.count)",
                advice: "Give the array a shape that fits its bytes.")
        }
        return NPYHeader.serialize(self)
    }

    /// The number of bytes of all elements, computed without overflow.
    static func byteCount(
        of shape: [Int], _ descr: ElementType, at offset: Int?
    ) throws(FileFormatError) -> Int {
        let maximumRank = 64
        guard shape.count <= maximumRank else {
            throw FileFormatError(
                .npy, .badShape, at: offset, "the shape has \(shape.count) dimensions",
                advice: "Reshape the array to at most \(maximumRank) dimensions before saving it.")
        }
        var size = descr.byteCount
        for dimension in shape where dimension != 0 {
            guard dimension > 0 else {
                throw FileFormatError(
                    .npy, .badShape, at: offset, "the shape \(shape) has a negative dimension",
                    advice: "Save the array again with the program that made it.")
            }
            let (product, overflow) = size.multipliedReportingOverflow(by: dimension)
            guard !overflow else {
                throw FileFormatError(
                    .npy, .badShape, at: offset, "an array of shape \(shape) is larger than any memory",
                    advice: FileFormatError.damagedAdvice)
            }
            size = product
        }
        return shape.contains(0) ? 0 : size
    }
}

extension NPYArray {
    /// The same array with its elements in row-major order, where the last index varies fastest.
    ///
    /// The shape and the bytes must fit each other, as they do in an array that was read from a file.
    public func rowMajor() -> NPYArray {
        guard fortranOrder else {
            return self
        }
        var result = NPYArray(descr: descr, shape: shape, bytes: bytes)
        guard shape.count > 1, !bytes.isEmpty else {
            return result
        }
        let width = descr.byteCount
        var strides = [width]
        for dimension in shape.dropLast() {
            strides.append(strides[strides.count - 1] * dimension)
        }
        var index = Array(repeating: 0, count: shape.count)
        var source = 0
        for target in stride(from: 0, to: bytes.count, by: width) {
            for byte in 0..<width {
                result.bytes[target + byte] = bytes[source + byte]
            }
            var axis = shape.count - 1
            index[axis] += 1
            source += strides[axis]
            while index[axis] == shape[axis], axis > 0 {
                source -= strides[axis] * shape[axis]
                index[axis] = 0
                axis -= 1
                index[axis] += 1
                source += strides[axis]
            }
        }
        return result
    }
}

extension [UInt8] {
    /// Reverses the bytes of every group of `width` bytes in place.
    fileprivate mutating func reverseGroups(of width: Int) {
        for start in stride(from: 0, to: count - width + 1, by: width) {
            for position in 0..<width / 2 {
                swapAt(start + position, start + width - 1 - position)
            }
        }
    }
}
