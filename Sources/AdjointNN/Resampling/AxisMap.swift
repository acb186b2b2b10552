import AdjointCore
import AdjointRuntime
import CKernels

/// A sparse matrix that makes one axis of extent `length` into another: row by row, the places read and their weights.
package struct AxisWeights: Sendable, Hashable {
    let length: Int
    private(set) var starts: [Int64] = [0]
    private(set) var columns: [Int64] = []
    private(set) var weights: [Double] = []

    init(length: Int) { self.length = length }

    /// The number of rows: the extent of the result.
    var rows: Int { starts.count - 1 }

    /// Adds a row; weights of 0 read nothing, so that an infinite element does not turn into NaN.
    mutating func appendRow(_ entries: some Sequence<(column: Int, weight: Double)>) {
        for (column, weight) in entries where weight != 0 {
            columns.append(Int64(column))
            weights.append(weight)
        }
        starts.append(Int64(columns.count))
    }

    /// The transposed matrix, its entries in the order of the rows.
    func transposed() -> AxisWeights {
        var result = AxisWeights(length: rows)
        var next = [Int64](repeating: 0, count: length + 1)
        for column in columns { next[Int(column) + 1] += 1 }
        for row in 0..<length { next[row + 1] += next[row] }
        result.starts = next
        result.columns = [Int64](repeating: 0, count: columns.count)
        result.weights = [Double](repeating: 0, count: weights.count)
        for row in 0..<rows {
            for entry in Int(starts[row])..<Int(starts[row + 1]) {
                let place = Int(next[Int(columns[entry])])
                next[Int(columns[entry])] += 1
                result.columns[place] = Int64(row)
                result.weights[place] = weights[entry]
            }
        }
        return result
    }
}

/// Weighted sums along an axis: means over windows, interpolation, sums over segments. Linear; the transpose is that of
/// the matrix.
package struct AxisMap: LinearPrimitive {
    package static let name = "axis_map"
    let axis: Int
    let matrix: AxisWeights
    package var label: String { "axis_map axis \(axis) \(matrix.length) to \(matrix.rows)" }

    package func resultType(_ x: TensorType) throws(TensorError) -> TensorType {
        var extents = x.shape.extents
        extents[axis] = matrix.rows
        guard let shape = Shape(checking: extents) else {
            throw TensorError(.outOfMemory, Self.name, "\(extents) does not fit in memory", "use smaller extents")
        }
        return TensorType(shape, x.dtype)
    }

    package func execute(_ x: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let x = try x.contiguous()
        let y = try TensorValue(uninitialized: type)
        guard type.shape.count > 0 else { return y }
        let outer = (0..<axis).reduce(1) { $0 * type.shape[$1] }
        let inner = (axis + 1..<type.shape.rank).reduce(1) { $0 * type.shape[$1] }
        let work = max(matrix.columns.count, matrix.rows) * inner
        Parallel.run(count: outer, grain: max(Kernels.grain / 2 / max(work, 1), 1)) { range in
            adj_axis_map(
                Int32(x.dtype.rawValue), x.elements, y.elements, Int64(matrix.length), Int64(matrix.rows),
                Int64(inner), matrix.starts, matrix.columns, matrix.weights, Int64(range.lowerBound),
                Int64(range.upperBound))
        }
        return y
    }

    package func transpose(_ g: Tensor, to x: TensorType) -> Tensor {
        bind(AxisMap(axis: axis, matrix: matrix.transposed()), g)
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        bind(AxisMap(axis: axis + 1, matrix: matrix), inputs[0])
    }
}

extension Tensor {
    /// The matrices applied to the last axes, one each.
    func mapped(_ matrices: [AxisWeights]) -> Tensor {
        var y = self
        // The outermost axis first: its loops run over the longest rows.
        for (index, matrix) in matrices.enumerated() {
            y = bind(AxisMap(axis: rank - matrices.count + index, matrix: matrix), y)
        }
        return y
    }
}
