import AdjointCore
import AdjointRuntime
import ComplexModule
import RealModule

typealias C = Complex<Double>

/// The transform by its definition, in O(n²).
func definition(_ x: [C], inverse: Bool = false) -> [C] {
    let n = x.count
    return (0..<n).map { k in
        var (re, im) = (0.0, 0.0)
        for j in 0..<n {
            let angle = (inverse ? 2 : -2) * Double.pi * Double(j * k % n) / Double(n)
            let root = C(.cos(angle), .sin(angle))
            let term = x[j] * root
            re += term.real
            im += term.imaginary
        }
        return C(re, im)
    }
}

/// Pseudo-random numbers in −1 ..< 1: SplitMix64 of Steele, Lea and Flood, 2014.
struct Numbers {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }

    mutating func next() -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        bits ^= bits >> 31
        return Double(bits >> 11) / Double(1 << 52) - 1
    }

    mutating func reals(_ count: Int) -> [Double] { (0..<count).map { _ in next() } }
    mutating func complexes(_ count: Int) -> [C] { (0..<count).map { _ in C(next(), next()) } }
}

/// The largest difference, relative to the largest number.
func distance(_ found: Tensor, _ expected: [C]) -> Double {
    let found = found.dtype.isComplex ? found.array(of: C.self) : found.doubles.map { C($0) }
    guard found.count == expected.count else { return .infinity }
    let size = expected.map(\.length).max() ?? 0
    return zip(found, expected).map { ($0 - $1).length }.reduce(0) { $1.isNaN ? .infinity : max($0, $1) } / max(size, 1)
}

extension Tensor {
    /// Whether shape and elements are those of another tensor, to a few units in the last place.
    func isNear(_ other: Tensor) -> Bool {
        let numbers = other.dtype.isComplex ? other.array(of: C.self) : other.doubles.map { C($0) }
        return shape == other.shape && distance(self, numbers) < 1e-14
    }
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
