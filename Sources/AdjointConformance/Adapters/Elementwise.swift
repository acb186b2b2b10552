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
    "square": unary { $0.square() },
    "tan": unary { $0.tan() },
    "tanh": unary { $0.tanh() },
    "trunc": unary { $0.trunc() },
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
