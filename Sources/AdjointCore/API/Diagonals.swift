import AdjointRuntime

// Diagonals and triangles of matrices and of stacks of matrices. All are linear: cotangents go back to their places.
extension Tensor {
    /// The elements xᵢ,ᵢ₊ₒffset of the matrices that two axes span, as the last axis; the other axes stay in front.
    /// The derivative is placed back on the diagonal.
    /// - Fails: if the axes do not exist or are the same.
    public func diagonal(offset: Int = 0, axis1: Int = 0, axis2: Int = 1) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            let view = try DiagonalView(shape, offset, axis1, axis2, "diagonal")
            return bind(Slice(region: view.region), view.flattened(self))
        }
    }

    /// Matrices with the last axis on a diagonal and zeros elsewhere: [..., n] gives two axes of n + |offset|, which
    /// become the axes `axis1` and `axis2` of the result. The derivative is the diagonal of the result's.
    /// - Fails: for a scalar, or if the axes do not exist in the result or are the same.
    public func diagonalEmbedded(offset: Int = 0, axis1: Int = -2, axis2: Int = -1) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            guard rank > 0 else {
                throw TensorError(
                    .shape, "diagonalEmbedded", "a scalar has no axis to put on a diagonal", "reshape it to [1]")
            }
            let (length, overflow) = shape[rank - 1].addingReportingOverflow(Int(clamping: offset.magnitude))
            guard !overflow else { throw TensorError.tooLarge("diagonalEmbedded") }
            var extents = Array(shape.extents.dropLast())
            let (first, second) = try Tensor.resultAxes(axis1, axis2, rank: rank + 1, "diagonalEmbedded")
            extents.insert(length, at: Swift.min(first, second))
            extents.insert(length, at: Swift.max(first, second))
            let view = try DiagonalView(
                try Tensor.checkedShape(extents, "diagonalEmbedded"), offset, first, second, "diagonalEmbedded")
            return view.restored(bind(Place(region: view.region, shape: view.flat), self))
        }
    }

    /// The tensor with a diagonal replaced by `values`, which has the shape of that diagonal. The derivative goes to
    /// `values` on the diagonal and to x elsewhere.
    /// - Fails: if the axes do not exist or are the same, or the shape or type of the values is another.
    public func replacingDiagonal(
        with values: Tensor, offset: Int = 0, axis1: Int = 0, axis2: Int = 1
    ) -> Tensor {
        attempt { () throws(TensorError) in
            if let failed = [self, values].first(where: { $0.failure != nil }) { return failed }
            let view = try DiagonalView(shape, offset, axis1, axis2, "replacingDiagonal")
            guard values.shape == view.region.shape else {
                throw TensorError(
                    .shape, "replacingDiagonal",
                    "values of shape \(values.shape) were given for a diagonal of shape \(view.region.shape)",
                    "give values of the diagonal's shape")
            }
            guard DType.promoted(dtype, values.dtype) == dtype else {
                throw TensorError(
                    .dtype, "replacingDiagonal",
                    "values of type \(values.dtype) were given to a tensor of type \(dtype)",
                    "convert the values with to(.\(dtype))")
            }
            return view.restored(bind(Replace(region: view.region), view.flattened(self), values.to(dtype)))
        }
    }

    /// A vector on a diagonal of a square matrix, or the diagonal of a matrix; see `diagonalEmbedded` and `diagonal`.
    /// - Fails: if the tensor is neither a vector nor a matrix.
    public func diag(_ offset: Int = 0) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            guard rank == 1 || rank == 2 else {
                throw TensorError(
                    .shape, "diag", "\(shape) is neither a vector nor a matrix",
                    "use diagonal or diagonalEmbedded for stacks")
            }
            return rank == 1 ? diagonalEmbedded(offset: offset) : diagonal(offset: offset)
        }
    }

    /// Matrices with zeros above the diagonal that starts at `diagonal` (0 the main one, positive to the right).
    /// The derivative is the same part of the result's.
    /// - Fails: for fewer than two axes.
    public func tril(_ diagonal: Int = 0) -> Tensor { triangle("tril", diagonal) { $0 .<= $1 } }

    /// Matrices with zeros below the diagonal that starts at `diagonal` (0 the main one, positive to the right).
    /// The derivative is the same part of the result's.
    /// - Fails: for fewer than two axes.
    public func triu(_ diagonal: Int = 0) -> Tensor { triangle("triu", diagonal) { $0 .>= $1 } }

    private func triangle(_ name: String, _ diagonal: Int, _ keeps: (Tensor, Tensor) -> Tensor) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            guard rank >= 2 else {
                throw TensorError(.shape, name, "\(shape) has fewer than two axes", "reshape it to a matrix first")
            }
            let (rows, columns) = (shape[rank - 2], shape[rank - 1])
            let diagonal = Swift.min(Swift.max(diagonal, -rows - 1), columns + 1)
            let mask = keeps(Tensor.arange(columns), (Tensor.arange(rows) + diagonal).reshaped(rows, 1))
            return which(mask, self, Tensor(0, dtype: dtype))
        }
    }

    /// The rows and columns of the elements on and below a diagonal of a matrix, in row-major order: [2, n], int64.
    /// - Fails: if an extent is negative or there are too many elements.
    public static func trilIndices(_ rows: Int, _ columns: Int, diagonal: Int = 0) -> Tensor {
        triangleIndices("trilIndices", rows, columns) { 0..<clamped($0, diagonal, 1, columns) }
    }

    /// The rows and columns of the elements on and above a diagonal of a matrix, in row-major order: [2, n], int64.
    /// - Fails: if an extent is negative or there are too many elements.
    public static func triuIndices(_ rows: Int, _ columns: Int, diagonal: Int = 0) -> Tensor {
        triangleIndices("triuIndices", rows, columns) { clamped($0, diagonal, 0, columns)..<columns }
    }

    /// row + diagonal + extra, limited to the columns.
    private static func clamped(_ row: Int, _ diagonal: Int, _ extra: Int, _ columns: Int) -> Int {
        let (sum, overflow) = (row + extra).addingReportingOverflow(diagonal)
        return overflow ? columns : Swift.min(Swift.max(sum, 0), columns)
    }

    private static func triangleIndices(
        _ name: String, _ rows: Int, _ columns: Int, _ chosen: (Int) -> Range<Int>
    ) -> Tensor {
        attempt { () throws(TensorError) in
            _ = try checkedShape([rows, columns], name)
            var (first, second): ([Int], [Int]) = ([], [])
            for row in 0..<rows {
                let range = chosen(row)
                guard second.count + range.count <= Shape.maximumExtent / 16 else { throw TensorError.tooLarge(name) }
                first += Array(repeating: row, count: range.count)
                second += range
            }
            return Tensor(first + second, shape: [2, first.count])
        }
    }

    fileprivate static func resultAxes(
        _ axis1: Int, _ axis2: Int, rank: Int, _ operation: String
    ) throws(TensorError) -> (Int, Int) {
        let axes = [axis1, axis2].map { $0 < 0 ? $0 + rank : $0 }
        guard axes.allSatisfy((0..<rank).contains), axes[0] != axes[1] else {
            throw TensorError(
                .axis, operation, "axes \(axis1) and \(axis2) do not span matrices of a tensor with \(rank) axes",
                "name two different axes in \(-rank) ..< \(rank)")
        }
        return (axes[0], axes[1])
    }
}

