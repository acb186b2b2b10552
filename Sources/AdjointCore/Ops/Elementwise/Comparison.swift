import AdjointRuntime
import CKernels

/// x = y, as bool.
package struct Equal: BinaryElementwise {
    package static let name = "equal"
    package static let compiled = CompiledElementwise(Equal.self)
    package static let withNumber = NumberPrograms(Equal.self)
    package static let givesBool = true
    package static func value(_ x: Element, _ y: Element) -> Element { x .== y }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) {
        (0, 0)
    }
}

/// x ≠ y, as bool.
package struct NotEqual: BinaryElementwise {
    package static let name = "not_equal"
    package static let compiled = CompiledElementwise(NotEqual.self)
    package static let withNumber = NumberPrograms(NotEqual.self)
    package static let givesBool = true
    package static func value(_ x: Element, _ y: Element) -> Element { x .!= y }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) {
        (0, 0)
    }
}

/// x < y, as bool.
package struct Less: BinaryElementwise {
    package static let name = "less"
    package static let compiled = CompiledElementwise(Less.self)
    package static let withNumber = NumberPrograms(Less.self)
    package static let givesBool = true
    package static func value(_ x: Element, _ y: Element) -> Element { x .< y }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) {
        (0, 0)
    }
}

/// x ≤ y, as bool.
package struct LessOrEqual: BinaryElementwise {
    package static let name = "less_or_equal"
    package static let compiled = CompiledElementwise(LessOrEqual.self)
    package static let withNumber = NumberPrograms(LessOrEqual.self)
    package static let givesBool = true
    package static func value(_ x: Element, _ y: Element) -> Element { x .<= y }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) {
        (0, 0)
    }
}

/// x > y, as bool.
package struct Greater: BinaryElementwise {
    package static let name = "greater"
    package static let compiled = CompiledElementwise(Greater.self)
    package static let withNumber = NumberPrograms(Greater.self)
    package static let givesBool = true
    package static func value(_ x: Element, _ y: Element) -> Element { x .> y }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) {
        (0, 0)
    }
}

/// x ≥ y, as bool.
package struct GreaterOrEqual: BinaryElementwise {
    package static let name = "greater_or_equal"
    package static let compiled = CompiledElementwise(GreaterOrEqual.self)
    package static let withNumber = NumberPrograms(GreaterOrEqual.self)
    package static let givesBool = true
    package static func value(_ x: Element, _ y: Element) -> Element { x .>= y }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) {
        (0, 0)
    }
}

/// Whether both are nonzero.
package struct LogicalAnd: BinaryElementwise {
    package static let name = "logical_and"
    package static let compiled = CompiledElementwise(LogicalAnd.self)
    package static let withNumber = NumberPrograms(LogicalAnd.self)
    package static let givesBool = true
    package static func value(_ x: Element, _ y: Element) -> Element { .apply(ADJ_OP_AND, x, y) }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) {
        (0, 0)
    }
}

/// Whether one is nonzero.
package struct LogicalOr: BinaryElementwise {
    package static let name = "logical_or"
    package static let compiled = CompiledElementwise(LogicalOr.self)
    package static let withNumber = NumberPrograms(LogicalOr.self)
    package static let givesBool = true
    package static func value(_ x: Element, _ y: Element) -> Element { .apply(ADJ_OP_OR, x, y) }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) {
        (0, 0)
    }
}

/// Whether exactly one is nonzero.
package struct LogicalXor: BinaryElementwise {
    package static let name = "logical_xor"
    package static let compiled = CompiledElementwise(LogicalXor.self)
    package static let withNumber = NumberPrograms(LogicalXor.self)
    package static let givesBool = true
    package static func value(_ x: Element, _ y: Element) -> Element { .apply(ADJ_OP_XOR, x, y) }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) {
        (0, 0)
    }
}

/// Whether x is 0.
package struct LogicalNot: UnaryElementwise {
    package static let name = "logical_not"
    package static let compiled = CompiledElementwise(LogicalNot.self)
    package static let givesBool = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_NOT, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { 0 }
}

/// Whether x is not a number.
package struct IsNaN: UnaryElementwise {
    package static let name = "isnan"
    package static let compiled = CompiledElementwise(IsNaN.self)
    package static let givesBool = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_ISNAN, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { 0 }
}
