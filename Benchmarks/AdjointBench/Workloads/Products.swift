import Adjoint

/// matmul: products of matrices, one large one and a stack of small ones.
let productCases: [Case] = [
    productCase("matmul.1024", 7001, [1024, 1024], value: 594.99, tolerance: 0.1, absolute: 17_841_327.7),
    productCase("matmul.bmm", 7004, [64, 128, 128], value: -54.354, tolerance: 0.05, absolute: 6_313_457.68),
].flatMap { $0 }

private func productCase(
    _ name: String, _ seed: UInt32, _ shape: [Int], value: Double, tolerance: Double, absolute: Double
) -> [Case] {
    let inner = Expected(value: value, absolute: tolerance)
    let matrices: @Sendable () -> (inputs: [Tensor], weights: Tensor) = {
        let all = (0..<3).map { Data.uniform(seed + $0, -1, 1, shape) }
        return (Array(all[..<2]), all[2])
    }
    return [
        Case(name: name + ".fwd", expected: [inner]) {
            let (inputs, weights) = matrices()
            return Program(
                state: inputs, step: { [$0[0].matmul($0[1])] },
                checksums: { [zip($0[0].doubles, weights.doubles).reduce(0) { $0 + $1.0 * $1.1 }] })
        },
        Case(name: name + ".grad", expected: [inner, Expected(value: absolute)]) {
            let (inputs, weights) = matrices()
            return Program(state: inputs) { state in
                withGradients(state) { ($0[0].matmul($0[1]) * weights).sum() }
            }
        },
    ]
}
