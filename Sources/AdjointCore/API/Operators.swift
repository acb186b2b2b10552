import AdjointRuntime

// Arithmetic. Operands are broadcast and converted to the later of their types; a Swift number keeps the tensor's type.
extension Tensor {
    /// x + y.
    public static func + (x: Tensor, y: Tensor) -> Tensor { binary(Add(), x, y) }
    /// x + y.
    public static func + (x: Tensor, y: some Number) -> Tensor { onRight(Add(), x, y.scalar) }
    /// x + y.
    public static func + (x: some Number, y: Tensor) -> Tensor { onLeft(Add(), x.scalar, y) }

    /// x − y.
    public static func - (x: Tensor, y: Tensor) -> Tensor { binary(Subtract(), x, y) }
    /// x − y.
    public static func - (x: Tensor, y: some Number) -> Tensor { onRight(Subtract(), x, y.scalar) }
    /// x − y.
    public static func - (x: some Number, y: Tensor) -> Tensor { onLeft(Subtract(), x.scalar, y) }

    /// x y, element by element.
    public static func * (x: Tensor, y: Tensor) -> Tensor { binary(Multiply(), x, y) }
    /// x y, element by element.
    public static func * (x: Tensor, y: some Number) -> Tensor { onRight(Multiply(), x, y.scalar) }
    /// x y, element by element.
    public static func * (x: some Number, y: Tensor) -> Tensor { onLeft(Multiply(), x.scalar, y) }

    /// x / y; whole numbers are divided as `float32`.
    public static func / (x: Tensor, y: Tensor) -> Tensor { binary(Divide(), x, y) }
    /// x / y; whole numbers are divided as `float32`.
    public static func / (x: Tensor, y: some Number) -> Tensor { onRight(Divide(), x, y.scalar) }
    /// x / y; whole numbers are divided as `float32`.
    public static func / (x: some Number, y: Tensor) -> Tensor { onLeft(Divide(), x.scalar, y) }

    /// −x.
    public static prefix func - (x: Tensor) -> Tensor { bind(Negate(), x.dtype == .bool ? x.to(.int64) : x) }

    /// x becomes x + y. Inside `noGrad` a leaf stays the same leaf; memory that is x's alone is written in place.
    public static func += (x: inout Tensor, y: Tensor) { x.update(Add(), y) }
    /// x becomes x + y. Inside `noGrad` a leaf stays the same leaf; memory that is x's alone is written in place.
    public static func += (x: inout Tensor, y: some Number) { x.rebind(x + y) }
    /// x becomes x − y.
    public static func -= (x: inout Tensor, y: Tensor) { x.update(Subtract(), y) }
    /// x becomes x − y.
    public static func -= (x: inout Tensor, y: some Number) { x.rebind(x - y) }
    /// x becomes x y.
    public static func *= (x: inout Tensor, y: Tensor) { x.update(Multiply(), y) }
    /// x becomes x y.
    public static func *= (x: inout Tensor, y: some Number) { x.rebind(x * y) }
    /// x becomes x / y.
    public static func /= (x: inout Tensor, y: Tensor) { x.rebind(x / y) }
    /// x becomes x / y.
    public static func /= (x: inout Tensor, y: some Number) { x.rebind(x / y) }

    /// Takes a new value; a leaf inside `noGrad` keeps its identity and its gradient.
    package mutating func rebind(_ new: Tensor) {
        if !isGradEnabled, let node, node.isLeaf, new.value.type == value.type {
            self = Tensor(new.value, node)
        } else {
            self = new
        }
    }

    private mutating func update<Op: BinaryElementwise>(_ operation: Op, _ y: Tensor) {
        // A computed tensor loses its history with its value, so it takes the other way; bool + bool is not bool.
        let unrecorded = node == nil ? y.node == nil || !isGradEnabled : isLeaf && !isGradEnabled
        if unrecorded, y.value.isStored, dtype != .bool, value.type == y.value.type, value.isUniquelyHeld() {
            Op.compiled.forward.run(value, y.value, into: value)
        } else {
            rebind(Tensor.binary(operation, self, y))
        }
    }
}

// Comparison, element by element; the result is bool. The plain operators compare two scalars and give a Swift Bool.
extension Tensor {
    /// x = y, element by element.
    public static func .== (x: Tensor, y: Tensor) -> Tensor { binary(Equal(), x, y) }
    /// x = y, element by element.
    public static func .== (x: Tensor, y: some Number) -> Tensor { onRight(Equal(), x, y.scalar) }
    /// x ≠ y, element by element.
    public static func .!= (x: Tensor, y: Tensor) -> Tensor { binary(NotEqual(), x, y) }
    /// x ≠ y, element by element.
    public static func .!= (x: Tensor, y: some Number) -> Tensor { onRight(NotEqual(), x, y.scalar) }
    /// x < y, element by element.
    public static func .< (x: Tensor, y: Tensor) -> Tensor { binary(Less(), x, y) }
    /// x < y, element by element.
    public static func .< (x: Tensor, y: some Number) -> Tensor { onRight(Less(), x, y.scalar) }
    /// x ≤ y, element by element.
    public static func .<= (x: Tensor, y: Tensor) -> Tensor { binary(LessOrEqual(), x, y) }
    /// x ≤ y, element by element.
    public static func .<= (x: Tensor, y: some Number) -> Tensor { onRight(LessOrEqual(), x, y.scalar) }
    /// x > y, element by element.
    public static func .> (x: Tensor, y: Tensor) -> Tensor { binary(Greater(), x, y) }
    /// x > y, element by element.
    public static func .> (x: Tensor, y: some Number) -> Tensor { onRight(Greater(), x, y.scalar) }
    /// x ≥ y, element by element.
    public static func .>= (x: Tensor, y: Tensor) -> Tensor { binary(GreaterOrEqual(), x, y) }
    /// x ≥ y, element by element.
    public static func .>= (x: Tensor, y: some Number) -> Tensor { onRight(GreaterOrEqual(), x, y.scalar) }

