import AdjointRuntime

// The elements of a tensor in other places, some of them repeated. All are linear: cotangents go back, and those of
// repeated elements add up.
extension Tensor {
    /// The tensor with axes moved to other places, the i-th of `sources` to the i-th of `destinations`.
    /// - Fails: if an axis does not exist or is named twice, or the numbers of axes differ.
    public func movedAxes(_ sources: [Int], to destinations: [Int]) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            let from = try distinctAxes(sources, "movedAxes")
            let to = try distinctAxes(destinations, "movedAxes")
            guard from.count == to.count else {
                throw TensorError(
                    .axis, "movedAxes", "\(sources) are to move to \(destinations)", "give each axis one destination")
            }
            var rest = (0..<rank).filter { !from.contains($0) }[...]
            return transposed(
                (0..<rank).map { place in to.firstIndex(of: place).map { from[$0] } ?? rest.removeFirst() })
        }
    }

    /// The axes from `first` to `last`, both included, joined to one; a scalar becomes a vector of one element.
    /// - Fails: if an axis does not exist, or the last comes before the first.
    public func flattened(from first: Int, to last: Int = -1) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            if rank == 0, [0, -1].contains(first), [0, -1].contains(last) { return reshaped([1]) }
            let (start, end) = (try axis(first, "flatten"), try axis(last, "flatten"))
            guard start <= end else {
                throw TensorError(
                    .axis, "flatten", "axis \(last) comes before axis \(first) in \(shape)", "exchange the axes")
            }
            var extents = shape.extents
            extents.replaceSubrange(start...end, with: [extents[start...end].reduce(1, *)])
            return reshaped(extents)
        }
    }

    /// An axis cut into several of the given extents, one of which may be −1 and is worked out.
    /// - Fails: if their product is not the axis's extent.
    public func unflattened(axis: Int, into extents: [Int]) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            let place = try self.axis(axis, "unflatten")
            var parts = extents
            if let free = parts.firstIndex(of: -1) {
                let known = parts.enumerated().reduce(1) { $1.offset == free ? $0 : $0 &* $1.element }
                parts[free] = known > 0 ? shape[place] / known : 0
            }
            guard parts.reduce(1, { $0 &* $1 }) == shape[place], !parts.isEmpty else {
                throw TensorError(
                    .shape, "unflatten", "axis \(axis) of \(shape) does not divide into \(extents)",
                    "the extents must multiply to \(shape[place])")
            }
            var all = shape.extents
            all.replaceSubrange(place...place, with: parts)
            return reshaped(all)
        }
    }

    /// The tensor with the elements along axes in reverse order; none if none is named.
    /// - Fails: if an axis does not exist or is named twice.
    public func flipped(axes: [Int]) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil || axes.isEmpty { return self }
            var region = Region(whole: shape)
            for place in try distinctAxes(axes, "flip") {
                region.starts[place] = Swift.max(shape[place] - 1, 0)
                region.steps[place] = -1
            }
            return bind(Slice(region: region), self)
        }
    }

    /// The tensor turned by quarter turns in the plane of two axes, from the first towards the second.
    /// - Fails: if the axes do not exist or are the same.
    public func rotated90(_ turns: Int = 1, axes: (Int, Int) = (0, 1)) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            let plane = try distinctAxes([axes.0, axes.1], "rotated90")
            switch ((turns % 4) + 4) % 4 {
            case 1: return flipped(axes: [plane[1]]).swappedAxes(plane[0], plane[1])
            case 2: return flipped(axes: plane)
            case 3: return flipped(axes: [plane[0]]).swappedAxes(plane[0], plane[1])
            default: return self
            }
        }
    }

    /// The elements moved along axes by shifts; what leaves at one end comes in at the other.
    /// - Fails: if an axis does not exist, or there are not as many shifts as axes.
    public func rolled(_ shifts: [Int], axes: [Int]) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            guard shifts.count == axes.count else {
                throw TensorError(
                    .argument, "rolled", "\(shifts.count) shifts were given for \(axes.count) axes",
                    "give each axis one shift")
            }
            var result = self
            for (shift, axis) in zip(shifts, axes) {
                let place = try self.axis(axis, "rolled")
                let extent = shape[place]
                guard extent > 0 else { continue }
                let end = ((shift % extent) + extent) % extent
                guard end > 0 else { continue }
                result = concatenate(
                    [result.part(of: place, extent - end..<extent), result.part(of: place, 0..<extent - end)],
                    axis: place)
            }
            return result
        }
    }

    /// The elements in row-major order moved by a shift.
    public func rolled(_ shift: Int) -> Tensor { flattened().rolled([shift], axes: [0]).reshaped(shape.extents) }

    /// The tensor repeated along each axis; missing numbers and missing axes count as 1, in front.
    /// - Fails: if a number is negative or the result is too large.
    public func tiled(_ repeats: [Int]) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            let rank = Swift.max(self.rank, repeats.count)
            let counts = Array(repeating: 1, count: rank - repeats.count) + repeats
            let extents = Array(repeating: 1, count: rank - self.rank) + shape.extents
            guard counts.allSatisfy({ $0 >= 0 }) else {
                throw TensorError(.argument, "tiled", "\(repeats) has a negative number", "repeat 0 times or more")
            }
            var grown = try Tensor.checkedShape(extents, "tiled")
            for (axis, count) in counts.enumerated() {
                let (extent, overflow) = extents[axis].multipliedReportingOverflow(by: count)
                guard !overflow else { throw TensorError.tooLarge("tiled") }
                grown = try Tensor.checkedShape(
                    grown.extents.enumerated().map { $0.offset == axis ? extent : $0.element }, "tiled")
            }
            var result = self
            for (axis, count) in counts.enumerated() where count != 1 {
                // The axis and all after it are one block, which is repeated as a whole.
                let done = zip(extents, counts).prefix(axis).reduce(1) { $0 * $1.0 * $1.1 }
                let block = extents.dropFirst(axis).reduce(1, *)
                result = result.reshaped([done, 1, block]).broadcastUnchecked(Shape([done, count, block]))
                    .reshaped([done * count, block])
            }
            // The blocks of later axes are inside those of earlier ones, so their order is row-major already.
            return result.reshaped(grown.extents)
        }
    }

    /// Each element repeated `count` times along an axis, or in row-major order as a vector.
    /// - Fails: if the count is negative or the axis does not exist.
    public func repeatedElements(_ count: Int, axis: Int? = nil) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            guard let axis else { return flattened().repeatedElements(count, axis: 0) }
            let place = try self.axis(axis, "repeatedElements")
            guard count >= 0 else {
                throw TensorError(.argument, "repeatedElements", "\(count) repetitions", "repeat 0 times or more")
            }
            let (extent, overflow) = shape[place].multipliedReportingOverflow(by: count)
            var extents = shape.extents
            extents[place] = overflow ? .max : extent
            let target = try Tensor.checkedShape(extents, "repeatedElements")
            let (outer, length, inner) = shape.split(at: place)
            return reshaped([outer * length, 1, inner])
                .broadcast(to: [outer * length, count, inner]).reshaped(target.extents)
        }
    }

    /// The i-th slice along an axis repeated `counts[i]` times; without an axis the i-th element in row-major order.
    /// - Fails: if the counts are not whole numbers ≥ 0, one a slice or a single one for all.
    public func repeatedElements(_ counts: Tensor, axis: Int? = nil) -> Tensor {
        attempt { () throws(TensorError) in
            if let failed = [self, counts].first(where: { $0.failure != nil }) { return failed }
            guard let axis else { return flattened().repeatedElements(counts, axis: 0) }
            let place = try self.axis(axis, "repeatedElements")
            guard counts.dtype.isInteger, counts.rank <= 1, counts.count == 1 || counts.count == shape[place] else {
                throw TensorError(
                    .argument, "repeatedElements",
                    "counts of type \(counts.type) were given for axis \(axis) of \(shape)",
                    "give a vector of whole numbers, one for each of the \(shape[place]) slices")
            }
            let numbers = counts.ints
            guard numbers.allSatisfy({ $0 >= 0 }) else {
                throw TensorError(.argument, "repeatedElements", "a count is negative", "repeat 0 times or more")
            }
            if counts.count == 1 { return repeatedElements(numbers[0], axis: place) }
            var total = 0
            for number in numbers {
                guard number <= Shape.maximumExtent - total else { throw TensorError.tooLarge("repeatedElements") }
                total += number
            }
            let indices = numbers.enumerated().flatMap { Array(repeating: $0.offset, count: $0.element) }
            return take(Tensor(indices), axis: place)
        }
    }

    /// All windows of `size` elements along an axis, each `step` after the one before, as a new last axis; the axis
    /// itself counts the windows. Cotangents of overlapping windows add up.
    /// - Fails: if the size does not fit or the step is not positive.
    public func windows(axis: Int, size: Int, step: Int) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            if rank == 0 { return reshaped([1]).windows(axis: axis, size: size, step: step).reshaped([size]) }
            let place = try self.axis(axis, "windows")
            guard size >= 0, size <= shape[place], step > 0 else {
                throw TensorError(
                    .argument, "windows", "windows of \(size) elements, \(step) apart, along axis \(axis) of \(shape)",
                    "choose a size up to \(shape[place]) and a positive step")
            }
            let count = (shape[place] - size) / step + 1
            let starts = (Tensor.arange(count) * step).reshaped(count, 1)
            let taken = take((starts + Tensor.arange(size)).flattened(), axis: place)
            return taken.unflattened(axis: place, into: [count, size]).movedAxis(place + 1, to: rank)
        }
    }

    /// Windows [..., number, size] added up along one axis, each `step` elements after the one before: [..., length]. The
    /// transpose of `windows`; x̄ are the windows of ȳ.
    /// - Fails: if there are fewer than two axes or the step is not positive.
    public func overlapAdded(step: Int) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            guard rank >= 2, step > 0, shape[rank - 2] < Shape.maximumExtent / step else {
                throw TensorError(
                    .argument, "overlapAdded", "windows \(shape), \(step) apart",
                    "give windows [..., number, size] and a positive step")
            }
            let (count, size) = (shape[rank - 2], shape[rank - 1])
            let leading = shape.extents.dropLast(2)
            let length = count == 0 ? 0 : (count - 1) * step + size
            let starts = (Tensor.arange(count) * step).reshaped(count, 1)
            let outer = leading.reduce(1, *)
            let whole = try Tensor.checkedShape([outer, count * size, 1], "overlapAdded")
            let places = (starts + Tensor.arange(size)).flattened()
            return bind(AddAt(length: length), reshaped(whole.extents), places).reshaped(leading + [length])
        }
    }

    /// The elements in row-major order seen under any strides: element (i, j, …) is number offset + i s₀ + j s₁ + ….
    /// Cotangents of elements that are seen several times add up.
    /// - Fails: if a place is outside the tensor.
    public func strided(shape extents: [Int], strides: [Int], offset: Int = 0) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            let target = try Tensor.checkedShape(extents, "strided")
            var (low, high) = (offset, offset)
            for (extent, stride) in zip(extents, strides) where extent > 0 {
                let (reach, overflow) = (extent - 1).multipliedReportingOverflow(by: stride)
                guard !overflow, Swift.abs(reach / 2) < Int.max / 4 else { throw TensorError.tooLarge("strided") }
                if reach < 0 { low = low &+ reach } else { high = high &+ reach }
            }
            guard extents.count == strides.count, target.count == 0 || (low >= 0 && low <= high && high < count) else {
                throw TensorError(
                    .index, "strided",
                    "shape \(extents) at strides \(strides) from \(offset) on leaves the \(count) elements of \(shape)",
                    "give one stride an axis, and choose places within the tensor")
            }
            var places = Tensor.full([], offset, dtype: .int64)
            for (axis, (extent, stride)) in zip(extents, strides).enumerated() {
                var along = Array(repeating: 1, count: extents.count)
                along[axis] = extent
                places = places + (Tensor.arange(extent) * stride).reshaped(along)
            }
            return flattened().take(places.flattened(), axis: 0).reshaped(extents)
        }
    }

    /// The sum over what broadcasting from a shape would repeat: the transpose of `broadcast(to:)`.
    /// x̄ is the result's cotangent, repeated.
    /// - Fails: if the shape does not broadcast to this tensor's.
    public func sum(to extents: [Int]) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            let target = try Tensor.checkedShape(extents, "sum")
            guard target.rank <= rank, Shape.broadcast(target, shape) == shape else {
                throw TensorError(
                    .shape, "sum", "\(shape) cannot be summed to \(target)",
                    "aligned at the last axis, each extent must be equal or 1")
            }
            return Broadcast(shape: shape).transpose(self, to: TensorType(target, dtype))
        }
    }

    /// Axes counted from the front, none of them twice.
    private func distinctAxes(_ axes: [Int], _ operation: String) throws(TensorError) -> [Int] {
        var places: [Int] = []
        for axis in axes {
            let place = try self.axis(axis, operation)
            guard !places.contains(place) else {
                throw TensorError(.axis, operation, "axis \(axis) is named twice in \(axes)", "name each axis once")
            }
            places.append(place)
        }
        return places
    }
}

