import AdjointRuntime
import CKernels

/// An elementwise operation of three tensors of the same type.
package protocol TernaryElementwise: Primitive, Elementwise {
    /// w = f(x, y, z).
    static func value(_ x: Element, _ y: Element, _ z: Element) -> Element
    /// ∂w/∂x, ∂w/∂y and ∂w/∂z in terms of x, y, z and w.
    static func partials(_ x: Element, _ y: Element, _ z: Element, _ w: Element) -> (Element, Element, Element)
    /// The programs; one `static let` an operation.
    static var compiled: CompiledElementwise { get }
    /// Whether the operation is defined for floating-point types only.
    static var needsFloatingPoint: Bool { get }
}

extension TernaryElementwise {
    package static var needsFloatingPoint: Bool { false }
    package var programs: CompiledElementwise { Self.compiled }

    package func resultType(_ inputs: [TensorType]) throws(TensorError) -> TensorType {
        precondition(
            inputs.allSatisfy { $0 == inputs[0] }, "the API broadcasts and converts operands before it binds")
        return try resultType(elementwise: inputs[0])
    }

    package func execute(_ inputs: [TensorValue], _ type: TensorType) throws(TensorError) -> TensorValue {
        let result = try TensorValue(uninitialized: type)
        let program = programs.forward
        program.run(
            type.dtype.computing, type.shape, parameters, operands: program.operands.map { inputs[$0] },
            results: [result])
        return result
    }

    package func pullback(_ g: consuming Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink) {
        var (needs, cotangents) = (0, [Tensor?](repeating: nil, count: 3))
        for input in 0..<3 where saved.needs(input) { needs |= 1 << input }
        let programs = programs.derivatives(g.dtype)
        let pullback = programs.pullbacks[needs]
        let inputs = (0..<3).filter { pullback.computed.contains(.input($0)) }
        if let program = pullback.program {
            let reads = programs.reads(for: InputSet(rawValue: UInt8(needs)))
            var available = [Tensor?](repeating: nil, count: 5)
            for input in 0..<3 where reads.inputs.contains(.input(input)) { available[input] = saved.input(input) }
            available[3] = reads.output ? saved.output : nil
            available[4] = g
            let results = program.apply(parameters, available, type: g.type)
            for (input, result) in zip(inputs, results) { cotangents[input] = result }
        }
        for input in 0..<3 where pullback.passed.contains(.input(input)) { cotangents[input] = g }
        for input in 0..<3 {
            if let cotangent = cotangents[input] { send.add(cotangent, to: input, of: saved) }
        }
    }

    package func jvp(_ inputs: [Tensor], _ tangents: [Tensor?], _ result: Tensor) -> Tensor? {
        var mask = 0
        for input in 0..<3 where tangents[input] != nil { mask |= 1 << input }
        return programs.derivatives(result.dtype).pushforwards[mask]?.apply(
            parameters, inputs + [result] + tangents, type: result.type)[0]
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        bind(self, Tensor.mappedAlike(inputs, mapped, size))
    }
}

extension CompiledElementwise {
    package convenience init<Op: TernaryElementwise>(_ operation: Op.Type) {
        self.init(operation, partials: Op.partials)
    }

    /// The programs of an operation with partial derivatives of another convention.
    package convenience init<Op: TernaryElementwise>(
        _: Op.Type, partials: (Element, Element, Element, Element) -> (Element, Element, Element)
    ) {
        self.init(Op.name, 3, needsFloatingPoint: Op.needsFloatingPoint, givesBool: false) {
            Op.value($0[0], $0[1], $0[2])
        } partials: { x, w in
            let (first, second, third) = partials(x[0], x[1], x[2], w)
            return [first, second, third]
        }
    }
}

extension Tensor {
    /// Converts and broadcasts three operands to one type, then binds.
    static func ternary<Op: TernaryElementwise>(_ operation: Op, _ x: Tensor, _ y: Tensor, _ z: Tensor) -> Tensor {
        attempt { () throws(TensorError) in
            let inputs = [x, y, z]
            if let failed = inputs.first(where: { $0.failure != nil }) { return failed }
            guard let pair = Shape.broadcast(x.shape, y.shape), let shape = Shape.broadcast(pair, z.shape) else {
                throw TensorError(
                    .shape, Op.name, "shapes \(x.shape), \(y.shape) and \(z.shape) do not fit together",
                    "aligned at the last axis, extents must be equal or 1: reshape or slice one of them")
            }
            var dtype = inputs.reduce(DType.bool) { DType.promoted($0, $1.dtype) }
            if Op.needsFloatingPoint, !dtype.isDifferentiable { dtype = .float32 }
            if dtype == .bool { dtype = .int64 }
            return bind(operation, inputs.map { $0.to(dtype).broadcastUnchecked(shape) })
        }
    }
}
