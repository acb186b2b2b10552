import AdjointCore
import AdjointRuntime
import CKernels

// The linear operations of the family. Cotangents are those of PyTorch's convention, so that the transpose of a complex-linear
// operation is its conjugate transpose.

/// Points before, along and after an axis.
private struct Extents {
    let outer: Int
    let length: Int
    let inner: Int

    init(_ shape: Shape, _ axis: Int) {
        outer = (0..<axis).reduce(1) { $0 * shape[$1] }
        length = shape[axis]
        inner = (axis + 1..<shape.rank).reduce(1) { $0 * shape[$1] }
    }
}

/// yₖ = scale Σⱼ xⱼ exp(∓2πijk/n) along an axis of complex numbers. The conjugate transpose has the other sign and the same scale.
struct DiscreteFourierTransform: LinearPrimitive {
    static let name = "dft"
    static let triesWorkspace = true
    let axis: Int
    let inverse: Bool
    let scale: Double
    var label: String { inverse ? "inverse dft" : Self.name }

    func resultType(_ x: TensorType) throws(TensorError) -> TensorType { x }

    func execute(_ x: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let x = try x.contiguous()
        let y = try TensorValue(uninitialized: type)
        let extents = Extents(type.shape, axis)
        guard type.shape.count > 0 else { return y }
        try FourierTransformer(try FourierPlan.plan(extents.length), inverse: inverse, scale: scale).run(
            FourierPoints(complex: x, inner: extents.inner, length: extents.length),
            FourierPoints(complex: y, inner: extents.inner, length: extents.length),
            count: extents.outer * extents.inner)
        return y
    }

    func transpose(_ g: Tensor, to x: TensorType) -> Tensor {
        bind(DiscreteFourierTransform(axis: axis, inverse: !inverse, scale: scale), g)
    }

    func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        bind(DiscreteFourierTransform(axis: axis + 1, inverse: inverse, scale: scale), inputs[0])
    }
}

/// The first n/2 + 1 points of the transform of n real numbers; the others are conjugates of these.
struct RealFourierTransform: LinearPrimitive {
    static let name = "rdft"
    static let triesWorkspace = true
    let axis: Int
    let scale: Double

    func resultType(_ x: TensorType) throws(TensorError) -> TensorType {
        TensorType(x.shape.replacing(axis, with: x.shape[axis] / 2 + 1), x.dtype.complexType)
    }

    func execute(_ x: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let x = try x.contiguous()
        let extents = Extents(x.shape, axis)
        let (n, inner) = (extents.length, extents.inner)
        guard type.shape.count > 0 else { return try TensorValue(uninitialized: type) }
        // n real numbers as n/2 complex ones where n is even.
        let length = n % 2 == 0 ? n / 2 : n
        let whole = try TensorValue(uninitialized: TensorType(x.shape.replacing(axis, with: length), .complex128))
        let transformer = FourierTransformer(
            try FourierPlan.plan(length), inverse: false, scale: n % 2 == 0 ? 1 : scale)
        let source =
            n % 2 == 0
            ? FourierPoints(pairs: x, inner: inner, length: length) : FourierPoints(real: x, inner: inner, length: n)
        try transformer.run(
            source, FourierPoints(complex: whole, inner: inner, length: length), count: extents.outer * inner)
        if n % 2 == 1 {
            // The sum of real numbers is real, to the last bit.
            let numbers = whole.elements.assumingMemoryBound(to: Double.self)
            for row in 0..<extents.outer {
                for place in 0..<inner { numbers[2 * (row * n * inner + place) + 1] = 0 }
            }
            return try Kernels.cast(
                whole.view(type.shape, strides: Strides(contiguous: whole.shape)), to: type.dtype)
        }
        let y = try TensorValue(uninitialized: type)
        try FourierPlan.roots(n).withUnsafe { roots throws(TensorError) in
            let numbers = whole.elements.assumingMemoryBound(to: Double.self)
            Parallel.run(
                count: extents.outer * (length + 1), grain: Swift.max(Kernels.grain / inner, 1)
            ) { rows in
                adj_fourier_unfold(
                    Int32(type.dtype.realType.rawValue), numbers, y.elements, Int64(length), Int64(inner), roots, scale,
                    Int64(rows.lowerBound), Int64(rows.upperBound))
            }
        }
        return y
    }

