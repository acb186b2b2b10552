import AdjointRuntime
import CKernels

/// y = the largest whole number not above x; piecewise constant, dy/dx = 0.
package struct Floor: UnaryElementwise {
    package static let name = "floor"
    package static let compiled = CompiledElementwise(Floor.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_FLOOR, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { 0 }
}

/// y = the smallest whole number not below x; piecewise constant, dy/dx = 0.
package struct Ceiling: UnaryElementwise {
    package static let name = "ceil"
    package static let compiled = CompiledElementwise(Ceiling.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_CEIL, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { 0 }
}

/// y = the nearest whole number, halves to even; piecewise constant, dy/dx = 0.
package struct Round: UnaryElementwise {
    package static let name = "round"
    package static let compiled = CompiledElementwise(Round.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_ROUND, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { 0 }
}

/// y = x without its fraction; piecewise constant, dy/dx = 0.
package struct Truncate: UnaryElementwise {
    package static let name = "trunc"
    package static let compiled = CompiledElementwise(Truncate.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_TRUNC, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { 0 }
}
