import AdjointRuntime

// Tensors put together. All are linear in each tensor: its cotangent is its part of the result's.

/// Tensors side by side: vectors end to end, others along their second axis; scalars count as vectors of one element.
/// - Fails: for no tensors, or if the other extents differ.
public func hstack(_ tensors: [Tensor]) -> Tensor {
    let parts = tensors.map { $0.atLeast1D() }
    return concatenate(parts, axis: parts.first?.rank == 1 ? 0 : 1)
}

/// Tensors on top of one another, along their first axis; vectors count as rows.
/// - Fails: for no tensors, or if the other extents differ.
public func vstack(_ tensors: [Tensor]) -> Tensor { concatenate(tensors.map { $0.atLeast2D() }, axis: 0) }

/// Tensors behind one another, along their third axis; see `atLeast3D`.
/// - Fails: for no tensors, or if the other extents differ.
public func dstack(_ tensors: [Tensor]) -> Tensor { concatenate(tensors.map { $0.atLeast3D() }, axis: 2) }

/// Tensors side by side along their second axis, vectors and scalars as columns.
/// - Fails: for no tensors, or if the other extents differ.
public func columnStack(_ tensors: [Tensor]) -> Tensor {
    concatenate(tensors.map { $0.rank <= 1 && $0.failure == nil ? $0.reshaped($0.count, 1) : $0 }, axis: 1)
}

/// Matrices along the diagonal of one matrix, with zeros elsewhere; vectors and scalars count as rows.
/// - Fails: for no tensors, or for more than two axes.
public func blockDiagonal(_ tensors: [Tensor]) -> Tensor {
    attempt { () throws(TensorError) in
        if let failed = tensors.first(where: { $0.failure != nil }) { return failed }
        guard !tensors.isEmpty, tensors.allSatisfy({ $0.rank <= 2 }) else {
            throw TensorError(
                .shape, "blockDiagonal", "shapes \(tensors.map { "\($0.shape)" }.joined(separator: ", "))",
                "give at least one tensor, all with at most two axes")
        }
        let dtype = tensors.map(\.dtype).reduce(tensors[0].dtype, DType.promoted)
        let blocks = tensors.map { $0.atLeast2D().to(dtype) }
        let width = blocks.reduce(0) { $0 + $1.shape[1] }
        var start = 0
        var rows: [Tensor] = []
        for block in blocks {
            var region = Region(whole: block.shape)
            region.starts[1] = start
            start += block.shape[1]
            let shape = try Tensor.checkedShape([block.shape[0], width], "blockDiagonal")
            rows.append(bind(Place(region: region, shape: shape), block))
        }
        return concatenate(rows)
    }
}

/// Tensors repeated to the shape that all of them broadcast to.
/// - Fails: if there is none.
public func broadcast(_ tensors: [Tensor]) -> [Tensor] {
    if let failed = tensors.first(where: { $0.failure != nil }) { return tensors.map { _ in failed } }
    do throws(TensorError) {
        var shape = Shape()
        for tensor in tensors {
            guard let common = Shape.broadcast(shape, tensor.shape) else {
                throw TensorError(
                    .shape, "broadcast",
                    "shapes \(tensors.map { "\($0.shape)" }.joined(separator: ", ")) do not fit together",
                    "aligned at the last axis, extents must be equal or 1")
            }
            shape = common
        }
        return tensors.map { $0.broadcastUnchecked(shape) }
    } catch {
        return tensors.map { _ in raise(error) }
    }
}

/// Which axis of a grid counts the first vector.
public enum GridIndexing: Sendable, Hashable {
    /// The first, as in matrices.
    case ij
    /// The second, as in pictures: the first two axes are exchanged.
    case xy
}

