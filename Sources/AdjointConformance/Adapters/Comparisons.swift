import Adjoint
import AdjointCore
import AdjointRuntime

let comparisonAdapters: [String: Adapter] = [
    "eq": binary { $0 .== $1 },
    "ne": binary { $0 .!= $1 },
    "lt": binary { $0 .< $1 },
    "le": binary { $0 .<= $1 },
    "gt": binary { $0 .> $1 },
    "ge": binary { $0 .>= $1 },
    "logical_and": binary { $0 .& $1 },
    "logical_or": binary { $0 .| $1 },
    "logical_xor": binary { $0 .^ $1 },
    "logical_not": unary { .!$0 },
    "isclose": { call in
        let (x, y) = try call.operands()
        let (relative, absolute, equalNaN) = try tolerances(call)
        return [.tensor(x.isClose(to: y, relativeTolerance: relative, absoluteTolerance: absolute, equalNaN: equalNaN))]
    },
    "allclose": { call in
        let (x, y) = try call.operands()
        let (relative, absolute, equalNaN) = try tolerances(call)
        return [
            .value(
                .bool(
                    x.isAllClose(to: y, relativeTolerance: relative, absoluteTolerance: absolute, equalNaN: equalNaN)))
        ]
    },
    "equal": { call in [.value(.bool(try call.x.isEqual(to: try call.tensor(0, "other"))))] },
]

private func tolerances(_ call: Call) throws -> (Double, Double, Bool) {
    (
        try call.double(1, "rtol", default: 1e-5), try call.double(2, "atol", default: 1e-8),
        try call.bool(3, "equal_nan", default: false)
    )
}
