import AdjointCore
import AdjointRuntime
import Synchronization

// What every factorization needs: stacks of matrices in LAPACK's order, one call a matrix, and where it failed.
extension TensorValue {
    /// A fresh copy in which each matrix is column-major: memory that LAPACK may overwrite.
    func columnMajorCopy() throws(TensorError) -> TensorValue {
        let result = try TensorValue(uninitialized: TensorType(shape.matrixTransposed, dtype))
        Kernels.copy(self, to: result.elements, strides: Strides(contiguous: result.shape).matrixTransposed(shape.rank))
        return result
    }

    /// The same numbers with each matrix column-major, for reading: a transposed matrix is not copied.
    func columnMajor() throws(TensorError) -> TensorValue { try matrixTransposed().contiguous() }

    /// The transposed matrices, without copying.
    func matrixTransposed() -> TensorValue {
        view(shape.matrixTransposed, strides: strides.matrixTransposed(shape.rank))
    }

    /// The first element of a matrix of a contiguous stack.
    func matrix<Element>(_ index: Int, of _: Element.Type) -> UnsafeMutablePointer<Element> {
        let size = shape[shape.rank - 1] * shape[shape.rank - 2]
        return elements.assumingMemoryBound(to: Element.self) + index * size
    }

    /// The first element of a vector of a contiguous stack.
    func vector<Element>(_ index: Int, of _: Element.Type) -> UnsafeMutablePointer<Element> {
        elements.assumingMemoryBound(to: Element.self) + index * shape[shape.rank - 1]
    }
}

extension Shape {
    var matrixTransposed: Shape {
        replacing(rank - 1, with: self[rank - 2]).replacing(rank - 2, with: self[rank - 1])
    }

    /// The shape with the last extents replaced.
    func replacingLast(_ count: Int, with extents: [Int]) -> Shape { Shape(self.extents.dropLast(count) + extents) }

    /// How many matrices a shape holds.
    var matrixCount: Int { extents.dropLast(2).reduce(1, *) }

    var rows: Int { self[rank - 2] }
    var columns: Int { self[rank - 1] }
}

extension Strides {
    func matrixTransposed(_ rank: Int) -> Strides {
        var result = self
        (result[rank - 1], result[rank - 2]) = (self[rank - 2], self[rank - 1])
        return result
    }
}

/// Where a routine failed.
struct LAPACKFailure {
    let matrix: Int
    let info: Int

    /// The matrix's place in the stack, as messages name it: nothing for a single matrix.
    func place(in shape: Shape) -> String {
        guard shape.rank > 2 else { return "the matrix" }
        var (rest, indices) = (matrix, [Int]())
        for extent in shape.extents.dropLast(2).reversed() {
            indices.insert(rest % extent, at: 0)
            rest /= extent
        }
        return "matrix \(indices)"
    }
}

/// Calls a routine for each matrix of a stack, cut by size. The routine's result is its `info`; gives the first that is
/// not 0.
@discardableResult
func forEachMatrix(_ count: Int, work: Int, _ body: (Int) -> Int) -> LAPACKFailure? {
    BLAS.holdToOneThread()
    let first = FirstFailure()
    Parallel.run(count: count, grain: max((1 << 18) / max(work, 1), 1)) { range in
        for index in range {
            let info = body(index)
            if info != 0 { first.note(index, info) }
        }
    }
    return first.failure
}

/// The failure of the first matrix in the stack's order, whichever thread comes first.
private final class FirstFailure: Sendable {
    private let found = Mutex<(Int, Int)?>(nil)

    func note(_ matrix: Int, _ info: Int) {
        found.withLock { if $0 == nil || matrix < $0!.0 { $0 = (matrix, info) } }
    }

    var failure: LAPACKFailure? { found.withLock { $0.map { LAPACKFailure(matrix: $0.0, info: $0.1) } } }
}

/// Calls the variant of a generic computation for an element type.
protocol ByElement {
    func run<Element: LAPACKElement>(_: Element.Type) throws(TensorError) -> TensorValue
}

extension ByElement {
    func callAsFunction(_ dtype: DType) throws(TensorError) -> TensorValue {
        switch dtype {
        case .float32: try run(Float.self)
        case .complex64: try run(LAPACKComplexFloat.self)
        case .complex128: try run(LAPACKComplexDouble.self)
        default: try run(Double.self)
        }
    }
}

// Checks that the public functions share.
extension Tensor {
    /// The number of examples in front of the matrices.
    var stackExtents: [Int] { shape.extents.dropLast(2) }

    /// This tensor, checked to be a matrix or a stack of them, in a type that LAPACK computes.
    func asMatrices(_ operation: String, square: Bool = false) throws(TensorError) -> Tensor {
        guard rank >= 2 else {
            throw TensorError(
                .shape, operation, "\(shape) is not a matrix", "give a matrix, or a stack of them along leading axes")
        }
        guard !square || shape.rows == shape.columns else {
            throw TensorError(
                .shape, operation, "the matrices of \(shape) are not square",
                "the last two extents must be equal; for other matrices use leastSquares or pseudoInverse")
        }
        return try asFloatingPoint(operation)
    }

    /// This tensor, checked to be of a type that LAPACK computes; 16-bit numbers in `float32`.
    func asFloatingPoint(_ operation: String) throws(TensorError) -> Tensor {
        guard dtype.isDifferentiable else { throw TensorError.needsFloatingPoint(operation, type) }
        return to(dtype.computing)
    }
}

/// Two stacks of matrices with equal leading extents and one element type.
func alike(_ a: Tensor, _ b: Tensor, _ operation: String) throws(TensorError) -> (Tensor, Tensor) {
    let dtype = DType.promoted(a.dtype, b.dtype)
    guard let leading = Shape.broadcast(Shape(a.stackExtents), Shape(b.stackExtents)) else {
        throw TensorError(
            .shape, operation, "the leading axes of \(a.shape) and \(b.shape) do not fit together",
            "aligned before the matrix axes, leading extents must be equal or 1")
    }
    return (
        a.to(dtype).broadcastUnchecked(Shape(leading.extents + a.shape.extents.suffix(2))),
        b.to(dtype).broadcastUnchecked(Shape(leading.extents + b.shape.extents.suffix(2)))
    )
}

extension Primitive {
    /// The operation on examples, where leading axes are a stack already: mapped axes simply go in front.
    func batchedInFront(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor {
        bindDynamically(self, Tensor.mappedAlike(inputs, mapped, size))
    }
}
