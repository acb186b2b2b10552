import AdjointCore
import AdjointRuntime
import Testing

/// Deterministic numbers in 0 ..< 1 that do not come from the library (SplitMix64).
struct Numbers {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func bits() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }

    mutating func next() -> Double { Double(bits() >> 11) / Double(1 << 53) }

    mutating func below(_ limit: Int) -> Int { Int(bits() % UInt64(limit)) }

    mutating func array(_ count: Int, in range: ClosedRange<Double> = -1...1) -> [Double] {
        (0..<count).map { _ in range.lowerBound + next() * (range.upperBound - range.lowerBound) }
    }
}

/// A float64 tensor of deterministic numbers.
func numbers(_ shape: [Int], seed: UInt64 = 1, in range: ClosedRange<Double> = -1...1) -> Tensor {
    var source = Numbers(seed)
    return Tensor(source.array(shape.reduce(1, *), in: range), shape: shape)
}

/// float64 tensors of numbers that are written out.
func vector(_ elements: Double...) -> Tensor { Tensor(elements, shape: [elements.count]) }

/// Whether arrays agree to a tolerance relative to the larger of each pair and 1; NaN agrees with NaN.
func isClose(_ left: [Double], _ right: [Double], _ tolerance: Double = 1e-12) -> Bool {
    left.count == right.count
        && zip(left, right).allSatisfy { a, b in
            a == b || (a.isNaN && b.isNaN) || abs(a - b) <= tolerance * max(1, abs(a), abs(b))
        }
}

/// Expects a tensor's shape, element type and elements.
func expect(
    _ tensor: Tensor, _ shape: Shape, _ elements: [Double], dtype: DType? = nil, tolerance: Double = 1e-12,
    _ comment: String = "", sourceLocation: Testing.SourceLocation = #_sourceLocation
) {
    #expect(tensor.failure == nil, "\(comment)", sourceLocation: sourceLocation)
    #expect(tensor.shape == shape, "\(comment)", sourceLocation: sourceLocation)
    if let dtype { #expect(tensor.dtype == dtype, "\(comment)", sourceLocation: sourceLocation) }
    let found = tensor.doubles
    #expect(
        isClose(found, elements, tolerance), "\(comment) gave \(found), expected \(elements)",
        sourceLocation: sourceLocation)
}

/// The gradient of Σ wᵢ f(x)ᵢ with weights 1, 2, 3, … by reverse mode.
func weightedGradient(_ f: (Tensor) -> Tensor, at x: Tensor) -> [Double] {
    let leaf = x.requiringGrad()
    let y = f(leaf)
    let weights = Tensor((0..<y.count).map { Double($0 + 1) }, shape: y.shape.extents).to(y.dtype)
    guard y.requiresGrad else { return [Double](repeating: 0, count: x.count) }
    return gradients(of: [y], withRespectTo: [leaf], seeds: [weights], unused: .zero)[0].doubles
}

/// The error of the first failed operation in `body`.
func failure(_ body: () -> Void) -> TensorError? {
    do {
        try checked(body)
        return nil
    } catch {
        return error as? TensorError
    }
}
