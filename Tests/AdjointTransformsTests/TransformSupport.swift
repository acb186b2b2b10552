import AdjointCore
import AdjointRuntime
import Testing

func scalar64(_ value: Double) -> Tensor { Tensor(value, dtype: .float64) }
func vector64(_ elements: Double...) -> Tensor { Tensor(elements, shape: [elements.count]) }

/// float64 numbers that look random and are the same each time.
func numbers64(_ shape: [Int], seed: Int = 1) -> Tensor {
    let count = shape.reduce(1, *)
    let elements = (0..<count).map { (index: Int) -> Double in
        let phase = Double(index * 37 + seed * 101) * 0.618
        return 2 * (phase - phase.rounded(.down)) - 1
    }
    return Tensor(elements, shape: shape)
}

func isNear(_ x: [Double], _ y: [Double], _ tolerance: Double = 1e-11) -> Bool {
    x.count == y.count && zip(x, y).allSatisfy { abs($0 - $1) <= tolerance * max(1, abs($0), abs($1)) }
}

/// The error of the first failed operation in `body`.
func transformFailure(_ body: () -> Void) -> TensorError? {
    do {
        try checked(body)
        return nil
    } catch {
        return error as? TensorError
    }
}
