import Adjoint
import AdjointCore
import AdjointRuntime

let creationAdapters: [String: Adapter] = [
    "zeros": { call in try filled(try call.sizes, .int(0), try call.dtype(nil) ?? .float32) },
    "ones": { call in try filled(try call.sizes, .int(1), try call.dtype(nil) ?? .float32) },
    "full": { call in
        let value = try call.fillValue(0)
        return try filled(try call.input.asInts("size"), value, try call.dtype(nil) ?? value.ownDType)
    },
    "zeros_like": { call in try like(call, .int(0)) },
    "ones_like": { call in try like(call, .int(1)) },
    "full_like": { call in try like(call, try call.fillValue(0)) },
    "fill": fill,
    "zero_": { call in try like(call, .int(0)) },
    "new_zeros": { call in
        try filled(try call.variadicInts(0, "size") ?? [], .int(0), try call.dtype(nil) ?? call.x.dtype)
    },
    "new_ones": { call in
        try filled(try call.variadicInts(0, "size") ?? [], .int(1), try call.dtype(nil) ?? call.x.dtype)
    },
    "new_full": { call in
        try filled(try call.ints(0, "size") ?? [], try call.fillValue(1), try call.dtype(nil) ?? call.x.dtype)
    },
    "eye": { call in
        let (rows, columns) = (try call.input.asInt("n"), try call.optionalInt(0, "m"))
        return [.tensor(.eye(rows, columns, dtype: try call.dtype(nil) ?? .float32))]
    },
    "arange": { call in
        let first = try call.input.asScalar("start")
        let step = try call.scalar(1, "step", default: 1)
        let dtype = try call.dtype(nil)
        // A single number is the end.
        guard let end = try call.optionalScalar(0, "end") else {
            return [.tensor(.arange(Scalar.int(0), first, step: step, dtype: dtype))]
        }
        return [.tensor(.arange(first, end, step: step, dtype: dtype))]
    },
    "linspace": linspace,
    "linspace.tensor_overload": linspace,
    "logspace": logspace,
    "logspace.tensor_overload": logspace,
]

extension Call {
    /// A shape given as the input and further numbers, or as a list.
    fileprivate var sizes: [Int] {
        get throws {
            if input.elements != nil { return try input.asInts("size") }
            return try [input.asInt("size")] + positional.map { try $0.asInt("size") }
        }
    }

    fileprivate func fillValue(_ position: Int) throws -> Argument {
        guard let value = argument(position, "fill_value") else {
            throw CaseError("the argument fill_value is missing")
        }
        return value
    }
}

extension Argument {
    /// The element type that a tensor of this number has where none is named.
    fileprivate var ownDType: DType {
        switch self {
        case .int: .int64
        case .bool: .bool
        case .tensor(let tensor): tensor.dtype
        case .complex: .complex64
        default: .float32
        }
    }
}

/// A number, real or complex, everywhere.
private func filled(_ shape: [Int], _ value: Argument, _ dtype: DType) throws -> [Output] {
    switch value {
    case .int, .double, .bool: [.tensor(.full(shape, try value.asScalar("fill_value"), dtype: dtype))]
    default: [.tensor(try value.asTensor("fill_value").to(dtype).broadcast(to: shape))]
    }
}

private func like(_ call: Call, _ value: Argument) throws -> [Output] {
    let x = try call.x
    return try filled(x.shape.extents, value, try call.dtype(nil) ?? x.dtype)
}

private func fill(_ call: Call) throws -> [Output] {
    guard let value = call.argument(0, "value") else { throw CaseError("the argument value is missing") }
    return try like(call, value)
}

private func linspace(_ call: Call) throws -> [Output] {
    var (start, end) = (try call.input.asDouble("start"), try call.double(0, "end"))
    let dtype = try call.dtype(nil) ?? .float32
    if !dtype.isDifferentiable { (start, end) = (start.rounded(.towardZero), end.rounded(.towardZero)) }
    return [.tensor(.linspace(start, end, try call.int(1, "steps"), dtype: dtype))]
}

private func logspace(_ call: Call) throws -> [Output] {
    let (start, end) = (try call.input.asDouble("start"), try call.double(0, "end"))
    let base = try call.double(2, "base", default: 10)
    return [
        .tensor(.logspace(start, end, try call.int(1, "steps"), base: base, dtype: try call.dtype(nil) ?? .float32))
    ]
}
