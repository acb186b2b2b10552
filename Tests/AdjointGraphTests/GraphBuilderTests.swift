import Adjoint
import Foundation
import AdjointTesting
import Testing

@testable import AdjointGraph

/// Graphs that are stated before they run.
@Suite struct GraphBuilderTests {
    @Test func theNotesFirstExample() throws {
        let g = GraphBuilder()
        let x = g.input("x", [4])
        let y = 2 * dot(x, x)
        let f = try g.function([x], [y, g.gradient(of: y, withRespectTo: x)])
        let results = try f(Tensor([0.0, 1, 2, 3]).to(.float32))
        #expect(results[0].item() == 28)
        #expect(results[1].doubles == [0, 4, 8, 12])
    }

    @Test func gradientsOfAnyOrder() throws {
        let g = GraphBuilder()
        let x = g.input("x", [], .float64)
        let y = x.sin() * x.exp()
        let first = g.gradient(of: y, withRespectTo: x)
        let second = g.gradient(of: first, withRespectTo: x)
        let third = g.gradient(of: second, withRespectTo: x)
        let along = g.jvp(of: [second], along: [(x, Tensor(1.0).to(.float64))])[0]
        let f = try g.function([x], [first, second, third, along])
        let results = try f(Tensor(0.7, dtype: .float64)).map { $0.item() }
        let (s, c, e) = (Foundation.sin(0.7), Foundation.cos(0.7), Foundation.exp(0.7))
        #expect(abs(results[0] - e * (s + c)) < 1e-12)
        #expect(abs(results[1] - 2 * e * c) < 1e-12)
        #expect(abs(results[2] - 2 * e * (c - s)) < 1e-12)
        #expect(results[2] == results[3] || abs(results[2] - results[3]) < 1e-14)
    }

    @Test func gradientsWithRespectToIntermediateValues() throws {
        let g = GraphBuilder()
        let x = g.input("x")
        let u = x * x
        let z = u * x
        let gradients = g.gradients(of: [z], withRespectTo: [u, x])
        let constant = g.gradient(of: z, withRespectTo: x, constants: [u])
        let f = try g.function([x], gradients + [constant])
        #expect(try f(Tensor(3.0)).map { $0.item() } == [3, 27, 9])
    }

    @Test func updatesTakePlaceAfterTheRun() throws {
        let g = GraphBuilder()
        let count = SharedState("count", Tensor(0.0))
        let step = g.input("step")
        let f = try g.function([step], [g.read(count)], updates: [(count, g.read(count) + step)])
        #expect(try f(Tensor(2.0))[0].item() == 0)
        #expect(try f(Tensor(5.0))[0].item() == 2)
        #expect(count.value.item() == 7)
    }

    @Test func givensReplaceIntermediateValues() throws {
        let g = GraphBuilder()
        let (x, y) = (g.input("x"), g.input("y"))
        let u = x + 1
        let z = u * u
        let f = try g.function([y], [z], givens: [(u, y * 2)])
        #expect(try f(Tensor(3.0))[0].item() == 36)
        let replacing = try g.function([x], [z], givens: [(x, x + 1)])
        #expect(try replacing(Tensor(1.0))[0].item() == 9)
    }
}
