import AdjointRuntime

// Parts of a tensor along an axis, without copying. All are linear: each part's cotangent goes back to its place.
extension Tensor {
    /// Parts of the given extents, which add up to that of the axis.
    /// - Fails: if they do not.
    public func split(sizes: [Int], axis: Int = 0) -> [Tensor] {
        parts(axis, "split") { (extent) throws(TensorError) in
            var start = 0
            var ranges: [Range<Int>] = []
            for size in sizes {
                guard size >= 0, size <= extent - start else { break }
                ranges.append(start..<start + size)
                start += size
            }
            guard ranges.count == sizes.count, start == extent else {
                throw TensorError(
                    .shape, "split", "parts of \(sizes) do not make up axis \(axis) of \(shape)",
                    "give extents that add up to \(extent)")
            }
            return ranges
        }
    }

    /// Parts of extent `size`; the last may be shorter.
    /// - Fails: if the size is not positive.
    public func split(size: Int, axis: Int = 0) -> [Tensor] {
        parts(axis, "split") { (extent) throws(TensorError) in
            guard size > 0 || (size == 0 && extent == 0) else {
                throw TensorError(
                    .argument, "split", "parts of extent \(size) of axis \(axis) of \(shape)",
                    "choose a positive extent")
            }
            guard extent > 0 else { return [0..<0] }
            return Swift.stride(from: 0, to: extent, by: Swift.min(size, extent)).map {
                $0..<Swift.min($0 + Swift.min(size, extent), extent)
            }
        }
    }

    /// At most `count` parts of equal extents; the last may be shorter, and there may be fewer.
    /// - Fails: if the count is not positive.
    public func chunks(_ count: Int, axis: Int = 0) -> [Tensor] {
        parts(axis, "chunks") { (extent) throws(TensorError) in
            try Tensor.checkPartCount(count, "chunks")
            guard extent > 0 else { return Array(repeating: 0..<0, count: count) }
            let size = (extent + count - 1) / count
            return Swift.stride(from: 0, to: extent, by: size).map { $0..<Swift.min($0 + size, extent) }
        }
    }

    /// `count` parts whose extents differ by at most one, the longer ones first.
    /// - Fails: if the count is not positive.
    public func split(evenly count: Int, axis: Int = 0) -> [Tensor] {
        parts(axis, "split") { (extent) throws(TensorError) in
            try Tensor.checkPartCount(count, "split")
            let (size, longer) = extent.quotientAndRemainder(dividingBy: count)
            return (0..<count).map { part in
                let start = part * size + Swift.min(part, longer)
                return start..<start + size + (part < longer ? 1 : 0)
            }
        }
    }

    /// The parts before, between and after positions, one more than there are positions. Negative positions count from
    /// the end, those beyond the axis mean its end, and a part whose end is before its start is empty.
    public func split(at positions: [Int], axis: Int = 0) -> [Tensor] {
        parts(axis, "split") { (extent) throws(TensorError) in
            let bounds = [0] + positions.map { Swift.min(Swift.max($0 < 0 ? $0 + extent : $0, 0), extent) } + [extent]
            return (0...positions.count).map { bounds[$0]..<Swift.max(bounds[$0], bounds[$0 + 1]) }
        }
    }

    /// The tensors along an axis, which goes away: the inverse of `stack`.
    public func unstacked(axis: Int = 0) -> [Tensor] {
        let pieces = parts(axis, "unstacked") { (extent) throws(TensorError) in (0..<extent).map { $0..<$0 + 1 } }
        return pieces.map { $0.failure != nil ? $0 : $0.squeezed(axis) }
    }

    /// `length` elements from `start` on along an axis; a negative start counts from the end.
    /// - Fails: if they are not all in the tensor.
    public func narrowed(axis: Int, start: Int, length: Int) -> Tensor {
        let pieces = parts(axis, "narrowed") { (extent) throws(TensorError) in
            let place = start < 0 ? start + extent : start
            guard length >= 0, place >= 0, length <= extent, place <= extent - length else {
                throw TensorError(
                    .index, "narrowed", "\(length) elements from \(start) on are not in axis \(axis) of \(shape)",
                    "choose a start and a length within the extent \(extent)")
            }
            return [place..<place + length]
        }
        return pieces[0]
    }

    /// The ranges of an axis that `ranges` chooses from its extent.
    private func parts(
        _ axis: Int, _ operation: String, _ ranges: (Int) throws(TensorError) -> [Range<Int>]
    ) -> [Tensor] {
        if failure != nil { return [self] }
        do throws(TensorError) {
            let place = try self.axis(axis, operation)
            return try ranges(shape[place]).map { part(of: place, $0) }
        } catch {
            return [raise(error)]
        }
    }

    /// A range of an axis, both known to be good.
    package func part(of axis: Int, _ range: Range<Int>) -> Tensor {
        if failure != nil || range == 0..<shape[axis] { return self }
        var region = Region(whole: shape)
        region.starts[axis] = range.lowerBound
        region.shape = shape.replacing(axis, with: range.count)
        return bind(Slice(region: region), self)
    }

    private static func checkPartCount(_ count: Int, _ operation: String) throws(TensorError) {
        guard count > 0, count <= 1 << 24 else {
            throw TensorError(
                .argument, operation, "a tensor was to be cut into \(count) parts", "choose a number in 1 ... 2^24")
        }
    }
}
