import AdjointRuntime

// An operation with a number in place of an operand is stated as the operation with the parameter "number", or "firstNumber"
// where the number stands in front.

extension OperationForm {
    /// All operations of the core.
    package static let core: [OperationForm] = elementwise + tensor + [number]

    /// The name of the form of operations with a number.
    package static let numberName = WithNumber.name

    /// The operation that an operation with a number comes from is its parameter "operation".
    private static var number: OperationForm {
        OperationForm(WithNumber.self) { fields, operation in
            if let operation {
                guard let origin = NumberOrigin.all[ObjectIdentifier(operation.programs)] else {
                    throw FormError(
                        "an operation with a number is of no known operation", "use a tensor of one element")
                }
                _ = try fields("operation", origin.name)
                _ = try fields(origin.isFirst ? "firstNumber" : "number", operation.parameters[0])
                return try fields.convention(origin.convention) { operation }
            }
            let name = try fields("operation", nil as String?)
            let second = try fields("number", nil as Scalar??, usual: .some(nil))
            let first = try fields("firstNumber", nil as Scalar??, usual: .some(nil))
            guard let number = second ?? first, second == nil || first == nil else {
                throw FormError("\(name) has one operand and no number, or two", "give either number or firstNumber")
            }
            if case .complex = number { throw FormError("the number of \(name) is complex", "give a real number") }
            guard let make = NumberOrigin.programs[name] else {
                throw FormError("\(name) takes no number in place of an operand", "give it two operands")
            }
            return try fields.convention(nil) {
                let programs = make()
                return WithNumber(first == nil ? programs.right : programs.left, number)
            }
        } fits: {
            $1.count == 1 && $0.programs.forward.isDefined($1[0].dtype.computing)
        }
    }
}

/// Which operation the programs of an operation with a number come from.
private struct NumberOrigin: Sendable {
    let name: String
    let convention: SubgradientConvention
    let isFirst: Bool

    /// The programs of each operation, under the convention of the moment.
    static let programs: [String: @Sendable () -> NumberPrograms] = {
        var table: [String: @Sendable () -> NumberPrograms] = [:]
        func add<P: BinaryElementwise>(_ make: @escaping @Sendable () -> P) {
            table[P.name] = { make().numberPrograms }
        }
        add { Add() }
        add { Subtract() }
        add { Multiply() }
        add { Divide() }
        add { FloorDivide() }
        add { Remainder() }
        add { FloatingRemainder() }
        add { Power() }
        add { Maximum() }
        add { Minimum() }
        add { NumericMaximum() }
        add { NumericMinimum() }
        add { Equal() }
        add { NotEqual() }
        add { Less() }
        add { LessOrEqual() }
        add { Greater() }
        add { GreaterOrEqual() }
        add { LogicalAnd() }
        add { LogicalOr() }
        add { LogicalXor() }
        add { BitwiseAnd() }
        add { BitwiseOr() }
        add { BitwiseXor() }
        add { ShiftLeft() }
        add { ShiftRight() }
        add { GreatestCommonDivisor() }
        add { LeastCommonMultiple() }
        add { ArcTangent2() }
        add { Hypotenuse() }
        add { CopySign() }
        add { NextAfter() }
        add { Heaviside() }
        add { Polygamma() }
        add { HurwitzZeta() }
        add { LowerGamma() }
        add { UpperGamma() }
        add { LogAddExp() }
        add { LogAddExp2() }
        add { XLogY() }
        add { XLog1pY() }
        add { ParametricRectified() }
        return table
    }()

    static let all: [ObjectIdentifier: NumberOrigin] = {
        var origins: [ObjectIdentifier: NumberOrigin] = [:]
        for (name, make) in programs {
            // Programs that do not depend on the convention are those of the default one.
            for convention in [SubgradientConvention.pytorch, .minimumNorm] {
                let programs = convention.scope(make)
                origins[ObjectIdentifier(programs.left)] = NumberOrigin(
                    name: name, convention: convention, isFirst: true)
                // One form for both sides counts as the number behind.
                origins[ObjectIdentifier(programs.right)] = NumberOrigin(
                    name: name, convention: convention, isFirst: false)
            }
        }
        return origins
    }()
}
