import AdjointRuntime
import CKernels

/// Formulas compiled for the vector machine: straight-line code over the operands that they read.
@usableFromInline package final class ElementwiseProgram: Sendable {
    /// Which operands of the formulas the program reads, in the order of its registers.
    package let operands: [Int]
    /// The same as a set of bits, for programs over few operands.
    let operandMask: Int
    package let code: [adj_instruction]
    package let constants: [Element.Form]
    let outputs: [UInt8]

    /// The program and its constants as the kernels read them, written once here.
    private nonisolated(unsafe) let gated: UnsafePointer<adj_program>
    /// The same with products in place of gates; nil if there are none.
    private nonisolated(unsafe) let ungated: UnsafePointer<adj_program>?
    private nonisolated(unsafe) let literals: UnsafePointer<adj_constant>
    /// Where parameters go among the constants.
    private nonisolated(unsafe) let parameterSlots: UnsafeBufferPointer<(slot: Int, parameter: Int)>

    /// Compiles formulas over operands; equal parts are computed once.
    package convenience init(_ formulas: [Element]) {
        var compiler = Compiler()
        for formula in formulas { compiler.collectLeaves(formula) }
        compiler.operands.sort()
        let outputs = formulas.map { compiler.register(of: $0) }
        self.init(compiler.operands, compiler.constants, compiler.code, outputs)
    }

    /// A program whose code is known: its registers are operands, constants, and a result an instruction.
    init(_ operands: [Int], _ constants: [Element.Form], _ code: [adj_instruction], _ outputs: [UInt8]) {
        self.operands = operands
        operandMask = operands.reduce(0) { $1 < Int.bitWidth ? $0 | 1 << $1 : $0 }
        self.constants = constants
        self.outputs = outputs
        self.code = code
        passesOperand = code.isEmpty && outputs.count == 1 && Int(outputs[0]) < operands.count
        precondition(
            code.count <= ADJ_MAX_INSTRUCTIONS && operands.count <= ADJ_MAX_INPUTS && outputs.count <= ADJ_MAX_OUTPUTS)

        var program = adj_program()
        program.count = Int32(code.count)
        program.inputs = Int32(operands.count)
        program.constants = Int32(constants.count)
        program.registers = Int32(operands.count + constants.count + code.count)
        program.outputs = Int32(outputs.count)
        withUnsafeMutableBytes(of: &program.output_register) { [outputs] in $0.copyBytes(from: outputs) }
        gated = Self.store(program, code)
        let (gate, product) = (UInt8(ADJ_OP_GATE.rawValue), UInt8(ADJ_OP_MUL.rawValue))
        let products = code.map { step in
            var step = step
            if step.op == gate { step.op = product }
            return step
        }
        ungated = code.contains { $0.op == gate } ? Self.store(program, products) : nil

        let literals = UnsafeMutablePointer<adj_constant>.allocate(capacity: max(constants.count, 1))
        var slots: [(slot: Int, parameter: Int)] = []
        for (slot, form) in constants.enumerated() {
            switch form {
            case .constant(let bits):
                (literals + slot).initialize(to: adj_constant(.double(Double(bitPattern: bits))))
            case .parameter(let index):
                (literals + slot).initialize(to: adj_constant())
                slots.append((slot, index))
            default: preconditionFailure("not a constant")
            }
        }
        self.literals = UnsafePointer(literals)
        let storedSlots = UnsafeMutableBufferPointer<(slot: Int, parameter: Int)>.allocate(capacity: slots.count)
        _ = storedSlots.initialize(from: slots)
        parameterSlots = UnsafeBufferPointer(storedSlots)
    }

    deinit {
        gated.pointee.code.deallocate()
        gated.deallocate()
        ungated?.pointee.code.deallocate()
        ungated?.deallocate()
        literals.deallocate()
        parameterSlots.deallocate()
    }

    private static func store(_ program: adj_program, _ code: [adj_instruction]) -> UnsafePointer<adj_program> {
        let instructions = UnsafeMutablePointer<adj_instruction>.allocate(capacity: max(code.count, 1))
        instructions.initialize(from: code, count: code.count)
        let stored = UnsafeMutablePointer<adj_program>.allocate(capacity: 1)
        stored.initialize(to: program)
        stored.pointee.code = UnsafePointer(instructions)
        return UnsafePointer(stored)
    }

    /// The program that the thread's rule for products with 0 asks for; read before the work is cut for other threads.
    @inline(__always) private var program: UnsafePointer<adj_program> {
        guard let ungated, adj_ieee_products_get() != 0 else { return gated }
        return ungated
    }

    package var outputCount: Int { outputs.count }

    /// The number of instructions an element.
    package var instructionCount: Int { code.count }

    /// Whether all instructions exist for complex numbers and none takes a number apart, which would be no function of z alone.
    var isHolomorphic: Bool {
        let apart: Set = [ADJ_OP_ABS, ADJ_OP_SIGN, ADJ_OP_CONJ, ADJ_OP_REAL, ADJ_OP_IMAG, ADJ_OP_ANGLE]
        return code.allSatisfy {
            adj_opcode_supports(Int32($0.op), Int32(DType.complex128.rawValue)) != 0
                && !apart.contains(adj_opcode(UInt32($0.op)))
        }
    }

    /// Whether all instructions exist for a type.
    package func isDefined(_ dtype: DType) -> Bool {
        code.allSatisfy { adj_opcode_supports(Int32($0.op), Int32(dtype.rawValue)) != 0 }
    }

    /// Whether the only result simply is an operand: nothing is computed.
    let passesOperand: Bool

    /// The operand that the only result is.
    var passedOperand: Int? { passesOperand ? operands[Int(outputs[0])] : nil }

    private struct Compiler {
        var operands: [Int] = []
        var constants: [Element.Form] = []
        var code: [adj_instruction] = []
        var registers: [Element: UInt8] = [:]

        mutating func collectLeaves(_ element: Element) {
            switch element.form {
            case .operand(let index): if !operands.contains(index) { operands.append(index) }
            case .constant, .parameter: if !constants.contains(element.form) { constants.append(element.form) }
            case .apply(_, let parts): for part in parts { collectLeaves(part) }
            }
        }

        mutating func register(of element: Element) -> UInt8 {
            switch element.form {
            case .operand(let index): return UInt8(operands.firstIndex(of: index)!)
            case .constant, .parameter: return UInt8(operands.count + constants.firstIndex(of: element.form)!)
            case .apply(let opcode, let parts):
                if let known = registers[element] { return known }
                let read = parts.map { register(of: $0) }
                let target = UInt8(operands.count + constants.count + code.count)
                code.append(
                    adj_instruction(
                        op: UInt8(opcode.rawValue), dst: target, a: read[0], b: read.count > 1 ? read[1] : 0,
                        c: read.count > 2 ? read[2] : 0))
                registers[element] = target
                return target
            }
        }
    }
}

