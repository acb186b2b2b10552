import AdjointRuntime

/// A binary elementwise operation with a number in place of one operand: derived from the operation, one operand
/// shorter.
package struct WithNumber: UnaryProgram {
    package static let name = "with_number"
    /// Programs are compiled once an operation and live as long as the process, so they need no counting.
    private let reference: Unmanaged<CompiledElementwise>
    private let number: RealNumber
    package var programs: CompiledElementwise { reference.takeUnretainedValue() }
    package var parameters: Parameters { Parameters(number.scalar) }
    package var label: String { programs.name }

    /// The number.
    package var scalar: Scalar { number.scalar }

    package init(_ programs: CompiledElementwise, _ number: Scalar) {
        reference = .passUnretained(programs)
        self.number = RealNumber(number)
    }

    package func withPrograms<Value, Failure: Error>(
        _ body: (CompiledElementwise) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        // The lending function has no typed errors.
        try reference._withUnsafeGuaranteedRef { programs in
            Result { () throws(Failure) in try body(programs) }
        }.get()
    }

    /// A number that is not complex: with it the operation has three words, and a node holds it without an allocation.
    private enum RealNumber: Hashable {
        case int(Int)
        case double(Double)

        init(_ scalar: Scalar) {
            switch scalar {
            case .int, .bool: self = .int(scalar.int)
            case .double(let value): self = .double(value)
            case .complex: preconditionFailure("the API makes a tensor of a complex number")
            }
        }

        var scalar: Scalar {
            switch self {
            case .int(let value): .int(value)
            case .double(let value): .double(value)
            }
        }
    }

    package static func == (left: WithNumber, right: WithNumber) -> Bool {
        left.reference.toOpaque() == right.reference.toOpaque() && left.number == right.number
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(reference.toOpaque())
        hasher.combine(number)
    }
}

/// The programs of a binary operation whose second or first operand is the number `.parameter(0)`.
package final class NumberPrograms: Sendable {
    package let right: CompiledElementwise
    package let left: CompiledElementwise

    package init<Op: BinaryElementwise>(_: Op.Type) {
        let number = Element.parameter(0)
        right = CompiledElementwise(
            Op.name, 1, needsFloatingPoint: Op.needsFloatingPoint, givesBool: Op.givesBool
        ) {
            Op.value($0[0], number)
        } partials: {
            [Op.partials($0[0], number, $1).0]
        }
        left = CompiledElementwise(
            Op.name, 1, needsFloatingPoint: Op.needsFloatingPoint, givesBool: Op.givesBool
        ) {
            Op.value(number, $0[0])
        } partials: {
            [Op.partials(number, $0[0], $1).1]
        }
    }

    /// One form for both sides of a symmetric operation.
    init(symmetric programs: CompiledElementwise) {
        right = programs
        left = programs
    }
}
