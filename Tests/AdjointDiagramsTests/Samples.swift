@testable import AdjointDiagrams

enum Samples {
    /// `sin(x1 * x2) + x1`.
    static let small = GraphDrawing(
        nodes: [
            .init(id: 1, title: "x1", kind: .input),
            .init(id: 2, title: "x2", kind: .input),
            .init(id: 3, title: "mul", details: ["value 6.0", .adjoint("adjoint 0.96")]),
            .init(id: 4, title: "sin"),
            .init(id: 5, title: "+", kind: .output),
        ],
        edges: [
            .init(from: 1, to: 3), .init(from: 2, to: 3), .init(from: 3, to: 4, label: .adjoint("cos")),
            .init(from: 4, to: 5), .init(from: 1, to: 5),
        ])

    /// Texts with everything that some format gives a meaning to.
    static let hostile = GraphDrawing(
        nodes: [
            .init(id: -1, title: "a<b>&\"'\\", details: ["line 1\nline 2", .adjoint("*_`#\u{1B}[31m")], kind: .input),
            .init(id: 2, title: "", kind: .output),
        ],
        edges: [.init(from: -1, to: 2, label: "x < y && \"z\"\n|")],
        caption: "</title>\n\"quoted\"")

    static func chain(_ count: Int) -> GraphDrawing {
        GraphDrawing(
            nodes: (0..<count).map { .init(id: $0, title: "n\($0)") },
            edges: (1..<count).map { .init(from: $0 - 1, to: $0) })
    }

    /// A random graph, the same for the same seed.
    static func random(seed: UInt64, nodes count: Int) -> GraphDrawing {
        var random = Xorshift(state: seed &* 0x9E37_79B9_7F4A_7C15 | 1)
        var graph = GraphDrawing()
        for id in 0..<count {
            let title = ["mul", "+", "relu", "矩阵乘法"][random.next(4)]
            let details = (0..<random.next(3)).map { GraphDrawing.Annotation.adjoint("adjoint \($0)") }
            let kind = GraphDrawing.Kind.allCases[random.next(GraphDrawing.Kind.allCases.count)]
            graph.nodes.append(.init(id: id, title: title, details: details, kind: kind))
            for _ in 0..<min(id, random.next(4)) {
                let label = random.next(3) == 0 ? GraphDrawing.Annotation.plain("∂ \(id)") : nil
                graph.edges.append(.init(from: random.next(id), to: id, label: label))
            }
        }
        return graph
    }
}

struct Xorshift {
    var state: UInt64

    mutating func next(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(bound))
    }
}
