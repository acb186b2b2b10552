import AdjointRuntime

/// An operation on tensors: the one place where its type rule, its kernel and its derivative are stated.
///
/// Static parameters are stored properties. Shapes are those of the call: broadcasting is an operation of its own,
/// so no rule mentions it. Rules are written in the public tensor API, so higher orders follow. Most operations
/// adopt a refinement that derives the rules: `UnaryElementwise`, `BinaryElementwise`, `LinearPrimitive`,
/// `BilinearPrimitive`, `NonDifferentiable`.
package protocol Primitive: Sendable, Hashable {
    /// The name that graphs and messages show.
    static var name: String { get }

    /// The name with the parameters that matter to a reader.
    var label: String { get }

    /// The only check of shapes and element types.
    func resultType(_ inputs: [TensorType]) throws(TensorError) -> TensorType

    /// The type of the result where only types are known; the same, but for an operation whose type is what it computes.
    func typeWhenStaged(_ inputs: [TensorType]) throws(TensorError) -> TensorType

    /// Computes the result from stored inputs.
    func execute(_ inputs: [TensorValue], _ type: TensorType) throws(TensorError) -> TensorValue

    /// Whether a kernel that is recorded leaves what it made on the way, so that the reverse rule need not make it again.
    static var keepsIntermediates: Bool { get }

    /// The same as `execute`, and what the kernel made on the way: `Saved.intermediate`.
    func executeKeeping(
        _ inputs: [TensorValue], _ type: TensorType
    ) throws(TensorError) -> (result: TensorValue, intermediates: [TensorValue])

    /// What the reverse rule reads when these inputs need a cotangent; the rest is not kept.
    func reads(for needs: InputSet) -> Reads

    /// Sends the cotangent of each input that needs one, given the result's: x̄ᵢ = (∂y/∂xᵢ)ᵀ ȳ. The cotangent is the
    /// rule's own: where nobody else holds it, its memory may be written.
    func pullback(_ cotangent: consuming Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink)

    /// The tangent of the result: Σ (∂y/∂xᵢ) ẋᵢ over the inputs that have one; nil for zero.
    func jvp(_ inputs: [Tensor], _ tangents: [Tensor?], _ result: Tensor) -> Tensor?

    /// The operation on `size` examples at once: a mapped input has one axis more, in front, that counts the examples,
    /// and so has the result; the other inputs are the same for all examples. nil: there is no rule, and the examples
    /// are run one after the other.
    func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor?

    /// Whether the kernel takes 16-bit elements; if not it is given `float32` ones, and its result is rounded.
    static var takesHalf: Bool { get }

    /// Why no derivative passes; nil for an operation that has one.
    var nonDifferentiableReason: String? { get }

    /// Bytes of tensors that the kernel holds besides its result at its highest moment, counted so that with the result's they
    /// make the peak. Of the inputs types and strides may be read, elements not. Default: copies of strided inputs.
    func workspace(_ inputs: [TensorValue], _ type: TensorType) -> Int

    /// Whether `workspace` is not known from a formula: a memory plan then finds it out by running the kernel once.
    static var triesWorkspace: Bool { get }

    /// Whether the result looks into the memory of the input.
    static var givesView: Bool { get }

    /// Whether the operation is a shorter way through others, which transforms and the tape see in its place.
    static var isComposite: Bool { get }

    /// The same by other operations, where it is a composite one.
    func composed(_ inputs: [Tensor]) -> Tensor
}

extension Primitive {
    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? { nil }

    package var nonDifferentiableReason: String? { nil }

    package func typeWhenStaged(_ inputs: [TensorType]) throws(TensorError) -> TensorType { try resultType(inputs) }

    package static var takesHalf: Bool { false }

    package static var keepsIntermediates: Bool { false }

    package func executeKeeping(
        _ inputs: [TensorValue], _ type: TensorType
    ) throws(TensorError) -> (result: TensorValue, intermediates: [TensorValue]) { (try execute(inputs, type), []) }

    package func workspace(_ inputs: [TensorValue], _ type: TensorType) -> Int {
        inputs.reduce(0) { $1.isContiguous ? $0 : $0 + $1.type.byteCount }
    }

    package static var triesWorkspace: Bool { false }

    package static var givesView: Bool { false }

    package static var isComposite: Bool { false }

    package func composed(_ inputs: [Tensor]) -> Tensor { bind(self, inputs) }

    package var label: String { Self.name }
}

/// A set of input positions.
package struct InputSet: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let first = InputSet(rawValue: 1)
    package static let second = InputSet(rawValue: 2)
    package static func input(_ index: Int) -> InputSet { InputSet(rawValue: 1 << UInt8(min(index, 7))) }
}

/// Which forward values a reverse rule reads.
package struct Reads: Sendable, Hashable {
    package var inputs: InputSet
    package var output: Bool

    package init(inputs: InputSet = [], output: Bool = false) {
        self.inputs = inputs
        self.output = output
    }

    package static let nothing = Reads()
    package static let output = Reads(output: true)
}

