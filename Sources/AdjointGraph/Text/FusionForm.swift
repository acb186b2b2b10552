import AdjointCore
import AdjointRuntime

// A fusion states its parts in order: a number, or a list of an operation's name, its operands (the inputs, then earlier parts) and
// its parameters by name: ["mul", [2], "number", 0.5].

extension OperationForm {
    /// Operations that fusion makes of others.
    static let fused: [OperationForm] = [
        OperationForm(FusedElementwise.self) {
            FusedElementwise(try Fusion.made(&$0, $1?.fusion))
        } fits: {
            $0.fusion.fits($1)
        },
        OperationForm(FusedSum.self) {
            FusedSum(try Fusion.made(&$0, $1?.fusion), axes: try $0("axes", $1?.axes))
        } fits: {
            $0.fusion.fits($1) && [$1[0]].isOne(with: $0.axes) && $1[0].shape.count > 0
        },
    ]
}

/// A part of a fusion as it is stated.
private struct StatedPart: OperationParameter {
    static let expectation = "a number or a list of a name, operands and parameters"
    let stated: ParameterValue
    init(stated: ParameterValue) { self.stated = stated }
}

extension Fusion {
    fileprivate static func made(_ fields: inout OperationFields, _ fusion: Fusion?) throws -> Fusion {
        let inputCount = try fields("inputs", fusion?.inputCount)
        let dtype = try fields("dtype", fusion?.dtype)
        let resultType = try fields("result", fusion?.resultType)
        let own = try fusion?.parts.map { StatedPart(stated: try statement(of: $0)) }
        let stated = try fields("parts", own)
        guard (1...64).contains(inputCount), stated.count <= 1000 else {
            throw FormError("a fusion of \(inputCount) inputs and \(stated.count) parts", "give at least one input")
        }
        var parts: [Part] = []
        for one in stated { parts.append(try part(one.stated, inputCount + parts.count)) }
        guard let made = Fusion(inputCount: inputCount, parts, dtype: dtype, resultType: resultType) else {
            throw FormError("a fusion is too large, or computes nothing", "leave the operations as steps of their own")
        }
        return made
    }

    private static func statement(of part: Part) throws(FormError) -> ParameterValue {
        switch part {
        case .number(let number): return .number(number)
        case .apply(let operation, let operands):
            let (name, fields) = try OperationRegistry.statement(of: operation)
            return .list(
                [.text(name), operands.stated] + fields.flatMap { [ParameterValue.text($0.name), $0.value] })
        }
    }

    private static func part(_ stated: ParameterValue, _ count: Int) throws(FormError) -> Part {
        switch stated {
        case .number(let number): return .number(number)
        case .list(let values):
            guard values.count >= 2, values.count % 2 == 0, case .text(let name) = values[0],
                let operands = [Int](stated: values[1]), !operands.isEmpty,
                operands.allSatisfy({ (0..<count).contains($0) }), name != FusedElementwise.name, name != FusedSum.name
            else { break }
            var fields: OperationRegistry.Fields = []
            for place in stride(from: 2, to: values.count, by: 2) {
                guard case .text(let field) = values[place] else { break }
                fields.append((field, values[place + 1]))
            }
            guard let operation = try OperationRegistry.operation(name, fields),
                operation is any Fusible || operation is Cast
            else {
                throw FormError("a fusion cannot have the part \"\(name.prefix(40))\"", "fuse elementwise operations")
            }
            let arity = operation is any UnaryPrimitive ? 1 : operation is any BinaryPrimitive ? 2 : 3
            guard operands.count == arity else {
                throw FormError("\(name) in a fusion has \(operands.count) operands", "give it \(arity)")
            }
            return .apply(operation, operands)
        default: break
        }
        throw FormError(
            "a part of a fusion is not stated rightly",
            "write a number, or [\"name\", [operands], \"parameter\", value]")
    }

    /// Whether the parts can stand on operands of these types, and on each other.
    fileprivate func fits(_ inputs: [TensorType]) -> Bool {
        guard inputs.count == inputCount, inputs.allSatisfy({ $0.shape == inputs[0].shape }),
            dtype == .float32 || dtype == .float64 || dtype == .bool, program.isDefined(dtype),
            inputs.allSatisfy({ $0.dtype == dtype || $0.dtype == .bool })
        else { return false }
        var types = inputs
        for part in parts {
            switch part {
            case .number: types.append(TensorType(inputs[0].shape, dtype))
            case .apply(let operation, let operands):
                guard
                    let type = try? OperationRegistry.resultType(of: operation, operands.map { types[$0] }),
                    type.shape == inputs[0].shape, type.dtype == dtype || type.dtype == .bool
                else { return false }
                types.append(type)
            }
        }
        return types.last!.dtype == resultType
    }
}
