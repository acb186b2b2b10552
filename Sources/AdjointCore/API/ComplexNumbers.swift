import AdjointRuntime

// Complex numbers. The gradient of a real function with respect to z = x + iy is ∂L/∂x + i ∂L/∂y (PyTorch's convention).
extension Tensor {
    /// The real part; a real tensor itself. z̄ = ȳ.
    public var real: Tensor { dtype.isComplex ? bind(ComplexPart(kind: .real), self) : self }

    /// The imaginary part; zeros for a real tensor. z̄ = i ȳ.
    public var imaginary: Tensor {
        dtype.isComplex ? bind(ComplexPart(kind: .imaginary), self) : failure == nil ? Tensor.zeros(like: self) : self
    }

    /// The complex conjugate; a real tensor itself. z̄ is the conjugate of ȳ.
    public func conj() -> Tensor { dtype.isComplex ? bind(ComplexPart(kind: .conjugate), self) : self }

    /// The angle in the complex plane, −π ... π; of a real number 0, or π below 0. z̄ = i ȳ z/|z|², 0 at 0.
    public func angle() -> Tensor {
        if dtype.isComplex { return bind(PhaseAngle(), self) }
        if failure != nil { return self }
        let x = floating
        let turn = which(x .< 0, Tensor.full(like: x, Double.pi), Tensor.zeros(like: x))
        // Floor keeps the angle an operation of x, whose derivative is 0.
        return which(x.isNaN(), x.floor(), turn)
    }

    /// z/|z|, 0 at 0.
    func complexSign() -> Tensor { self / Magnitude.nonzero(abs()) }

    /// The real and imaginary parts along a new last axis of extent 2.
    /// - Fails: if the tensor is not complex.
    public func viewAsReal() -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            guard dtype.isComplex else {
                throw TensorError(.dtype, "viewAsReal", "\(type) is not complex", "it is real already")
            }
            return stack([real, imaginary], axis: -1)
        }
    }

    /// Complex numbers whose parts stand along the last axis, which has extent 2.
    /// - Fails: if the tensor is not of a floating-point type or the last axis has another extent.
    public func viewAsComplex() -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            guard dtype.isFloatingPoint, rank > 0, shape[rank - 1] == 2 else {
                throw TensorError(
                    .shape, "viewAsComplex", "\(type) does not hold pairs of real numbers along its last axis",
                    "give floating-point elements with a last axis of extent 2")
            }
            return complex(self[.ellipsis, 0], self[.ellipsis, 1])
        }
    }
}

/// The complex numbers x + iy; the operands broadcast. x̄ = Re z̄, ȳ = Im z̄.
/// - Fails: if an operand is complex already, or shapes do not fit.
public func complex(_ x: Tensor, _ y: Tensor) -> Tensor {
    attempt { () throws(TensorError) in
        if let failed = [x, y].first(where: { $0.failure != nil }) { return failed }
        guard !x.dtype.isComplex, !y.dtype.isComplex else {
            throw TensorError(
                .dtype, "complex", "\(x.type) and \(y.type) are not both real", "give the real and the imaginary part")
        }
        guard let shape = Shape.broadcast(x.shape, y.shape) else {
            throw TensorError(
                .shape, "complex", "shapes \(x.shape) and \(y.shape) do not fit together",
                "aligned at the last axis, extents must be equal or 1")
        }
        let dtype = DType.promoted(x.floating.dtype, y.floating.dtype).complexType.realType
        return bind(MakeComplex(), x.to(dtype).broadcastUnchecked(shape), y.to(dtype).broadcastUnchecked(shape))
    }
}

/// The complex numbers r (cos φ + i sin φ); the operands broadcast.
public func polar(_ magnitude: Tensor, _ angle: Tensor) -> Tensor {
    complex(magnitude * angle.cos(), magnitude * angle.sin())
}
