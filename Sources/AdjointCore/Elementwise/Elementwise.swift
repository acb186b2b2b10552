import AdjointRuntime
import CKernels
import Synchronization

/// An operation that treats each element alike, stated by its formula and its partial derivatives.
///
/// Everything else is derived: type rule, kernels, both modes in one pass over memory, higher orders.
package protocol Elementwise: Fusible {
    /// The formula and its derivatives as programs.
    var programs: CompiledElementwise { get }

    /// Lends the programs, which live as long as the process: nothing is counted.
    func withPrograms<Result, Failure: Error>(
        _ body: (CompiledElementwise) throws(Failure) -> Result
    ) throws(Failure) -> Result
}

extension Fusible {
    package var parameters: Parameters { Parameters() }
    package func workspace(_ inputs: [TensorValue], _ type: TensorType) -> Int { 0 }
}

extension Elementwise {
    package func withPrograms<Result, Failure: Error>(
        _ body: (CompiledElementwise) throws(Failure) -> Result
    ) throws(Failure) -> Result { try body(programs) }

    package var forward: ElementwiseProgram { programs.forward }

    package var nonDifferentiableReason: String? {
        withPrograms { $0.givesBool } ? "the result of \(label) is bool" : nil
    }

    package func reads(for needs: InputSet) -> Reads { withPrograms { $0.reads(for: needs) } }

    package static var takesHalf: Bool { true }

    func resultType(elementwise x: TensorType) throws(TensorError) -> TensorType {
        try withPrograms { programs throws(TensorError) in
            if programs.needsFloatingPoint, !x.dtype.isDifferentiable {
                throw TensorError.needsFloatingPoint(label, x)
            }
            if x.dtype.isComplex, !programs.acceptsComplex { throw TensorError.noComplex(label, x) }
            return programs.givesBool ? TensorType(x.shape, .bool) : x
        }
    }
}

/// An elementwise operation of one tensor whose programs are given.
package protocol UnaryProgram: UnaryPrimitive, Elementwise {}

extension UnaryProgram {
    package func resultType(_ x: TensorType) throws(TensorError) -> TensorType { try resultType(elementwise: x) }

    package func execute(_ x: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let y = try TensorValue(uninitialized: type)
        withPrograms { $0.run(x, into: y, parameters) }
        return y
    }

    package func vjp(_ g: consuming Tensor, _ saved: borrowing Saved) -> Tensor? {
        // Moved through the closure: where nobody else holds it, its memory takes the result.
        var cotangent: Tensor? = consume g
        return withPrograms { $0.vjp(parameters, cotangent.take()!, saved) }
    }

    package func jvp(_ t: Tensor, x: Tensor, y: Tensor) -> Tensor? {
        programs.derivatives(t.dtype).pushforwards[1]?.apply(parameters, [x, y, t], type: t.type)[0]
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? { bind(self, inputs[0]) }
}

/// An elementwise operation of one tensor.
package protocol UnaryElementwise: UnaryProgram {
    /// The programs; one `static let` an operation.
    static var compiled: CompiledElementwise { get }
    /// y = f(x).
    static func value(_ x: Element) -> Element
    /// dy/dx in terms of x and y.
    static func derivative(_ x: Element, _ y: Element) -> Element
    /// Whether the operation is defined for floating-point types only.
    static var needsFloatingPoint: Bool { get }
    /// Whether the result is `bool`.
    static var givesBool: Bool { get }
    /// Whether the derivative's formula holds for complex numbers too, if the value's does.
    static var isHolomorphic: Bool { get }
}

extension UnaryElementwise {
    package static var needsFloatingPoint: Bool { false }
    package static var givesBool: Bool { false }
    package static var isHolomorphic: Bool { true }
    package var programs: CompiledElementwise { Self.compiled }
}

/// An elementwise operation of two tensors of the same type.
package protocol BinaryElementwise: BinaryPrimitive, Elementwise {
    /// z = f(x, y).
    static func value(_ x: Element, _ y: Element) -> Element
    /// ∂z/∂x and ∂z/∂y in terms of x, y and z.
    static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element)
    /// The programs; one `static let` an operation.
    static var compiled: CompiledElementwise { get }
    /// The programs of the operation with a number in place of its second or first operand.
    static var withNumber: NumberPrograms { get }
    /// The same under this operation's convention.
    var numberPrograms: NumberPrograms { get }
    /// Whether the operation is defined for floating-point types only.
    static var needsFloatingPoint: Bool { get }
    /// Whether the result is `bool` (a comparison or logic).
    static var givesBool: Bool { get }
}

extension BinaryElementwise {
    package static var needsFloatingPoint: Bool { false }
    package static var givesBool: Bool { false }
    package var programs: CompiledElementwise { Self.compiled }
    package var numberPrograms: NumberPrograms { Self.withNumber }

    package func resultType(_ x: TensorType, _ y: TensorType) throws(TensorError) -> TensorType {
        precondition(x == y, "the API broadcasts and converts operands before it binds")
        return try resultType(elementwise: x)
    }

    package func execute(_ x: TensorValue, _ y: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let z = try TensorValue(uninitialized: type)
        programs.run(x, y, into: z, parameters)
        return z
    }

    package func pullback(_ g: consuming Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink) {
        programs.pullback(parameters, g, saved, &send)
    }

