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

    /// PyTorch joins the terms to (ẋ − ẏ z)/y, which decides where one infinity meets another.
    package func jvp(_ inputs: [Tensor], _ tangents: [Tensor?], _ result: Tensor) -> Tensor? {
        if SubgradientConvention.current == .pytorch, let x = tangents[0], let y = tangents[1] {
            return (x - y * result) / inputs[1]
        }
        return pushforward(inputs, tangents, result)
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
    private static let pytorch = CompiledElementwise(Absolute.self) { x, _ in Sign.zeroAtNaN(x) }
    let convention = SubgradientConvention.current
    package var programs: CompiledElementwise { convention == .pytorch ? Self.pytorch : Self.compiled }
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_ABS, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { .apply(ADJ_OP_SIGN, x) }
}

/// y = −1, 0 or 1, NaN at NaN; dy/dx = 0. By PyTorch's convention y = 0 at NaN.
package struct Sign: UnaryElementwise {
    package static let name = "sign"
    package static let compiled = CompiledElementwise(Sign.self)
    private static let pytorch = CompiledElementwise(name, 1, needsFloatingPoint: false, givesBool: false) {
        zeroAtNaN($0[0])
    } partials: { _, _ in
        [0]
    }
    let convention = SubgradientConvention.current
    package var programs: CompiledElementwise { convention == .pytorch ? Self.pytorch : Self.compiled }
    /// The sign, 0 where x is NaN.
    static func zeroAtNaN(_ x: Element) -> Element { .select(x .> 0, 1, .select(x .< 0, -1, 0)) }
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
