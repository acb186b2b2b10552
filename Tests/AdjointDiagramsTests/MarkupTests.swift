@testable import AdjointDiagrams
import Foundation
import Testing

#if canImport(FoundationXML)
import FoundationXML
#endif

/// The elements of an XML document with their attributes, and its texts.
struct XMLOutline {
    let elements: [(name: String, attributes: [String: String])]
    let texts: [String]
    let isWellFormed: Bool

    init(_ document: String) {
        let parser = XMLParser(data: Data(document.utf8))
        let recorder = Recorder()
        parser.delegate = recorder
        isWellFormed = parser.parse()
        elements = recorder.elements
        texts = recorder.texts
    }

    private final class Recorder: NSObject, XMLParserDelegate {
        var elements: [(name: String, attributes: [String: String])] = []
        var texts: [String] = []

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String]
        ) {
            elements.append((name, attributes))
            texts.append("")
        }

        func parser(_ parser: XMLParser, foundCharacters string: String) {
            texts[texts.count - 1] += string
        }
    }
}

@Suite struct MarkupTests {
    @Test func svgEscapesEverything() throws {
        let svg = XMLOutline(try Samples.hostile.svg())
        #expect(svg.isWellFormed)
        for text in ["a<b>&\"'\\", "line 1", "line 2", "*_`#\u{FFFD}[31m", "x < y && \"z\" |", "\"quoted\""] {
            #expect(svg.texts.contains { $0.trimmingCharacters(in: .newlines) == text }, "\(text)")
        }
    }

    @Test func svgNamesItself() throws {
        let svg = XMLOutline(try Samples.small.svg())
        #expect(svg.elements[0].attributes["role"] == "img")
        #expect(svg.elements[1].name == "title" && svg.texts[1].hasPrefix("Computation graph"))
        #expect(svg.elements[2].name == "desc")
        #expect(svg.texts[2].hasPrefix("5 nodes, 5 edges; x1 → mul; x2 → mul; mul → sin; sin → +; x1 → +"))
    }

    @Test func svgColoursAdjoints() throws {
        let svg = XMLOutline(try Samples.small.svg())
        let adjoints = svg.elements.indices.filter { svg.elements[$0].attributes["class"] == "adjoint" }
        #expect(Set(adjoints.map { svg.texts[$0].trimmingCharacters(in: .newlines) }) == ["cos", "adjoint 0.96"])
    }

    @Test(arguments: 1...5)
    func svgBoxesStayApartAndInside(seed: UInt64) throws {
        let graph = Samples.random(seed: seed, nodes: 30)
        let svg = XMLOutline(try graph.svg())
        let number = { (attributes: [String: String], name: String) in try #require(Int(attributes[name] ?? "")) }
        let size = (try number(svg.elements[0].attributes, "width"), try number(svg.elements[0].attributes, "height"))
        let boxes = try svg.elements.filter { $0.name == "rect" && $0.attributes["rx"] != "4" }.dropFirst().map {
            let (x, y) = (try number($0.attributes, "x"), try number($0.attributes, "y"))
            let (width, height) = (try number($0.attributes, "width"), try number($0.attributes, "height"))
            return (x: x..<x + width, y: y..<y + height)
        }
        #expect(boxes.count == graph.nodes.count)
        for (index, box) in boxes.enumerated() {
            #expect(box.x.lowerBound >= 0 && box.x.upperBound <= size.0)
            #expect(box.y.lowerBound >= 0 && box.y.upperBound <= size.1)
            for other in boxes[..<index] { #expect(!box.x.overlaps(other.x) || !box.y.overlaps(other.y)) }
        }
        #expect(svg.elements.count { $0.attributes["class"] == "head" } == graph.edges.count)
    }

    @Test func longCaptionsWrap() {
        let width = { (text: String) in text.columns }
        #expect("a gradient of a loss".wrapped(to: 10, width: width) == ["a ", "gradient ", "of a loss"])
        #expect("损失函数的梯度".wrapped(to: 6, width: width) == ["损失函", "数的梯", "度"])
        #expect("unbreakable".wrapped(to: 4, width: width) == ["unbreakable"])
    }

    @Test func dot() {
        #expect(
            Samples.hostile.dot() == #"""
                digraph {
                    graph [label="</title>\n\"quoted\"", labelloc=t, fontname="sans-serif"];
                    node [fontname="sans-serif", style="rounded,filled", shape=box];
                    edge [fontname="sans-serif", fontsize=11];
                    -1 [label=<<B>a&lt;b&gt;&amp;&quot;&#39;\</B><BR/>line 1<BR/>line 2<BR/>\#
                <FONT COLOR="#b3261e">*_`#�[31m</FONT>>, fillcolor="#e3effb", color="#2f6db5"];
                    2 [label=<<B>&#160;</B>>, fillcolor="#e2f4e6", color="#2c7a43", peripheries=2];
                    -1 -> 2 [label="x < y && \"z\" |"];
                }

                """#)
        #expect(Samples.small.dot().contains("    3 -> 4 [label=\"cos\", fontcolor=\"#b3261e\"];\n"))
    }

    @Test func mermaid() {
        #expect(
            Samples.hostile.mermaid() == #"""
                ---
                title: "</title> \"quoted\""
                ---
                flowchart TD
                    m1(["a#lt;b#gt;#amp;#quot;'#92;<br/>line 1<br/>line 2<br/>#42;#95;#96;#35;�[31m"]):::input
                    n2[[" "]]:::output
                    m1 -->|"x #lt; y #amp;#amp; #quot;z#quot; |"| n2
                    classDef input fill:#e3effb,stroke:#2f6db5,color:#1b1b1b
                    classDef output fill:#e2f4e6,stroke:#2c7a43,color:#1b1b1b

                """#)
    }

    @Test(arguments: [
        ("+", "#43;"), ("- x", "#45; x"), ("-0.5", "-0.5"), ("1. x", "1#46; x"), ("1.5", "1.5"), ("12", "12"),
    ])
    func mermaidSeesNoLists(text: String, escaped: String) {
        #expect(text.mermaidEscaped == escaped)
    }

    @Test func clustersAreFrames() throws {
        let inner = GraphDrawing.Cluster(title: "inner \"x\"", nodes: [2])
        let graph = GraphDrawing(
            nodes: (0..<4).map { .init(id: $0, title: "node \($0)") },
            edges: [.init(from: 0, to: 3), .init(from: 1, to: 3), .init(from: 2, to: 1)], caption: "whole",
            clusters: [.init(title: "outer <b>", nodes: [1], clusters: [inner])])
        let svg = XMLOutline(try graph.svg())
        #expect(svg.elements.count { $0.attributes["class"] == "frame" } == 2)
        // What leads from frame to frame is left out.
        #expect(svg.elements.count { $0.attributes["class"] == "head" } == 1)
        #expect(
            graph.dot().contains(
                """
                    subgraph cluster_0 {
                        label="outer <b>"; fontname="sans-serif";
                        style="rounded"; color="#8a8f98";
                        1;
                        subgraph cluster_1 {
                            label="inner \\"x\\""; fontname="sans-serif";
                            style="rounded"; color="#8a8f98";
                            2;
                        }
                    }
                """))
        #expect(
            graph.mermaid().contains(
                """
                    subgraph c0["outer #lt;b#gt;"]
                        n1
                        subgraph c1["inner #quot;x#quot;"]
                            n2
                        end
                    end
                """))
    }
}
