import Adjoint
import Foundation
import Testing

@testable import AdjointGraph

/// Explicit graphs as pictures.
@Suite struct GraphDrawingTests {
    private func graph() throws -> Graph {
        let g = GraphBuilder()
        let x = g.input("a \"b\" <c>\nd", [2, 3])
        let w = g.input("w", [3, 4])
        let loop = whileLoop(x.matmul(w), while: { $0.sum() .< 10 }, do: { 2 * $0 })
        let y = cond(loop.sum() .> 0, loop, then: { $0 }, else: { $0.exp() }).sum()
        return try g.graph([y, g.gradient(of: y, withRespectTo: w)], names: ["loss", "dw"])
    }

    @Test func nodesShowTypesBytesAndCosts() throws {
        let drawing = try graph().drawing(nil)
        let product = try #require(drawing.nodes.first { $0.title == "matmul" })
        #expect(product.details.map(\.text) == ["%2: float32[2,4], 32 B", "48 flops"])
        #expect(drawing.nodes.contains { $0.kind == .gradient })
        #expect(drawing.nodes.count { $0.kind == .output && ["loss", "dw"].contains($0.title) } == 2)
        #expect(Set(drawing.nodes.map(\.id)).count == drawing.nodes.count)
        #expect(drawing.clusters.contains { $0.title.hasSuffix("while: body") })
        #expect(drawing.clusters.contains { $0.title.hasSuffix("switch: case 1") })
    }

    @Test func namesAreEscaped() throws {
        let graph = try graph()
        let dot = graph.dot(title: "a \"title\"")
        #expect(
            dot.contains("<B>a &quot;b&quot; &lt;c&gt;</B><BR/><B>d</B>") && dot.contains("label=\"a \\\"title\\\"\""))
        #expect(dot.contains("subgraph cluster_0 {"))
        #expect(dot.count { $0 == "{" } == dot.count { $0 == "}" })
        let mermaid = graph.mermaid()
        #expect(mermaid.contains("a #quot;b#quot; #lt;c#gt;<br/>d") && mermaid.contains("subgraph c0[\""))
        #expect(mermaid.components(separatedBy: "\n").count { $0.hasSuffix("end") && $0.contains("  end") } > 2)
        let svg = try graph.svg()
        #expect(svg.contains("class=\"frame\"") && svg.contains("&lt;c&gt;"))
    }

    @Test func bigGraphsAreForGraphviz() throws {
        let g = GraphBuilder()
        var x = g.input("x")
        for _ in 0..<3_000 { x = x.sin() }
        let graph = try g.graph([x])
        #expect(graph.dot().contains("2999 -> 3000") && graph.mermaid().contains("n2999 --> n3000"))
        let error = failure { _ = try graph.svg() }
        #expect(error?.problem.contains("3002 nodes is too large") == true)
    }
}
