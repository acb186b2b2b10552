import AdjointRuntime
import CKernels
import Synchronization

/// An operation that treats each element alike, stated by its formula and its partial derivatives.
///
/// Everything else is derived: type rule, kernels, both modes in one pass over memory, higher orders.
package protocol Elementwise: Fusible {
    /// The formula and its derivatives as programs.
    var programs: CompiledElementwise { get }
}

extension Fusible {
    package var parameters: Parameters { Parameters() }
    package func workspace(_ inputs: [TensorValue], _ type: TensorType) -> Int { 0 }
}

extension Elementwise {
    package var forward: ElementwiseProgram { programs.forward }

    package var nonDifferentiableReason: String? {
        programs.givesBool ? "the result of \(label) is bool" : nil
    }

    package func reads(for needs: InputSet) -> Reads { programs.real.reads[Int(needs.rawValue)] }

    package static var takesHalf: Bool { true }

    func resultType(elementwise x: TensorType) throws(TensorError) -> TensorType {
        let programs = programs
        if programs.needsFloatingPoint, !x.dtype.isDifferentiable {
            throw TensorError.needsFloatingPoint(label, x)
        }
        if x.dtype.isComplex, !programs.acceptsComplex { throw TensorError.noComplex(label, x) }
        return programs.givesBool ? TensorType(x.shape, .bool) : x
    }
}

/// An elementwise operation of one tensor whose programs are given.
package protocol UnaryProgram: UnaryPrimitive, Elementwise {}

extension UnaryProgram {
    package func resultType(_ x: TensorType) throws(TensorError) -> TensorType { try resultType(elementwise: x) }

    package func execute(_ x: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let y = try TensorValue(uninitialized: type)
        programs.forward.run(x, into: y, parameters)
        return y
    }

    package func vjp(_ g: consuming Tensor, _ saved: borrowing Saved) -> Tensor? {
        let programs = programs.derivatives(g.dtype)
        guard let program = programs.pullbacks[1].program else {
            return programs.pullbacks[1].passed.isEmpty ? nil : g
        }
        let reads = programs.reads[1]
        return program.apply(
            parameters, x: reads.inputs.isEmpty ? nil : saved.input(0), y: reads.output ? saved.output : nil, g)
    }

    package func jvp(_ t: Tensor, x: Tensor, y: Tensor) -> Tensor? {
        programs.derivatives(t.dtype).pushforwards[1]?.apply(parameters, x: x, y: y, t)
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
        programs.forward.run(x, y, into: z, parameters)
        return z
    }

    package func pullback(_ g: consuming Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink) {
        let needs = (saved.needs(0) ? 1 : 0) | (saved.needs(1) ? 2 : 0)
        let programs = programs.derivatives(g.dtype)
        let pullback = programs.pullbacks[needs]
        // Inputs whose derivative is 1 take the cotangent itself.
        if pullback.passed.contains(.first) { send.add(copy g, to: 0, of: saved) }
        if pullback.passed.contains(.second) { send.add(copy g, to: 1, of: saved) }
        guard let program = pullback.program else { return }
        let reads = programs.reads[needs]
        let x = reads.inputs.contains(.first) ? saved.input(0) : nil
        let y = reads.inputs.contains(.second) ? saved.input(1) : nil
        let z = reads.output ? saved.output : nil
        let (first, second) = program.apply(parameters, x: x, y: y, z: z, g)
        if pullback.computed.contains(.first) {
            send.add(first, to: 0, of: saved)
            if let second { send.add(second, to: 1, of: saved) }
        } else {
            send.add(first, to: 1, of: saved)
        }
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

/// The programs of an elementwise operation's derivatives.
final class DerivativePrograms: Sendable {
    /// How the cotangents of a set of inputs come from the result's.
    struct Pullback: Sendable {
        /// Inputs whose derivative is 1 everywhere.
        var passed: InputSet = []
        /// Inputs that the program computes, in the order of its results; the others' cotangents are zero.
        var computed: InputSet = []
        var program: ElementwiseProgram?
    }
    /// Indexed by the set of inputs that need a cotangent; operands are inputs, result, ȳ.
    let pullbacks: [Pullback]
    /// Indexed by the set of inputs that have a tangent; operands are inputs, result, tangents.
    let pushforwards: [ElementwiseProgram?]
    /// What each pullback reads.
    let reads: [Reads]

    init(_ arity: Int, _ derivatives: [Element], conjugated: [Element]) {
        var pullbacks: [Pullback] = []
        var pushforwards: [ElementwiseProgram?] = []
        var reads: [Reads] = []
        for mask in 0..<(1 << arity) {
            let active = (0..<arity).filter { mask >> $0 & 1 == 1 && derivatives[$0].number != 0 }
            let cotangent = Element(.operand(arity + 1))
            var pullback = Pullback()
            var formulas: [Element] = []
            for input in active {
                if derivatives[input].number == 1 {
                    pullback.passed.insert(.input(input))
                } else {
                    pullback.computed.insert(.input(input))
                    formulas.append(.gate(cotangent, conjugated[input]))
                }
            }
            if !formulas.isEmpty { pullback.program = ElementwiseProgram(formulas) }
            pullbacks.append(pullback)
            let tangents = active.map { Element.gate(Element(.operand(arity + 1 + $0)), derivatives[$0]) }
            pushforwards.append(
                active.isEmpty ? nil : ElementwiseProgram([tangents.dropFirst().reduce(tangents[0], +)]))
            let read = pullback.program?.operands ?? []
            var inputSet: InputSet = []
            for operand in read where operand < arity { inputSet.insert(.input(operand)) }
            reads.append(Reads(inputs: inputSet, output: read.contains(arity)))
        }
        self.pullbacks = pullbacks
        self.pushforwards = pushforwards
        self.reads = reads
    }
}
