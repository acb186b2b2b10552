import AdjointRuntime

/// Elements with the positions that they came from.
public typealias ElementsAndIndices = (values: Tensor, indices: Tensor)

// Order along an axis. NaN is the largest number. Values carry derivatives to the elements that they are; indices are
// int64 and have none.
extension Tensor {
    /// The positions that sort the tensor along an axis; equal elements keep their order.
    public func argsort(axis: Int = -1, descending: Bool = false) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            return bind(ArgSort(axis: try self.axis(axis, "argsort"), descending: descending), self)
        }
    }

    /// The elements in order along an axis, and where they were; equal elements keep their order.
    public func sortedWithIndices(axis: Int = -1, descending: Bool = false) -> ElementsAndIndices {
        chosen("sorted", axis, keepDims: true) { x, place in
            bind(ArgSort(axis: place, descending: descending), x)
        }
    }

    /// The elements in order along an axis. x̄ is ȳ in the old order.
    public func sorted(axis: Int = -1, descending: Bool = false) -> Tensor {
        sortedWithIndices(axis: axis, descending: descending).values
    }

    /// The k largest or smallest elements along an axis in order, and where they were; of equal ones the first.
    /// - Fails: if the axis has fewer than k elements.
    public func topK(_ k: Int, axis: Int = -1, largest: Bool = true) -> ElementsAndIndices {
        chosen("topK", axis, keepDims: true) { x, place throws(TensorError) in
            guard (0...x.shape[place]).contains(k) else { throw x.tooFew(k, place, "topK") }
            return bind(ArgSort(axis: place, descending: largest), x).part(place, to: k)
        }
    }

    /// The k-th smallest element along an axis, counted from 1, and where it was.
    /// - Fails: if the axis has fewer than k elements, or k < 1.
    public func kthSmallest(_ k: Int, axis: Int = -1, keepDims: Bool = false) -> ElementsAndIndices {
        chosen("kthSmallest", axis, keepDims: keepDims) { x, place throws(TensorError) in
            guard k > 0, k <= x.shape[place] else { throw x.tooFew(k, place, "kthSmallest") }
            return bind(ArgSort(axis: place, descending: false), x).part(place, from: k - 1, to: k)
        }
    }

    /// The largest element along an axis and the first place of it; that place has the derivative.
    /// - Fails: over no elements.
    public func maxWithIndices(axis: Int, keepDims: Bool = false) -> ElementsAndIndices {
        chosen("max", axis, keepDims: keepDims) { x, place in
            bind(ArgExtreme(axis: place, largest: true), x).expandedAxis(place)
        }
    }

    /// The smallest element along an axis and the first place of it; that place has the derivative.
    /// - Fails: over no elements.
    public func minWithIndices(axis: Int, keepDims: Bool = false) -> ElementsAndIndices {
        chosen("min", axis, keepDims: keepDims) { x, place in
            bind(ArgExtreme(axis: place, largest: false), x).expandedAxis(place)
        }
    }

    /// The most frequent element along an axis, the smallest if there are several, and its last place, which has the
    /// derivative.
    /// - Fails: over no elements.
    public func mode(axis: Int = -1, keepDims: Bool = false) -> ElementsAndIndices {
        chosen("mode", axis, keepDims: keepDims) { x, place in
            bind(ArgMode(axis: place), x).expandedAxis(place)
        }
    }

    /// The median along an axis and where it was: the lower of the two middle elements if their number is even, NaN if
    /// one is.
    /// - Fails: over no elements.
    public func medianWithIndices(axis: Int, keepDims: Bool = false) -> ElementsAndIndices {
        chosen("median", axis, keepDims: keepDims) { x, place throws(TensorError) in
            try x.medianPlaces(place, "median", skippingNaN: false)
        }
    }

    /// `medianWithIndices` of the elements that are numbers; NaN if none is.
    /// - Fails: over no elements.
    public func nanMedianWithIndices(axis: Int, keepDims: Bool = false) -> ElementsAndIndices {
        chosen("nanMedian", axis, keepDims: keepDims) { x, place throws(TensorError) in
            try x.medianPlaces(place, "nanMedian", skippingNaN: true)
        }
    }

    /// The median of all elements: the lower of the two middle ones if their number is even, NaN if one is. The
    /// cotangent is shared equally among ties. See `quantile(0.5)` for the mean of the two middle ones.
    /// - Fails: over no elements.
    public func median() -> Tensor { flattened().sharedMedian { $0.medianWithIndices(axis: 0).values } }

    /// `median` of the elements that are numbers; NaN if none is.
    /// - Fails: over no elements.
    public func nanMedian() -> Tensor { flattened().sharedMedian { $0.nanMedianWithIndices(axis: 0).values } }

    /// The largest element so far along an axis and the latest place of it, which has the derivative; a NaN stays.
    public func cumulativeMax(axis: Int) -> ElementsAndIndices {
        chosen("cumulativeMax", axis, keepDims: true) { x, place in
            bind(CumulativeArgExtreme(axis: place, largest: true), x)
        }
    }

    /// The smallest element so far along an axis and the latest place of it, which has the derivative; a NaN stays.
    public func cumulativeMin(axis: Int) -> ElementsAndIndices {
        chosen("cumulativeMin", axis, keepDims: true) { x, place in
            bind(CumulativeArgExtreme(axis: place, largest: false), x)
        }
    }

    /// How many elements of this sorted tensor are below each value (`right`: not above): where the values would have
    /// to be inserted. A vector serves values of any shape, else all axes but the last are the same.
    /// - Fails: if the shapes do not fit.
    public func searchSorted(_ values: Tensor, right: Bool = false) -> Tensor {
        attempt { () throws(TensorError) in
            if let failed = [self, values].first(where: { $0.failure != nil }) { return failed }
            let dtype = DType.promoted(self.dtype, values.dtype)
            let (sorted, values) = (to(dtype), values.to(dtype))
            if rank == 1 {
                return bind(SearchSorted(right: right), sorted.reshaped(1, count), values.reshaped(1, values.count))
                    .reshaped(values.shape.extents)
            }
            guard rank > 0, values.rank == rank, shape.extents.dropLast() == values.shape.extents.dropLast() else {
                throw TensorError(
                    .shape, "searchSorted", "values of shape \(values.shape) do not fit sorted rows \(shape)",
                    "use one sorted vector, or the same axes but for the last")
            }
            let rows = shape.extents.dropLast().reduce(1, *)
            return bind(
                SearchSorted(right: right), sorted.reshaped(rows, shape[rank - 1]),
                values.reshaped(rows, values.shape[rank - 1])
            ).reshaped(values.shape.extents)
        }
    }
}

