import AdjointCore
import AdjointRuntime
import CKernels

/// Rows along the last axis brought to mean 0 and variance 1, y = (x − mean)/√(variance + ε), or, not centered, to mean
/// square 1, y = x/√(mean square + ε). x̄ = s (ȳ − mean ȳ − y mean(ȳ y)), s = 1/√(variance + ε) (Ba et al. 2016).
package struct Standardize: UnaryPrimitive {
    package static let name = "standardize"
    let epsilon: Double
    let isCentered: Bool

    package func resultType(_ x: TensorType) throws(TensorError) -> TensorType { x }

    package func execute(_ x: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let x = try x.contiguous()
        let y = try TensorValue(uninitialized: type)
        StandardizedRows.run(type) { length, range in
            adj_standardize(
                Int32(type.dtype.rawValue), x.elements, nil, nil, y.elements, length, epsilon, isCentered ? 1 : 0,
                Int64(range.lowerBound), Int64(range.upperBound))
        }
        return y
    }

    package func reads(for needs: InputSet) -> Reads { Reads(inputs: .first) }

    package func vjp(_ g: Tensor, _ saved: borrowing Saved) -> Tensor? { bind(pullback, g, saved.input(0)) }

    // The Jacobian is symmetric.
    package func jvp(_ t: Tensor, x: Tensor, y: Tensor) -> Tensor? { bind(pullback, t, x) }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? { bind(self, inputs[0]) }

    var pullback: StandardizePullback { StandardizePullback(epsilon: epsilon, isCentered: isCentered) }
}

/// P(g, x) = s (g − mean g − y mean(g y)): the derivative of `Standardize` at x along g, or its transpose, which is the
/// same. Linear and symmetric in g; the derivative in x is the second derivative of ⟨g, y⟩, symmetric in its two vectors.
package struct StandardizePullback: BinaryPrimitive {
    package static let name = "standardize_pullback"
    let epsilon: Double
    let isCentered: Bool

    package func resultType(_ g: TensorType, _ x: TensorType) throws(TensorError) -> TensorType { x }

    package func execute(_ g: TensorValue, _ x: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let (g, x) = (try g.contiguous(), try x.contiguous())
        let result = try TensorValue(uninitialized: type)
        StandardizedRows.run(type) { length, range in
            adj_standardize_pullback(
                Int32(type.dtype.rawValue), g.elements, x.elements, nil, result.elements, nil, nil, length, epsilon,
                isCentered ? 1 : 0, Int64(range.lowerBound), Int64(range.upperBound))
        }
        return result
    }

    package func reads(for needs: InputSet) -> Reads {
        Reads(inputs: needs.contains(.second) ? [.first, .second] : .second)
    }

    package func pullback(_ h: Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink) {
        let x = saved.input(1)
        if saved.needs(0) { send.add(bind(self, h, x), to: 0, of: saved) }
        if saved.needs(1) { send.add(second(h, saved.input(0), x), to: 1, of: saved) }
    }

    package func jvp(_ inputs: [Tensor], _ tangents: [Tensor?], _ result: Tensor) -> Tensor? {
        let (g, x) = (inputs[0], inputs[1])
        let first = tangents[0].map { bind(self, $0, x) }
        let change = tangents[1].map { second($0, g, x) }
        guard let first, let change else { return first ?? change }
        return first + change
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        bind(self, inputs[0].repeated(mapped[0], size), inputs[1].repeated(mapped[1], size))
    }

    /// −s² y (mean(h g) − mean h mean g − mean(h y) mean(g y)) − s (mean(g y) P h + mean(h y) P g).
    private func second(_ h: Tensor, _ g: Tensor, _ x: Tensor) -> Tensor {
        func mean(_ t: Tensor) -> Tensor { t.mean(axis: -1, keepDims: true) }
        let y = bind(Standardize(epsilon: epsilon, isCentered: isCentered), x)
        let centered = isCentered ? x - mean(x) : x
        let scale = (mean(centered.square()) + epsilon).rsqrt()
        let (hy, gy) = (mean(h * y), mean(g * y))
        var product = mean(h * g) - hy * gy
        if isCentered { product = product - mean(h) * mean(g) }
        return -(scale.square() * product * y) - scale * (gy * bind(self, h, x) + hy * bind(self, g, x))
    }
}

enum StandardizedRows {
    /// Calls `body` with the length of the rows and ranges of them.
    static func run(_ type: TensorType, _ body: (_ length: Int64, Range<Int>) -> Void) {
        let length = type.shape[type.shape.rank - 1]
        guard type.shape.count > 0 else { return }
        Parallel.run(count: type.shape.count / length, grain: max(Kernels.grain / 4 / length, 1)) {
            body(Int64(length), $0)
        }
    }
}
