@testable import AdjointDiagrams
import Testing

@Suite struct TextDrawingTests {
    @Test func smallGraph() throws {
        #expect(
            try Samples.small.text() == """
                ╭─────╮       ╭─────╮
                │ x1  │       │ x2  │
                ╰──┬──╯       ╰──┬──╯
                   ├───────╮     │
                   │  ┌────▼─────▼────┐
                   │  │      mul      │
                   │  │   value 6.0   │
                   │  │ adjoint 0.96  │
                   │  └───────┬───────┘
                   │          │ cos
                   │       ┌──▼──┐
                   │       │ sin │
                   │       └──┬──┘
                   │ ╭────────╯
                  ╔▼═▼╗
                  ║ + ║
                  ╚═══╝

                """)
    }

    @Test func smallGraphInASCII() throws {
        #expect(
            try Samples.small.text(style: .ascii) == """
                .-----.       .-----.
                | x1  |       | x2  |
                '--+--'       '--+--'
                   +-------+     |
                   |  +----v-----v----+
                   |  |      mul      |
                   |  |   value 6.0   |
                   |  | adjoint 0.96  |
                   |  +-------+-------+
                   |          | cos
                   |       +--v--+
                   |       | sin |
                   |       +--+--+
                   | +--------+
                  +v=v+
                  | + |
                  +===+

                """)
    }

    @Test func wideCharactersTakeTwoColumns() throws {
        let square = GraphDrawing(
            nodes: [
                .init(id: 1, title: "输入 x", details: ["数值 3.0", .adjoint("伴随 6.0")], kind: .constant),
                .init(id: 2, title: "乘法", kind: .gradient),
            ],
            edges: [.init(from: 1, to: 2, label: "左"), .init(from: 1, to: 2, label: "右")],
            caption: "平方")
        #expect(
            try square.text() == """
                平方

                ┌╌╌╌╌╌╌╌╌╌╌╌┐
                ┆  输入 x   ┆
                ┆ 数值 3.0  ┆
                ┆ 伴随 6.0  ┆
                └╌╌╌╌╌┬╌╌╌╌╌┘
                      ├─╮
                   左 │ │ 右
                  ┏━━━▼━▼━┓
                  ┃ 乘法  ┃
                  ┗━━━━━━━┛

                """)
    }

    @Test func verticalLinesPassOverHorizontalOnes() throws {
        let graph = GraphDrawing(
            nodes: ["a", "b", "c", "d"].enumerated().map { .init(id: $0, title: $1) },
            edges: [
                .init(from: 0, to: 2), .init(from: 0, to: 3), .init(from: 1, to: 2), .init(from: 1, to: 3),
            ])
        #expect(
            try graph.text() == """
                ┌───┐   ┌───┐
                │ a │   │ b │
                └─┬─┘   └─┬─┘
                 ╭┴──────╮│
                 │ ╭─────│┴╮
                ┌▼─▼┐   ┌▼─▼┐
                │ c │   │ d │
                └───┘   └───┘

                """)
    }

    @Test(arguments: 1...15)
    func everyArrowAndTextIsDrawn(seed: UInt64) throws {
        let graph = Samples.random(seed: seed, nodes: 30)
        let drawing = try graph.text()
        #expect(drawing.count(where: { $0 == "▼" }) == graph.edges.count)
        for node in graph.nodes {
            for line in node.lines { #expect(drawing.contains(" \(line.text) ")) }
        }
        for label in graph.edges.compactMap(\.label) { #expect(drawing.contains(label.text)) }
        #expect(drawing.split(separator: "\n").allSatisfy { $0.last != " " })
    }

    @Test func tooWideDrawingIsRefused() throws {
        #expect(try Samples.small.text(columns: 23).isEmpty == false)
        #expect(throws: DiagramError.tooWide(columns: 23, available: 22)) { try Samples.small.text(columns: 22) }
    }

    @Test func controlCharactersDoNotReachTheTerminal() throws {
        let drawing = try Samples.hostile.text()
        #expect(!drawing.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
        #expect(drawing.contains("*_`#�[31m"))
    }

    @Test(arguments: [
        ("abc", 3), ("中文", 4), ("ａ", 2), ("e\u{301}", 1), ("👍🏽", 2), ("∂f/∂x", 5), ("한글", 4), ("", 0),
        ("☺\u{FE0F}", 2),
    ])
    func columnsOfText(text: String, columns: Int) {
        #expect(text.columns == columns)
    }
}
