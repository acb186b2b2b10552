import AdjointCore
import AdjointRuntime

/// Constants as text that gives back their bits: a few numbers, one number for all elements, or bytes.
enum ConstantText {
    case numbers([String])
    case all(String)
    case bytes([UInt8])

    /// Constants of more elements are bytes, unless all elements are one number.
    private static let largestList = 16

    init(_ tensor: Tensor) throws(TensorError) {
        let value = try tensor.value.contiguous()
        let (type, size) = (value.type, value.type.dtype.size)
        let buffer = UnsafeRawBufferPointer(start: value.elements, count: type.byteCount)
        self = withExtendedLifetime(value) {
            let isUniform = Self.isUniform(buffer, size)
            if type.shape.count > 1, isUniform, let text = NumberText.write(buffer.baseAddress!, type.dtype) {
                return .all(text)
            }
            if type.shape.count <= Self.largestList {
                let texts = (0..<type.shape.count).map { NumberText.write(buffer.baseAddress! + $0 * size, type.dtype) }
                if texts.allSatisfy({ $0 != nil }) { return .numbers(texts.map { $0! }) }
            }
            return .bytes(Array(buffer))
        }
    }

    private static func isUniform(_ buffer: UnsafeRawBufferPointer, _ size: Int) -> Bool {
        guard buffer.count > size else { return true }
        return UnsafeRawBufferPointer(rebasing: buffer.dropFirst(size))
            .elementsEqual(UnsafeRawBufferPointer(rebasing: buffer.dropLast(size)))
    }

    /// A constant whose bytes are given.
    static func tensor(_ type: TensorType, bytes: [UInt8]) throws(TensorError) -> Tensor {
        let value = try TensorValue(uninitialized: type)
        let target = UnsafeMutableRawBufferPointer(start: value.elements, count: type.byteCount)
        bytes.withUnsafeBytes { target.copyMemory(from: $0) }
        if type.dtype == .bool {
            // A bool is 0 or 1, whatever a file says.
            for index in target.indices where target[index] > 1 { target[index] = 1 }
        }
        return withExtendedLifetime(value) { Tensor(value) }
    }

    /// A constant of these elements in row-major order; one stands for all.
    static func tensor(_ type: TensorType, numbers: [NumberText.Number]) throws(TensorError) -> Tensor {
        let size = type.dtype.size
        let value = try TensorValue(uninitialized: type)
        var one = [UInt8](repeating: 0, count: 16)
        for index in 0..<type.shape.count {
            if index < numbers.count { NumberText.store(numbers[index], type.dtype, &one) }
            one.withUnsafeBytes { (value.elements + index * size).copyMemory(from: $0.baseAddress!, byteCount: size) }
        }
        return withExtendedLifetime(value) { Tensor(value) }
    }
}

/// Single elements as text that gives back their bits.
enum NumberText {
    /// An element as it was read.
    enum Number {
        case integer(Int)
        case real(Double)
        /// A `float32` is rounded once, from its text.
        case single(Float)
        case bool(Bool)
        case complex(Double, Double)
        case complexSingle(Float, Float)
    }

    /// The text of an element; nil for one whose bits no text gives back: NaNs other than the usual one.
    static func write(_ element: UnsafeRawPointer, _ dtype: DType) -> String? {
        func double(_ value: Double) -> String? {
            value.isNaN && value.bitPattern != Double.nan.bitPattern ? nil : "\(value)"
        }
        func single(_ value: Float) -> String? {
            value.isNaN && value.bitPattern != Float.nan.bitPattern ? nil : "\(value)"
        }
        func pair(_ real: String?, _ imaginary: String?) -> String? {
            guard let real, let imaginary else { return nil }
            return "(\(real), \(imaginary))"
        }
        switch dtype {
        case .bool: return element.load(as: UInt8.self) != 0 ? "true" : "false"
        case .uint8: return "\(element.load(as: UInt8.self))"
        case .int32: return "\(element.load(as: Int32.self))"
        case .int64: return "\(element.load(as: Int64.self))"
        case .float16, .bfloat16:
            let value = Half.float(element.load(as: UInt16.self), dtype)
            return value.isNaN ? nil : "\(value)"
        case .float32: return single(element.load(as: Float.self))
        case .float64: return double(element.load(as: Double.self))
        case .complex64:
            return pair(single(element.load(as: Float.self)), single(element.load(fromByteOffset: 4, as: Float.self)))
        case .complex128:
            return pair(
                double(element.load(as: Double.self)), double(element.load(fromByteOffset: 8, as: Double.self)))
        }
    }

