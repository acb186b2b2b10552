import Adjoint

/// The benchmark's data: one counter-based 32-bit hash, so that other libraries start from the same numbers.
enum Data {
    private static func mix(_ seed: UInt32) -> UInt32 {
        var x = seed
        x ^= x >> 16
        x &*= 0x7FEB_352D
        x ^= x >> 15
        x &*= 0x846C_A68B
        x ^= x >> 16
        return x
    }

    private static func hash(_ seed: UInt32, _ index: Int) -> UInt32 {
        mix(UInt32(truncatingIfNeeded: index) &* 0x9E37_79B9 &+ mix(seed))
    }

    /// low + (high − low) u with u uniform in 0 ..< 1, rounded to float32.
    static func uniform(_ seed: UInt32, _ low: Double, _ high: Double, _ shape: [Int]) -> Tensor {
        let numbers = (0..<shape.reduce(1, *)).map { index in
            Float(low + (high - low) * (Double(hash(seed, index) >> 8) / 16_777_216))
        }
        return Tensor(numbers, shape: shape)
    }
}
