import AdjointRuntime

extension Tensor {
    /// Estimates of the derivative of samples along an axis: central differences of second order inside, one-sided ones
    /// of first or second order at the ends. The samples are `spacing` apart. Linear in the samples.
    /// - Fails: if the axis has no more samples than the order of the ends.
    public func finiteDifferences(axis: Int = -1, spacing: Double = 1, edgeOrder: Int = 1) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            let place = try self.axis(axis, "finiteDifferences")
            let positions = Tensor.arange(shape[place], dtype: .float64) * spacing
            return finiteDifferences(axis: place, positions: positions, edgeOrder: edgeOrder)
        }
    }

    /// Estimates of the derivative of samples along an axis; the samples are at the positions of a vector.
    /// - Fails: if the axis has no more samples than the order of the ends, or another number than positions.
    public func finiteDifferences(axis: Int = -1, positions: Tensor, edgeOrder: Int = 1) -> Tensor {
        attempt { () throws(TensorError) in
            if let failed = [self, positions].first(where: { $0.failure != nil }) { return failed }
            let place = try self.axis(axis, "finiteDifferences")
            let n = shape[place]
            guard positions.rank == 1, positions.count == n, (1...2).contains(edgeOrder), n > edgeOrder else {
                throw TensorError(
                    .argument, "finiteDifferences",
                    "order \(edgeOrder) at the ends of axis \(axis) of \(shape), at positions of shape \(positions.shape)",
                    "use order 1 or 2, more samples than that, and a position a sample")
            }
            let type = dtype.isDifferentiable ? dtype : .float32
            let x = to(type).movedAxis(place, to: rank - 1)
            let steps = positions[1...] - positions[..<(n - 1)]
            func weighted(_ start: Int, _ length: Int, _ weights: [Tensor]) -> Tensor {
                let terms = weights.enumerated().map { offset, weight in
                    x.part(of: rank - 1, start + offset..<start + offset + length) * weight.to(type)
                }
                return terms.dropFirst().reduce(terms[0], +)
            }
            var parts: [Tensor] = []
            let (first, last) = (steps[0..<1], steps[(n - 2)...])
            if edgeOrder == 1 {
                parts.append(weighted(0, 1, [-1 / first, 1 / first]))
            } else {
                let (d, e) = (first, steps[1..<2])
                parts.append(weighted(0, 1, [-(2 * d + e) / (d * (d + e)), (d + e) / (d * e), -d / (e * (d + e))]))
            }
            if n > 2 {
                let (d, e) = (steps[..<(n - 2)], steps[1...])
                parts.append(weighted(0, n - 2, [-e / (d * (d + e)), (e - d) / (d * e), d / (e * (d + e))]))
            }
            if edgeOrder == 1 {
                parts.append(weighted(n - 2, 1, [-1 / last, 1 / last]))
            } else {
                let (d, e) = (steps[(n - 3)..<(n - 2)], last)
                parts.append(weighted(n - 3, 1, [e / (d * (d + e)), -(d + e) / (d * e), (2 * e + d) / (e * (d + e))]))
            }
            return concatenate(parts, axis: -1).movedAxis(rank - 1, to: place)
        }
    }
}
