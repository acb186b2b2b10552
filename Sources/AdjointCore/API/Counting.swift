import AdjointRuntime
import CKernels

/// The different elements (or slices) of a tensor.
public struct UniqueElements: Sendable {
    /// One of each kind. x̄ goes to the first of its kind.
    public let values: Tensor
    /// For each element of the tensor, which of the values it is. `int64`.
    public let inverse: Tensor
    /// How many there are of each kind. `int64`.
    public let counts: Tensor
}

/// Counts in bins, and the edges of the bins.
public struct Histogram: Sendable {
    /// One number a bin: its elements, their weights, or their density.
    public let counts: Tensor
    /// One more than bins.
    public let edges: Tensor
}

// Results whose extents depend on the elements: these read them, so they do not run inside `vmap`.
extension Tensor {
    /// The different elements in order or, with `axis`, the different slices in lexicographic order.
    public func unique(axis: Int? = nil) -> UniqueElements {
        grouped("unique", axis) { rows in
            var order = Tensor.arange(rows.shape[0])
            // From the last column to the first, each sort stable.
            for column in (0..<rows.shape[1]).reversed() {
                let keys = rows.part(1, from: column, to: column + 1).flattened().take(order, axis: 0)
                order = order.take(keys.argsort(), axis: 0)
            }
            return order
        }
    }

    /// The elements without those that equal the one before them or, with `axis`, the slices.
    public func uniqueConsecutive(axis: Int? = nil) -> UniqueElements {
        grouped("uniqueConsecutive", axis) { Tensor.arange($0.shape[0]) }
    }

    private func grouped(_ name: String, _ axis: Int?, _ ordering: (Tensor) -> Tensor) -> UniqueElements {
        do throws(TensorError) {
            if failure != nil { return UniqueElements(values: self, inverse: self, counts: self) }
            let place = try axis.map { a throws(TensorError) in try self.axis(a, name) }
            let moved = place.map { $0 == 0 ? self : movedAxis($0, to: 0) } ?? flattened()
            let n = moved.shape[0]
            let rows = moved.detach().reshaped(n, n == 0 ? 0 : moved.count / n)
            guard n > 0 else {
                let none = Tensor.zeros([0], dtype: .int64)
                return UniqueElements(
                    values: place == nil ? moved : self, inverse: place == nil ? none.reshaped(shape.extents) : none,
                    counts: none)
            }
            let order = ordering(rows)
            let sorted = rows.take(order, axis: 0)
            let changes = (sorted.part(0, from: 1) .!= sorted.part(0, to: n - 1)).any(axis: 1)
            let starts = concatenate([Tensor([true]), changes])
            let group = starts.cumulativeSum(axis: 0) - 1
            let first = order[starts]
            let inverse = Tensor.zeros([n], dtype: .int64).scatteredSlices(group, at: order, axis: 0)
            let values = moved.take(first, axis: 0)
            return UniqueElements(
                values: place.map { $0 == 0 ? values : values.movedAxis(0, to: $0) } ?? values,
                inverse: place == nil ? inverse.reshaped(shape.extents) : inverse,
                counts: group.countedIndices(first.count))
        } catch {
            let failed = raise(error)
            return UniqueElements(values: failed, inverse: failed, counts: failed)
        }
    }