/// An operation of one tensor.
package protocol UnaryPrimitive: Primitive {
    func resultType(_ x: TensorType) throws(TensorError) -> TensorType
    func execute(_ x: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue
    /// x̄ from ȳ; nil for a derivative that is zero everywhere.
    func vjp(_ g: consuming Tensor, _ saved: borrowing Saved) -> Tensor?
    func jvp(_ t: Tensor, x: Tensor, y: Tensor) -> Tensor?
}

extension UnaryPrimitive {
    package func resultType(_ inputs: [TensorType]) throws(TensorError) -> TensorType { try resultType(inputs[0]) }

    package func execute(_ inputs: [TensorValue], _ type: TensorType) throws(TensorError) -> TensorValue {
        try execute(inputs[0], type)
    }

    package func pullback(_ g: consuming Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink) {
        if let cotangent = vjp(g, saved) { send.add(cotangent, to: 0, of: saved) }
    }

    package func jvp(_ inputs: [Tensor], _ tangents: [Tensor?], _ result: Tensor) -> Tensor? {
        tangents[0].flatMap { jvp($0, x: inputs[0], y: result) }
    }
}

/// An operation of two tensors.
package protocol BinaryPrimitive: Primitive {
    func resultType(_ x: TensorType, _ y: TensorType) throws(TensorError) -> TensorType
    func execute(_ x: TensorValue, _ y: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue
}

extension BinaryPrimitive {
    package func resultType(_ inputs: [TensorType]) throws(TensorError) -> TensorType {
        try resultType(inputs[0], inputs[1])
    }

    package func execute(_ inputs: [TensorValue], _ type: TensorType) throws(TensorError) -> TensorValue {
        try execute(inputs[0], inputs[1], type)
    }
}

/// A linear operation of one tensor: its tangent rule is itself, its cotangent rule is its transpose.
package protocol LinearPrimitive: UnaryPrimitive {
    /// The transpose applied to a cotangent, giving a tensor of type `x`.
    func transpose(_ g: Tensor, to x: TensorType) -> Tensor
}

extension LinearPrimitive {
    package func reads(for needs: InputSet) -> Reads { .nothing }
    package func vjp(_ g: Tensor, _ saved: borrowing Saved) -> Tensor? { transpose(g, to: saved.inputType(0)) }
    package func jvp(_ t: Tensor, x: Tensor, y: Tensor) -> Tensor? { bind(self, t) }
}

/// An operation linear in each of two tensors: both rules follow from its two transposes.
package protocol BilinearPrimitive: BinaryPrimitive {
    /// The cotangent of x from that of the result and y (for complex numbers the conjugate of y).
    func transposeFirst(_ g: Tensor, _ y: Tensor) -> Tensor
    /// The cotangent of y from that of the result and x (for complex numbers the conjugate of x).
    func transposeSecond(_ g: Tensor, _ x: Tensor) -> Tensor
}

extension BilinearPrimitive {
    package func reads(for needs: InputSet) -> Reads {
        var inputs: InputSet = []
        if needs.contains(.first) { inputs.insert(.second) }
        if needs.contains(.second) { inputs.insert(.first) }
        return Reads(inputs: inputs)
    }

    package func pullback(_ g: Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink) {
        if saved.needs(0) { send.add(transposeFirst(g, saved.input(1).conj()), to: 0, of: saved) }
        if saved.needs(1) { send.add(transposeSecond(g, saved.input(0).conj()), to: 1, of: saved) }
    }

    package func jvp(_ inputs: [Tensor], _ tangents: [Tensor?], _ result: Tensor) -> Tensor? {
        let first = tangents[0].map { bind(self, $0, inputs[1]) }
        let second = tangents[1].map { bind(self, inputs[0], $0) }
        guard let first, let second else { return first ?? second }
        return first + second
    }
}

/// An operation through which no derivative passes. Its result is a constant.
package protocol NonDifferentiable: Primitive {
    static var reason: String { get }
}

extension NonDifferentiable {
    package var nonDifferentiableReason: String? { Self.reason }
    package func reads(for needs: InputSet) -> Reads { .nothing }
    package func pullback(_ cotangent: Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink) {}
    package func jvp(_ inputs: [Tensor], _ tangents: [Tensor?], _ result: Tensor) -> Tensor? { nil }
}

extension NonDifferentiable where Self: UnaryPrimitive {
    package func vjp(_ g: Tensor, _ saved: borrowing Saved) -> Tensor? { nil }
    package func jvp(_ t: Tensor, x: Tensor, y: Tensor) -> Tensor? { nil }
    package func pullback(_ cotangent: Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink) {}
    package func jvp(_ inputs: [Tensor], _ tangents: [Tensor?], _ result: Tensor) -> Tensor? { nil }
}