/// A diagonal as a regular part of the tensor whose two axes are moved last and joined.
private struct DiagonalView {
    /// The axes with the two of the matrices last.
    private let order: [Int]
    private let moved: Shape
    /// The moved shape with its last two axes joined.
    let flat: Shape
    /// Every (columns + 1)-th element of the joined axis.
    let region: Region

    init(_ shape: Shape, _ offset: Int, _ axis1: Int, _ axis2: Int, _ operation: String) throws(TensorError) {
        let (first, second) = try Tensor.resultAxes(axis1, axis2, rank: shape.rank, operation)
        order = (0..<shape.rank).filter { $0 != first && $0 != second } + [first, second]
        moved = Shape(order.map { shape[$0] })
        let (rows, columns) = (shape[first], shape[second])
        let leading = moved.extents.dropLast(2)
        flat = try Tensor.checkedShape(leading + [rows * columns], operation)
        let offset = min(max(offset, -rows), columns)
        let length = max(offset >= 0 ? min(rows, columns - offset) : min(rows + offset, columns), 0)
        var region = Region(whole: flat)
        region.starts[leading.count] = length == 0 ? 0 : offset >= 0 ? offset : -offset * columns
        region.steps[leading.count] = columns + 1
        region.shape = Shape(leading + [length])
        self.region = region
    }

    func flattened(_ x: Tensor) -> Tensor { x.transposed(order).reshaped(flat.extents) }

    /// The tensor in its own shape again.
    func restored(_ flattened: Tensor) -> Tensor {
        var inverse = order
        for (position, axis) in order.enumerated() { inverse[axis] = position }
        return flattened.reshaped(moved.extents).transposed(inverse)
    }
}
