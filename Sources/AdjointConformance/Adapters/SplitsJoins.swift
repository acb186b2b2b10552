import Adjoint
import AdjointCore
import AdjointRuntime

// Tensors cut into parts and put together.
let splitJoinAdapters: [String: Adapter] = [
    "cat": { call in
        // Vectors without elements are left out, whatever the others' shapes.
        let tensors = try call.inputs
        let others = tensors.filter { $0.shape != [0] }
        return [.tensor(concatenate(others.isEmpty ? tensors : others, axis: try call.int(0, "dim", default: 0)))]
    },
    "stack": { call in [.tensor(stack(try call.inputs, axis: try call.int(0, "dim", default: 0)))] },
    "hstack": { call in [.tensor(hstack(try call.inputs))] },
    "vstack": { call in [.tensor(vstack(try call.inputs))] },
    "dstack": { call in [.tensor(dstack(try call.inputs))] },
    "column_stack": { call in [.tensor(columnStack(try call.inputs))] },
    "block_diag": { call in [.tensor(blockDiagonal(try call.allTensors))] },
    "meshgrid.variadic_tensors": grid,
    "meshgrid.list_of_tensors": grid,
    "cartesian_prod": { call in [.tensor(cartesianProduct(try call.allTensors))] },
    "combinations": { call in
        let withReplacement = try call.bool(1, "with_replacement", default: false)
        return [.tensor(try call.x.combinations(try call.int(0, "r", default: 2), withReplacement: withReplacement))]
    },

    "chunk": chunk, "unsafe_chunk": chunk,
    "split": split, "split.list_args": split, "unsafe_split": split,
    "split_with_sizes": split, "split_with_sizes_copy": split,
    "tensor_split": { call in try splitAt(call, axis: try call.int(1, "dim", default: 0)) },
    "hsplit": { call in try splitAt(call, axis: try call.x.rank == 1 ? 0 : 1, evenly: true) },
    "vsplit": { call in try splitAt(call, axis: 0, evenly: true) },
    "dsplit": { call in try splitAt(call, axis: 2, evenly: true) },
    "unbind": unbind, "unbind_copy": unbind,
    "narrow": narrow, "narrow_copy": narrow,

    "select": { call in
        let x = try call.x
        let axis = try call.axis(0, "dim", of: x)
        let index = try call.int(1, "index")
        return [.tensor(x[Array(repeating: .whole, count: axis) + [.at(index)]])]
    },
    "slice": { call in
        let x = try call.x
        let axis = try call.axis(0, "dim", of: x, default: 0)
        return [.tensor(x[try call.range(after: 0, of: x, axis)])]
    },
    "select_scatter": { call in
        var x = try call.x
        let axis = try call.axis(1, "dim", of: x)
        x[Array(repeating: .whole, count: axis) + [.at(try call.int(2, "index"))]] = try call.tensor(0, "src")
        return [.tensor(x)]
    },
    "slice_scatter": { call in
        var x = try call.x
        let axis = try call.axis(1, "dim", of: x, default: 0)
        x[try call.range(after: 1, of: x, axis)] = try call.tensor(0, "src")
        return [.tensor(x)]
    },
    "diagonal_scatter": { call in
        let (axis1, axis2) = (try call.int(2, "dim1", default: 0), try call.int(3, "dim2", default: 1))
        let offset = try call.int(1, "offset", default: 0)
        return [
            .tensor(
                try call.x.replacingDiagonal(
                    with: try call.tensor(0, "src"), offset: offset, axis1: axis1, axis2: axis2))
        ]
    },
]

extension Call {
    /// An axis counted from the front.
    func axis(_ position: Int?, _ name: String, of x: Tensor, default value: Int? = nil) throws -> Int {
        let axis = try value.map { try int(position, name, default: $0) } ?? int(position, name)
        let place = axis < 0 ? axis + x.rank : axis
        guard (0..<x.rank).contains(place) else { throw CaseError("axis \(axis) of \(x.shape)") }
        return place
    }

    /// The arguments start, end and step after a position as an index along an axis.
    func range(after position: Int, of x: Tensor, _ axis: Int) throws -> [TensorIndex] {
        let start = try optionalInt(position + 1, "start")
        let end = try optionalInt(position + 2, "end")
        let step = try int(position + 3, "step", default: 1)
        return Array(repeating: .whole, count: axis) + [try .slice(start, end, step, extent: x.shape[axis])]
    }
}

extension TensorIndex {
    /// Python's slice of an axis: bounds beyond it are its ends, and there may be nothing between them.
    static func slice(_ start: Int?, _ stop: Int?, _ step: Int?, extent: Int) throws -> TensorIndex {
        func place(_ bound: Int) -> Int { min(max(bound < 0 ? bound + extent : bound, 0), extent) }
        guard step ?? 1 > 0 else { throw CaseError("a slice has a positive step") }
        let from = start.map(place) ?? 0
        return .range(from: from, to: max(stop.map(place) ?? extent, from), by: step ?? 1)
    }
}

private func tensors(_ parts: [Tensor]) -> [Output] { parts.map { .tensor($0) } }

private func grid(_ call: Call) throws -> [Output] {
    switch try call.string(nil, "indexing", default: "ij") {
    case "ij": return tensors(meshgrid(try call.allTensors, indexing: .ij))
    case "xy": return tensors(meshgrid(try call.allTensors, indexing: .xy))
    case let name: throw CaseError("there is no indexing \(name)")
    }
}

private func chunk(_ call: Call) throws -> [Output] {
    tensors(try call.x.chunks(try call.int(0, "chunks"), axis: try call.int(1, "dim", default: 0)))
}

private func split(_ call: Call) throws -> [Output] {
    let axis = try call.int(1, "dim", default: 0)
    let names = ["split_size_or_sections", "split_size", "split_sizes"]
    let name = names.first { call.argument(nil, $0) != nil } ?? names[0]
    switch call.argument(0, name) {
    case .list(let sizes)?, .tuple(let sizes)?:
        return tensors(try call.x.split(sizes: try sizes.map { try $0.asInt(name) }, axis: axis))
    default: return tensors(try call.x.split(size: try call.int(0, name), axis: axis))
    }
}

/// Sections are a number of parts, indices are the positions where to cut.
private func splitAt(_ call: Call, axis: Int, evenly: Bool = false) throws -> [Output] {
    let x = try call.x
    let names = ["sections", "indices", "indices_or_sections", "tensor_indices_or_sections"]
    let name = names.first { call.argument(nil, $0) != nil } ?? names[0]
    switch call.argument(0, name) {
    case .list(let positions)?, .tuple(let positions)?:
        return tensors(x.split(at: try positions.map { try $0.asInt(name) }, axis: axis))
    case .tensor(let positions)? where positions.rank == 1: return tensors(x.split(at: positions.ints, axis: axis))
    default:
        let count = try call.int(0, name)
        return tensors(evenly ? x.split(count, axis: axis) : x.split(evenly: count, axis: axis))
    }
}

private func unbind(_ call: Call) throws -> [Output] {
    tensors(try call.x.unstacked(axis: try call.int(0, "dim", default: 0)))
}

private func narrow(_ call: Call) throws -> [Output] {
    let (start, length) = (try call.int(1, "start"), try call.int(2, "length"))
    return [.tensor(try call.x.narrowed(axis: try call.int(0, "dim"), start: start, length: length))]
}