// Running on stored values.
extension ElementwiseProgram {
    /// Runs on operands of one shape in the type `dtype`, which is not a 16-bit one. The results have that shape and the types that `results` have.
    package func run(
        _ dtype: DType, _ shape: Shape, _ parameters: Parameters, operands: [TensorValue], results: [TensorValue]
    ) {
        let program = program
        withConstants(parameters) { constants in
            withUnsafeTemporaryAllocation(of: adj_operand.self, capacity: max(operands.count, 1)) { inputs in
                withUnsafeTemporaryAllocation(of: adj_output.self, capacity: results.count) { targets in
                    for (index, operand) in operands.enumerated() { inputs[index] = adj_operand(operand) }
                    for (index, result) in results.enumerated() {
                        targets[index] = adj_output(data: result.elements, dtype: Int32(result.dtype.rawValue))
                    }
                    Kernels.withDims(shape) { rank, dims in
                        let (inputs, targets, count) = (inputs.baseAddress, targets.baseAddress, shape.count)
                        if count <= Kernels.grain {
                            adj_program_run(
                                program, Int32(dtype.rawValue), constants, targets, inputs, rank, dims, 0, Int64(count))
                        } else {
                            Parallel.run(count: count, grain: Kernels.grain) { range in
                                adj_program_run(
                                    program, Int32(dtype.rawValue), constants, targets, inputs, rank, dims,
                                    Int64(range.lowerBound), Int64(range.upperBound))
                            }
                        }
                    }
                }
            }
        }
    }

    /// Calls `body` with what runs parts of the program's range.
    func withRunner(_ dtype: DType, _ shape: Shape, _ operands: [TensorValue], _ body: (Runner) -> Void) {
        let program = program
        withConstants(Parameters()) { constants in
            withUnsafeTemporaryAllocation(of: adj_operand.self, capacity: max(operands.count, 1)) { inputs in
                for (index, operand) in operands.enumerated() { inputs[index] = adj_operand(operand) }
                Kernels.withDims(shape) { rank, dims in
                    body(
                        Runner(
                            program: program, dtype: dtype, constants: constants,
                            inputs: UnsafePointer(inputs.baseAddress!), rank: rank, dims: dims))
                }
            }
        }
    }

