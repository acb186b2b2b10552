import AdjointRuntime
import CKernels

/// x ∧ y, bit by bit.
package struct BitwiseAnd: BinaryElementwise {
    package static let name = "bitwise_and"
    package static let compiled = CompiledElementwise(BitwiseAnd.self)
    package static let withNumber = NumberPrograms(BitwiseAnd.self)
    package static func value(_ x: Element, _ y: Element) -> Element { .apply(ADJ_OP_BITAND, x, y) }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) { (0, 0) }
}

/// x ∨ y, bit by bit.
package struct BitwiseOr: BinaryElementwise {
    package static let name = "bitwise_or"
    package static let compiled = CompiledElementwise(BitwiseOr.self)
    package static let withNumber = NumberPrograms(BitwiseOr.self)
    package static func value(_ x: Element, _ y: Element) -> Element { .apply(ADJ_OP_BITOR, x, y) }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) { (0, 0) }
}

/// x ⊕ y, bit by bit.
package struct BitwiseXor: BinaryElementwise {
    package static let name = "bitwise_xor"
    package static let compiled = CompiledElementwise(BitwiseXor.self)
    package static let withNumber = NumberPrograms(BitwiseXor.self)
    package static func value(_ x: Element, _ y: Element) -> Element { .apply(ADJ_OP_BITXOR, x, y) }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) { (0, 0) }
}

/// x 2ʸ by moving bits to the left, 0 beyond the width of the type.
package struct ShiftLeft: BinaryElementwise {
    package static let name = "bitwise_left_shift"
    package static let compiled = CompiledElementwise(ShiftLeft.self)
    package static let withNumber = NumberPrograms(ShiftLeft.self)
    package static func value(_ x: Element, _ y: Element) -> Element { .apply(ADJ_OP_SHIFTLEFT, x, y) }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) { (0, 0) }
}

/// ⌊x/2ʸ⌋ by moving bits to the right; only the sign is left beyond the width of the type.
package struct ShiftRight: BinaryElementwise {
    package static let name = "bitwise_right_shift"
    package static let compiled = CompiledElementwise(ShiftRight.self)
    package static let withNumber = NumberPrograms(ShiftRight.self)
    package static func value(_ x: Element, _ y: Element) -> Element { .apply(ADJ_OP_SHIFTRIGHT, x, y) }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) { (0, 0) }
}

/// The greatest common divisor, not negative; gcd(0, 0) = 0.
package struct GreatestCommonDivisor: BinaryElementwise {
    package static let name = "gcd"
    package static let compiled = CompiledElementwise(GreatestCommonDivisor.self)
    package static let withNumber = NumberPrograms(GreatestCommonDivisor.self)
    package static func value(_ x: Element, _ y: Element) -> Element { .apply(ADJ_OP_GCD, x, y) }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) { (0, 0) }
}

/// The least common multiple, not negative; 0 if one is 0.
package struct LeastCommonMultiple: BinaryElementwise {
    package static let name = "lcm"
    package static let compiled = CompiledElementwise(LeastCommonMultiple.self)
    package static let withNumber = NumberPrograms(LeastCommonMultiple.self)
    package static func value(_ x: Element, _ y: Element) -> Element { .apply(ADJ_OP_LCM, x, y) }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) { (0, 0) }
}

/// Every bit turned round; for bool, not.
package struct BitwiseNot: UnaryElementwise {
    package static let name = "bitwise_not"
    package static let compiled = CompiledElementwise(BitwiseNot.self)
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_BITNOT, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { 0 }
}
