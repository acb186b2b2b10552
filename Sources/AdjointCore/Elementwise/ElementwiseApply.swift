import AdjointRuntime
import CKernels

// A program meets tensors: in one pass over memory where nothing watches, as tensor operations where the result is
// to be differentiated again or a transform is under way.
extension ElementwiseProgram {
    /// The derivative program of an operation with `arity` inputs on what was saved of it, read where it lies: no value is
    /// copied, and none counted. g becomes the first result, in its memory where nobody else holds it and there is no second.
    /// false, with nothing done, if the rule is to be recorded or an operand is no plain array.
    func applyDirectly(
        _ parameters: Parameters, _ arity: Int, _ saved: borrowing Saved, _ g: inout Tensor, second: inout Tensor?
    ) throws(TensorError) -> Bool {
        let dtype = g.value.dtype
        guard !saved.recordsRules, g.node == nil, g.value.isContiguous, !dtype.isHalf else { return false }
        var operands = Addresses()
        if operandMask & 1 != 0 {
            guard let address = Self.address(saved.links.first.value, dtype) else { return false }
            operands.append(address)
        }
        if arity == 2, operandMask & 2 != 0 {
            guard let address = Self.address(saved.links.second.value, dtype) else { return false }
            operands.append(address)
        }
        if operandMask >> arity & 1 != 0 {
            guard let address = Self.address(saved.links.output, dtype) else { return false }
            operands.append(address)
        }
        if operandMask >> (arity + 1) & 1 != 0 { operands.append(g.value.elements) }
        // With two results, the second still reads g.
        if outputCount == 1, g.value.isUniquelyHeld() {
            runContiguous(dtype, g.value.shape.count, parameters, operands, g.value.elements)
            return true
        }
        let result = try TensorValue(uninitialized: g.value.type)
        if outputCount == 2 { second = Tensor(try TensorValue(uninitialized: g.value.type)) }
        // An address keeps nothing alive: without this g would go where it is written for the last time, before it is read.
        withExtendedLifetime(copy g) {
            runContiguous(
                dtype, g.value.shape.count, parameters, operands, result.elements, second?.value.elements)
        }
        g = Tensor(result)
        return true
    }

    /// Where a value of a type can be read straight from memory.
    @inline(__always) private static func address(
        _ value: borrowing TensorValue?, _ dtype: DType
    ) -> UnsafeMutableRawPointer? {
        switch value {
        case .some(let value): value.isContiguous && value.dtype == dtype ? value.elements : nil
        case .none: nil
        }
    }

    /// Applies the program to the operands that it reads, which all have the shape and type of the results.
    package func apply(_ parameters: Parameters, _ available: [Tensor?], type: TensorType) -> [Tensor] {
        if let passed = passedOperand { return [available[passed]!] }
        let inputs = operands.map { available[$0]! }
        guard inputs.allSatisfy(Self.isPlain) else { return applyByOperations(parameters, inputs) }
        do throws(TensorError) {
            if outputCount == 1, inputs.count <= Addresses.capacity, !type.dtype.isHalf,
                inputs.allSatisfy({ $0.value.isContiguous && $0.value.dtype == type.dtype })
            {
                let result = try TensorValue(uninitialized: type)
                withExtendedLifetime(inputs) {
                    var addresses = Addresses()
                    for input in inputs { addresses.append(input.value.elements) }
                    runContiguous(type.dtype, type.shape.count, parameters, addresses, result.elements)
                }
                return [Tensor(result)]
            }
            var results: [TensorValue] = []
            for _ in 0..<outputCount { results.append(try TensorValue(uninitialized: type)) }
            run(type.dtype.computing, type.shape, parameters, operands: inputs.map(\.value), results: results)
            return results.map { Tensor($0) }
        } catch {
            let failed = raise(error)
            return Array(repeating: failed, count: outputCount)
        }
    }

    private static func isPlain(_ tensor: Tensor) -> Bool { tensor.node == nil && tensor.value.isStored }
}

// The program as tensor operations, which are recorded and interpreted like any others.
extension ElementwiseProgram {
    enum Register {
        case tensor(Tensor)
        case number(Scalar)
    }

    private func applyByOperations(_ parameters: Parameters, _ inputs: [Tensor]) -> [Tensor] {
        var registers = inputs.map { Register.tensor($0) }
        for form in constants {
            switch form {
            case .constant(let bits): registers.append(.number(.double(Double(bitPattern: bits))))
            case .parameter(let index): registers.append(.number(parameters[index]))
            default: preconditionFailure("not a constant")
            }
        }
        for step in code {
            let (a, b, c) = (registers[Int(step.a)], registers[Int(step.b)], registers[Int(step.c)])
            let opcode = adj_opcode(UInt32(step.op))
            let number = Self.number(opcode, a, b)
            registers.append(number ?? .tensor(Self.operation(opcode, a, b, c, like: inputs[0])))
        }
        return outputs.map { Self.tensor(registers[Int($0)], like: inputs[0]) }
    }

