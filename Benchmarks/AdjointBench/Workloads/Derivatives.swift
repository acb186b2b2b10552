import Adjoint

/// hessian, jacobian and per_sample_grads: derivatives of higher order, of vectors and of each sample.
let derivativeCases: [Case] = [
    Case(name: "hessian.dense100", expected: [Expected(value: 97165.50298508763, relative: 1e-9)]) {
        Program(
            state: [Data.uniform(13001, -1, 1, [100], dtype: .float64)],
            step: { [hessian(of: rosenbrock, at: $0[0])] }, checksums: { [Program.absolute($0[0])] })
    },
    Case(name: "hessian.hvp10000", expected: [Expected(value: 3370477.48049947, relative: 1e-9)]) {
        Program(
            state: [13003, 13004].map { Data.uniform($0, -1, 1, [10000], dtype: .float64) },
            step: { [hessianVectorProduct(of: rosenbrock, at: $0[0], along: $0[1])] },
            checksums: { [Program.absolute($0[0])] })
    },
    jacobianCase("jacobian.fwd", .forward),
    jacobianCase("jacobian.rev", .reverse),
    Case(name: "per_sample_grads", expected: [Expected(value: 2917.3703)]) {
        let parameters = Data.dense(15101, [784, 128, 10])
        let samples = [Data.uniform(15001, 0, 1, [64, 784]), Data.labels(15002, 10, [64])]
        return Program(
            state: parameters,
            step: { state in
                let parameters = state
                return vmap(
                    { sample in
                        gradient(at: parameters) { crossEntropy(dense($0[...], sample[0]), sample[1]) }
                    }, over: samples)
            },
            checksums: { [$0.reduce(0) { $0 + $1.doubles.reduce(0) { $0 + $1 * $1 } }] })
    },
]

/// Σ 100 (x₊₁ − x²)² + (1 − x)².
@Sendable private func rosenbrock(_ x: Tensor) -> Tensor {
    let (head, tail) = (x[..<(x.count - 1)], x[1...])
    return (100 * (tail - head.square()).square() + (1 - head).square()).sum()
}

private func jacobianCase(_ name: String, _ mode: JacobianMode) -> Case {
    Case(name: name, expected: [Expected(value: 68.67564814970713, relative: 1e-9)]) {
        let layers = Data.dense(14101, [64, 64, 64, 64], dtype: .float64)
        return Program(
            state: [Data.uniform(14001, -1, 1, [64], dtype: .float64)],
            step: { state in
                [
                    jacobian(
                        of: { (x: Tensor) -> Tensor in
                            (0..<3).reduce(x) { ($0.matmul(layers[2 * $1]) + layers[2 * $1 + 1]).tanh() }
                        }, at: state[0], mode: mode)
                ]
            }, checksums: { [Program.absolute($0[0])] })
    }
}
