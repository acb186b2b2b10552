import Adjoint
import AdjointCore
import AdjointRuntime

// Shapes, axes and places. Tensors are values, so an operator and its copying variant are the same.
let shapeViewAdapters: [String: Adapter] = [
    "clone": unary { $0 },
    "contiguous": unary { $0 },
    "alias_copy": unary { $0 },
    "resolve_conj": unary { $0 },
    "resolve_neg": unary { $0 },

    "reshape": reshape, "view": reshape, "view_copy": reshape,
    "reshape_as": { call in [.tensor(try call.x.reshaped(try call.tensor(0, "other").shape.extents))] },
    "view_as": { call in [.tensor(try call.x.reshaped(try call.tensor(0, "other").shape.extents))] },
    "flatten": { call in
        let (first, last) = (try call.int(0, "start_dim", default: 0), try call.int(1, "end_dim", default: -1))
        return [.tensor(try call.x.flattened(from: first, to: last))]
    },
    "ravel": unary { $0.flattened() },
    "unflatten": { call in
        [.tensor(try call.x.unflattened(axis: try call.int(0, "dim"), into: try call.ints(1, "sizes") ?? []))]
    },
    "squeeze": squeeze, "squeeze.multiple": squeeze, "squeeze_copy": squeeze,
    "unsqueeze": unsqueeze, "unsqueeze_copy": unsqueeze,
    "atleast_1d": each { $0.atLeast1D() },
    "atleast_2d": each { $0.atLeast2D() },
    "atleast_3d": each { $0.atLeast3D() },

    "permute": permute, "permute_copy": permute,
    "transpose": transpose, "transpose_copy": transpose,
    "t": reversed, "t_copy": reversed, "T": reversed,
    "mT": unary { $0.matrixTransposed() },
    "mH": unary { $0.conj().matrixTransposed() },
    "H": unary { $0.conj().transposed() },
    "movedim": { call in
        [.tensor(try call.x.movedAxes(try call.ints(0, "source") ?? [], to: try call.ints(1, "destination") ?? []))]
    },

    "broadcast_to": expand, "expand": expand, "expand_copy": expand,
    "expand_as": { call in [.tensor(try call.x.broadcast(to: try call.tensor(0, "other").shape.extents))] },
    "broadcast_tensors": { call in broadcast(try call.allTensors).map { .tensor($0) } },
    "sum_to_size": { call in
        let (x, size) = (try call.x, try call.variadicInts(0, "size") ?? [])
        return [.tensor(!size.isEmpty && x.shape.extents == size ? x : x.sum(to: size))]
    },
    "tile": repeatBlocks, "repeat": repeatBlocks,
    "repeat_interleave": { call in
        let axis = try call.optionalInt(1, "dim")
        switch try call.scalarOrTensor(0, "repeats") {
        case .scalar(let count): return [.tensor(try call.x.repeatedElements(count.int, axis: axis))]
        case .tensor(let counts): return [.tensor(try call.x.repeatedElements(counts, axis: axis))]
        }
    },

    "flip": { call in [.tensor(try call.x.flipped(axes: try call.variadicInts(0, "dims") ?? []))] },
    "fliplr": unary { $0.flipped(axes: [1]) },
    "flipud": unary { $0.flipped(axes: [0]) },
    "rot90": { call in
        let axes = try call.ints(1, "dims") ?? [0, 1]
        guard axes.count == 2 else { throw CaseError("a plane has two axes") }
        return [.tensor(try call.x.rotated90(try call.int(0, "k", default: 1), axes: (axes[0], axes[1])))]
    },
    "roll": { call in
        let shifts = try call.ints(0, "shifts") ?? []
        if let axes = try call.ints(1, "dims"), !axes.isEmpty {
            return [.tensor(try call.x.rolled(shifts, axes: axes))]
        }
        guard shifts.count == 1 else { throw CaseError("shifts without axes are one number") }
        return [.tensor(try call.x.rolled(shifts[0]))]
    },
    "unfold": windows, "unfold_copy": windows,
    "as_strided": strided, "as_strided.partial_views": strided, "as_strided_copy": strided,

    "diag": { call in [.tensor(try call.x.diag(try call.int(0, "diagonal", default: 0)))] },
    "diagflat": { call in [.tensor(try call.x.flattened().diag(try call.int(0, "offset", default: 0)))] },
    "diagonal": diagonal, "diagonal_copy": diagonal,
    "diag_embed": { call in
        let (axis1, axis2) = (try call.int(1, "dim1", default: -2), try call.int(2, "dim2", default: -1))
        let offset = try call.int(0, "offset", default: 0)
        return [.tensor(try call.x.diagonalEmbedded(offset: offset, axis1: axis1, axis2: axis2))]
    },
    "tril": { call in [.tensor(try call.x.tril(try call.int(0, "diagonal", default: 0)))] },
    "triu": { call in [.tensor(try call.x.triu(try call.int(0, "diagonal", default: 0)))] },
]

