import AdjointRuntime

/// How texts and files of graphs state an operation: its name, its parameters, and which operands it can stand on.
///
/// What a program makes has passed the checks of the API; what a file says has not. So a form tells all that an operation relies
/// on: after `fits`, its type rule and its kernel are safe.
package struct OperationForm: Sendable {
    package let name: String
    /// The Swift type of the operation.
    package let type: ObjectIdentifier
    private let make: @Sendable (inout OperationFields, (any Primitive)?) throws -> any Primitive
    private let check: @Sendable (any Primitive, [TensorType]) -> Bool

    /// - Parameters:
    ///   - name: unique among all forms.
    ///   - make: makes the operation from its fields, or, given one, shows its fields.
    ///   - fits: whether the parameters and the types of operands are such as the API lets through.
    package init<P: Primitive>(
        _: P.Type, _ name: String = P.name, make: @escaping @Sendable (inout OperationFields, P?) throws -> P,
        fits: @escaping @Sendable (P, [TensorType]) -> Bool
    ) {
        self.name = name
        type = ObjectIdentifier(P.self)
        self.make = { fields, operation in try make(&fields, operation.map { $0 as! P }) }
        check = { operation, inputs in (operation as? P).map { fits($0, inputs) } ?? false }
    }

    /// The form of an operation without parameters.
    package init<P: Primitive>(
        plain operation: P, _ name: String = P.name, fits: @escaping @Sendable ([TensorType]) -> Bool
    ) {
        self.init(P.self, name) { _, _ in
            operation
        } fits: { _, inputs in
            fits(inputs)
        }
    }

    /// The parameters of an operation.
    package func fields(
        of operation: any Primitive
    ) throws(FormError) -> [(name: String, value: ParameterValue)] {
        var fields = OperationFields()
        do {
            _ = try make(&fields, operation)
            return fields.values
        } catch let error as FormError {
            throw error
        } catch {
            throw FormError("\(name) cannot be stated: \(error)", "leave it out")
        }
    }

    /// The operation with these parameters.
    package func operation(_ values: [(name: String, value: ParameterValue)]) throws(FormError) -> any Primitive {
        var fields = OperationFields(reading: values)
        do {
            let operation = try make(&fields, nil)
            if let unknown = values.first(where: { !fields.asked.contains($0.name) }) {
                throw FormError(
                    "\(name) has no parameter \"\(unknown.name)\"",
                    fields.asked.isEmpty ? "leave it out" : "its parameters are \(fields.asked.joined(separator: ", "))"
                )
            }
            return operation
        } catch let error as FormError {
            throw error
        } catch {
            throw FormError("\(name) cannot be made: \(error)", "check its parameters")
        }
    }

    /// Whether the operation can stand on operands of these types.
    package func fits(_ operation: any Primitive, _ inputs: [TensorType]) -> Bool { check(operation, inputs) }
}

/// What is wrong with a statement of an operation, and the way out.
package struct FormError: Error {
    package let problem: String
    package let remedy: String

    package init(_ problem: String, _ remedy: String) {
        self.problem = problem
        self.remedy = remedy
    }
}

/// The parameters of one operation: read from a statement, or shown by an operation.
package struct OperationFields {
    /// The parameters that were given, or that the operation has shown.
    package private(set) var values: [(name: String, value: ParameterValue)]
    /// The names of the parameters that the operation has.
    private(set) var asked: [String] = []

    init() { values = [] }
    init(reading values: [(name: String, value: ParameterValue)]) { self.values = values }

    /// One parameter.
    /// - Parameters:
    ///   - value: the operation's, which is shown; nil to read it.
    ///   - usual: what it is where it is not stated.
    package mutating func callAsFunction<Value: OperationParameter>(
        _ name: String, _ value: Value?, usual: Value? = nil
    ) throws(FormError) -> Value {
        asked.append(name)
        if let value {
            if value != usual { values.append((name, value.stated)) }
            return value
        }
        guard let stated = values.first(where: { $0.name == name }) else {
            if let usual { return usual }
            throw FormError("the parameter \"\(name)\" is missing", "write \(name): and \(Value.expectation)")
        }
        guard let value = Value(stated: stated.value) else {
            throw FormError("the parameter \"\(name)\" is no value of its kind", "give \(Value.expectation)")
        }
        return value
    }

    /// An operation that follows the convention of the moment when it is made.
    package mutating func convention<P>(_ value: SubgradientConvention?, _ make: () -> P) throws(FormError) -> P {
        try self("convention", value, usual: .minimumNorm).scope(make)
    }
}

extension OperationForm {
    /// The form of an elementwise operation of one tensor.
    package init<P: UnaryElementwise>(
        _: P.Type, _ name: String = P.name, _ make: @escaping @Sendable (inout OperationFields, P?) throws -> P
    ) {
        self.init(P.self, name, make: make) { $0.fitsElementwise($1, 1) }
    }

    /// The form of an elementwise operation of two tensors.
    package init<P: BinaryElementwise>(
        _: P.Type, _ name: String = P.name, _ make: @escaping @Sendable (inout OperationFields, P?) throws -> P
    ) {
        self.init(P.self, name, make: make) { $0.fitsElementwise($1, 2) }
    }

    /// The form of an elementwise operation of three tensors.
    package init<P: TernaryElementwise>(
        _: P.Type, _ name: String = P.name, _ make: @escaping @Sendable (inout OperationFields, P?) throws -> P
    ) {
        self.init(P.self, name, make: make) { $0.fitsElementwise($1, 3) }
    }

    package init<P: UnaryElementwise>(_ operation: P) { self.init(P.self) { _, _ in operation } }
    package init<P: BinaryElementwise>(_ operation: P) { self.init(P.self) { _, _ in operation } }
    package init<P: TernaryElementwise>(_ operation: P) { self.init(P.self) { _, _ in operation } }
}

extension Elementwise {
    /// Whether there are so many operands, all of one type in which the formula can be computed.
    func fitsElementwise(_ inputs: [TensorType], _ arity: Int) -> Bool {
        inputs.areAlike(arity) && programs.forward.isDefined(inputs[0].dtype.computing)
    }
}

// What forms ask of operands.
extension [TensorType] {
    /// Whether there are `count` operands of one type.
    package func areAlike(_ count: Int) -> Bool { self.count == count && allSatisfy { $0 == self[0] } }

    /// Whether there are `count` operands of one element type.
    package func haveOneDType(_ count: Int) -> Bool { self.count == count && allSatisfy { $0.dtype == self[0].dtype } }

    /// Whether the only operand has these axes.
    package func isOne(with axes: AxisSet) -> Bool { count == 1 && axes.isSubset(of: .all(self[0].shape.rank)) }

    /// Whether the only operand has this axis.
    package func isOne(withAxis axis: Int) -> Bool { count == 1 && self[0].shape.hasAxis(axis) }
}

extension Shape {
    package func hasAxis(_ axis: Int) -> Bool { axis >= 0 && axis < rank }

    /// Whether the extents are those of another shape, but for one axis.
    package func agrees(with other: Shape, butAlong axis: Int) -> Bool {
        rank == other.rank && hasAxis(axis) && (0..<rank).allSatisfy { $0 == axis || self[$0] == other[$0] }
    }

    /// Whether it is a shape with another extent along an axis that it has.
    package func allows(_ extent: Int, along axis: Int) -> Bool {
        guard hasAxis(axis) else { return false }
        var extents = extents
        extents[axis] = extent
        return Shape(checking: extents) != nil
    }
}
