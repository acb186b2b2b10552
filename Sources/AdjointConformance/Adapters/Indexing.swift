import Adjoint
import AdjointCore
import AdjointRuntime

let indexingAdapters: [String: Adapter] = [
    "__getitem__": { call in
        let x = try call.x
        guard let index = call.positional.first else { throw CaseError("the index is missing") }
        return [.tensor(x[try indices(index, x)])]
    },
    "unravel_index": { call in
        unravelIndex(try call.x, shape: try call.ints(0, "shape") ?? []).map { .tensor($0) }
    },
    "tril_indices": { call in
        let (rows, columns) = (try call.input.asInt("row"), try call.int(0, "col"))
        let indices = Tensor.trilIndices(rows, columns, diagonal: try call.int(1, "offset", default: 0))
        return [.tensor(indices.to(try call.dtype(nil) ?? .int64))]
    },
    "triu_indices": { call in
        let (rows, columns) = (try call.input.asInt("row"), try call.int(0, "col"))
        let indices = Tensor.triuIndices(rows, columns, diagonal: try call.int(1, "offset", default: 0))
        return [.tensor(indices.to(try call.dtype(nil) ?? .int64))]
    },
]

/// Python's index of a tensor: a tuple has an index an axis, a list is a tensor of positions.
private func indices(_ argument: Argument, _ x: Tensor) throws -> [TensorIndex] {
    let parts: [Argument] = if case .tuple(let parts) = argument { parts } else { [argument] }
    let consumed = try parts.reduce(0) { try $0 + axes(of: $1) }
    var axis = 0
    return try parts.map { part in
        defer { axis += (try? axes(of: part)) ?? 0 }
        switch part {
        case .int(let place): return .at(place)
        case .null: return .new
        case .ellipsis:
            axis += x.rank - consumed
            return .rest
        case .slice(let start, let stop, let step):
            guard axis < x.rank else { throw CaseError("more indices than axes of \(x.shape)") }
            return try .slice(start, stop, step, extent: x.shape[axis])
        case .tensor(let places): return .tensor(places)
        case .list(let elements): return .tensor(try positions(elements))
        default: throw CaseError("\(part) is no index")
        }
    }
}

/// How many axes an index uses up.
private func axes(of index: Argument) throws -> Int {
    switch index {
    case .null, .ellipsis: 0
    case .tensor(let mask) where mask.dtype == .bool: mask.rank
    case .list(let elements): try axes(of: .tensor(try positions(elements)))
    default: 1
    }
}

/// A list of positions or truth values, which may be nested.
private func positions(_ elements: [Argument]) throws -> Tensor {
    let rows = try elements.map { element -> Tensor in
        if let inner = element.elements { return try positions(inner) }
        return try element.asTensor("a position")
    }
    return rows.isEmpty ? Tensor.zeros([0], dtype: .int64) : stack(rows)
}
