import AdjointRuntime

/// A subscript resolved against a tensor: a regular region, then positions along axes.
struct Selection {
    private var region: Region
    /// For each axis of the region: its position tensor, if it has one.
    private var positions: [(axis: Int, indices: Tensor)] = []
    /// The extents of the result of the regular part, new axes and dropped ones counted.
    private var viewExtents: [Int] = []

    init(_ x: Tensor, _ list: [TensorIndex]) throws(TensorError) {
        region = Region(whole: x.shape)
        var consumed = 0
        var ellipses = 0
        for index in list {
            switch index {
            case .new: break
            case .rest: ellipses += 1
            case .tensor(let tensor) where tensor.dtype == .bool: consumed += tensor.rank
            default: consumed += 1
            }
        }
        guard consumed <= x.rank, ellipses <= 1 else {
            throw TensorError(
                .index, "subscript",
                ellipses > 1
                    ? "more than one ellipsis" : "\(consumed) indices for a tensor of shape \(x.shape)",
                "give at most one index an axis, and one ellipsis")
        }
        var axis = 0
        for index in ellipses == 0 ? list + [.rest] : list {
            switch index {
            case .new: viewExtents.append(1)
            case .rest:
                for _ in 0..<(x.rank - consumed) {
                    viewExtents.append(x.shape[axis])
                    axis += 1
                }
            case .whole:
                viewExtents.append(x.shape[axis])
                axis += 1
            case .at(let position):
                let extent = x.shape[axis]
                let place = position < 0 ? position + extent : position
                guard (0..<extent).contains(place) else {
                    throw TensorError(
                        .index, "subscript", "index \(position) is out of range for axis \(axis) of \(x.shape)",
                        extent == 0 ? "the axis is empty" : "use a position in \(-extent) ..< \(extent)")
                }
                region.starts[axis] = place
                region.shape = region.shape.replacing(axis, with: 1)
                axis += 1
            case .range(let from, let to, let step):
                try select(axis, from, to, step, x.shape)
                viewExtents.append(region.shape[axis])
                axis += 1
            case .tensor(let tensor) where tensor.dtype == .bool:
                guard (0..<tensor.rank).allSatisfy({ tensor.shape[$0] == x.shape[axis + $0] }), tensor.rank > 0 else {
                    throw TensorError(
                        .index, "subscript", "a mask of shape \(tensor.shape) does not fit axis \(axis) of \(x.shape)",
                        "a mask has the extents of the axes that it covers")
                }
                for (offset, indices) in Self.truePlaces(tensor).enumerated() {
                    positions.append((viewExtents.count, indices))
                    viewExtents.append(x.shape[axis + offset])
                }
                axis += tensor.rank
            case .tensor(let tensor):
                positions.append(
                    (viewExtents.count, try tensor.positions(limit: x.shape[axis], "subscript")))
                viewExtents.append(x.shape[axis])
                axis += 1
            }
        }
    }

    private mutating func select(_ axis: Int, _ from: Int?, _ to: Int?, _ step: Int, _ shape: Shape) throws(TensorError)
    {
        let extent = shape[axis]
        func place(_ bound: Int) -> Int { bound < 0 ? bound + extent : bound }
        let start = from.map(place) ?? (step > 0 ? 0 : extent - 1)
        let end = to.map(place) ?? (step > 0 ? extent : -1)
        // Downwards the place before the first position is a bound, as the one after the last is upwards.
        let bounds = step > 0 ? 0...extent : -1...(extent - 1)
        guard step != 0, bounds.contains(start), bounds.contains(end), step < 0 || start <= end else {
            throw TensorError(
                .index, "subscript",
                "\(from.map(String.init) ?? "")..<\(to.map(String.init) ?? "") by \(step) is out of range for axis \(axis) of \(shape)",
                "use bounds in 0 ... \(extent) and a step that is not 0")
        }
        let distance = max(step > 0 ? end - start : start - end, 0)
        // A step beyond the axis is the same as one of its length.
        let stride = Int(min(step.magnitude, UInt(max(extent, 1))))
        let count = (distance + stride - 1) / stride
        region.starts[axis] = count == 0 ? 0 : start
        region.steps[axis] = step > 0 ? stride : -stride
        region.shape = region.shape.replacing(axis, with: count)
    }

    private static func truePlaces(_ mask: Tensor) -> [Tensor] {
        let places = mask.bools.enumerated().filter(\.element).map(\.offset)
        var step = mask.count
        return (0..<mask.rank).map { axis in
            step = mask.shape[axis] == 0 ? 1 : step / mask.shape[axis]
            return Tensor(places.map { $0 / step % mask.shape[axis] })
        }
    }