    /// Puts an element into the first bytes of `target`.
    static func store(_ number: Number, _ dtype: DType, _ target: inout [UInt8]) {
        target.withUnsafeMutableBytes { bytes in
            switch (number, dtype) {
            case (.bool(let value), _): bytes[0] = value ? 1 : 0
            case (.integer(let value), .uint8): bytes[0] = UInt8(truncatingIfNeeded: value)
            case (.integer(let value), .int32): bytes.storeBytes(of: Int32(truncatingIfNeeded: value), as: Int32.self)
            case (.integer(let value), _): bytes.storeBytes(of: Int64(value), as: Int64.self)
            case (.single(let value), .float16), (.single(let value), .bfloat16):
                bytes.storeBytes(of: Half.bits(value, dtype), as: UInt16.self)
            case (.single(let value), _): bytes.storeBytes(of: value, as: Float.self)
            case (.real(let value), _): bytes.storeBytes(of: value, as: Double.self)
            case (.complexSingle(let real, let imaginary), _):
                bytes.storeBytes(of: real, as: Float.self)
                bytes.storeBytes(of: imaginary, toByteOffset: 4, as: Float.self)
            case (.complex(let real, let imaginary), _):
                bytes.storeBytes(of: real, as: Double.self)
                bytes.storeBytes(of: imaginary, toByteOffset: 8, as: Double.self)
            }
        }
    }
}

/// Conversions of 16-bit elements, by the kernel that tensors use.
private enum Half {
    static func float(_ bits: UInt16, _ dtype: DType) -> Float {
        guard let value = try? TensorValue(uninitialized: TensorType(Shape(), dtype)) else { return .nan }
        value.elements.storeBytes(of: bits, as: UInt16.self)
        guard let wide = try? Kernels.cast(value, to: .float32) else { return .nan }
        return withExtendedLifetime(wide) { wide.elements.load(as: Float.self) }
    }

    static func bits(_ number: Float, _ dtype: DType) -> UInt16 {
        guard let value = try? TensorValue(uninitialized: TensorType(Shape(), .float32)) else { return 0 }
        value.elements.storeBytes(of: number, as: Float.self)
        guard let narrow = try? Kernels.cast(value, to: dtype) else { return 0 }
        return withExtendedLifetime(narrow) { narrow.elements.load(as: UInt16.self) }
    }
}

/// Bytes as text, six bits a letter (RFC 4648).
enum Base64 {
    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, letter) in letters.enumerated() { values[Int(letter)] = UInt8(value) }
        return values
    }()

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let count = min(3, bytes.count - start)
            var word = UInt32(bytes[start]) << 16
            if count > 1 { word |= UInt32(bytes[start + 1]) << 8 }
            if count > 2 { word |= UInt32(bytes[start + 2]) }
            for place in 0..<4 {
                text.append(place <= count ? letters[Int(word >> UInt32(18 - 6 * place)) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of a text; nil if it is not one.
    static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard text.count % 4 == 0 else { return nil }
        let padding = text.reversed().prefix(2).prefix { $0 == UInt8(ascii: "=") }.count
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        var (word, count) = (UInt32(0), 0)
        for letter in text.dropLast(padding) {
            let value = values[Int(letter)]
            guard value != 255 else { return nil }
            word = word << 6 | UInt32(value)
            count += 1
            if count == 4 {
                bytes.append(UInt8(truncatingIfNeeded: word >> 16))
                bytes.append(UInt8(truncatingIfNeeded: word >> 8))
                bytes.append(UInt8(truncatingIfNeeded: word))
                (word, count) = (0, 0)
            }
        }
        switch count {
        case 0: return bytes
        case 2 where word & 15 == 0: bytes.append(UInt8(truncatingIfNeeded: word >> 4))
        case 3 where word & 3 == 0:
            bytes.append(UInt8(truncatingIfNeeded: word >> 10))
            bytes.append(UInt8(truncatingIfNeeded: word >> 2))
        default: return nil
        }
        return bytes
    }
}
