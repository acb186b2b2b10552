import AdjointRuntime

// Bits of whole numbers and truth values. Operands are broadcast and converted to the later of their types.
extension Tensor {
    /// And, bit by bit.
    public func bitwiseAnd(_ other: Tensor) -> Tensor { bits(BitwiseAnd(), other) }
    /// Or, bit by bit.
    public func bitwiseOr(_ other: Tensor) -> Tensor { bits(BitwiseOr(), other) }
    /// Exclusive or, bit by bit.
    public func bitwiseXor(_ other: Tensor) -> Tensor { bits(BitwiseXor(), other) }

    /// Every bit turned round; for `bool`, not.
    public func bitwiseNot() -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            if dtype.isFloatingPoint { throw Self.needsBits(BitwiseNot.name, dtype) }
            return bind(BitwiseNot(), self)
        }
    }

    /// Bits moved to the left, 0 beyond the width.
    public func shiftedLeft(by count: Tensor) -> Tensor { whole.bits(ShiftLeft(), count) }
    /// Bits moved to the right, the sign filling up.
    public func shiftedRight(by count: Tensor) -> Tensor { whole.bits(ShiftRight(), count) }

    private var whole: Tensor { dtype == .bool ? to(.int64) : self }

    fileprivate func bits<Op: BinaryElementwise>(_ operation: Op, _ other: Tensor) -> Tensor {
        attempt { () throws(TensorError) in
            if let failed = [self, other].first(where: { $0.failure != nil }) { return failed }
            guard let shape = Shape.broadcast(shape, other.shape) else {
                throw TensorError(
                    .shape, Op.name, "shapes \(self.shape) and \(other.shape) do not fit together",
                    "aligned at the last axis, extents must be equal or 1: reshape or slice one of them")
            }
            let dtype = DType.promoted(dtype, other.dtype)
            if dtype > .int64 { throw Self.needsBits(Op.name, dtype) }
            return bind(
                operation, to(dtype).broadcastUnchecked(shape), other.to(dtype).broadcastUnchecked(shape))
        }
    }

    private static func needsBits(_ name: String, _ dtype: DType) -> TensorError {
        TensorError(.dtype, name, "it needs whole numbers or truth values, not \(dtype)", "convert with to(.int64)")
    }
}

/// The greatest common divisor, not negative; gcd(0, 0) = 0.
public func gcd(_ x: Tensor, _ y: Tensor) -> Tensor { x.bits(GreatestCommonDivisor(), y) }
/// The least common multiple, not negative; 0 if one is 0.
public func lcm(_ x: Tensor, _ y: Tensor) -> Tensor { x.bits(LeastCommonMultiple(), y) }
