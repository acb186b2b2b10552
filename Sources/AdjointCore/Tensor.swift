import AdjointRuntime

/// An array of numbers of any rank up to 10, with a record of how it was computed where a gradient was asked for.
///
/// A tensor is a value: it never changes under your feet. It holds two references: its elements, and the node of the
/// computational graph that computed it. The second is nil for a constant.
public struct Tensor: Sendable {
    package var value: TensorValue
    package var node: Node?

    package init(_ value: consuming TensorValue, _ node: consuming Node? = nil) {
        self.value = value
        self.node = node
    }

    /// The extents, one an axis. `[]` for a scalar, and for a tensor that failed inside `checked`.
    public var shape: Shape { value.shape }
    /// The type of the elements.
    public var dtype: DType { value.dtype }
    /// The number of axes.
    public var rank: Int { value.shape.rank }
    /// The number of elements.
    public var count: Int { value.shape.count }
    /// The shape and the element type.
    public var type: TensorType { value.type }
}
