import AdjointCore
import AdjointRuntime

/// What stands around a tensor that is padded.
public enum PaddingMode: Sendable, Hashable {
    /// A number; 0 if none is named.
    case constant(Scalar)
    /// The elements mirrored at the first and the last one, which are not repeated.
    case reflect
    /// The first and the last element.
    case replicate
    /// The elements from the other end, of those that are left where some are taken away.
    case circular

    /// Zeros.
    public static let zeros = PaddingMode.constant(0)
}

extension Tensor {
    /// The tensor with elements put before and behind along its last axes; negative numbers take elements away. x̄ is
    /// the sum of ȳ over the places that read an element.
    /// - Parameters:
    ///   - padding: (before, after) for the last axes, the first of them first.
    /// - Fails: if there are more pairs than axes, a mirror image is longer than the elements, or more is taken away
    ///   than there is.
    public func padded(_ padding: [(before: Int, after: Int)], mode: PaddingMode = .zeros) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            guard padding.count <= rank else {
                throw TensorError(
                    .axis, "padded", "\(padding.count) pairs for a tensor of shape \(shape)",
                    "give at most one pair an axis")
            }
            var y = self
            for (index, (before, after)) in padding.enumerated() where before != 0 || after != 0 {
                y = try y.padded(rank - padding.count + index, before, after, mode)
            }
            return y
        }
    }

    private func padded(_ axis: Int, _ before: Int, _ after: Int, _ mode: PaddingMode) throws(TensorError) -> Tensor {
        let extent = shape[axis]
        let range = -Shape.maximumExtent...Shape.maximumExtent
        guard range.contains(before), range.contains(after), extent + before + after >= 0 else {
            throw TensorError(
                .shape, "padded", "(\(before), \(after)) along axis \(axis) of \(shape)",
                "take away no more than there is")
        }
        if case .constant(let number) = mode {
            func part(_ count: Int) -> Tensor {
                Tensor.repeating(number, TensorType(shape.replacing(axis, with: count), dtype))
            }
            let kept = Swift.max(-before, 0)..<Swift.max(extent - Swift.max(-after, 0), Swift.max(-before, 0))
            // More may be taken from one side than the tensor has, if the other side adds some.
            if -before > extent || -after > extent {
                return part(extent + before + after)
            }
            let whole: [Tensor] = [
                part(Swift.max(before, 0)), kept.count == extent ? self : sliced(axis, kept), part(Swift.max(after, 0)),
            ].filter { $0.shape[axis] > 0 }
            return whole.isEmpty ? part(0) : concatenate(whole, axis: axis)
        }
        guard extent > 0 else {
            throw TensorError(
                .empty, "padded", "axis \(axis) of \(shape) has no elements to repeat", "pad it with a constant")
        }
        let limit =
            switch mode {
            case .reflect: extent - 1
            case .circular: Swift.max(extent + Swift.min(before, 0) + Swift.min(after, 0), 0)
            default: Int.max
            }
        guard before <= limit, after <= limit else {
            throw TensorError(
                .argument, "padded", "(\(before), \(after)) along axis \(axis) of \(shape)",
                "this mode repeats at most \(limit) elements on either side")
        }
        let kept = Swift.max(-before, 0)..<Swift.max(extent - Swift.max(-after, 0), Swift.max(-before, 0))
        let places = (-before..<Swift.max(extent + after, -before)).map { place -> Int in
            switch mode {
            case .reflect: place < 0 ? -place : place >= extent ? 2 * (extent - 1) - place : place
            case .circular:
                kept.lowerBound + ((place - kept.lowerBound) % kept.count + kept.count) % kept.count
            default: Swift.min(Swift.max(place, 0), extent - 1)
            }
        }
        return take(Tensor(places), axis: axis)
    }

    /// A range of an axis.
    func sliced(_ axis: Int, _ range: Range<Int>) -> Tensor {
        var index = [TensorIndex](repeating: .all, count: axis)
        index.append(range.tensorIndex)
        return self[index]
    }
}
