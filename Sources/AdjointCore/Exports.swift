// The runtime's public names that users of tensors meet.
@_exported import enum AdjointRuntime.DType
@_exported import enum AdjointRuntime.Memory
@_exported import enum AdjointRuntime.Parallel
@_exported import enum AdjointRuntime.Scalar
@_exported import struct AdjointRuntime.Shape
@_exported import struct AdjointRuntime.SourceLocation
@_exported import struct AdjointRuntime.TensorError
@_exported import struct AdjointRuntime.TensorType
@_exported import protocol AdjointRuntime.TensorScalar
