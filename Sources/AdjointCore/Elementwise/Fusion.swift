import AdjointRuntime
import CKernels

/// An operation whose value is one program over its operands: what fusion joins with others.
package protocol Fusible: Primitive {
    /// The program of the value.
    var forward: ElementwiseProgram { get }
    /// The numbers that the program calls parameters.
    var parameters: Parameters { get }
}

/// Elementwise operations that run as one program: intermediate values stay in registers.
///
/// The instructions are those of the operations, in the same element type, so the bits are the same.
package final class Fusion: Sendable {
    /// One operation; it reads the fusion's inputs and the results of earlier parts, which are numbered behind the inputs.
    package enum Part: Sendable {
        case apply(any Primitive, [Int])
        /// A number that stands for a tensor of which all elements are the same.
        case number(Double)
    }

    package let inputCount: Int
    package let parts: [Part]
    package let program: ElementwiseProgram
    /// The type in which the program computes.
    package let dtype: DType
    /// The type of the result.
    package let resultType: DType

    /// Joins parts, of which the last one is the result; nil if the machine does not take as many.
    package init?(inputCount: Int, _ parts: [Part], dtype: DType, resultType: DType) {
        guard let program = Self.compile(inputCount, parts) else { return nil }
        self.inputCount = inputCount
        self.parts = parts
        self.program = program
        self.dtype = dtype
        self.resultType = resultType
    }

    private static func compile(_ inputCount: Int, _ parts: [Part]) -> ElementwiseProgram? {
        // Constants come before results, so they are counted first.
        var constants: [Element.Form] = []
        var places: [UInt64: UInt8] = [:]
        func note(_ number: Double) {
            guard places[number.bitPattern] == nil else { return }
            places[number.bitPattern] = UInt8(truncatingIfNeeded: inputCount + constants.count)
            constants.append(.constant(number.bitPattern))
        }
        var instructions = 0
        for part in parts {
            switch part {
            case .number(let number): note(number)
            case .apply(let operation, _):
                guard let operation = operation as? any Fusible else { continue }
                let program = operation.forward
                instructions += program.code.count
                for form in program.constants { note(number(form, operation.parameters)) }
            }
        }
        guard
            inputCount <= ADJ_MAX_INPUTS, instructions <= ADJ_MAX_INSTRUCTIONS, instructions > 0,
            inputCount + constants.count + instructions <= ADJ_MAX_REGISTERS
        else { return nil }
        var registers = (0..<inputCount).map { UInt8($0) }
        var code: [adj_instruction] = []
        for part in parts {
            switch part {
            case .number(let number): registers.append(places[number.bitPattern]!)
            case .apply(let operation, let operands):
                guard let operation = operation as? any Fusible else {
                    registers.append(registers[operands[0]])
                    continue
                }
                let program = operation.forward
                var local = program.operands.map { registers[operands[$0]] }
                for form in program.constants {
                    local.append(places[number(form, operation.parameters).bitPattern]!)
                }
                for step in program.code {
                    let target = UInt8(inputCount + constants.count + code.count)
                    let arity = adj_opcode_arity(Int32(step.op))
                    code.append(
                        adj_instruction(
                            op: step.op, dst: target, a: local[Int(step.a)], b: arity > 1 ? local[Int(step.b)] : 0,
                            c: arity > 2 ? local[Int(step.c)] : 0))
                    local.append(target)
                }
                registers.append(local[Int(program.outputs[0])])
            }
        }
        return ElementwiseProgram(Array(0..<inputCount), constants, code, [registers.last!])
    }

    private static func number(_ form: Element.Form, _ parameters: Parameters) -> Double {
        switch form {
        case .constant(let bits): Double(bitPattern: bits)
        case .parameter(let index): parameters[index].double
        default: preconditionFailure("not a constant")
        }
    }

    /// The same by the operations themselves, which transforms and the tape know.
    func composed(_ inputs: [Tensor]) -> Tensor {
        var values = inputs
        for part in parts {
            switch part {
            case .number(let number):
                values.append(Tensor.repeating(.double(number), TensorType(inputs[0].shape, dtype)))
            case .apply(let operation, let operands):
                func apply<P: Primitive>(_ operation: P) -> Tensor { bind(operation, operands.map { values[$0] }) }
                values.append(apply(operation))
            }
        }
        return values.last!
    }

    /// The tangent of the result, by the operations' rules.
    func tangent(_ inputs: [Tensor], _ tangents: [Tensor?]) -> Tensor? {
        var (values, moving) = (inputs, tangents)
        for part in parts {
            guard case .apply(let operation, let operands) = part else {
                if case .number(let number) = part {
                    values.append(Tensor.repeating(.double(number), TensorType(inputs[0].shape, dtype)))
                }
                moving.append(nil)
                continue
            }
            func apply<P: Primitive>(_ operation: P) -> (Tensor, Tensor?) {
                let (read, directions) = (operands.map { values[$0] }, operands.map { moving[$0] })
                let value = bind(operation, read)
                let isConstant = operation.nonDifferentiableReason != nil || directions.allSatisfy { $0 == nil }
                return (value, isConstant ? nil : operation.jvp(read, directions, value))
            }
            let (value, tangent) = apply(operation)
            values.append(value)
            moving.append(tangent)
        }
        return moving.last!
    }

    /// Checks that the inputs have one shape.
    fileprivate func check(_ inputs: [TensorType], _ name: String) throws(TensorError) {
        guard inputs.count == inputCount, inputs.allSatisfy({ $0.shape == inputs[0].shape }) else {
            throw TensorError(
                .shape, name, "it was given operands of types \(inputs.map { "\($0)" }.joined(separator: ", "))",
                "give \(inputCount) operands of the same shape")
        }
    }

    /// What the operations are, in order.
    package var label: String {
        parts.compactMap { part in
            if case .apply(let operation, _) = part { operation.label } else { nil }
        }.joined(separator: ", ")
    }
}