    func read(_ x: Tensor) throws(TensorError) -> Tensor {
        let part = region == Region(whole: x.shape) ? x : bind(Slice(region: region), x)
        let view = part.reshaped(viewExtents)
        guard !positions.isEmpty else { return view }
        let (rows, linear, restore) = try gathered(view)
        let taken = bind(Take(length: rows.shape[1]), rows, linear)
        return taken.reshaped(restore.extents).transposed(restore.order)
    }

    /// x with the selected part replaced by y or, `adding`, with y added to it, repeated positions in their order.
    func write(_ y: Tensor, into x: Tensor, adding: Bool = false) throws(TensorError) -> Tensor {
        let dtype = DType.promoted(x.dtype, y.dtype)
        guard
            dtype == x.dtype || (x.dtype.isFloatingPoint && y.dtype.isFloatingPoint)
                || (x.dtype.isComplex && y.dtype.isDifferentiable)
        else {
            throw TensorError(
                .dtype, "subscript", "a value of type \(y.dtype) was assigned into a tensor of type \(x.dtype)",
                "convert the value with to(.\(x.dtype))")
        }
        let y = y.to(x.dtype)
        let part = region == Region(whole: x.shape) ? x : bind(Slice(region: region), x)
        let changed: Tensor
        if positions.isEmpty {
            let value = try fitted(y, Tensor.checkedShape(viewExtents, "subscript"))
            changed = adding ? part.reshaped(viewExtents) + value : value
        } else {
            let view = part.reshaped(viewExtents)
            let (rows, linear, restore) = try gathered(view)
            let target = try Tensor.checkedShape(restore.order.map { restore.extents[$0] }, "subscript")
            var inverse = restore.order
            for (position, axis) in restore.order.enumerated() { inverse[axis] = position }
            let values = try fitted(y, target).transposed(inverse).reshaped(1, linear.count, rows.shape[2])
            let put =
                adding
                ? rows + bind(AddAt(length: rows.shape[1]), values, linear)
                : bind(PutAt(), [rows, values, linear, bind(Winners(), linear).reshaped(1, linear.count, 1)])
            changed = put.reshaped(frontOrder.map { viewExtents[$0] }).transposed(inverseFrontOrder)
        }
        let whole = changed.reshaped(region.shape.extents)
        return region == Region(whole: x.shape) ? whole : bind(Replace(region: region), x, whole)
    }

    private func fitted(_ y: Tensor, _ shape: Shape) throws(TensorError) -> Tensor {
        guard y.rank <= shape.rank, Shape.broadcast(y.shape, shape) == shape else {
            throw TensorError(
                .shape, "subscript", "a value of shape \(y.shape) was assigned to a part of shape \(shape)",
                "aligned at the last axis, each extent must be equal or 1")
        }
        return y.broadcastUnchecked(shape)
    }

    /// The view's axes with the indexed ones first.
    private var frontOrder: [Int] {
        let indexed = positions.map(\.axis)
        return indexed + viewExtents.indices.filter { !indexed.contains($0) }
    }

    private var inverseFrontOrder: [Int] {
        var inverse = frontOrder
        for (position, axis) in frontOrder.enumerated() { inverse[axis] = position }
        return inverse
    }

    /// The view as [1, indexed, rest], the positions in it, and how to put the taken rows back in order.
    private func gathered(
        _ view: Tensor
    ) throws(TensorError) -> (rows: Tensor, linear: Tensor, restore: (extents: [Int], order: [Int])) {
        var common = Shape()
        for (_, indices) in positions {
            guard let shape = Shape.broadcast(common, indices.shape) else {
                throw TensorError(
                    .index, "subscript",
                    "index tensors of shapes \(positions.map { "\($0.indices.shape)" }.joined(separator: ", ")) do not fit together",
                    "index tensors broadcast against each other")
            }
            common = shape
        }
        var linear = Tensor.zeros([], dtype: .int64)
        var length = 1
        for (axis, indices) in positions {
            linear = linear * viewExtents[axis] + indices
            length *= viewExtents[axis]
        }
        linear = linear.broadcastUnchecked(common).flattened()
        let order = frontOrder
        let rest = order.dropFirst(positions.count).map { viewExtents[$0] }
        let rows = view.transposed(order).reshaped(1, length, rest.reduce(1, *))
        // Adjacent index tensors leave their result in place, separated ones put it first.
        let indexed = positions.map(\.axis)
        let adjacent = indexed.last! - indexed.first! == indexed.count - 1
        let lead = adjacent ? indexed.first! : 0
        let k = common.rank
        let restored = Array(k..<(k + lead)) + Array(0..<k) + Array((k + lead)..<(k + rest.count))
        return (rows, linear, (common.extents + rest, restored))
    }
}