    package func jvp(_ inputs: [Tensor], _ tangents: [Tensor?], _ result: Tensor) -> Tensor? {
        pushforward(inputs, tangents, result)
    }

    /// The tangent by the partial derivatives.
    func pushforward(_ inputs: [Tensor], _ tangents: [Tensor?], _ result: Tensor) -> Tensor? {
        var mask: InputSet = []
        if tangents[0] != nil { mask.insert(.first) }
        if tangents[1] != nil { mask.insert(.second) }
        guard let program = programs.derivatives(result.dtype).pushforwards[Int(mask.rawValue)] else { return nil }
        return program.apply(
            parameters, [inputs[0], inputs[1], result, tangents[0], tangents[1]], type: result.type)[0]
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        let inputs = Tensor.mappedAlike(inputs, mapped, size)
        return bind(self, inputs[0], inputs[1])
    }
}

/// The programs of an elementwise operation: its value, and for each set of inputs its cotangents and its tangent.
package final class CompiledElementwise: Sendable {
    package let forward: ElementwiseProgram
    let real: DerivativePrograms
    private let complex: Mutex<DerivativePrograms?> = Mutex(nil)
    private let arity: Int
    /// The partial derivatives over inputs and result.
    private let partials: [Element]
    let name: String
    let needsFloatingPoint: Bool
    let givesBool: Bool
    let acceptsComplex: Bool

    package convenience init<Op: UnaryElementwise>(_ operation: Op.Type) {
        self.init(operation, derivative: Op.derivative)
    }

    /// The programs of an operation with a derivative of another convention.
    package convenience init<Op: UnaryElementwise>(_: Op.Type, derivative: (Element, Element) -> Element) {
        self.init(
            Op.name, 1, needsFloatingPoint: Op.needsFloatingPoint, givesBool: Op.givesBool,
            isHolomorphic: Op.isHolomorphic
        ) {
            Op.value($0[0])
        } partials: {
            [derivative($0[0], $1)]
        }
    }

    package convenience init<Op: BinaryElementwise>(_ operation: Op.Type) {
        self.init(operation, partials: Op.partials)
    }

    /// The programs of an operation with partial derivatives of another convention.
    package convenience init<Op: BinaryElementwise>(
        _: Op.Type, partials: (Element, Element, Element) -> (Element, Element)
    ) {
        self.init(Op.name, 2, needsFloatingPoint: Op.needsFloatingPoint, givesBool: Op.givesBool) {
            Op.value($0[0], $0[1])
        } partials: { x, z in
            let (left, right) = partials(x[0], x[1], z)
            return [left, right]
        }
    }

    package init(
        _ name: String, _ arity: Int, needsFloatingPoint: Bool, givesBool: Bool, isHolomorphic: Bool = true,
        value: ([Element]) -> Element, partials: ([Element], Element) -> [Element]
    ) {
        self.name = name
        self.arity = arity
        self.needsFloatingPoint = needsFloatingPoint
        self.givesBool = givesBool
        let inputs = (0..<arity).map { Element(.operand($0)) }
        let derivatives = partials(inputs, Element(.operand(arity)))
        self.partials = derivatives
        forward = ElementwiseProgram([value(inputs)])
        real = DerivativePrograms(arity, derivatives, conjugated: derivatives)
        acceptsComplex = isHolomorphic && forward.isHolomorphic
    }

    // Methods that are not inlined, since a program that is read from here would be counted.

    /// What the rule reads.
    @inline(never) func reads(for needs: InputSet) -> Reads { real.reads(for: needs) }

    /// The value of an operation of one tensor.
    @inline(never) func run(_ x: TensorValue, into y: TensorValue, _ parameters: Parameters) {
        forward.run(x, into: y, parameters)
    }

    /// The value of an operation of two tensors.
    @inline(never) func run(_ x: TensorValue, _ y: TensorValue, into z: TensorValue, _ parameters: Parameters) {
        forward.run(x, y, into: z, parameters)
    }

    /// The input's cotangent, of an operation of one tensor.
    @inline(never) func vjp(_ parameters: Parameters, _ g: consuming Tensor, _ saved: borrowing Saved) -> Tensor? {
        g.dtype.isComplex ? complexDerivatives.vjp(parameters, g, saved) : real.vjp(parameters, g, saved)
    }

    /// Sends the inputs' cotangents, of an operation of two tensors.
    @inline(never) func pullback(
        _ parameters: Parameters, _ g: consuming Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink
    ) {
        if g.dtype.isComplex {
            complexDerivatives.pullback(parameters, g, saved, &send)
        } else {
            real.pullback(parameters, g, saved, &send)
        }
    }

    /// The programs for cotangents and tangents of a type.
    @inline(__always) func derivatives(_ dtype: DType) -> DerivativePrograms {
        dtype.isComplex ? complexDerivatives : real
    }

    /// Complex cotangents are multiplied by the conjugate derivative, tangents by the derivative itself: the gradient of a
    /// real function is that with respect to the conjugate, as in PyTorch (Wirtinger calculus). Compiled when first used.
    private var complexDerivatives: DerivativePrograms {
        complex.withLock { programs in
            if let programs { return programs }
            let plain = partials.map(\.withoutOrder)
            let made = DerivativePrograms(arity, plain, conjugated: plain.map(\.conjugate))
            programs = made
            return made
        }
    }
}
