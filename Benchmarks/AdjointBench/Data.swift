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

    /// low + (high − low) u with u uniform in 0 ..< 1, rounded to float32 unless it is to be float64.
    static func uniform(
        _ seed: UInt32, _ low: Double, _ high: Double, _ shape: [Int], dtype: DType = .float32
    ) -> Tensor {
        let numbers = (0..<shape.reduce(1, *)).map { index in
            low + (high - low) * (Double(hash(seed, index) >> 8) / 16_777_216)
        }
        return dtype == .float64 ? Tensor(numbers, shape: shape) : Tensor(numbers.map { Float($0) }, shape: shape)
    }

    /// Classes 0 ..< count.
    static func labels(_ seed: UInt32, _ classes: Int, _ shape: [Int]) -> Tensor {
        Tensor((0..<shape.reduce(1, *)).map { Int(hash(seed, $0) % UInt32(classes)) }, shape: shape)
    }

    /// uniform(−a, a) with a = √(gain / fan).
    static func fan(
        _ seed: UInt32, _ shape: [Int], _ fan: Int, gain: Double = 1, dtype: DType = .float32
    ) -> Tensor {
        let bound = (gain / Double(fan)).squareRoot()
        return uniform(seed, -bound, bound, shape, dtype: dtype)
    }

    /// Weights and biases of dense layers, W₀, b₀, W₁, b₁, …
    static func dense(_ seed: UInt32, _ widths: [Int], dtype: DType = .float32) -> [Tensor] {
        (0..<widths.count - 1).flatMap { layer in
            let (inputs, outputs) = (widths[layer], widths[layer + 1])
            return [
                fan(seed + 2 * UInt32(layer), [inputs, outputs], inputs, dtype: dtype),
                fan(seed + 2 * UInt32(layer) + 1, [outputs], inputs, dtype: dtype),
            ]
        }
    }
}
