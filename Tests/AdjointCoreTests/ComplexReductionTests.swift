import AdjointCore
import AdjointRuntime
import AdjointTesting
import ComplexModule
import Testing

/// A function of a complex tensor [2, 3], with its value from NumPy.
struct ComplexReduction: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let values: [Complex<Double>]
    let apply: @Sendable (Tensor) -> Tensor

    init(_ name: String, _ values: [(Double, Double)], _ apply: @escaping @Sendable (Tensor) -> Tensor) {
        testDescription = name
        self.values = values.map { Complex($0.0, $0.1) }
        self.apply = apply
    }

    static let real = [0.3, -1.2, 0.5, 1.5, 0.9, -0.4]
    static let imaginary = [0.4, 0.7, -2.0, 0.1, -0.6, 1.3]
}

@Suite struct ComplexReductionTests {
    @Test(arguments: complexReductions) func valueIsNumPys(_ entry: ComplexReduction) {
        let x = complex(
            Tensor(ComplexReduction.real, shape: [2, 3]), Tensor(ComplexReduction.imaginary, shape: [2, 3]))
        let y = entry.apply(x)
        #expect(y.failure == nil)
        let found = y.dtype.isComplex ? y.array(of: Complex<Double>.self) : y.doubles.map { Complex($0) }
        #expect(found.count == entry.values.count)
        for (a, b) in zip(found, entry.values) { #expect((a - b).length <= 1e-13 * max(1, b.length), "\(a) \(b)") }
        #expect(entry.apply(x.to(.complex64)).dtype == (y.dtype.isComplex ? .complex64 : .float32))
    }

    @Test(arguments: complexReductions) func derivativesAgreeWithDifferences(_ entry: ComplexReduction) throws {
        let parts = [
            Tensor(ComplexReduction.real, shape: [2, 3]), Tensor(ComplexReduction.imaginary, shape: [2, 3]),
        ]
        try gradientCheck(
            { x in
                let w = entry.apply(complex(x[0], x[1]))
                return w.real * 0.7 + w.imaginary * -1.3
            }, at: parts, order: 2)
    }

    @Test func logicAndCounting() {
        let x = Tensor([Complex(0.0, 0.0), Complex(0.0, 1.0), Complex(.nan, 0.0), Complex(1.0, .infinity)])
        #expect(x.any().item() == 1 && x.all().item() == 0)
        #expect((.!x).doubles == [1, 0, 0, 0])
        #expect((x .== x).doubles == [1, 1, 0, 1])
        #expect(x.isNaN().doubles == [0, 0, 1, 0])
        #expect(x.isFinite().doubles == [1, 1, 0, 0])
        #expect(x.countNonzero().item() == 3)
        #expect(x[0..<2].isAllClose(to: Tensor([Complex(0.0, 1e-9), Complex(0.0, 1.0)])))
        #expect(!x[0..<2].isAllClose(to: Tensor([Complex(0.0, 1e-3), Complex(0.0, 1.0)])))
    }
}

let complexReductions: [ComplexReduction] = [
    ComplexReduction("mean", [(-0.1333333333333333, -0.29999999999999993), (0.6666666666666666, 0.26666666666666666)]) {
        $0.mean(axis: 1)
    },
    ComplexReduction("prod", [(-2.8903049999999997, -1.2951150000000005)]) { $0.prod() },
    ComplexReduction(
        "prod of an axis", [(0.41, 0.6300000000000001), (-0.66, 1.3499999999999999), (2.4, 1.4500000000000002)]
    ) { $0.prod(axis: 0) },
    ComplexReduction("variance", [(3.0533333333333337, 0.0), (1.866666666666667, 0.0)]) { $0.variance(axis: 1) },
    ComplexReduction("standard deviation", [(1.371232211471776, 0.0)]) { $0.std(correction: 0) },
    ComplexReduction("norm", [(2.535744466621193, 0.0), (2.2978250586152114, 0.0)]) { $0.norm(axis: 1) },
    ComplexReduction("1-norm", [(7.895939283103843, 0.0)]) { $0.norm(1) },
    ComplexReduction("3-norm", [(1.5215446240606973, 0.0), (1.5803308322414404, 0.0), (2.2425512689762876, 0.0)]) {
        $0.norm(3, axis: 0)
    },
    ComplexReduction("half norm", [(45.616084478569874, 0.0)]) { $0.norm(0.5) },
    ComplexReduction("maximum norm", [(2.0615528128088303, 0.0), (1.503329637837291, 0.0)]) {
        $0.norm(.infinity, axis: 1)
    },
    ComplexReduction("minimum norm", [(0.5, 0.0)]) { $0.norm(-.infinity) },
    ComplexReduction(
        "running product",
        [
            (0.3, 0.4), (-0.6399999999999999, -0.27), (-0.86, 1.1449999999999998), (1.5, 0.1),
            (1.4100000000000001, -0.8099999999999999), (0.4889999999999999, 2.157),
        ]
    ) { $0.cumulativeProduct(axis: 1) },
    ComplexReduction(
        "running sum",
        [
            (0.3, 0.4), (-1.2, 0.7), (0.5, -2.0), (1.8, 0.5), (-0.29999999999999993, 0.09999999999999998),
            (0.09999999999999998, -0.7),
        ]
    ) { $0.cumulativeSum(axis: 0) },
    ComplexReduction(
        "covariance",
        [
            (3.0533333333333337, 0.0), (-1.6516666666666668, 0.5616666666666669),
            (-1.6516666666666668, -0.5616666666666669), (1.8666666666666667, 0.0),
        ]
    ) { $0.covariance() },
    ComplexReduction(
        "correlation",
        [
            (0.9999999999999999, 0.0), (-0.691834011140447, 0.23526545081163538),
            (-0.6918340111404468, -0.23526545081163538), (1.0, 0.0),
        ]
    ) { $0.correlation() },
    ComplexReduction(
        "matrix product", [(6.43, 0.0), (-3.81, 0.6300000000000003), (-3.81, -0.6300000000000003), (5.28, 0.0)]
    ) { $0.matmul($0.conj().T) },
    ComplexReduction(
        "outer",
        [
            (0.41, 0.6300000000000001), (0.51, 0.18000000000000005), (-0.64, 0.22999999999999995),
            (-1.8699999999999999, 0.9299999999999998), (-0.66, 1.3499999999999999),
            (-0.42999999999999994, -1.8399999999999999), (0.95, -2.95), (-0.75, -2.1), (2.4, 1.4500000000000002),
        ]
    ) { outer($0[0], $0[1]) },
    ComplexReduction("dot", [(2.15, 3.43)]) { dot($0[0], $0[1]) },
    ComplexReduction("differences", [(-1.5, 0.29999999999999993), (1.7, -2.7), (-0.6, -0.7), (-1.3, 1.9)]) {
        $0.differences()
    },
]
