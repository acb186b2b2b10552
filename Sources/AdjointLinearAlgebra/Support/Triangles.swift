import AdjointCore
import AdjointRuntime

// Parts of matrices, for rules.
extension Tensor {
    /// The conjugate transpose of each matrix.
    var adjointed: Tensor { conj().matrixTransposed() }

    /// Without imaginary parts, in the same type.
    var withoutImaginaryPart: Tensor { dtype.isComplex ? real.to(dtype) : self }

    /// The diagonals: [..., m, n] gives [..., min(m, n)].
    var diagonalElements: Tensor { diagonal(axis1: -2, axis2: -1) }

    /// Square matrices with these diagonals: [..., n] gives [..., n, n].
    var onDiagonal: Tensor { diagonalEmbedded() }

    /// (X + Xᴴ)/2.
    var hermitianPart: Tensor { (self + adjointed) * 0.5 }

    /// (X − Xᴴ)/2.
    var skewPart: Tensor { (self - adjointed) * 0.5 }

    /// Each column times a number: X diag(d).
    func scalingColumns(_ factors: Tensor) -> Tensor { self * factors.expandedAxis(-2) }

    /// Each row times a number: diag(d) X.
    func scalingRows(_ factors: Tensor) -> Tensor { self * factors.expandedAxis(-1) }

    /// Each matrix times a number: [...] and [..., m, n].
    func scalingMatrices(_ factors: Tensor) -> Tensor { self * factors.expandedAxis(-1).expandedAxis(-1) }

    /// The sum over both axes of matrices.
    var sumOfMatrices: Tensor { sum(axis: -2, -1) }

    /// The largest absolute value in each matrix, as a constant; 0 for matrices without elements.
    var magnitude: Tensor {
        if failure != nil { return self }
        return shape.rows * shape.columns == 0
            ? Tensor.repeating(0, TensorType(Shape(stackExtents), dtype.realType)) : detach().abs().max(axis: -2, -1)
    }
}
