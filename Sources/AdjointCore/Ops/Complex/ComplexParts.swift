import AdjointRuntime
import CKernels

// Complex numbers and their parts. Gradients follow PyTorch: of a real loss L with respect to z = x + iy it is ∂L/∂x + i ∂L/∂y,
// so parts are linear over the real numbers and their transposes put a part back.

extension ElementwiseProgram {
    /// One instruction of one operand, whose result may have another type.
    fileprivate static func instruction(_ opcode: adj_opcode) -> ElementwiseProgram {
        ElementwiseProgram([.apply(opcode, Element(.operand(0)))])
    }

    fileprivate func value(of x: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let y = try TensorValue(uninitialized: type)
        run(x.dtype, type.shape, Parameters(), operands: [x], results: [y])
        return y
    }
}

/// A part of complex numbers, or a complex number made of its conjugate: linear over the real numbers.
package struct ComplexPart: LinearPrimitive {
    package static let name = "complex_part"
    package enum Kind: String, CaseIterable, Sendable {
        case real, imaginary, conjugate

        fileprivate var program: ElementwiseProgram {
            switch self {
            case .real: ComplexPart.realProgram
            case .imaginary: ComplexPart.imaginaryProgram
            case .conjugate: ComplexPart.conjugateProgram
            }
        }
    }
    let kind: Kind
    package var label: String { kind.rawValue }

    private static let realProgram = ElementwiseProgram.instruction(ADJ_OP_REAL)
    private static let imaginaryProgram = ElementwiseProgram.instruction(ADJ_OP_IMAG)
    private static let conjugateProgram = ElementwiseProgram.instruction(ADJ_OP_CONJ)

    package func workspace(_ inputs: [TensorValue], _ type: TensorType) -> Int { 0 }

    package func resultType(_ x: TensorType) throws(TensorError) -> TensorType {
        TensorType(x.shape, kind == .conjugate ? x.dtype : x.dtype.realType)
    }

    package func execute(_ x: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        try kind.program.value(of: x, type)
    }

    package func transpose(_ g: Tensor, to x: TensorType) -> Tensor {
        switch kind {
        case .real: g.to(x.dtype)
        case .imaginary: bind(MakeComplex(), Tensor.repeating(0, g.type), g)
        case .conjugate: bind(self, g)
        }
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? { bind(self, inputs[0]) }
}

/// z = x + iy of real x and y of one type. Linear in both: x̄ = Re z̄, ȳ = Im z̄.
package struct MakeComplex: BinaryPrimitive {
    package static let name = "complex"

    package func workspace(_ inputs: [TensorValue], _ type: TensorType) -> Int { 0 }

    package func resultType(_ x: TensorType, _ y: TensorType) throws(TensorError) -> TensorType {
        precondition(x == y, "the API broadcasts and converts operands before it binds")
        guard x.dtype == .float32 || x.dtype == .float64 else { throw TensorError.needsFloatingPoint(Self.name, x) }
        return TensorType(x.shape, x.dtype.complexType)
    }

    package func execute(_ x: TensorValue, _ y: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let part = TensorType(type.shape, type.dtype.realType)
        let result = try TensorValue(uninitialized: type)
        var steps = Strides(contiguous: part.shape)
        for axis in 0..<part.shape.rank { steps[axis] *= 2 }
        for (place, value) in [x, y].enumerated() {
            Kernels.copy(value, to: result.elements + place * part.dtype.size, strides: steps)
        }
        return result
    }

    package func reads(for needs: InputSet) -> Reads { .nothing }

    package func pullback(_ g: Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink) {
        if saved.needs(0) { send.add(g.real, to: 0, of: saved) }
        if saved.needs(1) { send.add(g.imaginary, to: 1, of: saved) }
    }

    package func jvp(_ inputs: [Tensor], _ tangents: [Tensor?], _ result: Tensor) -> Tensor? {
        guard tangents[0] != nil || tangents[1] != nil else { return nil }
        return bind(
            self, tangents[0] ?? Tensor.repeating(0, inputs[0].type), tangents[1] ?? Tensor.repeating(0, inputs[1].type)
        )
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        let inputs = Tensor.mappedAlike(inputs, mapped, size)
        return bind(self, inputs[0], inputs[1])
    }
}

/// y = |z|, real; z̄ = ȳ z/|z|, 0 at 0 (the subgradient of least norm).
package struct Magnitude: UnaryPrimitive {
    package static let name = "abs"
    private static let program = ElementwiseProgram.instruction(ADJ_OP_ABS)

    package func workspace(_ inputs: [TensorValue], _ type: TensorType) -> Int { 0 }

    package func resultType(_ x: TensorType) throws(TensorError) -> TensorType { TensorType(x.shape, x.dtype.realType) }

    package func execute(_ x: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        try Self.program.value(of: x, type)
    }

    package func reads(for needs: InputSet) -> Reads { Reads(inputs: .first, output: true) }

    package func vjp(_ g: Tensor, _ saved: borrowing Saved) -> Tensor? {
        saved.input(0) * (g / Self.nonzero(saved.output))
    }

    package func jvp(_ t: Tensor, x: Tensor, y: Tensor) -> Tensor? {
        (x.conj() * t).real / Self.nonzero(y)
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? { bind(self, inputs[0]) }

    /// y, and 1 where it is 0: what is divided by it is 0 there.
    static func nonzero(_ y: Tensor) -> Tensor { which(y .== 0, Tensor.repeating(1, y.type), y) }
}

/// φ = arg z in −π ... π, real; z̄ = i φ̄ z/|z|², 0 at 0.
package struct PhaseAngle: UnaryPrimitive {
    package static let name = "angle"
    private static let program = ElementwiseProgram.instruction(ADJ_OP_ANGLE)

    package func workspace(_ inputs: [TensorValue], _ type: TensorType) -> Int { 0 }

    package func resultType(_ x: TensorType) throws(TensorError) -> TensorType { TensorType(x.shape, x.dtype.realType) }

    package func execute(_ x: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        try Self.program.value(of: x, type)
    }

    package func reads(for needs: InputSet) -> Reads { Reads(inputs: .first) }

    package func vjp(_ g: Tensor, _ saved: borrowing Saved) -> Tensor? {
        let x = saved.input(0)
        let scaled = x * (g / Self.squaredMagnitude(x))
        return bind(MakeComplex(), -scaled.imaginary, scaled.real)
    }

    package func jvp(_ t: Tensor, x: Tensor, y: Tensor) -> Tensor? {
        (x.conj() * t).imaginary / Self.squaredMagnitude(x)
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? { bind(self, inputs[0]) }

    private static func squaredMagnitude(_ x: Tensor) -> Tensor {
        Magnitude.nonzero(x.real.square() + x.imaginary.square())
    }
}
