import Adjoint
import AdjointTesting
import Testing

@testable import AdjointGraph

/// A loop over a generator's numbers, of which each iteration is not linear.
private typealias Program = @Sendable (Tensor, Tensor, Generator) -> Tensor

/// Layers with dropout, and noise that is put out.
@Sendable private func noisyScan(_ x: Tensor, _ w: Tensor, _ generator: Generator) -> Tensor {
    let (last, outputs) = scan(x, over: w, reversed: true) { state, w in
        let noise = Tensor.rand(3, dtype: .float64, generator: generator)
        let next = (state * w + noise).sin().dropout(0.4, isTraining: true, generator: generator) + state * 0.5
        return (next, [noise * next, noise])
    }
    return (last * last).sum() + outputs[0].exp().sum() + outputs[1].sum()
}

@Sendable private func noisyWhile(_ x: Tensor, _ w: Tensor, _ generator: Generator) -> Tensor {
    whileLoop([x, Tensor.zeros([], dtype: .int64)], while: { $0[1] .< 5 }) { state in
        let noise = Tensor.randn(3, dtype: .float64, generator: generator)
        let signs = Tensor.randint(0..<2, 3, generator: generator).to(.float64)
        return [(state[0] * w[0] + noise).sin() * signs + state[0] * 0.5, state[1] + 1]
    }[0].sum()
}

/// Draws in a scan inside a `while`, and between the two.
@Sendable private func noisyNest(_ x: Tensor, _ w: Tensor, _ generator: Generator) -> Tensor {
    whileLoop([x, Tensor.zeros([], dtype: .int64)], while: { $0[1] .< 3 }) { state in
        let before = Tensor.rand(3, dtype: .float64, generator: generator)
        let inner = scan(state[0] * before, over: w) { state, w in
            let noise = Tensor.rand(3, dtype: .float64, generator: generator)
            return ((state * w * noise).sin(), state * noise)
        }
        let after = Tensor.rand(3, dtype: .float64, generator: generator)
        return [inner.carried * after + inner.outputs.sum(axis: 0).cos(), state[1] + 1]
    }[0].sum()
}

/// A scan in segments, each a scan that is run again.
@Sendable private func noisySegments(_ x: Tensor, _ w: Tensor, _ generator: Generator) -> Tensor {
    let (last, outputs) = scan(x, over: w, checkpointEvery: 2) { state, w in
        let next = (state * w + Tensor.rand(3, dtype: .float64, generator: generator)).sin()
        return (next, next * Tensor.rand(3, dtype: .float64, generator: generator))
    }
    return last.sum() + (outputs * outputs).sum()
}

/// A gradient inside a body: steps of descent with noise.
@Sendable private func noisyDescent(_ x: Tensor, _ w: Tensor, _ generator: Generator) -> Tensor {
    scan(x, over: w) { x, w in
        let slope = gradient(
            of: { x in
                scan(x, over: stack([w, w + 1])) { x, w in
                    ((x * w + Tensor.rand(3, dtype: .float64, generator: generator)).sin(), x)
                }.carried.sum()
            }, at: x)
        return (x - 0.3 * slope, x)
    }.carried.sum()
}

/// Loops whose bodies draw random numbers, staged, against the same programs run as written with an equal generator.
@Suite struct RandomLoopTests {
    let x = Tensor([0.3, -0.7, 1.1]).to(.float64)
    let w = Tensor([[0.9, 1.3, -0.4], [0.2, -1.1, 0.8], [1.7, 0.6, -0.3], [0.5, 0.4, 1.2], [-0.8, 0.7, 0.9]]).to(
        .float64)

    private static let programs: [(name: String, run: Program)] = [
        ("scan", noisyScan), ("while", noisyWhile), ("nested", noisyNest), ("segments", noisySegments),
        ("descent", noisyDescent),
    ]

    @Test(arguments: programs.indices) func gradientInAGraph(_ index: Int) throws {
        let program = Self.programs[index].run
        let (there, here) = (Generator(seed: 7), Generator(seed: 7))
        let f = staged { @Sendable (x: Tensor, w: Tensor) in
            let (value, gradients) = valueWithGradient(of: { program($0, $1, there) }, at: x, w)
            return [value, gradients.0, gradients.1]
        }
        // The second run draws what comes after the first one's numbers.
        for _ in 0..<2 {
            let found = f(x, w)
            let (value, gradients) = valueWithGradient(of: { program($0, $1, here) }, at: x, w)
            #expect(isClose(found[0], value))
            #expect(isClose(found[1], gradients.0) && isClose(found[2], gradients.1))
        }
    }

    @Test(arguments: programs.indices) func gradientOfAStagedFunction(_ index: Int) throws {
        let program = Self.programs[index].run
        let (there, here) = (Generator(seed: 7), Generator(seed: 7))
        let f = staged { @Sendable (x: Tensor, w: Tensor) in program(x, w, there) }
        let found = gradient(of: { f($0, $1) }, at: x, w)
        let plain = gradient(of: { program($0, $1, here) }, at: x, w)
        #expect(isClose(found.0, plain.0) && isClose(found.1, plain.1))
    }

