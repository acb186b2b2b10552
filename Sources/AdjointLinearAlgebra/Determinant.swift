import AdjointCore
import AdjointRuntime

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// y = det A by LU. Ā = ȳ C, where C holds the cofactors, also of a singular matrix (see `Cofactors`).
package struct Determinant: UnaryPrimitive {
    package static let name = "determinant"
    package static let triesWorkspace = true

    package func resultType(_ a: TensorType) throws(TensorError) -> TensorType {
        TensorType(a.shape.replacingLast(2, with: []), a.dtype)
    }

    package func execute(_ a: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let parts = Tensor(try LUDeterminant(a: a, logarithm: false)(type.dtype))
        return parts.value.view(type.shape, strides: Strides(contiguous: type.shape))
    }

    package func reads(for needs: InputSet) -> Reads { Reads(inputs: .first) }

    package func vjp(_ g: Tensor, _ saved: borrowing Saved) -> Tensor? {
        let a = saved.input(0)
        return bind(Cofactors(), a).scalingMatrices(g)
    }

    package func jvp(_ t: Tensor, x: Tensor, y: Tensor) -> Tensor? {
        (bind(Cofactors(), x).conj() * t).sumOfMatrices
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? { bind(self, inputs[0]) }
}

/// The sign of det A and ln |det A|, packed as [..., 2]: 0 and −∞ for a singular matrix.
///
/// Ā = ȳ A⁻ᴴ for the logarithm; for a singular matrix the limit, cofactors over 0. The sign of a complex determinant turns:
/// it adds i Im(s̄ · conj s) to ȳ.
package struct LogDeterminant: UnaryPrimitive {
    package static let name = "slogdet"
    package static let triesWorkspace = true

    package func resultType(_ a: TensorType) throws(TensorError) -> TensorType {
        TensorType(a.shape.replacingLast(2, with: [2]), a.dtype)
    }

    package func execute(_ a: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        try LUDeterminant(a: a, logarithm: true)(type.dtype)
    }

    package func reads(for needs: InputSet) -> Reads { Reads(inputs: .first, output: true) }

    package func vjp(_ g: Tensor, _ saved: borrowing Saved) -> Tensor? {
        let slope = bind(Inverse(policy: .limit), saved.input(0)).adjointed
        let size = g[.ellipsis, 1]
        guard g.dtype.isComplex else { return slope.scalingMatrices(size) }
        let turn = (g[.ellipsis, 0] * saved.output[.ellipsis, 0].conj()).imaginary
        return slope.scalingMatrices(complex(size.real, turn))
    }

    package func jvp(_ t: Tensor, x: Tensor, y: Tensor) -> Tensor? {
        let slope = (bind(Inverse(policy: .limit), x) * t.matrixTransposed()).sumOfMatrices
        guard x.dtype.isComplex else { return stack([Tensor.zeros(like: slope), slope], axis: -1) }
        let turn = y[.ellipsis, 0] * complex(Tensor.zeros(like: slope.real), slope.imaginary)
        return stack([turn, slope.withoutImaginaryPart], axis: -1)
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? { bind(self, inputs[0]) }
}

private struct LUDeterminant: ByElement {
    let a: TensorValue
    let logarithm: Bool

    func run<Element: LAPACKElement>(_: Element.Type) throws(TensorError) -> TensorValue {
        let n = a.shape.rows
        let factors = try a.columnMajorCopy()
        let result = try TensorValue(
            uninitialized: TensorType(a.shape.replacingLast(2, with: logarithm ? [2] : [1]), a.dtype))
        let target = result.elements.assumingMemoryBound(to: Element.self)
        forEachMatrix(a.shape.matrixCount, work: n * n * n) { index in
            withUnsafeTemporaryAllocation(of: Int32.self, capacity: max(n, 1)) { pivots in
                let matrix = factors.matrix(index, of: Element.self)
                _ = Element.getrf(n, n, matrix, pivots.baseAddress!)
                var (phase, size) = (Element(real: 1), logarithm ? 0.0 : 1.0)
                for i in 0..<n {
                    let element = matrix[i * n + i]
                    let modulus = element.modulus
                    if pivots[i] != Int32(i + 1) { phase = phase * Element(real: -1) }
                    if logarithm {
                        phase = modulus == 0 ? .zero : phase * (element / Element(real: Element.Real(modulus)))
                        size += log(modulus)
                    } else {
                        phase = phase * element
                    }
                }
                if logarithm {
                    (target[2 * index], target[2 * index + 1]) = (phase, Element(real: Element.Real(size)))
                } else {
                    target[index] = phase
                }
                return 0
            }
        }
        return result
    }
}

extension Tensor {
    /// The determinant of each square matrix. Ā = ȳ C with the cofactors C, also of singular matrices: a matrix of rank n − 1
    /// has a derivative that is not 0. Computed from singular values; for a regular matrix C = det(A) A⁻ᴴ (Giles 2008).
    /// - Fails: if the matrices are not square.
    public func determinant() -> Tensor {
        attempt { () throws(TensorError) in
            failure != nil ? self : bind(Determinant(), try asMatrices(Determinant.name, square: true))
        }
    }

    /// The sign of each matrix's determinant and the logarithm of its absolute value; 0 and −∞ for a singular matrix.
    /// Ā = ȳ A⁻ᴴ for the logarithm; the sign is piecewise constant.
    /// - Fails: if the matrices are not square.
    public func slogdet() -> (sign: Tensor, logAbsoluteValue: Tensor) {
        let parts = attempt { () throws(TensorError) in
            failure != nil ? self : bind(LogDeterminant(), try asMatrices(LogDeterminant.name, square: true))
        }
        guard parts.failure == nil else { return (parts, parts) }
        return (parts[.ellipsis, 0], parts[.ellipsis, 1].real)
    }

    /// The logarithm of each matrix's determinant: NaN if that is negative, −∞ if it is 0. Ā = ȳ A⁻ᴴ.
    /// - Fails: if the matrices are not square.
    public func logdet() -> Tensor {
        let (sign, logarithm) = slogdet()
        if sign.dtype.isComplex { return logarithm + sign.log() }
        return sign.failure != nil ? sign : which(sign .< 0, Tensor(Double.nan, dtype: sign.dtype), logarithm)
    }
}
