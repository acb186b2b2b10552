import AdjointCore
import AdjointRuntime

/// Formulas of the new values of some tensors in terms of the old ones, run in one pass over memory.
///
/// Operands of the formulas: the tensors that change, then those that are only read.
final class UpdateRule: Sendable {
    private let program: ElementwiseProgram

    init(_ formulas: [Element]) { program = ElementwiseProgram(formulas) }

    /// Gives `changing` its new values. Tensors that are only read have its shape, or are numbers in tensors of rank 0.
    func apply(_ changing: inout [Tensor], reading: [Tensor], _ parameters: Parameters = Parameters()) {
        let type = changing[0].type
        let spread = reading.map { $0.rank == 0 && type.shape.rank > 0 ? $0.broadcast(to: type.shape.extents) : $0 }
        let isStored = changing.allSatisfy { $0.value.isStored } && spread.allSatisfy { $0.value.isStored }
        let isPlain = changing.allSatisfy { $0.node == nil || $0.isLeaf } && spread.allSatisfy { $0.node == nil }
        if isStored, isPlain, !type.dtype.isHalf,
            changing.indices.allSatisfy({ changing[$0].value.isUniquelyHeld() })
        {
            let values = changing.map(\.value) + spread.map(\.value)
            program.run(
                type.dtype, type.shape, parameters, operands: program.operands.map { values[$0] },
                results: Array(values.prefix(changing.count)))
            return
        }
        noGrad {
            let new = program.apply(parameters, (changing + spread).map(\.withoutNode), type: type)
            for index in changing.indices { changing[index].rebind(new[index]) }
        }
    }
}

/// What optimizers check alike: as many gradients as parameters, of the same shapes and types.
func checkGradients(_ parameters: [Tensor], _ gradients: [Tensor], _ name: String) throws(TensorError) {
    for tensor in parameters + gradients { if let failure = tensor.failure { throw failure } }
    guard parameters.count == gradients.count else {
        throw TensorError(
            .argument, name, "\(parameters.count) parameters and \(gradients.count) gradients",
            "give one gradient for each parameter")
    }
    for (index, (parameter, gradient)) in zip(parameters, gradients).enumerated() where parameter.type != gradient.type
    {
        throw TensorError(
            parameter.shape == gradient.shape ? .dtype : .shape, name,
            "parameter \(index) is \(parameter.type), its gradient \(gradient.type)",
            "give the gradients in the order of the parameters")
    }
}

extension [Tensor] {
    private static let nothing = Tensor(0)

    /// The tensor at an index, which the array no longer holds.
    mutating func take(_ index: Int) -> Tensor {
        var taken = Self.nothing
        swap(&taken, &self[index])
        return taken
    }
}