extension Call {
    /// The input and all further arguments as one list: operators of any number of tensors.
    var allTensors: [Tensor] {
        get throws {
            try inputs + positional.enumerated().flatMap { try $0.element.asTensors("argument \($0.offset)") }
        }
    }
}

/// An operator of each of any number of tensors.
private func each(_ operation: @escaping @Sendable (Tensor) -> Tensor) -> Adapter {
    { call in try call.allTensors.map { .tensor(operation($0)) } }
}

private func reshape(_ call: Call) throws -> [Output] {
    // A view may also be of another element type of the same size; of the same type it is the tensor.
    if case .dtype(let dtype)? = call.argument(0, "dtype") {
        guard try call.x.dtype == dtype else { throw CaseError("views of another dtype are not supported") }
        return [.tensor(try call.x)]
    }
    let extents = try call.ints(nil, "shape") ?? call.ints(nil, "size") ?? call.variadicInts(0, "shape") ?? []
    return [.tensor(try call.x.reshaped(extents))]
}

private func squeeze(_ call: Call) throws -> [Output] {
    let x = try call.x
    guard let axes = try call.ints(0, "dim") else { return [.tensor(x.squeezed())] }
    // Named axes of other extents stay.
    var extents = x.shape.extents.map { Optional($0) }
    for axis in axes {
        let place = axis < 0 ? axis + Swift.max(x.rank, 1) : axis
        guard (0..<Swift.max(x.rank, 1)).contains(place) else { throw CaseError("axis \(axis) of \(x.shape)") }
        if x.rank > 0, extents[place] == 1 { extents[place] = nil }
    }
    return [.tensor(x.reshaped(extents.compactMap { $0 }))]
}

private func unsqueeze(_ call: Call) throws -> [Output] {
    [.tensor(try call.x.expandedAxis(try call.int(0, "dim")))]
}

private func permute(_ call: Call) throws -> [Output] {
    [.tensor(try call.x.transposed(try call.variadicInts(0, "dims") ?? []))]
}

private func transpose(_ call: Call) throws -> [Output] {
    let x = try call.x
    let (first, second) = (try call.int(0, "dim0"), try call.int(1, "dim1"))
    // A scalar counts as a vector.
    if x.rank == 0, [first, second].allSatisfy({ [0, -1].contains($0) }) { return [.tensor(x)] }
    return [.tensor(x.swappedAxes(first, second))]
}

private let reversed = unary { $0.transposed() }

private func expand(_ call: Call) throws -> [Output] {
    let x = try call.x
    let extents = try call.variadicInts(0, "size") ?? []
    // −1 keeps the extent.
    let lead = extents.count - x.rank
    guard lead >= 0, extents.prefix(lead).allSatisfy({ $0 >= 0 }) else {
        throw CaseError("\(x.shape) does not expand to \(extents)")
    }
    return [
        .tensor(x.broadcast(to: extents.enumerated().map { $0.element == -1 ? x.shape[$0.offset - lead] : $0.element }))
    ]
}

private func repeatBlocks(_ call: Call) throws -> [Output] {
    let counts = try call.ints(nil, "dims") ?? call.ints(nil, "repeats") ?? call.variadicInts(0, "repeats") ?? []
    return [.tensor(try call.x.tiled(counts))]
}

private func windows(_ call: Call) throws -> [Output] {
    let axis = try call.int(0, "dimension")
    return [.tensor(try call.x.windows(axis: axis, size: try call.int(1, "size"), step: try call.int(2, "step")))]
}

private func strided(_ call: Call) throws -> [Output] {
    let (shape, strides) = (try call.ints(0, "size") ?? [], try call.ints(1, "stride") ?? [])
    let offset = try call.int(2, "storage_offset", default: 0)
    return [.tensor(try call.x.strided(shape: shape, strides: strides, offset: offset))]
}

private func diagonal(_ call: Call) throws -> [Output] {
    let (axis1, axis2) = (try call.int(1, "dim1", default: 0), try call.int(2, "dim2", default: 1))
    return [.tensor(try call.x.diagonal(offset: try call.int(0, "offset", default: 0), axis1: axis1, axis2: axis2))]
}
