import AdjointRuntime
import CKernels

/// z = x + y; ∂z/∂x = ∂z/∂y = 1.
package struct Add: BinaryElementwise {
    package static let name = "add"
    package static let compiled = CompiledElementwise(Add.self)
    package static let withNumber = NumberPrograms(Add.self)
    package static func value(_ x: Element, _ y: Element) -> Element { x + y }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) {
        (1, 1)
    }
}

/// z = x − y; ∂z/∂x = 1, ∂z/∂y = −1.
package struct Subtract: BinaryElementwise {
    package static let name = "sub"
    package static let compiled = CompiledElementwise(Subtract.self)
    package static let withNumber = NumberPrograms(Subtract.self)
    package static func value(_ x: Element, _ y: Element) -> Element { x - y }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) {
        (1, -1)
    }
}

/// z = x y; ∂z/∂x = y, ∂z/∂y = x.
package struct Multiply: BinaryElementwise {
    package static let name = "mul"
    package static let compiled = CompiledElementwise(Multiply.self)
    package static let withNumber = NumberPrograms(Multiply.self)
    package static func value(_ x: Element, _ y: Element) -> Element { x * y }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) {
        (y, x)
    }
}

/// z = x / y; ∂z/∂x = 1/y, ∂z/∂y = −z/y.
package struct Divide: BinaryElementwise {
    package static let name = "div"
    package static let compiled = CompiledElementwise(Divide.self)
    package static let withNumber = NumberPrograms(Divide.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element, _ y: Element) -> Element { x / y }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) {
        (1 / y, -(z / y))
    }
}

/// z = ⌊x / y⌋; piecewise constant, both derivatives are 0.
package struct FloorDivide: BinaryElementwise {
    package static let name = "floor_divide"
    package static let compiled = CompiledElementwise(FloorDivide.self)
    package static let withNumber = NumberPrograms(FloorDivide.self)
    package static func value(_ x: Element, _ y: Element) -> Element { .apply(ADJ_OP_FLOORDIV, x, y) }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) {
        (0, 0)
    }
}

/// z = x − y ⌊x / y⌋, with the sign of y; ∂z/∂x = 1, ∂z/∂y = −⌊x / y⌋.
package struct Remainder: BinaryElementwise {
    package static let name = "remainder"
    package static let compiled = CompiledElementwise(Remainder.self)
    package static let withNumber = NumberPrograms(Remainder.self)
    package static func value(_ x: Element, _ y: Element) -> Element { .apply(ADJ_OP_REM, x, y) }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) {
        (1, -.apply(ADJ_OP_FLOORDIV, x, y))
    }
}

/// z = x − y trunc(x / y), with the sign of x; ∂z/∂x = 1, ∂z/∂y = −trunc(x / y).
package struct FloatingRemainder: BinaryElementwise {
    package static let name = "fmod"
    package static let compiled = CompiledElementwise(FloatingRemainder.self)
    package static let withNumber = NumberPrograms(FloatingRemainder.self)
    package static func value(_ x: Element, _ y: Element) -> Element { .apply(ADJ_OP_FMOD, x, y) }
    package static func partials(_ x: Element, _ y: Element, _ z: Element) -> (Element, Element) {
        (1, -.apply(ADJ_OP_TRUNC, x / y))
    }
}

/// y = −x; dy/dx = −1.
package struct Negate: UnaryElementwise {
    package static let name = "neg"
    package static let compiled = CompiledElementwise(Negate.self)
    package static func value(_ x: Element) -> Element { -x }
    package static func derivative(_ x: Element, _ y: Element) -> Element { -1 }
}

/// y = |x|; dy/dx = sign(x), 0 at 0.
package struct Absolute: UnaryElementwise {
    package static let name = "abs"
    package static let compiled = CompiledElementwise(Absolute.self)
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_ABS, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { .apply(ADJ_OP_SIGN, x) }
}

/// y = −1, 0 or 1; dy/dx = 0.
package struct Sign: UnaryElementwise {
    package static let name = "sign"
    package static let compiled = CompiledElementwise(Sign.self)
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_SIGN, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { 0 }
}

/// y = x²; dy/dx = 2x.
package struct Square: UnaryElementwise {
    package static let name = "square"
    package static let compiled = CompiledElementwise(Square.self)
    package static func value(_ x: Element) -> Element { x * x }
    package static func derivative(_ x: Element, _ y: Element) -> Element { 2 * x }
}

/// y = 1/x; dy/dx = −y².
package struct Reciprocal: UnaryElementwise {
    package static let name = "reciprocal"
    package static let compiled = CompiledElementwise(Reciprocal.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { 1 / x }
    package static func derivative(_ x: Element, _ y: Element) -> Element { -(y * y) }
}