    /// Both, element by element; nonzero is true.
    public static func .& (x: Tensor, y: Tensor) -> Tensor { binary(LogicalAnd(), x, y) }
    /// Either, element by element; nonzero is true.
    public static func .| (x: Tensor, y: Tensor) -> Tensor { binary(LogicalOr(), x, y) }
    /// Exactly one, element by element; nonzero is true.
    public static func .^ (x: Tensor, y: Tensor) -> Tensor { binary(LogicalXor(), x, y) }
    /// Not, element by element; 0 is false.
    public static prefix func .! (x: Tensor) -> Tensor { bind(LogicalNot(), x) }

    /// Whether the one element of x is less than the number: for `while` and `if`.
    public static func < (x: Tensor, y: some Number) -> Bool { x.item() < y.scalar.double }
    /// Whether the one element of x is less than the number: for `while` and `if`.
    public static func <= (x: Tensor, y: some Number) -> Bool { x.item() <= y.scalar.double }
    /// Whether the one element of x is less than the number: for `while` and `if`.
    public static func > (x: Tensor, y: some Number) -> Bool { x.item() > y.scalar.double }
    /// Whether the one element of x is less than the number: for `while` and `if`.
    public static func >= (x: Tensor, y: some Number) -> Bool { x.item() >= y.scalar.double }
    /// Whether the one element of x is less than that of y.
    public static func < (x: Tensor, y: Tensor) -> Bool { x.item() < y.item() }
    /// Whether the one element of x is less than that of y.
    public static func <= (x: Tensor, y: Tensor) -> Bool { x.item() <= y.item() }
    /// Whether the one element of x is less than that of y.
    public static func > (x: Tensor, y: Tensor) -> Bool { x.item() > y.item() }
    /// Whether the one element of x is less than that of y.
    public static func >= (x: Tensor, y: Tensor) -> Bool { x.item() >= y.item() }
}

prefix operator .!

// How operands meet.
extension Tensor {
    /// Converts and broadcasts two operands to one type, then binds.
    @inline(__always) static func binary<Op: BinaryElementwise>(_ operation: Op, _ x: Tensor, _ y: Tensor) -> Tensor {
        if x.value.type == y.value.type, x.dtype.isDifferentiable { return bind(operation, x, y) }
        return meet(operation, x, y)
    }

    @inline(never) private static func meet<Op: BinaryElementwise>(_ operation: Op, _ x: Tensor, _ y: Tensor) -> Tensor
    {
        attempt { () throws(TensorError) in
            if let failed = [x, y].first(where: { $0.failure != nil }) { return failed }
            guard let shape = Shape.broadcast(x.shape, y.shape) else {
                throw TensorError(
                    .shape, Op.name, "shapes \(x.shape) and \(y.shape) do not fit together",
                    "aligned at the last axis, extents must be equal or 1: reshape or slice one of them")
            }
            let dtype = computeDType(Op.self, DType.promoted(x.dtype, y.dtype))
            return bind(operation, x.to(dtype).broadcastUnchecked(shape), y.to(dtype).broadcastUnchecked(shape))
        }
    }

    @inline(__always) static func onRight<Op: BinaryElementwise>(_ operation: Op, _ x: Tensor, _ number: Scalar)
        -> Tensor
    {
        if case .complex = number { return binary(operation, x, x.tensor(of: number)) }
        let operation = WithNumber(operation.numberPrograms.right, number)
        return x.dtype.isDifferentiable ? bind(operation, x) : meet(operation, number, x, Op.self)
    }

    @inline(__always) static func onLeft<Op: BinaryElementwise>(_ operation: Op, _ number: Scalar, _ x: Tensor)
        -> Tensor
    {
        if case .complex = number { return binary(operation, x.tensor(of: number), x) }
        let operation = WithNumber(operation.numberPrograms.left, number)
        return x.dtype.isDifferentiable ? bind(operation, x) : meet(operation, number, x, Op.self)
    }

    @inline(never) private static func meet<Op: BinaryElementwise>(
        _ operation: WithNumber, _ number: Scalar, _ x: Tensor, _: Op.Type
    ) -> Tensor {
        bind(operation, x.to(computeDType(Op.self, number.dtype(meeting: x.dtype))))
    }

    /// A number as a scalar tensor of the type that an operation with it computes in.
    private func tensor(of number: Scalar) -> Tensor {
        Tensor.repeating(number, TensorType(Shape(), number.dtype(meeting: dtype)))
    }

    /// The type in which an operation computes operands of a type.
    private static func computeDType<Op: BinaryElementwise>(_: Op.Type, _ dtype: DType) -> DType {
        if Op.needsFloatingPoint, !dtype.isDifferentiable { return .float32 }
        return dtype == .bool && !Op.givesBool ? .int64 : dtype
    }

    package func broadcastUnchecked(_ shape: Shape) -> Tensor {
        self.shape == shape ? self : bind(Broadcast(shape: shape), self)
    }

    /// An elementary function of this tensor, in a type that it accepts.
    @inline(__always) func elementary<P: UnaryPrimitive>(_ operation: P) -> Tensor {
        // No copy of the tensor where nothing is converted: copies are counted.
        dtype.isDifferentiable ? bind(operation, self) : converted(operation)
    }

    @inline(never) private func converted<P: UnaryPrimitive>(_ operation: P) -> Tensor { bind(operation, floating) }

    /// This tensor in a type that elementary functions accept.
    package var floating: Tensor { dtype.isDifferentiable || failure != nil ? self : to(.float32) }
}
