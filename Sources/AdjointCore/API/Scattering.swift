import AdjointRuntime

/// How elements that are scattered to one place meet.
public enum ScatterReduction: Sendable {
    /// The last one stays; only it has a derivative.
    case replace
    /// They are added, in their order.
    case sum
    /// They are multiplied; the derivative divides by nothing, so factors 0 are right.
    case product
    /// Their arithmetic mean; of whole numbers, rounded down.
    case mean
    /// The largest; ties share the cotangent equally.
    case max
    /// The smallest; ties share the cotangent equally.
    case min
}

// One index an element along an axis, as PyTorch's `gather` and `scatter` have it.
extension Tensor {
    /// y[.., j, ..] = x[.., indices[.., j, ..], ..]: for each index the element that it names along an axis. The
    /// indices' extents along other axes are at most the tensor's. x̄ adds up at repeated indices.
    /// - Fails: if an index is out of range, or the shapes do not fit.
    public func gathered(_ indices: Tensor, axis: Int) -> Tensor {
        attempt { () throws(TensorError) in
            if let failed = [self, indices].first(where: { $0.failure != nil }) { return failed }
            let place = try self.axis(axis, "gathered")
            try checkIndices(indices, place, "gathered")
            let positions = try indices.positions(limit: shape[place], "gathered")
            return bind(GatherAlong(axis: place), leading(indices.shape, except: place), positions)
        }
    }

    /// `gathered` with the tensor and the indices broadcast against each other along all other axes.
    /// - Fails: if an index is out of range, or the shapes do not broadcast.
    public func takeAlong(_ indices: Tensor, axis: Int) -> Tensor {
        attempt { () throws(TensorError) in
            if let failed = [self, indices].first(where: { $0.failure != nil }) { return failed }
            let place = try self.axis(axis, "takeAlong")
            guard indices.rank == rank,
                let common = Shape.broadcast(shape.replacing(place, with: 1), indices.shape.replacing(place, with: 1))
            else {
                throw TensorError(
                    .shape, "takeAlong", "indices of shape \(indices.shape) do not fit \(shape) along axis \(axis)",
                    "both have the same number of axes, whose extents are equal or 1 but for the axis")
            }
            let positions = try indices.positions(limit: shape[place], "takeAlong")
            return bind(
                GatherAlong(axis: place), broadcastUnchecked(common.replacing(place, with: shape[place])),
                positions.broadcastUnchecked(common.replacing(place, with: indices.shape[place])))
        }
    }

    /// The tensor with values brought to the places that indices name along an axis: x[.., indices[.., j, ..], ..]
    /// meets values[.., j, ..]. The indices' extents are at most the values', and along other axes the tensor's.
    ///
    /// With `includingSelf` false, what was in the tensor counts only where no index points. The result has the tensor's
    /// type: the sum of truth values is their or, the product their and.
    /// - Fails: if an index is out of range, or the shapes do not fit.
    public func scattered(
        _ values: Tensor, at indices: Tensor, axis: Int, by reduction: ScatterReduction = .replace,
        includingSelf: Bool = true
    ) -> Tensor {
        attempt { () throws(TensorError) in
            if let failed = [self, values, indices].first(where: { $0.failure != nil }) { return failed }
            let place = try self.axis(axis, "scattered")
            try checkIndices(indices, place, "scattered")
            guard values.rank == rank, (0..<rank).allSatisfy({ indices.shape[$0] <= values.shape[$0] }) else {
                throw TensorError(
                    .shape, "scattered", "values of shape \(values.shape) do not fit indices of shape \(indices.shape)",
                    "there is a value for each index")
            }
            let values = try values.fitting(self, "scattered")
            let positions = try indices.positions(limit: shape[place], "scattered")
            guard positions.count > 0 else { return self }
            let part = leading(indices.shape, except: place)
            let changed = part.scatteredUnchecked(
                values.leading(indices.shape), positions, place, reduction, includingSelf
            ).to(dtype)
            guard part.shape != shape else { return changed }
            var region = Region(whole: shape)
            region.shape = part.shape
            return bind(Replace(region: region), self, changed)
        }
    }

    /// The tensor with slices brought to the positions that a vector of indices names along an axis; slice j is
    /// `values[.., j, ..]`, and slices broadcast along the other axes.
    ///
    /// With `includingSelf` false, what was in the tensor counts only where no index points. The result has the tensor's
    /// type: the sum of truth values is their or, the product their and.
    /// - Fails: if an index is out of range, or the shapes do not fit.
    public func scatteredSlices(
        _ values: Tensor, at indices: Tensor, axis: Int, by reduction: ScatterReduction = .replace,
        includingSelf: Bool = true
    ) -> Tensor {
        attempt { () throws(TensorError) in
            if let failed = [self, values, indices].first(where: { $0.failure != nil }) { return failed }
            let place = try self.axis(axis, "scatteredSlices")
            let target = shape.replacing(place, with: indices.count)
            guard indices.rank == 1, values.rank <= rank, Shape.broadcast(values.shape, target) == target else {
                throw TensorError(
                    .shape, "scatteredSlices",
                    "values of shape \(values.shape) and indices of shape \(indices.shape) do not fit \(shape) along axis \(axis)",
                    "the indices are a vector, and the values broadcast to \(target)")
            }
            let values = try values.fitting(self, "scatteredSlices").broadcastUnchecked(target)
            let positions = try indices.positions(limit: shape[place], "scatteredSlices")
            let (outer, length, inner) = shape.split(at: place)
            switch reduction {
            case .replace:
                let wins = bind(Winners(), positions).reshaped(1, positions.count, 1)
                let rows = [reshaped(outer, length, inner), values.reshaped(outer, positions.count, inner), positions]
                return bind(PutAt(), rows + [wins]).reshaped(shape.extents)
            case .sum where includingSelf:
                let sums = bind(AddAt(length: length), values.reshaped(outer, positions.count, inner), positions)
                return (self + sums.reshaped(shape.extents)).to(dtype)
            default:
                guard positions.count > 0 else { return self }
                let column = (0..<rank).map { $0 == place ? positions.count : 1 }
                let all = positions.reshaped(column).broadcastUnchecked(target)
                return scatteredUnchecked(values, all, place, reduction, includingSelf).to(dtype)
            }
        }
    }
}

