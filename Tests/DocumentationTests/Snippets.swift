import AdjointCore
import Adjoint
import CKernels
import Testing

// The code of the documents, compiled and run. `SnippetTests` checks that every Swift block of every document is here.

@Suite struct ReadmeSnippets {
    @Test func twentyLines() {
        let x = Tensor.arange(4.0).requiringGrad()
        let y = 2 * dot(x, x)
        y.backward()
        print(x.grad!)  // tensor([ 0.,  4.,  8., 12.])
        #expect("\(x.grad!)" == "tensor([ 0.,  4.,  8., 12.])")

        func f(_ a: Tensor) -> Tensor {
            var b = a * 2
            while b.norm() < 1000 { b = b * 2 }
            return b.sum() > 0 ? b : 100 * b
        }
        let a = Tensor(0.37).requiringGrad()
        f(a).backward()
        print(a.grad!)  // tensor(4096.)
        #expect("\(a.grad!)" == "tensor(4096.)")

        let slope = jvp({ sin($0) * $0 }, at: Tensor(1.0), along: Tensor(1.0)).tangent
        print(slope)  // tensor(1.3818)
        #expect("\(slope)" == "tensor(1.3818)")
        let cubes = vmap({ x in gradient(of: { $0 * $0 * $0 }, at: x) }, over: Tensor([1.0, 2.0, 3.0]))
        print(cubes)  // tensor([ 3., 12., 27.])
        #expect("\(cubes)" == "tensor([ 3., 12., 27.])")
    }

    @Test func explicitGraph() throws {
        let g = GraphBuilder()
        let input = g.input("a")
        let b2 = whileLoop(2 * input, while: { $0.norm() .< 1000 }, do: { 2 * $0 })
        let result = cond(b2.sum() .> 0, b2, then: { $0 }, else: { 100 * $0 })
        let slopes = try g.function([input], [g.gradient(of: result, withRespectTo: input)])
        print(try slopes(Tensor(0.37))[0])  // tensor(4096.)
        #expect(try "\(slopes(Tensor(0.37))[0])" == "tensor(4096.)")

        let fast = staged { @Sendable (w: Tensor, x: Tensor) in x.matmul(w).tanh().sum() }
        print(fast(Tensor([1.0, 2.0]), Tensor([[0.0, 0.0]])))  // tensor(0.)
        #expect("\(fast(Tensor([1.0, 2.0]), Tensor([[0.0, 0.0]])))" == "tensor(0.)")
    }

    @Test func training() {
        var w = Tensor([0.0, 0.0]).requiringGrad()
        let inputs = Tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
        let targets = Tensor([5.0, 11.0, 17.0])
        for _ in 0..<2000 {
            w.zeroGrad()
            (inputs.matmul(w) - targets).square().mean().backward()
            noGrad { w -= 0.02 * w.grad! }
        }
        print(w)
        #expect(w.isLeaf && w.requiresGrad)
        #expect(abs(w.doubles[0] - 1) < 1e-2 && abs(w.doubles[1] - 2) < 1e-2)
    }

    @Test func catching() {
        do {
            _ = try checked { Tensor.ones(2, 3).matmul(Tensor.ones(4, 5)) }
            Issue.record("shapes that do not fit were multiplied")
        } catch {
            print(error)
            #expect("\(error)".contains("Snippets.swift"))
        }
    }
}

/// y = x / (1 + |x|); dy/dx = 1 / (1 + |x|)².
struct Softsign: UnaryElementwise {
    static let name = "softsign"
    static let compiled = CompiledElementwise(Softsign.self)
    static let needsFloatingPoint = true

    static func value(_ x: Element) -> Element { x / (1 + .apply(ADJ_OP_ABS, x)) }
    static func derivative(_ x: Element, _ y: Element) -> Element {
        let scale = 1 / (1 + Element.apply(ADJ_OP_ABS, x))
        return scale * scale
    }
}

extension Tensor {
    /// x / (1 + |x|); dy/dx = 1 / (1 + |x|)².
    func softsign() -> Tensor { bind(Softsign(), self) }
}

@Suite struct ContributingSnippets {
    @Test func softsignDifferentiatesTwice() {
        let x = Tensor([-2.0, 0.5], dtype: .float64).requiringGrad()
        let first = x.softsign().sum().gradient(withRespectTo: x, createGraph: true)
        #expect(zip(first.doubles, [1.0 / 9, 1 / 2.25]).allSatisfy { abs($0 - $1) < 1e-15 })
        // d²y/dx² = −2 sign(x) / (1 + |x|)³
        let second = first.sum().gradient(withRespectTo: x)
        #expect(zip(second.doubles, [2.0 / 27, -2 / 3.375]).allSatisfy { abs($0 - $1) < 1e-15 })
    }
}
