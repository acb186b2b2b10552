import AdjointCore
import AdjointRuntime

/// Estimates of the arithmetic of steps, for readers.
enum Cost {
    /// What adds or compares each element of its operand once.
    private static let reductions: Set = [
        Sum.name, Product.name, Extreme.name, ArgExtreme.name, Quantifier.name, CumulativeSum.name,
    ]
    /// What moves elements.
    private static let moves: Set = [
        Reshape.name, Permute.name, Broadcast.name, Slice.name, Place.name, Replace.name, Concatenate.name, Cast.name,
        StopGradient.name, Take.name, GatherAlong.name, Where.name,
    ]

    /// Additions, multiplications and calls of functions in one run; nil where no formula is known, or an extent is not.
    static func flops(_ step: Graph.Step, of graph: Graph) -> Int? {
        guard case .primitive(let operation) = step.operation else { return nil }
        let operands = graph.operands(of: step).map { graph.types[Int($0)].shape }
        let result = graph.types[graph.results(of: step).lowerBound].shape
        guard !(operands + [result]).contains(where: \.hasUnknownExtent) else { return nil }
        if let operation = operation as? any Elementwise {
            return product(result.count, operation.programs.forward.instructionCount)
        }
        switch type(of: operation).name {
        case MatrixProduct.name: return product(2, result.count, operands[0][operands[0].rank - 1])
        case Gate.name: return result.count
        case Dot.name: return product(2, operands[0].count)
        case "convolution": return product(2, result.count, operands[1].count / max(operands[1][0], 1))
        case "convolution_input": return product(2, operands[0].count, operands[1].count / max(operands[1][0], 1))
        case "convolution_filter": return product(2, operands[0].count, result.count / max(result[0], 1))
        case let name where reductions.contains(name): return operands[0].count
        case let name where moves.contains(name): return 0
        default: return nil
        }
    }

    private static func product(_ factors: Int...) -> Int? {
        var product = 1
        for factor in factors {
            let (next, overflows) = product.multipliedReportingOverflow(by: factor)
            if overflows { return nil }
            product = next
        }
        return product
    }
}