/// The coordinates of elements in a tensor of a shape, one tensor an axis, from their numbers in row-major order.
/// Whole numbers have no derivative.
/// - Fails: if a number is outside the shape.
public func unravelIndex(_ indices: Tensor, shape: [Int]) -> [Tensor] {
    do throws(TensorError) {
        if indices.failure != nil { return [indices] }
        guard indices.dtype.isInteger else {
            throw TensorError(
                .dtype, "unravelIndex", "indices of type \(indices.dtype)", "indices are whole numbers: to(.int64)")
        }
        // The elements before the next one along each axis, and of all axes: the shape may be larger than a tensor's.
        var inner = Array(repeating: 1, count: shape.count)
        var count: Int? = 1
        for axis in shape.indices.reversed() {
            inner[axis] = count ?? 0
            let (product, overflow) = (count ?? 0).multipliedReportingOverflow(by: shape[axis])
            count = overflow || shape[axis] < 0 ? nil : product
        }
        guard let count else {
            throw TensorError(
                .shape, "unravelIndex", "\(shape) is not a shape with a number of elements",
                "give extents from 0 on whose product is a whole number")
        }
        guard indices.ints.allSatisfy({ $0 >= 0 && $0 < count }) else {
            throw TensorError(
                .index, "unravelIndex", "an index is not in 0 ..< \(count), the elements of \(shape)",
                "check the indices and the shape")
        }
        let wide = indices.to(.int64)
        return shape.indices.map { axis in
            wide.floorDivided(by: Tensor(Swift.max(inner[axis], 1))).remainder(Swift.max(shape[axis], 1))
        }
    } catch {
        return [raise(error)]
    }
}
