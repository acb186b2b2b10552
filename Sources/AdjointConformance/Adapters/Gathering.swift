import Adjoint
import AdjointCore
import AdjointRuntime

// Elements and slices by index, and by mask. A scalar counts as a vector of one element.
let gatheringAdapters: [String: Adapter] = [
    "gather": { call in
        let indices = try call.tensor(1, "index")
        // No indices may have any number of axes.
        if indices.count == 0 { return [.tensor(try call.x.flattened()[0..<0].reshaped(indices.shape.extents))] }
        let found = try call.x.atLeast1D().gathered(indices.atLeast1D(), axis: try call.int(0, "dim"))
        return [.tensor(found.reshaped(indices.shape.extents))]
    },
    "take_along_dim": { call in
        let (x, indices) = (try call.x, try call.tensor(0, "indices"))
        guard let axis = try call.optionalInt(1, "dim") else {
            return [.tensor(x.flattened().takeAlong(indices.flattened(), axis: 0))]
        }
        return [.tensor(x.takeAlong(indices, axis: axis))]
    },
    "take": { call in [.tensor(try call.x.flattened().take(try call.tensor(0, "index"), axis: 0))] },
    "index_select": { call in
        let x = try call.x
        let found = x.atLeast1D().take(try call.tensor(1, "index").atLeast1D(), axis: try call.int(0, "dim"))
        return [.tensor(x.rank == 0 ? found.reshaped([]) : found)]
    },
    "nonzero": { call in
        let places = try call.x.nonzeroIndices()
        guard try call.bool(nil, "as_tuple", default: false) else { return [.tensor(places)] }
        // A scalar counts as a vector.
        return try call.x.atLeast1D().nonzeroIndices().unstacked(axis: 1).map { .tensor($0) }
    },
    "argwhere": unary { $0.nonzeroIndices() },

    "scatter": { call in
        let name = try call.optionalString(nil, "reduce")
        let reductions: [String: ScatterReduction] = ["add": .sum, "multiply": .product]
        guard let reduction = name.map({ reductions[$0] }) ?? .replace else {
            throw CaseError("scatter has no reduction \(name!)")
        }
        return try scattered(call, reduction, includingSelf: true)
    },
    "scatter_add": { call in try scattered(call, .sum, includingSelf: true) },
    "scatter_reduce": scatterReduce, "scatter_reduce.sum": scatterReduce, "scatter_reduce.mean": scatterReduce,
    "scatter_reduce.prod": scatterReduce, "scatter_reduce.amax": scatterReduce, "scatter_reduce.amin": scatterReduce,
    "index_add": { call in
        let source = try call.tensor(2, "source")
        switch try call.scalar(3, "alpha", default: 1) {
        case .int(1): return try slices(call, source, .sum)
        case let alpha: return try slices(call, source * alpha, .sum)
        }
    },
    "index_copy": { call in try slices(call, try call.tensor(2, "source"), .replace) },
    "index_fill": { call in
        let value = try call.tensor(2, "value").to(try call.x.dtype)
        return try slices(call, value.rank == 0 ? value : value.reshaped([]), .replace)
    },
    "index_reduce": indexReduce, "index_reduce.mean": indexReduce, "index_reduce.prod": indexReduce,
    "index_reduce.amax": indexReduce, "index_reduce.amin": indexReduce,
    "put": { call in
        let (x, indices) = (try call.x, try call.tensor(0, "index").flattened())
        let reduction: ScatterReduction = try call.bool(2, "accumulate", default: false) ? .sum : .replace
        let values = try call.tensor(1, "source").flattened()
        return [
            .tensor(
                x.flattened().scatteredSlices(values, at: indices, axis: 0, by: reduction).reshaped(x.shape.extents)
                    .to(x.dtype))
        ]
    },
    "index_put": { call in
        var x = try call.x
        let places = try (call.argument(0, "indices")?.elements ?? []).map { part -> TensorIndex in
            if case .null = part { return .whole }
            return .tensor(try part.asTensor("indices"))
        }
        let values = try call.tensor(1, "values").to(x.dtype)
        if try call.bool(2, "accumulate", default: false) { return [.tensor(x.adding(values, at: places).to(x.dtype))] }
        x[places] = values
        return [.tensor(x)]
    },

    "masked_fill": { call in
        let (x, mask) = (try call.x, try call.tensor(0, "mask"))
        switch try call.scalarOrTensor(1, "value") {
        case .scalar(let number): return [.tensor(x.filled(where: mask, with: number))]
        case .tensor(let value): return [.tensor(which(mask, value.to(x.dtype), x))]
        }
    },
    "masked_select": { call in [.tensor(try call.x.elements(where: try call.tensor(0, "mask")))] },
    "masked_scatter": { call in
        [.tensor(try call.x.replacing(where: try call.tensor(0, "mask"), with: try call.tensor(1, "source")))]
    },
]

/// (dim, index, src or value).
private func scattered(_ call: Call, _ reduction: ScatterReduction, includingSelf: Bool) throws -> [Output] {
    let (x, indices) = (try call.x, try call.tensor(1, "index").atLeast1D())
    let given = try call.argument(2, "src").map { try $0.asTensor("src") } ?? call.tensor(2, "value")
    let isNumber: Bool
    switch call.argument(2, "src") ?? call.argument(2, "value") {
    case .tensor?: isNumber = call.keywords["value"] != nil
    default: isNumber = true
    }
    let values = given.to(x.dtype)
    let source = isNumber ? values.broadcast(to: indices.shape.extents) : values.atLeast1D()
    let axis = try call.int(0, "dim")
    let result = x.atLeast1D().scattered(source, at: indices, axis: axis, by: reduction, includingSelf: includingSelf)
    return [.tensor(result.reshaped(x.shape.extents).to(x.dtype))]
}

private func reduction(_ call: Call) throws -> ScatterReduction {
    let reductions: [String: ScatterReduction] = [
        "sum": .sum, "prod": .product, "mean": .mean, "amax": .max, "amin": .min,
    ]
    let name = try call.string(3, "reduce", default: "")
    guard let reduction = reductions[name] else { throw CaseError("there is no reduction \(name)") }
    return reduction
}

private func scatterReduce(_ call: Call) throws -> [Output] {
    try scattered(call, try reduction(call), includingSelf: try call.bool(4, "include_self", default: true))
}

private func indexReduce(_ call: Call) throws -> [Output] {
    let includingSelf = try call.bool(4, "include_self", default: true)
    return try slices(call, try call.tensor(2, "source"), try reduction(call), includingSelf: includingSelf)
}

/// (dim, index) and slices of the same shape as the tensor but along the axis.
private func slices(
    _ call: Call, _ source: Tensor, _ reduction: ScatterReduction, includingSelf: Bool = true
) throws -> [Output] {
    let (x, indices) = (try call.x, try call.tensor(1, "index").atLeast1D())
    let values = x.rank == 0 ? source.reshaped([source.count]) : source
    let result = x.atLeast1D().scatteredSlices(
        values.to(x.dtype), at: indices, axis: try call.int(0, "dim"), by: reduction, includingSelf: includingSelf)
    return [.tensor(result.reshaped(x.shape.extents).to(x.dtype))]
}
