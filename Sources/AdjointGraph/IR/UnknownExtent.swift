import AdjointRuntime

// How often a loop runs is not known before it has run. A graph types the states that such a loop keeps for its gradient with
// an extent of their own, which no tensor in memory has: the largest one.
extension Shape {
    /// Stands for an extent that a run will tell.
    package static let unknownExtent = Shape.maximumExtent

    /// Whether an extent is not known.
    package var hasUnknownExtent: Bool { (0..<rank).contains { self[$0] == Shape.unknownExtent } }
}

extension TensorType {
    /// A sequence of values of this type, of unknown length.
    package var sequence: TensorType { stacked(Shape.unknownExtent) }

    /// `count` values of this type along an axis more, in front.
    package func stacked(_ count: Int) -> TensorType { TensorType(Shape([count] + shape.extents), dtype) }

    /// One element along the first axis.
    package var element: TensorType { TensorType(Shape(Array(shape.extents.dropFirst())), dtype) }

    /// Whether a value of this type may stand where `type` is declared.
    package func matches(_ type: TensorType) -> Bool {
        if self == type { return true }
        guard dtype == type.dtype, shape.rank == type.shape.rank, type.shape.hasUnknownExtent else { return false }
        return (0..<shape.rank).allSatisfy { shape[$0] == type.shape[$0] || type.shape[$0] == Shape.unknownExtent }
    }
}
