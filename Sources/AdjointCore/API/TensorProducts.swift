import AdjointRuntime

// Products of tensors, made of matrix products and elementwise ones; their derivatives are those of the parts.

/// The sum of products over axes of x and as many of y, in pairs; what is left of x comes before what is left of y.
/// - Fails: if the axes do not exist, are named twice, or extents of a pair differ.
public func tensordot(_ x: Tensor, _ y: Tensor, axes: ([Int], [Int])) -> Tensor {
    attempt { () throws(TensorError) in
        if let failed = [x, y].first(where: { $0.failure != nil }) { return failed }
        var (first, second): ([Int], [Int]) = ([], [])
        for axis in axes.0 { first.append(try x.axis(axis, "tensordot")) }
        for axis in axes.1 { second.append(try y.axis(axis, "tensordot")) }
        let pairs = zip(first, second)
        guard
            first.count == second.count, Set(first).count == first.count, Set(second).count == second.count,
            pairs.allSatisfy({ x.shape[$0] == y.shape[$1] || x.shape[$0] == 1 || y.shape[$1] == 1 })
        else {
            throw TensorError(
                .shape, "tensordot", "axes \(axes.0) of \(x.shape) and \(axes.1) of \(y.shape) do not pair up",
                "name as many axes of both, each once, with equal extents")
        }
        // An axis of extent 1 broadcasts: the other one is summed over by itself.
        var (left, right) = (x, y)
        for (i, j) in pairs where x.shape[i] != y.shape[j] {
            if x.shape[i] == 1 {
                right = right.sum(axis: j, keepDims: true)
            } else {
                left = left.sum(axis: i, keepDims: true)
            }
        }
        let keptX = (0..<x.rank).filter { !first.contains($0) }
        let keptY = (0..<y.rank).filter { !second.contains($0) }
        let length = first.reduce(1) { $0 * left.shape[$1] }
        let (rows, columns) = (keptX.map { x.shape[$0] }, keptY.map { y.shape[$0] })
        let a = bind(Permute(order: keptX + first), left).reshaped(rows.reduce(1, *), length)
        let b = bind(Permute(order: second + keptY), right).reshaped(length, columns.reduce(1, *))
        return a.matmul(b).reshaped(rows + columns)
    }
}

/// The sum of products over the last `axes` axes of x and the first ones of y.
/// - Fails: if there are not so many axes, or their extents differ.
public func tensordot(_ x: Tensor, _ y: Tensor, axes: Int = 2) -> Tensor {
    attempt { () throws(TensorError) in
        if let failed = [x, y].first(where: { $0.failure != nil }) { return failed }
        guard (0...Swift.min(x.rank, y.rank)).contains(axes) else {
            throw TensorError(
                .axis, "tensordot", "\(axes) axes of \(x.shape) and \(y.shape)", "name at most as many as both have")
        }
        return tensordot(x, y, axes: (Array(x.rank - axes..<x.rank), Array(0..<axes)))
    }
}

/// Sums of products over the last axes: zᵢ…ⱼ… = Σₖ xᵢ…ₖ yⱼ…ₖ. A scalar multiplies.
/// - Fails: if the last extents differ.
public func inner(_ x: Tensor, _ y: Tensor) -> Tensor {
    x.rank == 0 || y.rank == 0 ? x * y : tensordot(x, y, axes: ([-1], [-1]))
}

/// The inner product Σ x*ᵢ yᵢ along an axis; operands broadcast, and the left one is conjugated.
/// - Fails: if the shapes or the extents along the axis do not fit.
public func vecdot(_ x: Tensor, _ y: Tensor, axis: Int = -1) -> Tensor {
    attempt { () throws(TensorError) in
        if let failed = [x, y].first(where: { $0.failure != nil }) { return failed }
        let (i, j) = (try x.axis(axis, "vecdot"), try y.axis(axis, "vecdot"))
        guard x.shape[i] == y.shape[j] else {
            throw TensorError(
                .shape, "vecdot", "axis \(axis) of \(x.shape) and \(y.shape) has different extents",
                "vectors of one length are needed")
        }
        return (x.conj() * y).sum(axis: axis)
    }
}

/// The inner product of two vectors, the left one conjugated, Σ x*ᵢ yᵢ.
/// - Fails: if the operands are not vectors of the same length.
public func vdot(_ x: Tensor, _ y: Tensor) -> Tensor { dot(x.conj(), y) }

