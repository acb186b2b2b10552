import AdjointCore

/// Eigenvalues and eigenvectors: the two parts of what an eigendecomposition packs, a row for each vector with its value at the end.
struct Eigenpairs {
    var values: Tensor
    var vectors: Tensor

    init(values: Tensor, vectors: Tensor) {
        self.values = values
        self.vectors = vectors
    }

    init(packed: Tensor) {
        guard packed.failure == nil else {
            (values, vectors) = (packed, packed)
            return
        }
        let n = packed.shape.rows
        values = packed[.ellipsis, n]
        vectors = packed[.ellipsis, 0..<n].matrixTransposed()
    }

    var packed: Tensor { concatenate([vectors.matrixTransposed(), values.expandedAxis(-1)], axis: -1) }
}