/// The coordinates of the points of a grid: for vectors of extents m, n, … tensors of shape [m, n, …], the i-th of which
/// varies along axis i only. Scalars count as vectors of one element.
/// - Fails: if a tensor has more than one axis.
public func meshgrid(_ tensors: [Tensor], indexing: GridIndexing = .ij) -> [Tensor] {
    if let failed = tensors.first(where: { $0.failure != nil }) { return tensors.map { _ in failed } }
    do throws(TensorError) {
        guard tensors.allSatisfy({ $0.rank <= 1 }) else {
            throw TensorError(
                .shape, "meshgrid", "shapes \(tensors.map { "\($0.shape)" }.joined(separator: ", "))",
                "the coordinates along each axis are a vector")
        }
        let shape = try Tensor.checkedShape(tensors.map(\.count), "meshgrid")
        return tensors.enumerated().map { axis, tensor in
            var along = Array(repeating: 1, count: tensors.count)
            along[axis] = tensor.count
            let grid = tensor.reshaped(along).broadcastUnchecked(shape)
            return indexing == .xy && tensors.count >= 2 ? grid.swappedAxes(0, 1) : grid
        }
    } catch {
        return tensors.map { _ in raise(error) }
    }
}

/// All combinations of one element of each vector, the last varying fastest: [m n …, number of vectors]; a single vector
/// is given back as it is.
/// - Fails: if a tensor has not exactly one axis.
public func cartesianProduct(_ tensors: [Tensor]) -> Tensor {
    attempt { () throws(TensorError) in
        if let failed = tensors.first(where: { $0.failure != nil }) { return failed }
        guard !tensors.isEmpty, tensors.allSatisfy({ $0.rank == 1 }) else {
            throw TensorError(
                .shape, "cartesianProduct", "shapes \(tensors.map { "\($0.shape)" }.joined(separator: ", "))",
                "give at least one tensor, all of them vectors")
        }
        return tensors.count == 1 ? tensors[0] : stack(meshgrid(tensors).map { $0.flattened() }, axis: 1)
    }
}

extension Tensor {
    /// All combinations of `size` elements of a vector, in the order of their places: [number of combinations, size].
    /// - Fails: if the tensor is not a vector or the size is negative.
    public func combinations(_ size: Int = 2, withReplacement: Bool = false) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            guard rank == 1, (0...1 << 24).contains(size) else {
                throw TensorError(
                    .argument, "combinations", "combinations of \(size) elements of a tensor of shape \(shape)",
                    "give a vector and a size in 0 ... 2^24")
            }
            if size == 0 { return Tensor.zeros([0], dtype: dtype) }
            var places: [Int] = []
            var next = first(size, withReplacement)
            while let chosen = next {
                guard places.count <= 1 << 28 else { throw TensorError.tooLarge("combinations") }
                places += chosen
                next = following(chosen, withReplacement)
            }
            return take(Tensor(places), axis: 0).reshaped([places.count / size, size])
        }
    }

    private func first(_ size: Int, _ withReplacement: Bool) -> [Int]? {
        guard count > 0, withReplacement || size <= count else { return nil }
        return (0..<size).map { withReplacement ? 0 : $0 }
    }

    /// The combination after another: the last place that can move on does, and those after it follow.
    private func following(_ chosen: [Int], _ withReplacement: Bool) -> [Int]? {
        let size = chosen.count
        guard let last = chosen.indices.last(where: { chosen[$0] < (withReplacement ? count - 1 : count - size + $0) })
        else { return nil }
        let tail = (last..<size).map { chosen[last] + 1 + (withReplacement ? 0 : $0 - last) }
        return chosen[..<last] + tail
    }

    /// The tensor with at least one axis: a scalar becomes [1].
    public func atLeast1D() -> Tensor { rank == 0 && failure == nil ? reshaped([1]) : self }

    /// The tensor with at least two axes: a vector becomes a row.
    public func atLeast2D() -> Tensor { rank < 2 && failure == nil ? reshaped([1, count]) : self }

    /// The tensor with at least three axes: a vector becomes [1, n, 1], a matrix [m, n, 1].
    public func atLeast3D() -> Tensor {
        if failure != nil || rank >= 3 { return self }
        return rank == 2 ? expandedAxis(2) : reshaped([1, count, 1])
    }
}
