import AdjointCore
import AdjointRuntime
import AdjointTesting
import AdjointTransforms
import ComplexModule
import Testing

/// A function of complex numbers, with its value from NumPy at 0.3 + 0.4i, −1.2 + 0.7i, 0.5 − 2i.
struct ComplexCase: Sendable, CustomTestStringConvertible {
    let name: String
    let apply: @Sendable (Tensor) -> Tensor
    let values: [Complex<Double>]
    var testDescription: String { name }

    init(_ name: String, _ values: [Complex<Double>], _ apply: @escaping @Sendable (Tensor) -> Tensor) {
        self.name = name
        self.apply = apply
        self.values = values
    }

    static let points = [Complex(0.3, 0.4), Complex(-1.2, 0.7), Complex(0.5, -2.0)]
}

private func z(_ real: Double, _ imaginary: Double) -> Complex<Double> { Complex(real, imaginary) }

/// Numbers like 3 + 4i, and floating-point numbers of 16 bits.
@Suite struct ComplexTests {
    @Test(arguments: complexCases) func valueIsNumPys(_ entry: ComplexCase) {
        let y = entry.apply(Tensor(ComplexCase.points))
        #expect(y.failure == nil)
        let found = y.dtype.isComplex ? y.array(of: Complex<Double>.self) : y.doubles.map { Complex($0) }
        for (a, b) in zip(found, entry.values) { #expect((a - b).length <= 1e-13 * max(1, b.length), "\(a) \(b)") }
        let single = entry.apply(Tensor(ComplexCase.points).to(.complex64))
        #expect(single.dtype == (y.dtype.isComplex ? .complex64 : .float32))
        let rounded =
            single.dtype.isComplex ? single.array(of: Complex<Double>.self) : single.doubles.map { Complex($0) }
        for (a, b) in zip(rounded, entry.values) { #expect((a - b).length <= 1e-5 * max(1, b.length), "\(a) \(b)") }
    }

    /// The parts are real numbers, so real differences check complex derivatives: any function w of z is two real functions.
    @Test(arguments: complexCases) func derivativesAgreeWithDifferences(_ entry: ComplexCase) throws {
        let real = Tensor(ComplexCase.points.map(\.real))
        let imaginary = Tensor(ComplexCase.points.map(\.imaginary))
        try gradientCheck(
            { x in
                let w = entry.apply(complex(x[0], x[1]))
                return w.real * 0.7 + w.imaginary * -1.3
            }, at: [real, imaginary], order: 2)
    }

    @Test func gradientIsThatOfTheConjugate() {
        let x = Tensor([Complex(3.0, 4.0)]).requiringGrad()
        (x.abs().square()).sum().backward()
        #expect(x.grad!.array(of: Complex<Double>.self) == [Complex(6, 8)])
        #expect(x.grad!.dtype == .complex128)
    }

    @Test func matrixProductsConjugate() throws {
        var source = Numbers(3)
        let parts = (0..<4).map { _ in Tensor(source.array(6), shape: [2, 3]) }
        try gradientCheck(
            { x in
                let w = complex(x[0], x[1]).matmul(complex(x[2], x[3]).T)
                return w.real + 2 * w.imaginary
            }, at: parts, order: 2)
    }

    /// Values from PyTorch 2.15: the angle is that of the larger operand, not the principal one.
    @Test func logarithmsOfSumsKeepTheAngle() {
        let x = Tensor([Complex(-4.826984902407649, -7.582430495695129)])
        let y = Tensor([Complex(5.576059452216908, -8.315684908389088)])
        let sum = logAddExp(x, y).array(of: Complex<Double>.self)[0]
        #expect((sum - Complex(5.576081994777415, -8.315664602567347)).length < 1e-12)
        let running = concatenate([y, x]).logCumulativeSumExp(axis: 0).array(of: Complex<Double>.self)
        #expect((running[1] - sum).length < 1e-12 && running[0] == y.array(of: Complex<Double>.self)[0])
        let nothing = Tensor([Complex(-Double.infinity, 0)])
        #expect(logAddExp(nothing, nothing).real.doubles == [-.infinity])
        #expect(logAddExp(nothing, y).array(of: Complex<Double>.self) == y.array(of: Complex<Double>.self))
    }

    @Test func complexRowsReduce() throws {
        let parts = [numbers([2, 3], seed: 4), numbers([2, 3], seed: 5)]
        try gradientCheck(
            { x in
                let z = complex(x[0], x[1])
                let sums = [z.logSumExp(axis: 1), z.logCumulativeSumExp(axis: 1)[.all, 2], z.softsign()[.all, 0]]
                return sums.reduce(Tensor(0.0, dtype: .float64)) { $0 + $1.real - 2 * $1.imaginary }
            }, at: parts, order: 2)
        let z = complex(parts[0], parts[1])
        #expect(z.logSumExp(axes: nil).shape == [] && z.logSumExp(axis: 0, keepDims: true).shape == [1, 3])
        let mask = Tensor([true, false, true])
        let variance = z.variance(where: mask, axes: [1])
        let kept = stack([z[.all, 0], z[.all, 2]], axis: 1)
        expect(
            variance, [2],
            kept.real.variance(axis: 1).doubles.enumerated().map {
                $0.element + kept.imaginary.variance(axis: 1).doubles[$0.offset]
            })
        #expect(z.floatPower(Tensor(2.0)).dtype == .complex128)
    }

    @Test func partsOfTheWrongKindAreRefused() {
        let x = Tensor([Complex(1.0, 2.0)])
        #expect(failure { _ = x .< 1 }?.kind == .dtype)
        #expect(failure { _ = x.max() }?.kind == .dtype)
        #expect(failure { _ = x.relu() }?.kind == .dtype)
        #expect(failure { _ = x.floor() }?.kind == .dtype)
        #expect(failure { _ = complex(x, x) }?.kind == .dtype)
        #expect(failure { x.requiringGrad().backward() }?.kind == .gradient)
    }

    @Test func printingAndPromotion() {
        #expect("\(Tensor([Complex(1.0, -2.0)]).to(.complex64))" == "tensor([1.-2.j])")
        let row = Tensor([Complex(1.5, -2.25), Complex(-10.0, 0.5), Complex(0.0, .infinity)])
        #expect("\(row)" == "tensor([  1.5000-2.2500j, -10.0000+0.5000j,   0.0000+infj], dtype=complex128)")
        #expect((Tensor([1.5]) * Complex(0.0, 1.0)).dtype == .complex64)
        #expect((Tensor([1.5], dtype: .float64) * Complex(0.0, 1.0)).dtype == .complex128)
        #expect(DType.promoted(.complex64, .float64) == .complex128)
        #expect(DType.promoted(.float16, .bfloat16) == .float32)
        #expect((Tensor([Complex(1.0, 2.0)]) * 2).array(of: Complex<Double>.self) == [Complex(2, 4)])
    }

    @Test func reductions() {
        let x = Tensor([Complex(1.0, 2), Complex(3.0, -1), Complex(0.5, 0.5), Complex(-2.0, 4)], shape: [2, 2])
        #expect(x.sum().complexItem() == Complex(2.5, 5.5))
        #expect(x.sum(axis: 0).array(of: Complex<Double>.self) == [Complex(1.5, 2.5), Complex(1, 3)])
        #expect(x.mean().complexItem() == Complex(0.625, 1.375))
        #expect(abs(x.norm().item() - 35.5.squareRoot()) < 1e-14)
        #expect(x.cumulativeSum(axis: 1).array(of: Complex<Double>.self)[1] == Complex(4, 1))
        #expect(x.prod().dtype == .complex128)
    }

    @Test func halfNumbersRoundOnce() {
        let x = Tensor([1.0, 1.0009765625, 65504, 1e-7, 3.0])
        for dtype in [DType.float16, .bfloat16] {
            let y = (x.to(dtype) * x.to(dtype) + 1).to(.float32)
            #expect(y.dtype == .float32 && y.failure == nil)
            let leaf = x.to(dtype).requiringGrad()
            (leaf.tanh() * 2).sum().backward()
            #expect(leaf.grad?.dtype == dtype)
        }
        #expect(Tensor([1.0, 0.333333]).to(.float16).doubles == [1, 0.333251953125])
        #expect(Tensor([1.0, 0.333333]).to(.bfloat16).doubles == [1, 0.333984375])
        #expect(
            Tensor([70000.0, 6e-8, 3e-8, 65519]).to(.float16).doubles == [
                .infinity, 5.9604644775390625e-08, 5.9604644775390625e-08, 65504,
            ])
        #expect(Tensor.ones(300, dtype: .float16).sum().item() == 300)
        #expect(Tensor.ones(3, 4, dtype: .float16).matmul(Tensor.ones(4, 2, dtype: .float16)).dtype == .float16)
        #expect("\(Tensor([1.5]).to(.bfloat16))" == "tensor([1.5000], dtype=bfloat16)")
        for value: Float16 in [0, -0.0, 1, 0.1, 6.1e-5, 6e-8, .infinity, 65504, 2.5] {
            #expect(Tensor([value]).to(.float32).floats == [Float(value)])
            #expect(Tensor([Float(value)]).to(.float16).array(of: Float16.self) == [value])
        }
    }
}

let complexCases: [ComplexCase] = [
    ComplexCase(
        "exp",
        [
            z(1.2433022950695027, 0.5256597791969788), z(0.23036603983635642, 0.19403463860745787),
            z(-0.6861101411498431, -1.4991780090003948),
        ]
    ) { $0.exp() },
    ComplexCase(
        "log",
        [
            z(-0.6931471805599453, 0.9272952180016123), z(0.32876000145839707, 2.613518205163434),
            z(0.7234594914681627, -1.3258176636680326),
        ]
    ) { $0.log() },
    ComplexCase(
        "sqrt",
        [
            z(0.6324555320336759, 0.31622776601683794), z(0.3076072162230435, 1.1378146595436753),
            z(1.1317139242778693, -0.8836155308755134),
        ]
    ) { $0.sqrt() },
    ComplexCase(
        "sin",
        [
            z(0.31947873074156474, 0.3924066848326388), z(-1.1698665727426565, 0.27487868678117583),
            z(1.8036926955321817, -3.1828694483371494),
        ]
    ) { $0.sin() },
    ComplexCase(
        "cos",
        [
            z(1.0327878842028413, -0.12138561220787392), z(0.4548202223691478, 0.7070296600921536),
            z(3.3016373329140944, 1.7388095044743164),
        ]
    ) { $0.cos() },
    ComplexCase(
        "tan",
        [
            z(0.26107368184166296, 0.4106334708425564), z(-0.4778641038326366, 1.3472197399061192),
            z(0.03021598732287757, -0.979940849961738),
        ]
    ) { $0.tan() },
    ComplexCase(
        "sinh",
        [
            z(0.2804817641764754, 0.4070739913234487), z(-1.1544997246948547, 1.166456341965758),
            z(-0.21685216292078974, -1.0253473885839877),
        ]
    ) { $0.sinh() },
    ComplexCase(
        "cosh",
        [
            z(0.9628205308930272, 0.11858578787353008), z(1.3848657645312112, -0.9724217033583001),
            z(-0.4692579782290534, -0.473830620416407),
        ]
    ) { $0.cosh() },
    ComplexCase(
        "tanh",
        [
            z(0.33825474326547145, 0.3811320742724429), z(-0.9544807059989404, 0.17207341976303492),
            z(1.3212865837711916, 0.8508781211449378),
        ]
    ) { $0.tanh() },
    ComplexCase(
        "asin",
        [
            z(0.2806295622918058, 0.4051123371780309), z(-0.9113541895315601, 0.9786545955936737),
            z(0.22101863562288385, -1.4657153519472905),
        ]
    ) { $0.asin() },
    ComplexCase(
        "acos",
        [
            z(1.2901667645030908, -0.4051123371780309), z(2.4821505163264566, -0.9786545955936737),
            z(1.3497776911720127, 1.4657153519472905),
        ]
    ) { $0.acos() },
    ComplexCase(
        "atan",
        [
            z(0.3373704711117763, 0.37908687234202215), z(-0.970240307795099, 0.2600749516525136),
            z(1.421546861001807, -0.500370000052531),
        ]
    ) { $0.atan() },
    ComplexCase(
        "asinh",
        [
            z(0.3189624333048184, 0.3903162045220237), z(-1.092764785757737, 0.43561357907974146),
            z(1.3618009008578458, -1.2930420702371825),
        ]
    ) { $0.asinh() },
    ComplexCase(
        "acosh",
        [
            z(0.4051123371780309, 1.2901667645030908), z(0.9786545955936737, 2.4821505163264566),
            z(1.4657153519472905, -1.3497776911720127),
        ]
    ) { $0.acosh() },
    ComplexCase(
        "atanh",
        [
            z(0.2614921387956719, 0.4088225229163511), z(-0.5770573776534308, 1.0785743834118922),
            z(0.09641562020299617, -1.1265564408348223),
        ]
    ) { $0.atanh() },
    ComplexCase(
        "sigmoid",
        [
            z(0.5774309320633587, 0.09901811424847043), z(0.20695735363950796, 0.12506663732959208),
            z(0.8662056162320153, -0.6390190451118547),
        ]
    ) { $0.sigmoid() },
    ComplexCase("square", [z(-0.07000000000000003, 0.24), z(0.95, -1.68), z(-3.75, -2.0)]) { $0.square() },
    ComplexCase(
        "reciprocal",
        [z(1.2, -1.6), z(-0.6217616580310881, -0.3626943005181347), z(0.11764705882352941, 0.47058823529411764)]
    ) { 1 / $0 },
    ComplexCase(
        "log2",
        [
            z(-1.0, 1.3378042124509764), z(0.4743004237466778, 3.7705097538623105),
            z(1.0437314206251695, -1.9127505684968622),
        ]
    ) { $0.log2() },
    ComplexCase(
        "log10",
        [
            z(-0.3010299956639812, 0.40271919627337316), z(0.14277865450388685, 1.1350365348561702),
            z(0.31419446502515574, -0.5757952953408879),
        ]
    ) { $0.log10() },
    ComplexCase(
        "log1p",
        [
            z(0.30759281954511686, 0.2984989315861793), z(-0.3174391362179849, 1.849095985800008),
            z(0.9162907318741551, -0.9272952180016122),
        ]
    ) { $0.log1p() },
    ComplexCase(
        "expm1",
        [
            z(0.24330229506950263, 0.5256597791969788), z(-0.7696339601636437, 0.19403463860745787),
            z(-1.6861101411498431, -1.4991780090003948),
        ]
    ) { $0.expm1() },
    ComplexCase(
        "rsqrt",
        [
            z(1.2649110640673518, -0.6324555320336759), z(0.22142051928130613, -0.8190169133723012),
            z(0.5489618879741085, 0.4286164901454076),
        ]
    ) { $0.rsqrt() },
    ComplexCase("pow 3", [z(-0.117, 0.043999999999999984), z(0.03600000000000003, 2.681), z(-5.875, 6.5)]) {
        $0.pow(3)
    },
    ComplexCase(
        "pow complex",
        [
            z(0.2724123650841146, -0.0636397674010937), z(-0.005586073965133545, 0.08618714974118023),
            z(5.396297643865685, 0.3271492978187557),
        ]
    ) { $0.pow(Complex(0.5, 1.0)) },
    ComplexCase("times i", [z(-0.4, 0.3), z(-0.7, -1.2), z(2.0, 0.5)]) { $0 * Complex(0.0, 1.0) },
    ComplexCase("conj", [z(0.3, -0.4), z(-1.2, -0.7), z(0.5, 2.0)]) { $0.conj() },
    ComplexCase("real", [z(0.3, 0.0), z(-1.2, 0.0), z(0.5, 0.0)]) { $0.real },
    ComplexCase("imaginary", [z(0.4, 0.0), z(0.7, 0.0), z(-2.0, 0.0)]) { $0.imaginary },
    ComplexCase("abs", [z(0.5, 0.0), z(1.3892443989449805, 0.0), z(2.0615528128088303, 0.0)]) { $0.abs() },
    ComplexCase("angle", [z(0.9272952180016123, 0.0), z(2.613518205163434, 0.0), z(-1.3258176636680326, 0.0)]) {
        $0.angle()
    },
    ComplexCase(
        "sign", [z(0.6, 0.8), z(-0.8637789008984335, 0.5038710255240861), z(0.24253562503633297, -0.9701425001453319)]
    ) { $0.sign() },
    ComplexCase("z conj z", [z(0.25, -6.661338147750939e-18), z(1.93, -5.329070518200751e-17), z(4.25, 0.0)]) {
        $0 * $0.conj()
    },
    ComplexCase(
        "cumulative sum", [z(0.3, 0.4), z(-0.8999999999999999, 1.1), z(-0.3999999999999999, -0.8999999999999999)]
    ) { $0.cumulativeSum(axis: 0) },
    ComplexCase(
        "divide",
        [
            z(0.07999999999999928, -5.44), z(-0.3667212542618593, 0.08832451877902762),
            z(-0.08996539792387544, 0.5813148788927336),
        ]
    ) { ($0 + 1) / ($0 * $0) },
    ComplexCase("view", [z(0.3, 0.4), z(-1.2, 0.7), z(0.5, -2.0)]) { $0.viewAsReal().viewAsComplex() },
]
