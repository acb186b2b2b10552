import AdjointRuntime

// A binary operation whose other operand is a number: derived from the operation, one operand shorter.

/// op(x, number).
package struct NumberOnRight<Op: BinaryElementwise>: UnaryElementwise {
    package static var name: String { Op.name }
    package static var compiled: CompiledElementwise { Op.withNumber.right }
    package static var givesBool: Bool { Op.givesBool }
    package static var needsFloatingPoint: Bool { Op.needsFloatingPoint }
    let number: Scalar
    package var parameters: Parameters { Parameters(number) }
    package var label: String { "\(Op.name) \(number)" }

    package static func value(_ x: Element) -> Element { Op.value(x, .parameter(0)) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { Op.partials(x, .parameter(0), y).0 }
}

/// op(number, x).
package struct NumberOnLeft<Op: BinaryElementwise>: UnaryElementwise {
    package static var name: String { Op.name }
    package static var compiled: CompiledElementwise { Op.withNumber.left }
    package static var givesBool: Bool { Op.givesBool }
    package static var needsFloatingPoint: Bool { Op.needsFloatingPoint }
    let number: Scalar
    package var parameters: Parameters { Parameters(number) }
    package var label: String { "\(number) \(Op.name)" }

    package static func value(_ x: Element) -> Element { Op.value(.parameter(0), x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { Op.partials(.parameter(0), x, y).1 }
}
