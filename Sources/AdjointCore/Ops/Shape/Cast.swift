import AdjointRuntime

/// The elements converted to another type. Linear between floating-point and complex types (a complex number becomes real by its
/// real part); to and from other types no derivative passes.
package struct Cast: LinearPrimitive {
    package static let name = "cast"
    package static let takesHalf = true
    package let dtype: DType

    package init(dtype: DType) { self.dtype = dtype }

    package var label: String { "to \(dtype)" }

    package var nonDifferentiableReason: String? {
        dtype.isDifferentiable ? nil : "its result is \(dtype)"
    }

    package func resultType(_ x: TensorType) throws(TensorError) -> TensorType { TensorType(x.shape, dtype) }

    package func execute(_ x: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        try Kernels.cast(x, to: dtype)
    }

    package func transpose(_ g: Tensor, to x: TensorType) -> Tensor { bind(Cast(dtype: x.dtype), g) }

    package func jvp(_ t: Tensor, x: Tensor, y: Tensor) -> Tensor? {
        dtype.isDifferentiable ? bind(self, t) : nil
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        bind(self, inputs[0])
    }
}

/// The value without its history: identity forward, no derivative in either mode.
package struct StopGradient: UnaryPrimitive, NonDifferentiable {
    package static let name = "detach"
    package static let takesHalf = true
    package static let givesView = true
    package static let reason = "it was detached"

    package func resultType(_ x: TensorType) throws(TensorError) -> TensorType { x }
    package func execute(_ x: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue { x }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        bind(self, inputs[0])
    }
}
