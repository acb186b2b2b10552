import Synchronization

/// A column times a row that nobody has asked for yet. The gradient of a weight after one sample is one: as large as the weight,
/// and an optimizer that reads the two vectors instead has two thirds of the memory to move.
///
/// The memory is there from the start, so that writing it later cannot fail.
final class PendingProduct: Sendable {
    let block: Block
    private let state: Mutex<(column: TensorValue, row: TensorValue)?>

    init(_ block: Block, _ column: TensorValue, _ row: TensorValue) {
        self.block = block
        state = Mutex((column, row))
    }

    /// The column [m, 1] and the row [1, n], until the product is written.
    var factors: (column: TensorValue, row: TensorValue)? { state.withLock { $0 } }

    /// Writes the product, once; who asks meanwhile waits.
    func finish() {
        state.withLock { state in
            guard let (column, row) = state else { return }
            BLAS.multiply(
                column.dtype, m: column.shape[0], n: row.shape[1], k: 1, Self.matrix(column), Self.matrix(row),
                into: block.address)
            state = nil
        }
    }

    private static func matrix(_ vector: TensorValue) -> BLAS.Matrix {
        let step = vector.shape[0] == 1 ? vector.strides[1] : vector.strides[0]
        return BLAS.Matrix(elements: vector.elements, transposed: vector.shape[0] == 1, leading: step)
    }
}
