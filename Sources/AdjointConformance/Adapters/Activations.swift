import Adjoint
import AdjointCore
import AdjointRuntime

let activationAdapters: [String: Adapter] = [
    "nn.functional.celu": { call in [.tensor(try call.x.celu(alpha: try call.double(0, "alpha", default: 1)))] },
    "nn.functional.elu": { call in [.tensor(try call.x.elu(alpha: try call.double(0, "alpha", default: 1)))] },
    "nn.functional.selu": unary { $0.selu() },
    "nn.functional.silu": unary { $0.silu() },
    "nn.functional.mish": unary { $0.mish() },
    "nn.functional.relu": unary { $0.relu() },
    "nn.functional.relu6": unary { $0.relu6() },
    "nn.functional.hardsigmoid": unary { $0.hardSigmoid() },
    "nn.functional.hardswish": unary { $0.hardSwish() },
    "nn.functional.hardtanh": { call in
        let x = try call.x
        let low = try call.scalar(0, "min_val", default: -1).truncated(meeting: x)
        let high = try call.scalar(1, "max_val", default: 1).truncated(meeting: x)
        return [.tensor(x.hardTanh(min: low, max: high))]
    },
    "nn.functional.hardshrink": { call in
        [.tensor(try call.x.hardShrink(lambda: try call.double(0, "lambd", default: 0.5)))]
    },
    "nn.functional.softshrink": { call in
        [.tensor(try call.x.softShrink(lambda: try call.double(0, "lambd", default: 0.5)))]
    },
    "nn.functional.tanhshrink": unary { $0.tanhShrink() },
    "nn.functional.softplus": { call in
        let beta = try call.double(0, "beta", default: 1), threshold = try call.double(1, "threshold", default: 20)
        return [.tensor(try call.x.softplus(beta: beta, threshold: threshold))]
    },
    "nn.functional.softsign": unary { $0.softsign() },
    "nn.functional.logsigmoid": unary { $0.logSigmoid() },
    "nn.functional.prelu": { call in [.tensor(try call.x.prelu(try call.tensor(0, "weight")))] },
    "nn.functional.threshold": { call in
        let threshold = try call.scalar(0, "threshold", default: 0), value = try call.scalar(1, "value", default: 0)
        return [.tensor(try call.x.threshold(threshold, value))]
    },
    "nn.functional.gelu": { call in
        switch try call.string(0, "approximate", default: "none") {
        case "none": return [.tensor(try call.x.gelu())]
        case "tanh": return [.tensor(try call.x.gelu(approximate: true))]
        case let mode: throw CaseError("there is no approximation \(mode)")
        }
    },
    "nn.functional.glu": { call in [.tensor(try call.x.glu(axis: try call.int(0, "dim", default: -1)))] },
    "nn.functional.leaky_relu": { call in
        [.tensor(try call.x.leakyRelu(slope: try call.double(0, "negative_slope", default: 0.01)))]
    },
    "nn.functional.rrelu": { call in
        let lower = try call.double(0, "lower", default: 1.0 / 8), upper = try call.double(1, "upper", default: 1.0 / 3)
        let training = try call.bool(2, "training", default: false)
        return [.tensor(try call.x.randomizedLeakyRelu(lower: lower, upper: upper, training: training))]
    },
]
