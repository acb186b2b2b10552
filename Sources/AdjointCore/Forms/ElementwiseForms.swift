extension OperationForm {
    /// The elementwise operations of the core.
    static let elementwise: [OperationForm] = unary + binary + ternary + parametrized

    private static var unary: [OperationForm] {
        [
            OperationForm(Softsign()), OperationForm(Mish()), OperationForm(HardSigmoid()),
            OperationForm(HardSwish()), OperationForm(Rectified()), OperationForm(Sigmoid()),
            OperationForm(Softplus()), OperationForm(LogSigmoid()), OperationForm(SiLU()), OperationForm(GELU()),
            OperationForm(GELUTanh()), OperationForm(ErrorFunction()), OperationForm(ComplementaryErrorFunction()),
            OperationForm(AiryAi()), OperationForm(AiryAiPrime()), OperationForm(Negate()), OperationForm(Absolute()),
            OperationForm(Sign()), OperationForm(Square()), OperationForm(Reciprocal()), OperationForm(BesselJ0()),
            OperationForm(BesselJ1()), OperationForm(BesselY0()), OperationForm(BesselY1()),
            OperationForm(BesselI0()), OperationForm(BesselI1()), OperationForm(ScaledBesselI0()),
            OperationForm(ScaledBesselI1()), OperationForm(BesselK0()), OperationForm(BesselK1()),
            OperationForm(ScaledBesselK0()), OperationForm(ScaledBesselK1()), OperationForm(BitwiseNot()),
            OperationForm(LogicalNot()), OperationForm(IsNaN()), OperationForm(Exponential()),
            OperationForm(Exponential2()), OperationForm(Exponential1m()), OperationForm(SquareRoot()),
            OperationForm(ReciprocalSquareRoot()), OperationForm(Mantissa()), OperationForm(Exponent()),
            OperationForm(FractionalPart()), OperationForm(LogGamma()), OperationForm(Digamma()),
            OperationForm(Entropy()), OperationForm(Logit()), OperationForm(InverseErrorFunction()),
            OperationForm(ScaledErrorFunction()), OperationForm(NormalDistribution()),
            OperationForm(NormalQuantile()), OperationForm(LogNormalDistribution()), OperationForm(Floor()),
            OperationForm(Ceiling()), OperationForm(Round()), OperationForm(Truncate()), OperationForm(TanhShrink()),
            OperationForm(Sinc()), OperationForm(SphericalBesselJ0()), OperationForm(Sine()), OperationForm(Cosine()),
            OperationForm(Tangent()), OperationForm(ArcSine()), OperationForm(ArcCosine()),
            OperationForm(ArcTangent()), OperationForm(HyperbolicSine()), OperationForm(HyperbolicCosine()),
            OperationForm(HyperbolicTangent()), OperationForm(ArcHyperbolicSine()),
            OperationForm(ArcHyperbolicCosine()), OperationForm(ArcHyperbolicTangent()),
        ]
    }

    private static var binary: [OperationForm] {
        [
            OperationForm(ParametricRectified()), OperationForm(Add()), OperationForm(Subtract()),
            OperationForm(Multiply()), OperationForm(Divide()), OperationForm(FloorDivide()),
            OperationForm(Remainder()), OperationForm(FloatingRemainder()), OperationForm(BitwiseAnd()),
            OperationForm(BitwiseOr()), OperationForm(BitwiseXor()), OperationForm(ShiftLeft()),
            OperationForm(ShiftRight()), OperationForm(GreatestCommonDivisor()), OperationForm(LeastCommonMultiple()),
            OperationForm(Equal()), OperationForm(NotEqual()), OperationForm(Less()), OperationForm(LessOrEqual()),
            OperationForm(Greater()), OperationForm(GreaterOrEqual()), OperationForm(LogicalAnd()),
            OperationForm(LogicalOr()), OperationForm(LogicalXor()), OperationForm(Power()),
            OperationForm(CopySign()), OperationForm(NextAfter()), OperationForm(Heaviside()),
            OperationForm(Polygamma()), OperationForm(HurwitzZeta()), OperationForm(LowerGamma()),
            OperationForm(UpperGamma()), OperationForm(XLog1pY()), OperationForm(NumericMaximum()),
            OperationForm(NumericMinimum()), OperationForm(ArcTangent2()),
        ]
    }

    private static var ternary: [OperationForm] {
        [
            OperationForm(ClampBetween.self, "clamp_between") { _, _ in ClampBetween() }, OperationForm(Lerp()),
            OperationForm(ChebyshevT()), OperationForm(ChebyshevU()), OperationForm(ChebyshevV()),
            OperationForm(ChebyshevW()), OperationForm(HermiteH()), OperationForm(HermiteHe()),
            OperationForm(LaguerreL()), OperationForm(LegendreP()),
        ]
    }

    private static var parametrized: [OperationForm] {
        [
            OperationForm(ScaledSoftplus.self, "scaled_softplus") {
                ScaledSoftplus(beta: try $0("beta", $1?.beta), threshold: try $0("threshold", $1?.threshold))
            },
            OperationForm(ContinuousExponentialLinear.self) { fields, operation in
                let alpha = try fields("alpha", operation?.alpha)
                return try fields.convention(operation?.convention) { ContinuousExponentialLinear(alpha: alpha) }
            },
            OperationForm(ScaledExponentialLinear.self) {
                try $0.convention($1?.convention) { ScaledExponentialLinear() }
            },
            OperationForm(Logarithm.self) { try $0.convention($1?.convention) { Logarithm() } },
            OperationForm(Logarithm2.self) { try $0.convention($1?.convention) { Logarithm2() } },
            OperationForm(Logarithm10.self) { try $0.convention($1?.convention) { Logarithm10() } },
            OperationForm(Logarithm1p.self) { try $0.convention($1?.convention) { Logarithm1p() } },
            OperationForm(Maximum.self) { try $0.convention($1?.convention) { Maximum() } },
            OperationForm(Minimum.self) { try $0.convention($1?.convention) { Minimum() } },
            OperationForm(Clamp.self) { fields, operation in
                let low = try fields("low", operation?.low)
                let high = try fields("high", operation?.high)
                return try fields.convention(operation?.convention) { Clamp(low: low, high: high) }
            },
            OperationForm(HardTanh.self) { fields, operation in
                let low = try fields("low", operation?.low)
                let high = try fields("high", operation?.high)
                return try fields.convention(operation?.convention) { HardTanh(low: low, high: high) }
            },
            OperationForm(LeakyRectified.self) { LeakyRectified(slope: try $0("slope", $1?.slope)) },
            OperationForm(ExponentialLinear.self) { fields, operation in
                let alpha = try fields("alpha", operation?.alpha)
                return try fields.convention(operation?.convention) { ExponentialLinear(alpha: alpha) }
            },
            OperationForm(AddProduct.self) { AddProduct(scale: try $0("scale", $1?.scale)) },
            OperationForm(AddQuotient.self) { AddQuotient(scale: try $0("scale", $1?.scale)) },
            OperationForm(LogAddExp.self) { try $0.convention($1?.convention) { LogAddExp() } },
            OperationForm(LogAddExp2.self) { try $0.convention($1?.convention) { LogAddExp2() } },
            OperationForm(XLogY.self) { try $0.convention($1?.convention) { XLogY() } },
            OperationForm(LimitedLogit.self, "limited_logit") {
                LimitedLogit(low: try $0("low", $1?.low), high: try $0("high", $1?.high))
            },
            OperationForm(HardShrink.self) { HardShrink(lambda: try $0("lambda", $1?.lambda)) },
            OperationForm(SoftShrink.self) { SoftShrink(lambda: try $0("lambda", $1?.lambda)) },
            OperationForm(Threshold.self) {
                Threshold(
                    threshold: try $0("threshold", $1?.threshold), replacement: try $0("replacement", $1?.replacement))
            },
            OperationForm(Hypotenuse.self) { try $0.convention($1?.convention) { Hypotenuse() } },
        ]
    }
}