    /// Runs a program of one result for a range of elements; for the time of the call that made it.
    struct Runner {
        let program: UnsafePointer<adj_program>
        let dtype: DType
        let constants: UnsafePointer<adj_constant>
        let inputs: UnsafePointer<adj_operand>
        let rank: Int32
        let dims: UnsafePointer<Int64>

        /// Writes the results of a range to `target`, as elements of `size` bytes of the program's type.
        func run(_ range: Range<Int>, into target: UnsafeMutableRawPointer, _ size: Int) {
            // The machine counts from the first element of all.
            var output = adj_output(data: target - range.lowerBound * size, dtype: Int32(dtype.rawValue))
            adj_program_run(
                program, Int32(dtype.rawValue), constants, &output, inputs, rank, dims, Int64(range.lowerBound),
                Int64(range.upperBound))
        }
    }

    /// Runs a program of one operand and one result.
    @inline(__always) func run(_ x: TensorValue, into y: TensorValue, _ parameters: Parameters = Parameters()) {
        if x.isContiguous, x.dtype == y.dtype, !x.dtype.isHalf {
            runContiguous(x.dtype, x.shape.count, parameters, Addresses(x), y.elements)
        } else {
            run(x.dtype.computing, x.shape, parameters, operands: [x], results: [y])
        }
    }

    /// Runs a program of two operands and one result.
    @inline(__always) func run(
        _ x: TensorValue, _ y: TensorValue, into z: TensorValue, _ parameters: Parameters = Parameters()
    ) {
        if x.isContiguous, y.isContiguous, x.dtype == z.dtype, y.dtype == z.dtype, !x.dtype.isHalf {
            runContiguous(x.dtype, x.shape.count, parameters, Addresses(x, y), z.elements)
        } else if z.dtype == .bool, x.dtype == y.dtype, x.isContiguous, y.isContiguous, !x.dtype.isHalf,
            x.shape.count <= Self.fewTruths
        {
            runFewTruths(x.dtype, x.shape.count, parameters, Addresses(x, y), z.elements)
        } else {
            run(max(x.dtype, y.dtype).computing, x.shape, parameters, operands: [x, y], results: [z])
        }
    }

    /// Runs a program of three operands and one result.
    func run(_ x: TensorValue, _ y: TensorValue, _ z: TensorValue, into w: TensorValue, _ parameters: Parameters) {
        if x.isContiguous, y.isContiguous, z.isContiguous, x.dtype == w.dtype, y.dtype == w.dtype, z.dtype == w.dtype,
            !x.dtype.isHalf
        {
            runContiguous(x.dtype, x.shape.count, parameters, Addresses(x, y, z), w.elements)
        } else {
            run(max(x.dtype, y.dtype, z.dtype).computing, x.shape, parameters, operands: [x, y, z], results: [w])
        }
    }

    /// The first elements of up to four operands.
    @usableFromInline package struct Addresses {
        static let capacity = 4
        @usableFromInline var first: UnsafeRawPointer?
        @usableFromInline var second: UnsafeRawPointer?
        @usableFromInline var third: UnsafeRawPointer?
        @usableFromInline var fourth: UnsafeRawPointer?
        @usableFromInline var count = 0

        @inlinable package init() {}

        init(_ x: TensorValue) {
            first = UnsafeRawPointer(x.elements)
            count = 1
        }

        init(_ x: TensorValue, _ y: TensorValue) {
            self.init(x)
            second = UnsafeRawPointer(y.elements)
            count = 2
        }

        init(_ x: TensorValue, _ y: TensorValue, _ z: TensorValue) {
            self.init(x, y)
            third = UnsafeRawPointer(z.elements)
            count = 3
        }

        mutating func append(_ value: TensorValue) { append(value.elements) }

        @inlinable @inline(__always) package mutating func append(_ address: UnsafeMutableRawPointer) {
            let address = UnsafeRawPointer(address)
            switch count {
            case 0: first = address
            case 1: second = address
            case 2: third = address
            default: fourth = address
            }
            count += 1
        }

        func advanced(by offset: Int) -> Addresses {
            var copy = self
            copy.first = first.map { $0 + offset }
            copy.second = second.map { $0 + offset }
            copy.third = third.map { $0 + offset }
            copy.fourth = fourth.map { $0 + offset }
            return copy
        }
    }

