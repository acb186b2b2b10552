import AdjointCore
import AdjointRuntime

/// Formulas of the new values of some tensors in terms of the old ones, run in one pass over memory.
///
/// Operands of the formulas: the tensors that change, the gradient, then what else is read.
final class UpdateRule: Sendable {
    private let program: ElementwiseProgram
    /// The same with a column in the gradient's place, which is multiplied by a row: the last operand.
    private let programOfFactors: ElementwiseProgram

    /// - Parameters:
    ///   - changing: how many tensors change.
    ///   - numbers: how many numbers are read behind the gradient.
    ///   - formulas: the new values for a gradient.
    init(changing: Int, numbers: Int = 0, _ formulas: (Element) -> [Element]) {
        let gradient = Element(.operand(changing))
        program = ElementwiseProgram(formulas(gradient))
        programOfFactors = ElementwiseProgram(formulas(gradient * Element(.operand(changing + 1 + numbers))))
    }

    /// Gives `changing` its new values. `reading` is the gradient, of the same shape, and numbers in tensors of rank 0.
    func apply(_ changing: inout [Tensor], reading: [Tensor], _ parameters: Parameters = Parameters()) {
        let type = changing[0].type
        let spread = reading.map { $0.rank == 0 && type.shape.rank > 0 ? $0.broadcast(to: type.shape.extents) : $0 }
        let isStored = changing.allSatisfy { $0.value.isStored } && spread.allSatisfy { $0.value.isStored }
        let isPlain = changing.allSatisfy { $0.node == nil || $0.isLeaf } && spread.allSatisfy { $0.node == nil }
        if isStored, isPlain, !type.dtype.isHalf,
            changing.indices.allSatisfy({ changing[$0].value.isUniquelyHeld() })
        {
            var values = changing.map(\.value) + spread.map(\.value)
            var program = program
            if let (column, row) = reading[0].value.pendingFactors {
                values[changing.count] = column.view(type.shape, strides: Strides([column.strides[0], 0]))
                values.append(row.view(type.shape, strides: Strides([0, row.strides[1]])))
                program = programOfFactors
            }
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