    @Test(arguments: programs.indices) func againstDifferences(_ index: Int) throws {
        let program = Self.programs[index].run
        try gradientCheck(
            { inputs in
                let generator = Generator(seed: 3)
                return staged { @Sendable (x: Tensor, w: Tensor) in program(x, w, generator) }(inputs[0], inputs[1])
            }, at: [x, w[0..<3]], projections: 2, relativeTolerance: 1e-5)
    }

    @Test(arguments: programs.indices) func secondOrder(_ index: Int) throws {
        let program = Self.programs[index].run
        let (there, here) = (Generator(seed: 7), Generator(seed: 7))
        let (along, w) = (Tensor([0.4, 1, -2]).to(.float64), w)
        @Sendable func ofGradient(_ x: Tensor, _ generator: Generator) -> Tensor {
            jvp({ x in gradient(of: { program($0, w, generator) }, at: x) }, at: x, along: along).tangent
        }
        @Sendable func ofTangent(_ x: Tensor, _ generator: Generator) -> Tensor {
            gradient(of: { x in jvp({ program($0, w, generator) }, at: x, along: along).tangent }, at: x)
        }
        @Sendable func twice(_ x: Tensor, _ generator: Generator) -> Tensor {
            gradient(of: { x in (gradient(of: { program($0, w, generator) }, at: x) * along).sum() }, at: x)
        }
        let staged = staged { @Sendable (x: Tensor) in [ofGradient(x, there), ofTangent(x, there), twice(x, there)] }
        let found = staged(x)
        for (found, plain) in zip(found, [ofGradient(x, here), ofTangent(x, here), twice(x, here)]) {
            #expect(isClose(found, plain, relative: 1e-10))
        }
    }

    @Test func symbolicGradientAndUnreadResults() throws {
        let (there, here) = (Generator(seed: 7), Generator(seed: 7))
        let g = GraphBuilder()
        let (x, w) = (g.input("x", [3], .float64), g.input("w", [5, 3], .float64))
        let output = noisyScan(x, w, there)
        let f = try g.function([x, w], [output, g.gradient(of: output, withRespectTo: x)])
        let found = try f(self.x, self.w)
        let plain = valueWithGradient(of: { noisyScan($0, self.w, here) }, at: self.x)
        #expect(isClose(found[0], plain.value) && isClose(found[1], plain.gradient))
        // Without a gradient nothing is kept.
        let value = staged { @Sendable (x: Tensor, w: Tensor) in noisyNest(x, w, Generator(seed: 1)) }
        let loop = try #require(try value.graph(for: self.x, self.w).steps.lazy.compactMap(\.operation.loop).first)
        #expect(!loop.keepsStates && loop.drawn == 0)
    }

    @Test func examplesDrawTheirOwn() throws {
        // The gradient with respect to a start that the numbers multiply is their product.
        let there = Generator(seed: 5)
        let f = staged { @Sendable (x: Tensor) in
            vmap(
                { x in
                    let (value, slope) = valueWithGradient(
                        of: { start in
                            whileLoop([start, Tensor.zeros([], dtype: .int64)], while: { $0[1] .< x.to(.int64) }) {
                                [$0[0] * (1 + Tensor.rand(dtype: .float64, generator: there)), $0[1] + 1]
                            }[0]
                        }, at: Tensor(3).to(.float64))
                    return [value, slope]
                }, over: x)
        }
        let found = f(Tensor([0, 2, 5, 5]).to(.float64))
        #expect(isClose(found[0], 3 * found[1]))
        #expect(found[1][0].item() == 1 && found[1][2].item() != found[1][3].item())
    }

    @Test func aPredicateThatDraws() throws {
        @Sendable func product(_ x: Tensor, _ generator: Generator) -> Tensor {
            whileLoop(x, while: { $0 .< 20 * Tensor.rand(dtype: .float64, generator: generator) }) {
                $0 * (1 + Tensor.rand(dtype: .float64, generator: generator))
            }
        }
        let (there, here) = (Generator(seed: 11), Generator(seed: 11))
        let f = staged { @Sendable (x: Tensor) in gradient(of: { product($0, there) }, at: x) }
        let x = Tensor(2).to(.float64)
        for _ in 0..<4 { #expect(isClose(f(x), gradient(of: { product($0, here) }, at: x))) }
        let several = staged { @Sendable (x: Tensor) in vmap({ gradient(of: { product($0, there) }, at: $0) }, over: x)
        }
        expectFailure("draws other random numbers", "draw in the body") { _ = several(Tensor([2, 3]).to(.float64)) }
    }

    @Test func unreadLoopsStillDraw() throws {
        let (there, here) = (Generator(seed: 7), Generator(seed: 7))
        @Sendable func program(_ x: Tensor, _ generator: Generator) -> Tensor {
            _ = scan(x * 2, over: x * 3) { c, x in (c * x * Tensor.rand(3, dtype: .float64, generator: generator), c) }
            return x * Tensor.rand(3, dtype: .float64, generator: generator)
        }
        let f = staged { @Sendable (x: Tensor) in program(x, there) }
        #expect(isClose(f(x), program(x, here)))
    }
}