    /// The positions of the nonzero elements, [number, rank], in row-major order. `int64`.
    public func nonzeroIndices() -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            let linear = try truePlaces("nonzeroIndices")
            guard rank > 0 else { return Tensor.zeros([linear.count, 0], dtype: .int64) }
            return stack(unravelIndex(linear, shape: shape.extents), axis: 1)
        }
    }

    /// The elements where a mask is true, in row-major order; the mask and the tensor broadcast.
    /// - Fails: if the shapes do not broadcast.
    public func elements(where mask: Tensor) -> Tensor {
        attempt { () throws(TensorError) in
            let (x, mask) = try broadcast(with: mask, "elements")
            return x.flattened().take(try mask.truePlaces("elements"), axis: 0)
        }
    }

    /// The tensor with its elements where a mask is true replaced by the first elements of `source`, in row-major
    /// order; the mask and the tensor broadcast.
    /// - Fails: if the shapes do not broadcast, or the source has too few elements.
    public func replacing(where mask: Tensor, with source: Tensor) -> Tensor {
        attempt { () throws(TensorError) in
            if source.failure != nil { return source }
            let (x, mask) = try broadcast(with: mask, "replacing")
            let places = try mask.truePlaces("replacing")
            guard places.count <= source.count else {
                throw TensorError(
                    .shape, "replacing", "\(places.count) places are true, and the source has \(source.count) elements",
                    "give an element for each true place")
            }
            let values = source.flattened().part(0, to: places.count)
            return x.flattened().scatteredSlices(values, at: places, axis: 0).reshaped(x.shape.extents)
        }
    }

    /// The tensor with a number where a mask is true; the mask and the tensor broadcast. x̄ = 0 there.
    public func filled(where mask: Tensor, with number: some Number) -> Tensor {
        failure != nil ? self : which(mask, Tensor.repeating(number.scalar, TensorType(Shape(), dtype)), self)
    }

    /// Whether each element is one of `others`.
    public func isIn(_ others: Tensor) -> Tensor {
        attempt { () throws(TensorError) in
            if let failed = [self, others].first(where: { $0.failure != nil }) { return failed }
            guard others.count > 0 else { return Tensor.full(shape.extents, false) }
            let dtype = DType.promoted(self.dtype, others.dtype)
            let sorted = others.flattened().to(dtype).detach().sorted()
            let x = to(dtype)
            let place = minimum(sorted.searchSorted(x), others.count - 1)
            return x .== sorted.take(place, axis: 0)
        }
    }

    /// How often each whole number from 0 on is an element of this vector, at least `minimumCount` of them, or the sums
    /// of the weights at it. The weights have a derivative.
    /// - Fails: if an element is negative, or the weights do not have the vector's shape.
    public func binCount(weights: Tensor? = nil, minimumCount: Int = 0) -> Tensor {
        attempt { () throws(TensorError) in
            if let failed = [self, weights].compactMap({ $0 }).first(where: { $0.failure != nil }) { return failed }
            guard rank == 1, dtype.isInteger || dtype == .bool, weights == nil || weights!.shape == shape,
                minimumCount >= 0
            else {
                throw TensorError(
                    .argument, "binCount",
                    "a tensor of type \(type), weights of type \(weights.map { "\($0.type)" } ?? "none"), at least \(minimumCount) bins",
                    "count a vector of whole numbers, with a weight for each")
            }
            let numbers = to(.int64)
            if let bad = numbers.ints.first(where: { $0 < 0 }) {
                throw TensorError(.index, "binCount", "\(bad) is negative", "count numbers from 0 on")
            }
            let bins = Swift.max((numbers.ints.max() ?? -1) + 1, minimumCount)
            guard let weights else { return numbers.countedIndices(bins) }
            // Whole weights are summed as PyTorch does it.
            let values = weights.dtype == .float32 || weights.dtype == .float64 ? weights : weights.to(.float64)
            return Tensor.zeros([bins], dtype: values.dtype).scatteredSlices(values, at: numbers, axis: 0, by: .sum)
        }
    }

    /// The elements counted in equal bins from `low` to `high`, both included; without them, from the smallest to the
    /// largest element, and from 0 to 1 without elements. Equal bounds are set apart by 1/2 on both sides. Elements outside
    /// are passed over.
    /// - Fails: if the range is not finite or not in order, or there are no bins.
    public func histogram(
        bins: Int = 100, from low: Double? = nil, to high: Double? = nil, weights: Tensor? = nil, density: Bool = false
    ) -> Histogram {
        let x = floating
        if x.failure != nil { return Histogram(counts: x, edges: x) }
        var first = low ?? (count > 0 ? x.detach().min().item() : 0)
        var last = high ?? (count > 0 ? x.detach().max().item() : 1)
        if first == last { (first, last) = (first - 0.5, last + 0.5) }
        guard bins > 0, first.isFinite, last.isFinite, first <= last else {
            let failed = raise(
                TensorError(
                    .argument, "histogram", "\(bins) bins from \(first) to \(last)",
                    "use at least one bin and finite bounds in order"))
            return Histogram(counts: failed, edges: failed)
        }
        return x.histogram(
            edges: Tensor.linspace(first, last, bins + 1, dtype: x.dtype), weights: weights, density: density)
    }

    /// The elements counted between neighbours of sorted edges; the last bin includes its upper edge. Elements outside
    /// are passed over. With `density`, the counts are divided by the bins' widths and by their sum.
    /// - Fails: if there are fewer than two edges, or the weights do not have the tensor's shape.
    public func histogram(edges: Tensor, weights: Tensor? = nil, density: Bool = false) -> Histogram {
        do throws(TensorError) {
            for tensor in [self, edges, weights].compactMap({ $0 }) {
                if let failure = tensor.failure { throw failure }
            }
            guard edges.rank == 1, edges.count > 1, weights == nil || weights!.shape == shape else {
                throw TensorError(
                    .shape, "histogram",
                    "edges of shape \(edges.shape), elements \(shape), weights \(weights.map { "\($0.shape)" } ?? "none")",
                    "give a vector of at least two edges, and a weight for each element")
            }
            let x = flattened().to(DType.promoted(floating.dtype, edges.dtype))
            let bins = edges.count - 1
            let (first, last) = (edges.part(0, to: 1), edges.part(0, from: bins))
            let place = minimum(edges.searchSorted(x, right: true), bins) - 1
            let inside = (x .>= first) .& (x .<= last)
            let weight = weights?.flattened() ?? Tensor.ones([x.count], dtype: x.dtype)
            let counted = which(inside, weight, Tensor.repeating(0, weight.type))
            var counts = Tensor.zeros([bins], dtype: counted.dtype).scatteredSlices(
                counted, at: maximum(place, 0), axis: 0, by: .sum)
            if density { counts = counts / (edges.differences() * counts.sum()) }
            return Histogram(counts: counts, edges: edges)
        } catch {
            let failed = raise(error)
            return Histogram(counts: failed, edges: failed)
        }
    }
}

