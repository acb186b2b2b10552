import AdjointCore
import AdjointRuntime

extension TensorValue {
    /// A hash of the elements' bits; nil for what has no elements of its own in memory.
    var hash: UInt64? {
        guard isStored, let value = try? contiguous() else { return nil }
        return withExtendedLifetime(value) {
            Self.hash(UnsafeRawBufferPointer(start: value.elements, count: value.type.byteCount), every: 1)
        }
    }

    /// A hash of a few of the elements' bits, to tell which of many values is another one.
    var sampleHash: UInt64? {
        guard isContiguous else { return nil }
        return withExtendedLifetime(self) {
            let words = UnsafeRawBufferPointer(start: elements, count: type.byteCount)
            return Self.hash(words, every: max(1, words.count / 8 / 16))
        }
    }

    private static func hash(_ bytes: UnsafeRawBufferPointer, every step: Int) -> UInt64 {
        var hash: UInt64 = 0x9E37_79B9_7F4A_7C15 ^ UInt64(bytes.count)
        func mix(_ word: UInt64) {
            hash = (hash ^ word) &* 0xFF51_AFD7_ED55_8CCD
            hash ^= hash >> 32
        }
        let words = bytes.count / 8
        var index = 0
        while index < words {
            mix(bytes.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self))
            index += step
        }
        for byte in bytes[(8 * words)...] { mix(UInt64(byte)) }
        return hash
    }
}