extension Fusion: Hashable {
    package static func == (left: Fusion, right: Fusion) -> Bool {
        left === right
            || left.inputCount == right.inputCount && left.dtype == right.dtype && left.resultType == right.resultType
                && left.program.outputs == right.program.outputs && left.program.constants == right.program.constants
                && left.program.code.elementsEqual(right.program.code) {
                    $0.op == $1.op && $0.a == $1.a && $0.b == $1.b && $0.c == $1.c
                } && left.label == right.label
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(inputCount)
        hasher.combine(program.constants)
        for step in program.code { hasher.combine(step.op) }
    }
}

/// Elementwise operations in one pass over memory.
package struct FusedElementwise: CompositePrimitive {
    package static let name = "fused"
    package static let takesHalf = true
    package let fusion: Fusion

    package init(_ fusion: Fusion) { self.fusion = fusion }

    package var label: String { "fused(\(fusion.label))" }

    package func resultType(_ inputs: [TensorType]) throws(TensorError) -> TensorType {
        try fusion.check(inputs, Self.name)
        return TensorType(inputs[0].shape, fusion.resultType)
    }

    package func execute(_ inputs: [TensorValue], _ type: TensorType) throws(TensorError) -> TensorValue {
        let result = try TensorValue(uninitialized: type)
        fusion.program.run(fusion.dtype, type.shape, Parameters(), operands: inputs, results: [result])
        return result
    }

    package func workspace(_ inputs: [TensorValue], _ type: TensorType) -> Int { 0 }

    package func composed(_ inputs: [Tensor]) -> Tensor { fusion.composed(inputs) }

    package func jvp(_ inputs: [Tensor], _ tangents: [Tensor?], _ result: Tensor) -> Tensor? {
        fusion.tangent(inputs, tangents)
    }
}

/// Elementwise operations and the sum of their result over axes, in one pass over memory: blocks of the result are made where the
/// reduction reads them, by the same tree that `Sum` adds by.
package struct FusedSum: CompositePrimitive {
    package static let name = "fused_sum"
    package let fusion: Fusion
    package let axes: AxisSet

    package init(_ fusion: Fusion, axes: AxisSet) {
        self.fusion = fusion
        self.axes = axes
    }

    package var label: String { "sum(\(fusion.label))" }

    package func resultType(_ inputs: [TensorType]) throws(TensorError) -> TensorType {
        try fusion.check(inputs, Self.name)
        return try Sum(axes: axes).resultType(TensorType(inputs[0].shape, fusion.resultType))
    }

    package func execute(_ inputs: [TensorValue], _ type: TensorType) throws(TensorError) -> TensorValue {
        try Reduction.sum(fusion, inputs, axes, type)
    }

    package func workspace(_ inputs: [TensorValue], _ type: TensorType) -> Int {
        Reduction.workspace(of: fusion, TensorType(inputs[0].shape, fusion.resultType), axes, type)
    }

    package func composed(_ inputs: [Tensor]) -> Tensor { bind(Sum(axes: axes), fusion.composed(inputs)) }

    package func jvp(_ inputs: [Tensor], _ tangents: [Tensor?], _ result: Tensor) -> Tensor? {
        fusion.tangent(inputs, tangents).map { bind(Sum(axes: axes), $0) }
    }
}

/// An operation that is a shorter way through others: transforms and the tape see those.
package protocol CompositePrimitive: Primitive {
    /// The same by other operations.
    func composed(_ inputs: [Tensor]) -> Tensor
}

extension CompositePrimitive {
    package static var isComposite: Bool { true }

    package func reads(for needs: InputSet) -> Reads { .nothing }

    package func pullback(_ cotangent: consuming Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink) {
        preconditionFailure("a composite operation is not recorded: its parts are")
    }
}