extension Tensor {
    /// Indices have the tensor's rank, and along other axes at most its extents.
    private func checkIndices(_ indices: Tensor, _ place: Int, _ name: String) throws(TensorError) {
        guard indices.count > 0 else {
            guard indices.rank == rank else { throw indicesError(indices, place, name) }
            return
        }
        guard indices.rank == rank, (0..<rank).allSatisfy({ $0 == place || indices.shape[$0] <= shape[$0] }) else {
            throw indicesError(indices, place, name)
        }
    }

    private func indicesError(_ indices: Tensor, _ place: Int, _ name: String) -> TensorError {
        TensorError(
            .shape, name, "indices of shape \(indices.shape) do not fit \(shape) along axis \(place)",
            "indices have as many axes, and along the others extents up to the tensor's")
    }

    /// Values in the type of the tensor that takes them.
    private func fitting(_ x: Tensor, _ name: String) throws(TensorError) -> Tensor {
        guard
            DType.promoted(dtype, x.dtype) == x.dtype || (dtype.isFloatingPoint && x.dtype.isFloatingPoint)
                || (x.dtype.isComplex && dtype.isDifferentiable)
        else {
            throw TensorError(
                .dtype, name, "values of type \(dtype) do not fit a tensor of type \(x.dtype)",
                "convert the values with to(.\(x.dtype))")
        }
        return to(x.dtype)
    }

    /// The first elements along each axis, as many as `extents` has there.
    private func leading(_ extents: Shape, except axis: Int? = nil) -> Tensor {
        var region = Region(whole: shape)
        for place in 0..<rank where place != axis {
            region.shape = region.shape.replacing(place, with: Swift.min(extents[place], shape[place]))
        }
        return region.shape == shape ? self : bind(Slice(region: region), self)
    }

    /// Indices are in range and of the shape of the values, and their extents along other axes are the tensor's.
    private func scatteredUnchecked(
        _ values: Tensor, _ indices: Tensor, _ axis: Int, _ reduction: ScatterReduction, _ includingSelf: Bool
    ) -> Tensor {
        let length = shape[axis]
        func written() -> Tensor { bind(LastWriter(axis: axis, length: length), indices) }
        func sum(_ values: Tensor) -> Tensor { bind(AddAlong(axis: axis, length: length), values, indices) }
        switch reduction {
        case .replace:
            let last = written()
            return which(last .>= 0, bind(GatherAlong(axis: axis), values, maximum(last, 0)), self)
        case .sum:
            return sum(values) + (includingSelf ? self : which(written() .>= 0, Tensor.repeating(0, type), self))
        case .mean:
            let count = sum(Tensor.repeating(1, TensorType(indices.shape, .int64)))
            let own = includingSelf ? self : which(count .> 0, Tensor.repeating(0, type), self)
            let total = includingSelf ? count + 1 : maximum(count, 1)
            let whole = sum(values) + own
            return dtype.isDifferentiable ? whole / total.to(dtype) : whole.floorDivided(by: total).to(dtype)
        case .product:
            let (product, isWritten) = scatteredProduct(values, indices, axis, length)
            return includingSelf ? self * product : which(isWritten, product, self)
        case .max, .min:
            return bind(
                ExtremeAlong(axis: axis, largest: reduction == .max, countsX: includingSelf), [self, values, indices])
        }
    }

    /// The products of the values at each index, 1 where there is none: a running product within equal indices, by a
    /// tree over the sorted indices.
    private func scatteredProduct(
        _ values: Tensor, _ indices: Tensor, _ axis: Int, _ length: Int
    ) -> (product: Tensor, isWritten: Tensor) {
        let order = bind(ArgSort(axis: axis, descending: false), indices)
        let sorted = bind(GatherAlong(axis: axis), indices, order)
        var products = bind(GatherAlong(axis: axis), values, order)
        let count = indices.shape[axis]
        var step = 1
        while step < count {
            let same = sorted.part(axis, from: step) .== sorted.part(axis, to: count - step)
            let before = products.part(axis, to: count - step)
            let factors = which(same, before, Tensor.repeating(1, before.type))
            products = concatenate(
                [products.part(axis, to: step), products.part(axis, from: step) * factors], axis: axis)
            step *= 2
        }
        let last = bind(LastWriter(axis: axis, length: length), sorted)
        let found = bind(GatherAlong(axis: axis), products, maximum(last, 0))
        return (which(last .>= 0, found, Tensor.repeating(1, found.type)), last .>= 0)
    }

    /// The positions `from ..< to` along an axis.
    func part(_ axis: Int, from: Int = 0, to: Int? = nil) -> Tensor {
        if failure != nil { return self }
        var region = Region(whole: shape)
        region.starts[axis] = from
        region.shape = shape.replacing(axis, with: (to ?? shape[axis]) - from)
        return region.shape == shape ? self : bind(Slice(region: region), self)
    }
}