/// The Kronecker product: blocks xᵢⱼ y. The shorter shape is filled up with 1 in front.
/// - Fails: for more than half as many axes as a tensor may have.
public func kron(_ x: Tensor, _ y: Tensor) -> Tensor {
    attempt { () throws(TensorError) in
        if let failed = [x, y].first(where: { $0.failure != nil }) { return failed }
        let rank = Swift.max(x.rank, y.rank)
        guard 2 * rank <= Shape.maximumRank else {
            throw TensorError(
                .shape, "kron", "shapes \(x.shape) and \(y.shape) have too many axes",
                "use at most \(Shape.maximumRank / 2) axes")
        }
        func filled(_ z: Tensor) -> [Int] { Array(repeating: 1, count: rank - z.rank) + z.shape.extents }
        let (a, b) = (filled(x), filled(y))
        let product = x.reshaped(a.flatMap { [$0, 1] }) * y.reshaped(b.flatMap { [1, $0] })
        return product.reshaped(zip(a, b).map { $0 * $1 })
    }
}

/// The cross product of three-dimensional vectors along an axis; operands broadcast.
/// - Fails: if an extent along the axis is not 3, or the shapes do not fit.
public func cross(_ x: Tensor, _ y: Tensor, axis: Int = -1) -> Tensor {
    attempt { () throws(TensorError) in
        if let failed = [x, y].first(where: { $0.failure != nil }) { return failed }
        guard let common = Shape.broadcast(x.shape, y.shape) else {
            throw TensorError(
                .shape, "cross", "shapes \(x.shape) and \(y.shape) do not fit together",
                "aligned at the last axis, extents must be equal or 1")
        }
        let (a, b) = (x.broadcastUnchecked(common), y.broadcastUnchecked(common))
        let place = try a.axis(axis, "cross")
        guard common[place] == 3 else {
            throw TensorError(
                .shape, "cross", "axis \(axis) of \(common) has extent \(common[place]), not 3",
                "cross products are of vectors with three elements")
        }
        let (u, v) = (a.split(3, axis: place), b.split(3, axis: place))
        return concatenate(
            [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]], axis: place)
    }
}

/// The product of a chain of matrices, in the order of fewest multiplications; the first and the last may be vectors.
/// - Fails: for fewer than two operands, or if neighbours do not fit.
public func multiDot(_ matrices: [Tensor]) -> Tensor {
    attempt { () throws(TensorError) in
        if let failed = matrices.first(where: { $0.failure != nil }) { return failed }
        let last = matrices.count - 1
        guard last >= 1,
            matrices.enumerated().allSatisfy({ $1.rank == 2 || ($1.rank == 1 && ($0 == 0 || $0 == last)) })
        else {
            throw TensorError(
                .shape, "multiDot", "shapes \(matrices.map { "\($0.shape)" }.joined(separator: ", "))",
                "give at least two matrices; only the first and the last may be vectors")
        }
        var chain = matrices
        if chain[0].rank == 1 { chain[0] = chain[0].expandedAxis(0) }
        if chain[last].rank == 1 { chain[last] = chain[last].expandedAxis(1) }
        for (left, right) in zip(chain, chain.dropFirst()) where left.shape[1] != right.shape[0] {
            throw TensorError(
                .shape, "multiDot", "matrices of \(left.shape) and \(right.shape) do not fit",
                "the columns of each must be the rows of the next")
        }
        var product = ChainOrder(chain.map { $0.shape[0] } + [chain[last].shape[1]]).product(of: chain)
        if matrices[last].rank == 1 { product = product.squeezed(1) }
        if matrices[0].rank == 1 { product = product.squeezed(0) }
        return product
    }
}

/// The cheapest order in which a chain of matrices is multiplied, by dynamic programming.
private struct ChainOrder {
    /// Where the product of matrices i … j is cut.
    private var cuts: [[Int]]

    init(_ extents: [Int]) {
        let count = extents.count - 1
        var costs = [[Double]](repeating: [Double](repeating: 0, count: count), count: count)
        cuts = [[Int]](repeating: [Int](repeating: 0, count: count), count: count)
        for length in 1..<max(count, 1) {
            for i in 0..<count - length {
                let j = i + length
                costs[i][j] = .infinity
                for cut in i..<j {
                    let cost =
                        costs[i][cut] + costs[cut + 1][j] + Double(extents[i]) * Double(extents[cut + 1])
                        * Double(extents[j + 1])
                    if cost < costs[i][j] { (costs[i][j], cuts[i][j]) = (cost, cut) }
                }
            }
        }
    }

    func product(of chain: [Tensor]) -> Tensor { product(chain, 0, chain.count - 1) }

    private func product(_ chain: [Tensor], _ i: Int, _ j: Int) -> Tensor {
        i == j ? chain[i] : product(chain, i, cuts[i][j]).matmul(product(chain, cuts[i][j] + 1, j))
    }
}
