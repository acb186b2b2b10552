import Adjoint
import AdjointCore
import AdjointRuntime

let arithmeticAdapters: [String: Adapter] = [
    "add": { call in
        let (x, y) = try call.operands()
        return [.tensor(try (x + scaled(y, call)).kept(x, y))]
    },
    "sub": { call in
        let (x, y) = try call.operands()
        return [.tensor(try x - scaled(y, call))]
    },
    "rsub": { call in
        let (x, y) = try call.operands()
        return [.tensor(try y - scaled(x, call))]
    },
    "mul": binary { ($0 * $1).kept($0, $1) },
    "__radd__": binary { ($1 + $0).kept($0, $1) },
    "__rsub__": binary { $1 - $0 },
    "__rmul__": binary { ($1 * $0).kept($0, $1) },
    "__rdiv__": binary { $1 / $0 },
    "__rmod__": binary { $1.remainder($0) },
    "__rpow__": binary { $1.pow($0) },

    "div.no_rounding_mode": divide,
    "div.floor_rounding": divide,
    "div.trunc_rounding": divide,
    "true_divide": divide,
    "floor_divide": binary { $0.floorDivided(by: $1) },
    "remainder": binary { $0.remainder($1) },
    "fmod": binary { $0.fmod($1) },
    "pow": { call in
        switch (try call.operand, try call.scalarOrTensor(0, "exponent")) {
        case (.tensor(let x), .scalar(let y)): return [.tensor(x.pow(y))]
        default:
            let (x, y) = try call.operands(0, "exponent")
            return [.tensor(x.pow(y))]
        }
    },

    "maximum": binary { maximum($0, $1).kept($0, $1) },
    "minimum": binary { minimum($0, $1).kept($0, $1) },
    "max.binary": binary { maximum($0, $1).kept($0, $1) },
    "min.binary": binary { minimum($0, $1).kept($0, $1) },
    "atan2": binary { atan2($0, $1) },
    "hypot": binary { hypot($0, $1) },
    "clamp": { call in
        [
            .tensor(
                clamp(try call.x, try call.optionalScalarOrTensor(0, "min"), try call.optionalScalarOrTensor(1, "max")))
        ]
    },
    "clamp_min": { call in
        let (x, low) = (try call.x, try call.scalarOrTensor(0, "min"))
        return [.tensor(clamp(x, low, nil).kept(x, low.tensor(meeting: x)))]
    },
    "clamp_max": { call in
        let (x, high) = (try call.x, try call.scalarOrTensor(0, "max"))
        return [.tensor(clamp(x, nil, high).kept(x, high.tensor(meeting: x)))]
    },
]

extension Call {
    /// The input and another operand as tensors: a number takes the type that it meets.
    func operands(_ position: Int = 0, _ name: String = "other") throws -> (Tensor, Tensor) {
        switch (try operand, try scalarOrTensor(position, name)) {
        case (.tensor(let x), .tensor(let y)): (x, y)
        case (.tensor(let x), .scalar(let y)): (x, Tensor(y, meeting: x))
        case (.scalar(let x), .tensor(let y)): (Tensor(x, meeting: y), y)
        case (.scalar(let x), .scalar(let y)): (Tensor(x), Tensor(y))
        }
    }
}

extension Tensor {
    /// A number as a tensor of the type in which `other` computes with it.
    init(_ number: Scalar, meeting other: Tensor) { self.init(number, dtype: number.dtype(meeting: other.dtype)) }

    /// The result of operands of one type in that type, where the library has a wider one: PyTorch's sum of truth values
    /// is their or, and its product their and.
    func kept(_ operands: Tensor...) -> Tensor {
        guard let type = operands.first?.dtype, type == .bool || type.isInteger else { return self }
        let isNarrowed = (dtype.isInteger || dtype == .bool) && operands.allSatisfy { $0.dtype == type }
        return isNarrowed ? to(type) : self
    }

    /// Whole numbers in floating point that holds them up to 2⁵³, for kernels that have no others.
    var widened: Tensor { dtype.isDifferentiable ? self : to(.float64) }
}

extension Scalar {
    /// PyTorch truncates a factor or bound of whole numbers.
    func truncated(meeting x: Tensor) -> Scalar {
        guard case .double(let value) = self, x.dtype.isInteger, value.isFinite else { return self }
        return .int(Int(value))
    }
}

/// An operator of the input and `other`.
func binary(_ operation: @escaping @Sendable (Tensor, Tensor) -> Tensor) -> Adapter {
    { call in
        let (x, y) = try call.operands()
        return [.tensor(operation(x, y))]
    }
}

/// alpha y.
private func scaled(_ y: Tensor, _ call: Call) throws -> Tensor {
    try call.optionalScalar(nil, "alpha").map { y * $0 } ?? y
}

private func divide(_ call: Call) throws -> [Output] {
    let (x, y) = try call.operands()
    switch try call.optionalString(nil, "rounding_mode") {
    case nil: return [.tensor(x / y)]
    case "floor": return [.tensor(x.floorDivided(by: y))]
    case "trunc": return [.tensor(x.truncDivided(by: y))]
    case let mode?: throw CaseError("there is no rounding mode \(mode)")
    }
}

private func clamp(_ x: Tensor, _ low: Operand?, _ high: Operand?) -> Tensor {
    switch (low, high) {
    case (.scalar(let low)?, .scalar(let high)?) where low.double <= high.double: return x.clamp(min: low, max: high)
    case (.scalar(let low)?, nil): return x.clamp(min: low)
    case (nil, .scalar(let high)?): return x.clamp(max: high)
    case (let low?, let high?): return x.clamp(min: low.tensor(meeting: x), max: high.tensor(meeting: x))
    default:
        let raised = low.map { maximum(x, $0.tensor(meeting: x)) } ?? x
        return high.map { minimum(raised, $0.tensor(meeting: x)) } ?? raised
    }
}

extension Operand {
    func tensor(meeting other: Tensor) -> Tensor {
        switch self {
        case .tensor(let tensor): tensor
        case .scalar(let number): Tensor(number, meeting: other)
        }
    }
}