extension Tensor {
    /// How often each position below `limit` is an element of this vector of positions.
    private func countedIndices(_ limit: Int) -> Tensor {
        let ones = Tensor.repeating(1, TensorType(Shape([1, count, 1]), .int64))
        return bind(AddAt(length: limit), ones, self).reshaped(limit)
    }

    /// The row-major positions of the nonzero elements.
    private func truePlaces(_ operation: String) throws(TensorError) -> Tensor {
        guard let stored = (dtype == .bool ? self : self .!= 0).hostValue(operation) else {
            return Tensor.zeros([0], dtype: .int64)
        }
        let mask = try stored.contiguous()
        let bytes = mask.elements.assumingMemoryBound(to: UInt8.self)
        let number = Int(adj_nonzero(bytes, nil, Int64(mask.shape.count)))
        let places = try TensorValue(uninitialized: TensorType(Shape(checking: [number])!, .int64))
        _ = adj_nonzero(bytes, places.elements.assumingMemoryBound(to: Int64.self), Int64(mask.shape.count))
        return withExtendedLifetime(mask) { Tensor(places) }
    }

    private func broadcast(with mask: Tensor, _ name: String) throws(TensorError) -> (x: Tensor, mask: Tensor) {
        for tensor in [self, mask] {
            if let failure = tensor.failure { throw failure }
        }
        guard let common = Shape.broadcast(shape, mask.shape) else {
            throw TensorError(
                .shape, name, "a mask of shape \(mask.shape) does not fit a tensor of shape \(shape)",
                "aligned at the last axis, extents must be equal or 1")
        }
        return (broadcastUnchecked(common), mask.broadcastUnchecked(common))
    }
}
