import AdjointRuntime

// Failures that several operations share.
extension TensorError {
    /// A result with more elements than can be counted.
    package static func tooLarge(_ operation: String) -> TensorError {
        TensorError(
            .outOfMemory, operation, "the result would have more elements than fit in memory",
            "use smaller extents; a tensor has at most 10 axes of up to 2^32 - 1 elements")
    }

    /// An operation that complex numbers do not have.
    static func noComplex(_ operation: String, _ type: TensorType) -> TensorError {
        TensorError(
            .dtype, operation, "it has no meaning for the complex numbers of this tensor, \(type)",
            "take real, imaginary, abs() or angle() first")
    }

    /// An operation on real numbers was given others.
    package static func needsFloatingPoint(_ operation: String, _ type: TensorType) -> TensorError {
        TensorError(
            .dtype, operation, "it needs floating-point elements, and this tensor is \(type)",
            "convert it with to(.float32)")
    }
}
