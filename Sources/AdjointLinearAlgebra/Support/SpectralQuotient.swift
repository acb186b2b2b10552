import AdjointCore
import AdjointRuntime

/// What a quotient's denominators are differences of, as messages name it.
enum Spectrum: String, CaseIterable, Sendable {
    case eigenvalues
    case singularValues
    /// Differences from 0, or sums, of singular values.
    case vanishingSingularValues

    func problem(_ i: Int, _ j: Int, _ place: String, _ value: Double) -> String {
        switch self {
        case .eigenvalues: "eigenvalues \(i) and \(j) of \(place) are equal (\(value))"
        case .singularValues: "singular values \(i) and \(j) of \(place) are equal (\(value))"
        case .vanishingSingularValues: "singular value \(j) of \(place) is 0"
        }
    }
}

/// Qᵢⱼ = Mᵢⱼ/(cⱼ − rᵢ), and 0 where a numerator and its denominator both vanish: the quotients by which rotations
/// of eigenvectors and singular vectors follow a matrix.
///
/// Inputs: M [..., m, k], r [..., m], c [..., k], and the size [...] of the numbers that M was computed from, by which
/// rounding errors of 0 are told from numerators that need the quotient. M̄ = Q(Q̄), c̄ⱼ = −Σᵢ Q(Q̄ ∘ Q)ᵢⱼ, r̄ᵢ = Σⱼ Q(Q̄ ∘ Q)ᵢⱼ.
/// - Fails: where a denominator vanishes and its numerator does not, naming the pair.
package struct SpectralQuotient: Primitive {
    package static let name = "spectralQuotient"
    let operation: String
    let spectrum: Spectrum
    /// Whether r and c are one spectrum: then Q has zeros on its diagonal, whatever M has.
    let isWithinSpectrum: Bool

    package func resultType(_ inputs: [TensorType]) throws(TensorError) -> TensorType { inputs[0] }

    package func execute(_ inputs: [TensorValue], _ type: TensorType) throws(TensorError) -> TensorValue {
        try Execution(quotient: self, inputs: inputs)(type.dtype)
    }

    private struct Execution: ByElement {
        let quotient: SpectralQuotient
        let inputs: [TensorValue]

        func run<Element: LAPACKElement>(_: Element.Type) throws(TensorError) -> TensorValue {
            let shape = inputs[0].shape
            let (m, k) = (shape.rows, shape.columns)
            let numerators = try inputs[0].contiguous()
            let (rows, columns) = (try inputs[1].contiguous(), try inputs[2].contiguous())
            let sizes = try inputs[3].contiguous()
            let result = try TensorValue(uninitialized: inputs[0].type)
            let precision = Double(Element.Real.ulpOfOne) * Double(max(m, k))
            let failure = forEachMatrix(shape.matrixCount, work: m * k) { index in
                let numerator = numerators.matrix(index, of: Element.self)
                let (r, c) = (rows.vector(index, of: Element.self), columns.vector(index, of: Element.self))
                let target = result.matrix(index, of: Element.self)
                let size = sizes.elements.assumingMemoryBound(to: Element.self)[index].modulus
                var largest = 0.0
                for i in 0..<m { largest = max(largest, r[i].modulus) }
                for j in 0..<k { largest = max(largest, c[j].modulus) }
                for i in 0..<m {
                    for j in 0..<k {
                        let gap = c[j] - r[i]
                        if i == j, quotient.isWithinSpectrum {
                            target[i * k + j] = .zero
                        } else if gap.modulus > precision * largest {
                            target[i * k + j] = numerator[i * k + j] / gap
                        } else if numerator[i * k + j].modulus <= 64 * precision * size {
                            target[i * k + j] = .zero
                        } else {
                            return i * k + j + 1
                        }
                    }
                }
                return 0
            }
            if let failure {
                let (i, j) = ((failure.info - 1) / k, (failure.info - 1) % k)
                let value = columns.vector(failure.matrix, of: Element.self)[j].modulus
                throw TensorError(
                    .singular, quotient.operation,
                    quotient.spectrum.problem(i, j, failure.place(in: shape), value)
                        + ", and the derivative of their vectors is asked for, which there is not",
                    "use only the values, or a function of the vectors that does not depend on the choice among equals")
            }
            return result
        }
    }

    package func reads(for needs: InputSet) -> Reads {
        let spectra = needs.contains(.input(1)) || needs.contains(.input(2))
        return Reads(inputs: [.input(1), .input(2)], output: spectra)
    }

    package func pullback(_ g: Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink) {
        let (r, c) = (saved.input(1).conj(), saved.input(2).conj())
        if saved.needs(0) { send.add(quotient(g, r, c), to: 0, of: saved) }
        guard saved.needs(1) || saved.needs(2) else { return }
        let change = quotient(g * saved.output.conj(), r, c)
        if saved.needs(1) { send.add(change.sum(axis: -1), to: 1, of: saved) }
        if saved.needs(2) { send.add(-change.sum(axis: -2), to: 2, of: saved) }
    }

    package func jvp(_ inputs: [Tensor], _ tangents: [Tensor?], _ result: Tensor) -> Tensor? {
        var numerator = tangents[0]
        if let t = tangents[1] {
            let change = result.scalingRows(t)
            numerator = numerator.map { $0 + change } ?? change
        }
        if let t = tangents[2] {
            let change = result.scalingColumns(t)
            numerator = numerator.map { $0 - change } ?? -change
        }
        return numerator.map { quotient($0, inputs[1], inputs[2]) }
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        batchedInFront(inputs, mapped, size)
    }

    private func quotient(_ m: Tensor, _ r: Tensor, _ c: Tensor) -> Tensor {
        bind(self, [m, r, c, m.magnitude.to(m.dtype)])
    }
}

extension Tensor {
    /// Mᵢⱼ/(λⱼ − λᵢ) off the diagonal, where M was computed from numbers of this size; see `SpectralQuotient`. With a
    /// broadening ε above 0, Mᵢⱼ d/(d² + ε) of the difference d instead, which never fails.
    func quotient(
        overDifferences values: Tensor, size: Tensor, broadening: Double = 0, _ operation: String, _ spectrum: Spectrum
    ) -> Tensor {
        if broadening > 0 {
            let difference = values.expandedAxis(-2) - values.expandedAxis(-1)
            return self * (difference / (difference * difference + broadening))
        }
        return bind(
            SpectralQuotient(operation: operation, spectrum: spectrum, isWithinSpectrum: true),
            [self, values, values, size.to(dtype)])
    }

    /// Mᵢⱼ/(cⱼ − rᵢ), where M was computed from numbers of this size; see `SpectralQuotient`.
    func quotient(
        overDifferences rows: Tensor, _ columns: Tensor, size: Tensor, _ operation: String, _ spectrum: Spectrum
    ) -> Tensor {
        bind(
            SpectralQuotient(operation: operation, spectrum: spectrum, isWithinSpectrum: false),
            [self, rows, columns, size.to(dtype)])
    }
}
