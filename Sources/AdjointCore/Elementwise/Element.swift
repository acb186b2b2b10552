import CKernels

/// One element of an operand, as a symbol: formulas of elementwise operations are written with it.
///
/// A formula becomes a program of the vector machine, which computes values, tangents and cotangents, and it becomes
/// tensor operations where those are to be differentiated again.
package struct Element: Sendable, Hashable {
    package indirect enum Form: Sendable, Hashable {
        /// An operand: the inputs first, then the result, then cotangents or tangents.
        case operand(Int)
        /// A number, by its bits, so that NaN equals NaN.
        case constant(UInt64)
        /// A number that the operation holds.
        case parameter(Int)
        case apply(adj_opcode, [Element])
    }
    package let form: Form

    package init(_ form: Form) { self.form = form }

    package static func parameter(_ index: Int) -> Element { Element(.parameter(index)) }

    package static func apply(_ opcode: adj_opcode, _ operands: Element...) -> Element {
        Element(.apply(opcode, operands))
    }

    /// The number that a constant is.
    var number: Double? {
        if case .constant(let bits) = form { Double(bitPattern: bits) } else { nil }
    }
}

extension adj_opcode: @retroactive Hashable {
    /// Feeds what makes the value equal to others into a hasher.
    public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
    /// Whether both are the same.
    public static func == (left: adj_opcode, right: adj_opcode) -> Bool { left.rawValue == right.rawValue }
}

extension Element: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
    package init(floatLiteral value: Double) { self.init(value) }
    package init(integerLiteral value: Int) { self.init(Double(value)) }
    package init(_ value: Double) { form = .constant(value.bitPattern) }
}

extension Element {
    package static func + (x: Element, y: Element) -> Element { apply(ADJ_OP_ADD, x, y) }
    package static func - (x: Element, y: Element) -> Element { apply(ADJ_OP_SUB, x, y) }
    package static func / (x: Element, y: Element) -> Element { apply(ADJ_OP_DIV, x, y) }
    package static prefix func - (x: Element) -> Element { apply(ADJ_OP_NEG, x) }

    package static func * (x: Element, y: Element) -> Element {
        if x.number == 1 { return y }
        if y.number == 1 { return x }
        return apply(ADJ_OP_MUL, x, y)
    }

    /// The cotangent or tangent g times a derivative, where exactly 0 gives exactly 0: a branch that was not taken
    /// contributes nothing, whatever its derivative is there.
    static func gate(_ g: Element, _ derivative: Element) -> Element {
        if derivative.number == 1 { return g }
        if derivative.number == -1 { return -g }
        switch derivative.form {
        case .constant, .parameter: return g * derivative
        case .apply(ADJ_OP_SELECT, let choice) where choice[1].number == 1 && choice[2].number == 0:
            return select(choice[0], g, 0)
        default: return apply(ADJ_OP_GATE, g, derivative)
        }
    }

    /// The formula for complex numbers: they have no order, so a choice by order is its other branch.
    var withoutOrder: Element {
        guard case .apply(let opcode, let parts) = form else { return self }
        switch opcode {
        case ADJ_OP_LT, ADJ_OP_LE, ADJ_OP_GT, ADJ_OP_GE: return 0
        default: break
        }
        let plain = parts.map(\.withoutOrder)
        switch opcode {
        case ADJ_OP_SELECT where plain[0].number == 0: return plain[2]
        case ADJ_OP_AND where plain.contains { $0.number == 0 }: return 0
        default: return Element(.apply(opcode, plain))
        }
    }

    /// The complex conjugate.
    var conjugate: Element { number == nil ? .apply(ADJ_OP_CONJ, self) : self }

    package static func select(_ condition: Element, _ yes: Element, _ no: Element) -> Element {
        apply(ADJ_OP_SELECT, condition, yes, no)
    }

    package static func .< (x: Element, y: Element) -> Element { apply(ADJ_OP_LT, x, y) }
    package static func .<= (x: Element, y: Element) -> Element { apply(ADJ_OP_LE, x, y) }
    package static func .> (x: Element, y: Element) -> Element { apply(ADJ_OP_GT, x, y) }
    package static func .>= (x: Element, y: Element) -> Element { apply(ADJ_OP_GE, x, y) }
    package static func .== (x: Element, y: Element) -> Element { apply(ADJ_OP_EQ, x, y) }
    package static func .!= (x: Element, y: Element) -> Element { apply(ADJ_OP_NE, x, y) }
}
