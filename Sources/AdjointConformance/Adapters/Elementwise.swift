import Adjoint
import AdjointCore
import AdjointRuntime

// Functions of one tensor, element by element; the special ones and activations have files of their own.
let elementwiseAdapters: [String: Adapter] = [
    "abs": unary { $0.abs() },
    "acos": unary { $0.acos() },
    "acosh": unary { $0.acosh() },
    "asin": unary { $0.asin() },
    "asinh": unary { $0.asinh() },
    "atan": unary { $0.atan() },
    "atanh": unary { $0.atanh() },
    "ceil": unary { $0.ceil() },
    "cos": unary { $0.cos() },
    "cosh": unary { $0.cosh() },
    "exp": unary { $0.exp() },
    "exp2": unary { $0.exp2() },
    "expm1": unary { $0.expm1() },
    "floor": unary { $0.floor() },
    "isfinite": unary { $0.isFinite() },
    "isnan": unary { $0.isNaN() },
    "log": unary { $0.log() },
    "log10": unary { $0.log10() },
    "log1p": unary { $0.log1p() },
    "log2": unary { $0.log2() },
    "neg": unary { -$0 },
    "positive": unary { $0 },
    "reciprocal": unary { $0.reciprocal() },
    "rsqrt": unary { $0.rsqrt() },
    "sigmoid": unary { $0.sigmoid() },
    "sign": unary { $0.sign() },
    "sin": unary { $0.sin() },
    "sinh": unary { $0.sinh() },
    "sqrt": unary { $0.sqrt() },
    "square": unary { ($0.dtype == .bool ? $0.to(.int64) : $0).square() },
    "tan": unary { $0.tan() },
    "tanh": unary { $0.tanh() },
    "trunc": unary { $0.trunc() },
    "frac": unary { $0.frac() },
    "isinf": unary { $0.isInf() },
    "isposinf": unary { $0.isPosInf() },
    "isneginf": unary { $0.isNegInf() },
    "signbit": unary { $0.signbit() },
    "deg2rad": unary { $0.deg2rad() },
    "rad2deg": unary { $0.rad2deg() },
    "round": round,
    "round.decimals_0": round,
    "round.decimals_3": round,
    "round.decimals_neg_3": round,
    "nan_to_num": { call in
        let nan = try call.double(0, "nan", default: 0)
        let (positive, negative) = (try call.optionalDouble(1, "posinf"), try call.optionalDouble(2, "neginf"))
        return [.tensor(try call.x.nanToNum(nan: nan, positiveInfinity: positive, negativeInfinity: negative))]
    },
    "frexp": { call in
        let (mantissa, exponent) = try call.x.frexp()
        return [.tensor(mantissa), .tensor(exponent)]
    },
    "ldexp": binary { $0.ldexp($1) },
    "copysign": binary { copysign($0, $1) },
    "nextafter": binary { nextafter($0, $1) },
    "heaviside": { call in
        let (x, y) = try call.operands(0, "values")
        return [.tensor(heaviside(x, y).kept(x, y))]
    },
    "fmax": binary { fmax($0, $1).kept($0, $1) },
    "fmin": binary { fmin($0, $1).kept($0, $1) },
    "float_power": { call in
        let (x, y) = try call.operands(0, "exponent")
        return [.tensor(x.floatPower(y))]
    },
    "lerp": { call in
        let (x, end) = (try call.x, try call.tensor(0, "end"))
        switch try call.scalarOrTensor(1, "weight") {
        case .tensor(let weight): return [.tensor(lerp(x, end, weight.rank == 0 ? weight.to(x.dtype) : weight))]
        case .scalar(let weight): return [.tensor(lerp(x, end, weight))]
        }
    },
    "addcmul": { call in
        let value = try call.scalar(nil, "value", default: 1)
        return [
            .tensor(addcmul(try call.x, try call.tensor(0, "tensor1"), try call.tensor(1, "tensor2"), value: value))
        ]
    },
    "addcdiv": { call in
        let value = try call.scalar(nil, "value", default: 1)
        return [
            .tensor(addcdiv(try call.x, try call.tensor(0, "tensor1"), try call.tensor(1, "tensor2"), value: value))
        ]
    },
    "bitwise_and": binary { $0.bitwiseAnd($1) },
    "bitwise_or": binary { $0.bitwiseOr($1) },
    "bitwise_xor": binary { $0.bitwiseXor($1) },
    "__rand__": binary { $1.bitwiseAnd($0) },
    "__ror__": binary { $1.bitwiseOr($0) },
    "__rxor__": binary { $1.bitwiseXor($0) },
    "bitwise_not": unary { $0.bitwiseNot() },
    "bitwise_left_shift": binary { $0.shiftedLeft(by: $1) },
    "bitwise_right_shift": binary { $0.shiftedRight(by: $1) },
    "gcd": binary { gcd($0, $1) },
    "lcm": binary { lcm($0, $1) },
    "angle": unary { $0.angle() },
    "conj": unary { $0.conj() },
    "conj_physical": unary { $0.conj() },
    "real": unary { $0.real },
    "complex": { call in
        let (x, y) = try call.operands(0, "imag")
        return [.tensor(complex(x, y))]
    },
    "polar": { call in
        let (x, y) = try call.operands(0, "angle")
        return [.tensor(polar(x, y))]
    },
    "sgn": unary { $0.sign() },
    "isreal": unary { $0.isReal() },
    "softmax": softmax { $0.softmax(axis: $1) },
    "softmax.with_dtype": softmax { $0.softmax(axis: $1) },
    "log_softmax": softmax { $0.logSoftmax(axis: $1) },
    "log_softmax.with_dtype": softmax { $0.logSoftmax(axis: $1) },
    "where": { call in
        // torch.where(condition, input, other)
        let (x, y) = try call.operands(1, "other")
        return [.tensor(which(try call.tensor(0, "condition"), x, y))]
    },
]

/// An operator of the input alone.
func unary(_ operation: @escaping @Sendable (Tensor) -> Tensor) -> Adapter {
    { call in [.tensor(operation(try call.x))] }
}

private func round(_ call: Call) throws -> [Output] {
    [.tensor(try call.x.round(decimals: try call.int(nil, "decimals", default: 0)))]
}

private func softmax(_ operation: @escaping @Sendable (Tensor, Int) -> Tensor) -> Adapter {
    { call in
        let x = try call.x
        return [.tensor(operation(try call.dtype(nil).map { x.to($0) } ?? x, try call.int(0, "dim")))]
    }
}
