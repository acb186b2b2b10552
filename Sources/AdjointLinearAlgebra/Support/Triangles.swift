import AdjointCore
import AdjointRuntime

// Parts of matrices, for rules.
extension Tensor {
    /// The conjugate transpose of each matrix.
    var adjointed: Tensor { matrixTransposed() }

    /// The complex conjugate.
    var conjugated: Tensor { self }

    /// The real part; real numbers as they are.
    var realPart: Tensor { self }

    /// The elements on and below the diagonal, or below a diagonal further down; 0 above.
    func lower(below offset: Int = 0) -> Tensor { masked { $1 <= $0 - offset } }

    /// The elements on and above the diagonal, or above a diagonal further up; 0 below.
    func upper(above offset: Int = 0) -> Tensor { masked { $1 >= $0 + offset } }

    /// The elements off the diagonal; 0 on it.
    var offDiagonal: Tensor { masked { $0 != $1 } }

    /// The diagonals: [..., m, n] gives [..., min(m, n)].
    var diagonalElements: Tensor {
        let (m, n) = (shape.rows, shape.columns)
        let flat = reshaped(stackExtents + [m * n])
        let end = m * n == 0 ? 0 : Swift.min(m, n) * (n + 1) - n
        return flat[.ellipsis, .stride(from: 0, to: end, by: n + 1)]
    }

    /// Square matrices with these diagonals: [..., n] gives [..., n, n].
    var onDiagonal: Tensor {
        let n = shape[rank - 1]
        return expandedAxis(-2).broadcast(to: shape.extents + [n]).masked { $0 == $1 }
    }

    /// (X + Xᴴ)/2.
    var hermitianPart: Tensor { (self + adjointed) * 0.5 }

    /// (X − Xᴴ)/2.
    var skewPart: Tensor { (self - adjointed) * 0.5 }

    /// Each column times a number: X diag(d).
    func scalingColumns(_ factors: Tensor) -> Tensor { self * factors.expandedAxis(-2) }

    /// Each row times a number: diag(d) X.
    func scalingRows(_ factors: Tensor) -> Tensor { self * factors.expandedAxis(-1) }

    /// The largest absolute value in each matrix, as a constant; 0 for matrices without elements.
    var magnitude: Tensor {
        let type = TensorType(Shape(stackExtents), dtype)
        return shape.rows * shape.columns == 0
            ? Tensor.repeating(0, type) : detach().abs().max(axis: -2, -1)
    }

    private func masked(_ keeps: (Int, Int) -> Bool) -> Tensor {
        let (m, n) = (shape.rows, shape.columns)
        let mask = Tensor((0..<m).flatMap { i in (0..<n).map { j in keeps(i, j) } }, shape: [m, n])
        return which(mask, self, Tensor.repeating(0, TensorType(Shape(), dtype)))
    }
}