    /// Each real number sees the n/2 + 1 points once, and `HermitianFourierTransform` the inner ones twice.
    func transpose(_ g: Tensor, to x: TensorType) -> Tensor {
        let back = HermitianFourierTransform(axis: axis, length: x.shape[axis], scale: scale)
        return bind(back, g * multiplicities(x.shape[axis], axis, g.type) { $0 ? 0.5 : 1 }).to(x.dtype)
    }

    func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        bind(RealFourierTransform(axis: axis + 1, scale: scale), inputs[0])
    }
}

/// The n real numbers xⱼ = scale Σₖ Xₖ exp(2πijk/n), of which the first n/2 + 1 points Xₖ are given and the others are their
/// conjugates. Imaginary parts of what must be real for that are ignored.
struct HermitianFourierTransform: LinearPrimitive {
    static let name = "inverse rdft"
    static let triesWorkspace = true
    let axis: Int
    let length: Int
    let scale: Double

    func resultType(_ x: TensorType) throws(TensorError) -> TensorType {
        TensorType(x.shape.replacing(axis, with: length), x.dtype.realType)
    }

    func execute(_ x: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let x = try x.contiguous()
        let extents = Extents(type.shape, axis)
        let (n, inner) = (extents.length, extents.inner)
        let y = try TensorValue(uninitialized: type)
        guard type.shape.count > 0 else { return y }
        let count = n % 2 == 0 ? n / 2 : n
        let whole = try TensorValue(uninitialized: TensorType(type.shape.replacing(axis, with: count), .complex128))
        let numbers = whole.elements.assumingMemoryBound(to: Double.self)
        let dtype = Int32(type.dtype.rawValue)
        let grain = Swift.max(Kernels.grain / inner, 1)
        if n % 2 == 0 {
            try FourierPlan.roots(n).withUnsafe { roots throws(TensorError) in
                Parallel.run(count: extents.outer * count, grain: grain) { rows in
                    adj_fourier_fold(
                        dtype, x.elements, numbers, Int64(count), Int64(inner), roots, Int64(rows.lowerBound),
                        Int64(rows.upperBound))
                }
            }
        } else {
            Parallel.run(count: extents.outer * count, grain: grain) { rows in
                adj_fourier_extend(
                    dtype, x.elements, numbers, Int64(n), Int64(inner), Int64(rows.lowerBound), Int64(rows.upperBound))
            }
        }
        try FourierTransformer(try FourierPlan.plan(count), inverse: true, scale: scale).run(
            FourierPoints(complex: whole, inner: inner, length: count),
            n % 2 == 0
                ? FourierPoints(pairs: y, inner: inner, length: count)
                : FourierPoints(real: y, inner: inner, length: n),
            count: extents.outer * inner)
        return y
    }

    func transpose(_ g: Tensor, to x: TensorType) -> Tensor {
        let points = bind(RealFourierTransform(axis: axis, scale: scale), g)
        return points * multiplicities(length, axis, points.type) { $0 ? 2 : 1 }
    }

    func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        bind(HermitianFourierTransform(axis: axis + 1, length: length, scale: scale), inputs[0])
    }
}

/// A factor for each of the n/2 + 1 points along an axis, by whether its conjugate is another of the n points.
private func multiplicities(_ n: Int, _ axis: Int, _ type: TensorType, _ factor: (Bool) -> Double) -> Tensor {
    let factors = (0..<n / 2 + 1).map { factor($0 > 0 && 2 * $0 != n) }
    let along = (axis..<type.shape.rank).map { $0 == axis ? factors.count : 1 }
    return Tensor(factors, shape: along).to(type.dtype)
}
