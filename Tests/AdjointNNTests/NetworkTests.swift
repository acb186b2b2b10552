import AdjointCore
import AdjointNN
import AdjointTesting
import AdjointTransforms
import Testing

@Suite struct NetworkTests {
    @Test func theTableIsWhole() { #expect(Set(networkCases.map(\.name)).count == networkCases.count) }

    @Test(arguments: networkCases) func derivativesOfBothModesAndOrdersAgreeWithDifferences(_ entry: NetworkCase) throws
    {
        try gradientCheck(entry.apply, at: entry.inputs(), order: 2, absoluteTolerance: 1e-6)
    }

    @Test(arguments: networkCases) func float32IsTheRoundedDouble(_ entry: NetworkCase) {
        let exact = entry.apply(entry.inputs())
        let rounded = entry.apply(entry.inputs().map { $0.to(.float32) })
        #expect(rounded.dtype == .float32)
        expect(rounded, exact.shape, exact.doubles, tolerance: 3e-5)
    }

    @Test(arguments: networkCases) func halfIsAboutTheSame(_ entry: NetworkCase) {
        let half = entry.inputs().map { $0.to(.float16) }
        let exact = entry.apply(half.map { $0.to(.float64) })
        expect(entry.apply(half).to(.float64), exact.shape, exact.doubles, tolerance: 0.05)
    }

    @Test(arguments: networkCases) func batchingIsTheLoop(_ entry: NetworkCase) {
        let examples = (0..<3).map { entry.inputs($0) }
        let count = entry.shapes.count
        for pattern in 1..<(1 << count) {
            let isMapped = (0..<count).map { pattern >> $0 & 1 == 1 }
            func example(_ index: Int) -> [Tensor] { (0..<count).map { examples[isMapped[$0] ? index : 0][$0] } }
            let loop = stack((0..<3).map { entry.apply(example($0)) })
            let inputs = (0..<count).map { place in
                isMapped[place] ? stack(examples.map { $0[place] }) : examples[0][place]
            }
            let found = vmap({ [entry.apply($0)] }, over: inputs, in: isMapped.map { $0 ? 0 : nil })[0]
            expect(found, loop.shape, loop.doubles, "mapped \(isMapped)")
        }
    }
}