    static func tensor(_ register: Register, like other: Tensor) -> Tensor {
        switch register {
        case .tensor(let tensor): tensor
        case .number(let number): attempt { () throws(TensorError) in Tensor(try Kernels.fill(other.type, number)) }
        }
    }

    /// Arithmetic of numbers, which needs no tensors.
    private static func number(_ opcode: adj_opcode, _ a: Register, _ b: Register) -> Register? {
        guard case .number(let a) = a, case .number(let b) = b, a.imaginary == 0, b.imaginary == 0 else { return nil }
        return switch opcode {
        case ADJ_OP_NEG: .number(.double(-a.double))
        case ADJ_OP_ADD: .number(.double(a.double + b.double))
        case ADJ_OP_SUB: .number(.double(a.double - b.double))
        case ADJ_OP_MUL: .number(.double(a.double * b.double))
        case ADJ_OP_DIV: .number(.double(a.double / b.double))
        default: nil
        }
    }

    static func unary(_ operation: some UnaryElementwise, _ a: Register, like other: Tensor) -> Tensor {
        bind(operation, tensor(a, like: other))
    }

    static func binary<Op: BinaryElementwise>(
        _ operation: Op, _ a: Register, _ b: Register, like other: Tensor
    ) -> Tensor {
        switch (a, b) {
        case (.tensor(let x), .tensor(let y)): bind(operation, x, y)
        case (.tensor(let x), .number(let y)): bind(WithNumber(operation.numberPrograms.right, y), x)
        case (.number(let x), .tensor(let y)): bind(WithNumber(operation.numberPrograms.left, x), y)
        case (.number, .number): bind(operation, tensor(a, like: other), tensor(b, like: other))
        }
    }

    /// The tensor operation that an instruction is.
    private static func operation(
        _ opcode: adj_opcode, _ a: Register, _ b: Register, _ c: Register, like other: Tensor
    ) -> Tensor {
        func unary(_ operation: some UnaryElementwise) -> Tensor { Self.unary(operation, a, like: other) }
        func binary(_ operation: some BinaryElementwise) -> Tensor { Self.binary(operation, a, b, like: other) }
        switch opcode {
        case ADJ_OP_NEG: return unary(Negate())
        case ADJ_OP_CONJ: return tensor(a, like: other).conj()
        case ADJ_OP_ABS: return unary(Absolute())
        case ADJ_OP_SIGN: return unary(Sign())
        case ADJ_OP_FLOOR: return unary(Floor())
        case ADJ_OP_TRUNC: return unary(Truncate())
        case ADJ_OP_SQRT: return unary(SquareRoot())
        case ADJ_OP_RSQRT: return unary(ReciprocalSquareRoot())
        case ADJ_OP_EXP: return unary(Exponential())
        case ADJ_OP_EXP2: return unary(Exponential2())
        case ADJ_OP_LOG: return unary(Logarithm())
        case ADJ_OP_LOG1P: return unary(Logarithm1p())
        case ADJ_OP_SIN: return unary(Sine())
        case ADJ_OP_COS: return unary(Cosine())
        case ADJ_OP_SINH: return unary(HyperbolicSine())
        case ADJ_OP_COSH: return unary(HyperbolicCosine())
        case ADJ_OP_TANH: return unary(HyperbolicTangent())
        case ADJ_OP_SIGMOID: return unary(Sigmoid())
        case ADJ_OP_TAN: return unary(Tangent())
        case ADJ_OP_EXPM1: return unary(Exponential1m())
        case ADJ_OP_ERFC: return unary(ComplementaryErrorFunction())
        case ADJ_OP_ERF: return unary(ErrorFunction())
        case ADJ_OP_ISNAN: return unary(IsNaN())
        case ADJ_OP_NOT: return unary(LogicalNot())
        case ADJ_OP_ADD: return binary(Add())
        case ADJ_OP_SUB: return binary(Subtract())
        case ADJ_OP_MUL: return binary(Multiply())
        case ADJ_OP_DIV: return binary(Divide())
        case ADJ_OP_FLOORDIV: return binary(FloorDivide())
        case ADJ_OP_GATE: return bind(Gate(), tensor(a, like: other), tensor(b, like: other))
        case ADJ_OP_POW: return binary(Power())
        case ADJ_OP_MAX: return binary(Maximum())
        case ADJ_OP_MIN: return binary(Minimum())
        case ADJ_OP_EQ: return binary(Equal())
        case ADJ_OP_NE: return binary(NotEqual())
        case ADJ_OP_LT: return binary(Less())
        case ADJ_OP_LE: return binary(LessOrEqual())
        case ADJ_OP_GT: return binary(Greater())
        case ADJ_OP_GE: return binary(GreaterOrEqual())
        case ADJ_OP_AND: return binary(LogicalAnd())
        case ADJ_OP_OR: return binary(LogicalOr())
        case ADJ_OP_SELECT:
            return bind(Where(), [tensor(a, like: other), tensor(b, like: other), tensor(c, like: other)])
        default: return special(opcode, a, b, c, like: other)
        }
    }
}
