import AdjointCore
import AdjointFourier
import AdjointLinearAlgebra
import AdjointNN
import AdjointRuntime

/// All operations that a text or a file of a graph can state.
package enum OperationRegistry {
    package static let forms: [OperationForm] =
        OperationForm.core + OperationForm.linearAlgebra + OperationForm.neuralNetworks + OperationForm.fourier
        + OperationForm.fused

    private static let byName = Dictionary(uniqueKeysWithValues: forms.map { ($0.name, $0) })
    private static let byType = Dictionary(uniqueKeysWithValues: forms.map { ($0.type, $0) })

    /// The names that texts use.
    static let names: [String] = (byName.keys + ControlFlowForm.names).sorted()

    typealias Fields = [(name: String, value: ParameterValue)]

    /// The name and the parameters of an operation.
    /// - Throws: if it cannot be stated, as one that holds a Swift function.
    package static func statement(of operation: any Primitive) throws(FormError) -> (
        name: String, fields: [(name: String, value: ParameterValue)]
    ) {
        let type = Swift.type(of: operation)
        guard let form = byType[ObjectIdentifier(type)] else {
            throw FormError("\"\(operation.label)\" has no text form", "it holds what only a running program has")
        }
        var fields = try form.fields(of: operation)
        // With a number in place of an operand it still has its own name.
        if form.name == OperationForm.numberName, case .text(let name)? = fields.first?.value {
            fields.removeFirst()
            return (name, fields)
        }
        return (form.name, fields)
    }

    /// The operation of a name with parameters; nil if there is no such name.
    package static func operation(
        _ name: String, _ fields: [(name: String, value: ParameterValue)]
    ) throws(FormError) -> (any Primitive)? {
        guard let form = byName[name] else { return nil }
        if fields.contains(where: { $0.name == "number" || $0.name == "firstNumber" }) {
            return try byName[OperationForm.numberName]!.operation([("operation", .text(name))] + fields)
        }
        return try form.operation(fields)
    }

    /// The type of an operation's result, after checks that whoever binds it in a program need not make.
    package static func resultType(
        of operation: any Primitive, _ inputs: [TensorType]
    ) throws(TensorError) -> TensorType {
        if let form = byType[ObjectIdentifier(Swift.type(of: operation))], !form.fits(operation, inputs) {
            throw TensorError(
                .shape, form.name,
                "its parameters and operands of types \(inputs.map(\.description).joined(separator: ", ")) do not fit together",
                "check the operands and the parameters")
        }
        return try operation.resultType(inputs)
    }

    /// The name most like one that does not exist.
    static func nearest(to name: String) -> String? {
        let limit = max(1, name.count / 3)
        return names.map { ($0, editDistance(name, $0)) }.filter { $0.1 <= limit }.min { $0.1 < $1.1 }?.0
    }

    private static func editDistance(_ left: String, _ right: String) -> Int {
        let (a, b) = (Array(left.utf8), Array(right.utf8))
        guard a.count <= 40 else { return .max }
        var row = Array(0...b.count)
        for (i, x) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, y) in b.enumerated() {
                let next = min(row[j + 1] + 1, row[j] + 1, diagonal + (x == y ? 0 : 1))
                (diagonal, row[j + 1]) = (row[j + 1], next)
            }
        }
        return row[b.count]
    }
}
