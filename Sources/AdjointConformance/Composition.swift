import Adjoint
import AdjointCore
import AdjointRuntime

/// The smooth functions that a case composes with the operator, where results are unique only up to a sign or rotation
/// or inputs are constrained.
struct Composition {
    let pre: String?
    let processed: String?

    func apply(_ adapter: Adapter, to call: Call) throws -> [Output] {
        let call = try pre.map { try Self.prepared(call, $0) } ?? call
        let outputs = try adapter(call)
        return try processed.map { try Self.process(outputs, call, $0) } ?? outputs
    }

    private static func prepared(_ call: Call, _ name: String) throws -> Call {
        var call = call
        switch name {
        case "symmetrize_input":
            let x = try call.x
            call.input = .tensor(x + x.matrixTransposed())
        case "matmul_input_arg0T":
            call.input = .tensor(try call.x.matmul(try call.tensor(0, "other").matrixTransposed()))
            call.positional = []
            call.positionalNames = nil
        default: throw CaseError("the runner has no composition \(name)")
        }
        return call
    }

    private static func process(_ outputs: [Output], _ call: Call, _ name: String) throws -> [Output] {
        throw CaseError("the runner has no composition \(name)")
    }
}
