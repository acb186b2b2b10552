import AdjointCore
import AdjointRuntime

/// The three kinds of transforms.
enum FourierKind {
    case complex(inverse: Bool)
    /// Of real numbers, half of the points; `conjugate`: with the exponent of an inverse.
    case real(conjugate: Bool)
    /// To real numbers, from half of the points; `conjugate`: with the exponent of a forward transform.
    case hermitian(conjugate: Bool)

    var isInverse: Bool {
        switch self {
        case .complex(let inverse): inverse
        case .real(let conjugate): conjugate
        case .hermitian(let conjugate): !conjugate
        }
    }

    /// The points read along the last axis for a transform of `length` points.
    func pointsRead(_ length: Int) -> Int {
        if case .hermitian = self { length / 2 + 1 } else { length }
    }

    /// The length if none is named.
    func length(_ extent: Int) -> Int {
        if case .hermitian = self { 2 * (extent - 1) } else { extent }
    }
}

// How the transforms resolve axes and lengths, and which linear operations they are made of.
extension Tensor {
    func transform(_ name: String, _ kind: FourierKind, _ length: Int?, _ axis: Int, _ norm: FourierNorm) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            return try transform(name, kind, [try self.axis(axis, name)], [length ?? -1], norm)
        }
    }

    func transform(
        _ name: String, _ kind: FourierKind, _ lengths: [Int]?, _ axes: [Int]?, _ norm: FourierNorm
    ) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            let count = lengths?.count ?? rank
            guard axes != nil || count <= rank else {
                throw TensorError(
                    .axis, name, "\(count) lengths for a tensor of shape \(shape)", "give at most one length an axis")
            }
            let axes = axes ?? Array(rank - count..<rank)
            var places: [Int] = []
            for axis in axes {
                let place = try self.axis(axis, name)
                guard !places.contains(place) else {
                    throw TensorError(.axis, name, "axis \(axis) is named twice in \(axes)", "name each axis once")
                }
                places.append(place)
            }
            let lengths = lengths ?? places.map { _ in -1 }
            guard lengths.count == places.count else {
                throw TensorError(
                    .argument, name, "\(lengths.count) lengths and \(places.count) axes", "give one length an axis")
            }
            return try transform(name, kind, places, lengths, norm)
        }
    }

    /// Trims axes or fills them with zeros, and transforms.
    private func transform(
        _ name: String, _ kind: FourierKind, _ axes: [Int], _ lengths: [Int], _ norm: FourierNorm
    ) throws(TensorError) -> Tensor {
        var (x, count, last) = (floating, 1.0, 1)
        for (place, (axis, length)) in zip(axes, lengths).enumerated() {
            let isLast = place == axes.count - 1
            let points = length != -1 ? length : isLast ? kind.length(shape[axis]) : shape[axis]
            guard points > 0, points <= Shape.maximumExtent else {
                throw TensorError(
                    .argument, name, "\(points) points along axis \(axis) of \(shape)",
                    "a transform has at least one point; choose the length")
            }
            x = try x.resized(name, axis, isLast ? kind.pointsRead(points) : points)
            count *= Double(points)
            last = points
        }
        // One factor for all axes.
        let scale = norm.scale(count, inverse: kind.isInverse)
        if case .complex(let inverse) = kind {
            return x.to(x.dtype.complexType).transformed(axes, inverse: inverse, scale)
        }
        guard let lastAxis = axes.last else {
            throw TensorError(.axis, name, "no axis is named for \(type)", "name one axis at least")
        }
        let others = Array(axes.dropLast())
        if case .hermitian(let conjugate) = kind {
            let points = x.to(x.dtype.complexType).transformed(others, inverse: !conjugate, 1)
            return bind(
                HermitianFourierTransform(axis: lastAxis, length: last, scale: scale),
                conjugate ? points.conj() : points)
        }
        guard !x.dtype.isComplex else {
            throw TensorError(
                .dtype, name, "\(type) is complex", "use the transform of complex numbers, or take the real part first")
        }
        // The last axis first: the others have half of the work then.
        let half = bind(RealFourierTransform(axis: lastAxis, scale: scale), x)
        return (kind.isInverse ? half.conj() : half).transformed(others, inverse: kind.isInverse, 1)
    }

    private func resized(_ name: String, _ axis: Int, _ extent: Int) throws(TensorError) -> Tensor {
        if extent <= shape[axis] { return part(of: axis, 0..<extent) }
        let zeros = shape.replacing(axis, with: extent - shape[axis])
        guard Shape(checking: shape.replacing(axis, with: extent).extents) != nil else {
            throw TensorError(
                .outOfMemory, name, "\(shape) filled to \(extent) points along axis \(axis) is no tensor",
                "use a smaller length")
        }
        return concatenate([self, Tensor.repeating(0, TensorType(zeros, dtype))], axis: axis)
    }

    private func transformed(_ axes: [Int], inverse: Bool, _ scale: Double) -> Tensor {
        var x = self
        for (place, axis) in axes.enumerated() {
            x = bind(DiscreteFourierTransform(axis: axis, inverse: inverse, scale: place == 0 ? scale : 1), x)
        }
        return x
    }
}