    /// Up to how many truth values are computed as numbers first.
    package static let fewTruths = 8

    /// Runs on contiguous operands of the program's type, up to `fewTruths` elements, and writes whether the result is not 0.
    package func runFewTruths(
        _ dtype: DType, _ count: Int, _ parameters: Parameters, _ operands: Addresses, _ result: UnsafeMutableRawPointer
    ) {
        // As wide as the widest type, complex128.
        var numbers = SIMD16<Double>.zero
        withUnsafeMutableBytes(of: &numbers) { numbers in
            runContiguous(dtype, count, parameters, operands, numbers.baseAddress!)
            func store<Part: Numeric>(_ parts: Int, _ type: Part.Type) {
                let found = numbers.bindMemory(to: type)
                for index in 0..<count {
                    let isTrue = found[(index * parts)..<((index + 1) * parts)].contains { $0 != 0 }
                    result.storeBytes(of: isTrue, toByteOffset: index, as: Bool.self)
                }
            }
            switch dtype {
            case .float32: store(1, Float.self)
            case .float64: store(1, Double.self)
            case .complex64: store(2, Float.self)
            case .complex128: store(2, Double.self)
            default: store(dtype.size, UInt8.self)
            }
        }
    }

    /// Runs on contiguous operands of the program's type, with one result or two.
    package func runContiguous(
        _ dtype: DType, _ count: Int, _ parameters: Parameters, _ operands: Addresses,
        _ result: UnsafeMutableRawPointer, _ second: UnsafeMutableRawPointer? = nil
    ) {
        let program = program
        withConstants(parameters) { constants in
            if count <= Kernels.grain {
                Self.runPiece(program, dtype, count, constants, operands, result, second)
            } else {
                let size = dtype.size
                Parallel.run(count: count, grain: Kernels.grain) { range in
                    let offset = range.lowerBound * size
                    Self.runPiece(
                        program, dtype, range.count, constants, operands.advanced(by: offset), result + offset,
                        second.map { $0 + offset })
                }
            }
        }
    }

    @inline(__always) private static func runPiece(
        _ program: UnsafePointer<adj_program>, _ dtype: DType, _ count: Int, _ constants: UnsafePointer<adj_constant>,
        _ operands: Addresses,
        _ result: UnsafeMutableRawPointer, _ second: UnsafeMutableRawPointer?
    ) {
        let targets = (UnsafeMutableRawPointer?.some(result), second)
        withUnsafeBytes(of: operands) { operands in
            withUnsafeBytes(of: targets) { targets in
                adj_program_run_contiguous(
                    program, Int32(dtype.rawValue), constants,
                    targets.baseAddress!.assumingMemoryBound(to: UnsafeMutableRawPointer?.self),
                    operands.baseAddress!.assumingMemoryBound(to: UnsafeRawPointer?.self), Int64(count))
            }
        }
    }

    @inline(__always) private func withConstants(
        _ parameters: Parameters, _ body: (UnsafePointer<adj_constant>) -> Void
    ) {
        guard !parameterSlots.isEmpty else { return body(literals) }
        let count = constants.count
        withUnsafeTemporaryAllocation(of: adj_constant.self, capacity: count) { buffer in
            let start = buffer.baseAddress!
            start.initialize(from: literals, count: count)
            for (slot, parameter) in parameterSlots { start[slot] = adj_constant(parameters[parameter]) }
            body(start)
        }
    }
}

/// The numbers that an elementwise operation holds.
package struct Parameters: Sendable, Hashable {
    private var first: Scalar
    private var second: Scalar

    package init(_ first: Scalar = .int(0), _ second: Scalar = .int(0)) {
        self.first = first
        self.second = second
    }

    package subscript(index: Int) -> Scalar { index == 0 ? first : second }
}

extension adj_operand {
    /// A stored value as an operand of a program.
    init(_ value: TensorValue) {
        self.init()
        data = UnsafeRawPointer(value.elements)
        dtype = Int32(value.dtype.rawValue)
        let steps = value.strides
        withUnsafeMutableBytes(of: &strides) { buffer in
            let strides = buffer.assumingMemoryBound(to: Int64.self)
            for axis in 0..<value.shape.rank { strides[axis] = Int64(steps[axis]) }
        }
    }
}