extension Tensor {
    /// The elements at the places that `places` gives along an axis, of extent 1 for a reduction.
    func chosen(
        _ name: String, _ axis: Int, keepDims: Bool, _ places: (Tensor, Int) throws(TensorError) -> Tensor
    ) -> ElementsAndIndices {
        do throws(TensorError) {
            if failure != nil { return (self, self) }
            let place = try self.axis(axis, name)
            let indices = try places(self, place)
            if indices.failure != nil { return (indices, indices) }
            let values = bind(GatherAlong(axis: place), self, indices)
            return keepDims ? (values, indices) : (values.squeezed(place), indices.squeezed(place))
        } catch {
            let failed = raise(error)
            return (failed, failed)
        }
    }

    private func tooFew(_ k: Int, _ axis: Int, _ name: String) -> TensorError {
        TensorError(
            .argument, name, "there is no element number \(k) along axis \(axis) of \(shape)",
            "use a number from 1 to \(shape[axis])")
    }

    private func medianPlaces(_ axis: Int, _ name: String, skippingNaN: Bool) throws(TensorError) -> Tensor {
        let length = shape[axis]
        guard length > 0 else {
            throw TensorError(
                .empty, name, "\(shape) has no elements along axis \(axis)",
                "check that the tensor is not empty before reducing it")
        }
        let order = bind(ArgSort(axis: axis, descending: false), self)
        let middle = (length - 1) / 2
        guard dtype.isFloatingPoint else { return order.part(axis, from: middle, to: middle + 1) }
        let bad = isNaN().sum(axes: [axis], keepDims: true)
        let place =
            skippingNaN
            ? (maximum(length - bad, 1) - 1).floorDivided(by: Tensor(2))
            : which(bad .> 0, length - bad, Tensor(middle))
        return bind(GatherAlong(axis: axis), order, place)
    }

    private func sharedMedian(_ median: (Tensor) -> Tensor) -> Tensor {
        let value = median(detach())
        return failure != nil || value.failure != nil ? value : bind(SharedAmongTies(axes: .all(1)), self, value)
    }
}
