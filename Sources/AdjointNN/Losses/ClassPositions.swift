import AdjointCore
import AdjointRuntime

/// The place of each sample's class in row-major scores [samples, classes]; −1 for the class that is ignored. An index
/// that is no class fails.
package struct ClassPositions: UnaryPrimitive, NonDifferentiable {
    package static let name = "class_positions"
    package static let reason = "a class is a whole number"
    let classes: Int
    let ignored: Int?
    /// The loss that was given the classes.
    let operation: String

    package func resultType(_ indices: TensorType) throws(TensorError) -> TensorType { indices }

    package func execute(_ indices: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let source = try indices.contiguous()
        let result = try TensorValue(uninitialized: type)
        let found = source.elements.assumingMemoryBound(to: Int64.self)
        let places = result.elements.assumingMemoryBound(to: Int64.self)
        for sample in 0..<type.shape.count {
            let index = Int(found[sample])
            if index == ignored {
                places[sample] = -1
            } else if (0..<classes).contains(index) {
                places[sample] = Int64(sample * classes + index)
            } else {
                throw TensorError(
                    .index, operation, "target \(index) of sample \(sample) is not one of the \(classes) classes",
                    "classes are numbered from 0 to \(classes - 1)")
            }
        }
        return withExtendedLifetime(source) { result }
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        // Positions among the samples of all examples, brought back to those of each.
        let all = bind(self, inputs[0])
        let perExample = size == 0 ? 0 : all.count / size * classes
        let firsts = (Tensor.arange(size) * perExample).reshaped([size] + Array(repeating: 1, count: all.rank - 1))
        return which(all .< 0, all, all - firsts)
    }
}
