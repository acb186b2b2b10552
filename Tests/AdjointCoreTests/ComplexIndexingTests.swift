import AdjointCore
import AdjointRuntime
import AdjointTesting
import Testing

/// Indexing and running products of complex numbers: x = 1.2 sin(1.3 k + 0.4), y = 0.9 cos(0.7 k + 0.2) in [2, 3]; values from NumPy as
/// real and imaginary parts side by side.
private let complexIndexing: [(name: String, apply: @Sendable (Tensor) -> Tensor, parts: [Double])] = [
    (
        "running product", { $0.cumulativeProduct(axis: 1) },
        [
            0.467302010770381, 0.882059920057118, 0.0626208368940235, 1.31108096939641, 0.0450591078128572,
            0.22037805969096, -1.09939912409935, -0.599648419151842, 0.298534094497184, 1.43380284502083,
            1.30162820403513, 0.767374198314847,
        ]
    ),
    (
        "gathered", { $0.gathered(Tensor([[2, 2], [0, 1]]), axis: 1) },
        [
            0.169344009671841, -0.0262795700711597, 0.169344009671841, -0.0262795700711597, -1.09939912409935,
            -0.599648419151842, -0.757519965446785, -0.890993246940401,
        ]
    ),
    (
        "scattered product", { $0.scattered($0, at: Tensor([[2, 2], [0, 1]]), axis: 1, by: .product) },
        [
            0.467302010770381, 0.882059920057118, 1.18999777254296, 0.559448971443598, 0.0450591078128572,
            0.22037805969096, 0.849100207479107, 1.31850589356618, -0.2200324680429, 1.34989034727122, 0.69412771726584,
            -0.763290028539367,
        ]
    ),
    (
        "scattered", { $0.scattered($0, at: Tensor([[2, 2], [0, 1]]), axis: 1) },
        [
            0.467302010770381, 0.882059920057118, 1.18999777254296, 0.559448971443598, 1.18999777254296,
            0.559448971443598, -1.09939912409935, -0.599648419151842, -0.757519965446785, -0.890993246940401,
            0.69412771726584, -0.763290028539367,
        ]
    ),
    (
        "scattered mean", { $0.scattered($0, at: Tensor([[2, 2], [0, 0]]), axis: 1, by: .mean) },
        [
            0.467302010770381, 0.882059920057118, 1.18999777254296, 0.559448971443598, 0.608881264328395,
            0.471743107143185, -0.985439404548492, -0.696763361748028, -0.757519965446785, -0.890993246940401,
            0.69412771726584, -0.763290028539367,
        ]
    ),
    (
        "second differences", { $0.differences(order: 2, axis: 1) },
        [-1.7433495246437, -0.263117592901238, 1.10976852406006, 0.419048046189593]
    ),
]

@Suite struct ComplexIndexingTests {
    private static let (real, imaginary) = (
        Tensor((0..<6).map { 1.2 * sine(1.3 * Double($0) + 0.4) }, shape: [2, 3]),
        Tensor((0..<6).map { 0.9 * sine(0.7 * Double($0) + 0.2 + Double.pi / 2) }, shape: [2, 3])
    )

    @Test(arguments: complexIndexing.indices) func valuesAndDerivatives(_ index: Int) throws {
        let entry = complexIndexing[index]
        let w = entry.apply(complex(Self.real, Self.imaginary))
        let parts = stack([w.real, w.dtype.isComplex ? w.imaginary : Tensor.zeros(like: w)], axis: -1)
        #expect(isClose(parts.doubles, entry.parts, 1e-12), "\(entry.name): \(parts.doubles)")
        try gradientCheck(
            { x in
                let w = entry.apply(complex(x[0], x[1]))
                return w.dtype.isComplex ? w.real * 0.7 + w.imaginary * -1.3 : w
            }, at: [Self.real, Self.imaginary], order: 2)
    }
}

private func sine(_ x: Double) -> Double { Tensor(x, dtype: .float64).sin().item() }
