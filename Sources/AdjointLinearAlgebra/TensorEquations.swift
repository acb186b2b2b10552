import AdjointCore
import AdjointRuntime

extension Tensor {
    /// The sum of a matrix's diagonal. The cotangent goes to the diagonal.
    /// - Fails: if the tensor is not a matrix.
    public func trace() -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            guard rank == 2 else {
                throw TensorError(
                    .shape, "trace", "\(shape) is not a matrix", "use diagonal(axis1:axis2:) and sum for stacks")
            }
            return diagonal().sum()
        }
    }

    /// The tensor X of shape `shape[n...] + shape[..<n]` that is inverse to this one under `tensordot` over `n` axes.
    /// - Fails: if the first n extents do not multiply to as much as the others, or the matrix that they make is singular.
    public func tensorInverse(leadingAxes n: Int = 2) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            guard n > 0, n <= rank, shape.extents.prefix(n).reduce(1, *) == shape.extents.dropFirst(n).reduce(1, *)
            else {
                throw TensorError(
                    .shape, "tensorInverse", "the first \(n) axes of \(shape) do not hold as much as the others",
                    "both parts must make the sides of a square matrix")
            }
            let side = shape.extents.prefix(n).reduce(1, *)
            return reshaped(side, side).inverse().reshaped(
                Array(shape.extents.dropFirst(n)) + Array(shape.extents.prefix(n)))
        }
    }

    /// The X with `tensordot(self, X, axes: X.rank)` equal to b. `axes` of this tensor are moved to its end first.
    /// - Fails: if the shapes do not fit, or the matrix that they make is singular.
    public func tensorSolve(_ b: Tensor, axes: [Int] = []) -> Tensor {
        attempt { () throws(TensorError) in
            if let failed = [self, b].first(where: { $0.failure != nil }) { return failed }
            var moved: [Int] = []
            for axis in axes { moved.append(try self.axis(axis, "tensorSolve")) }
            let a = transposedAll((0..<rank).filter { !moved.contains($0) } + moved)
            guard Set(moved).count == moved.count, b.rank <= rank,
                a.shape.extents.dropFirst(b.rank).reduce(1, *) == b.count, a.count == b.count * b.count
            else {
                throw TensorError(
                    .shape, "tensorSolve", "\(shape) with axes \(axes) moved to the end does not fit \(b.shape)",
                    "the first axes must have the extents of b, and the others hold as much")
            }
            return a.reshaped(b.count, b.count).solve(b.flattened()).reshaped(
                Array(a.shape.extents.dropFirst(b.rank)))
        }
    }

    /// Rising powers of each element, xᵢʲ for j < `columns`, along a new last axis; by default as many as there are elements.
    /// - Fails: if there is to be no column.
    public func vandermonde(columns: Int? = nil) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            let x = rank == 0 ? reshaped(1) : self
            let count = columns ?? x.shape[x.rank - 1]
            guard count >= 1 else {
                throw TensorError(
                    .argument, "vandermonde", "\(count) columns were asked for", "ask for at least one")
            }
            var powers = [Tensor.ones(like: x)]
            while powers.count < count { powers.append(powers.count == 1 ? x : powers[powers.count - 1] * x) }
            return stack(powers, axis: -1)
        }
    }
}
