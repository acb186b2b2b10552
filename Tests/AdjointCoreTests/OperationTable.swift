import AdjointCore
import AdjointRuntime
import AdjointTesting
import Foundation
import Testing

/// An operation at fixed inputs, with its value from NumPy.
struct OperationCase: Sendable, CustomTestStringConvertible {
    let name: String
    let shapes: [[Int]]
    let apply: @Sendable ([Tensor]) -> Tensor
    let shape: Shape
    let elements: [Double]
    var testDescription: String { name }

    init(
        _ name: String, _ shapes: [[Int]], _ apply: @escaping @Sendable ([Tensor]) -> Tensor, _ shape: Shape,
        _ elements: [Double]
    ) {
        self.name = name
        self.shapes = shapes
        self.apply = apply
        self.shape = shape
        self.elements = elements
    }

    /// Element i of input k is 1.5 sin(1.3 i + 0.7 k + 0.4).
    var inputs: [Tensor] {
        shapes.enumerated().map { place, shape in
            Tensor(
                (0..<shape.reduce(1, *)).map { 1.5 * Foundation.sin(1.3 * Double($0) + 0.7 * Double(place) + 0.4) },
                shape: shape)
        }
    }
}

let operationCases: [OperationCase] =
    shapeCases + readCases + writeCases + linearCases + binaryCases + rearrangingCases
    + runningCases + orderCases + scatterCases

@Suite struct OperationTests {
    @Test func theTableIsWhole() {
        #expect(operationCases.count == 296)
        #expect(Set(operationCases.map(\.name)).count == operationCases.count)
    }

    @Test(arguments: operationCases) func valueIsNumPys(_ entry: OperationCase) {
        expect(entry.apply(entry.inputs), entry.shape, entry.elements, dtype: .float64, tolerance: 1e-13)
    }

    @Test(arguments: operationCases) func float32IsTheRoundedDouble(_ entry: OperationCase) {
        let inputs = entry.inputs.map { $0.to(.float32) }
        let y = entry.apply(inputs.map { $0.to(.float64) }).to(.float32)
        // floor division jumps where a rounded operand crosses a multiple
        expect(y, entry.shape, entry.elements, dtype: .float32, tolerance: 1e-5)
        let constants = inputs.map { $0.requiringGrad() }
        let direct = entry.apply(constants)
        expect(direct, entry.shape, entry.elements, tolerance: 1e-5)
    }

    @Test(arguments: operationCases) func derivativesOfBothModesAndOrdersAgreeWithDifferences(
        _ entry: OperationCase
    ) throws {
        try gradientCheck(entry.apply, at: entry.inputs, order: 2)
    }

    @Test(arguments: operationCases) func anyLayoutGivesTheSame(_ entry: OperationCase) {
        let inputs = entry.inputs
        let leaves = inputs.map { $0.requiringGrad() }
        let y = entry.apply(leaves)
        let expected = gradients(of: [y.sum()], withRespectTo: leaves, unused: .zero)
        let layouts: [(String, (Tensor) -> Tensor)] = [
            ("transposed", { ($0.transposed() * 1).transposed() }),
            ("strided", { stack([$0, $0 * 0], axis: -1)[.ellipsis, 0] }),
            ("backwards", { ($0.flipped() * 1).flipped() }),
        ]
        for (name, layout) in layouts {
            let twin = inputs.map { $0.requiringGrad() }
            let z = entry.apply(twin.map(layout))
            #expect(z.shape == entry.shape && isClose(z.doubles, entry.elements, 1e-13), "\(name)")
            for (found, wanted) in zip(gradients(of: [z.sum()], withRespectTo: twin, unused: .zero), expected) {
                #expect(found.type == wanted.type && isClose(found.doubles, wanted.doubles, 1e-13), "\(name)")
            }
        }
    }
}
