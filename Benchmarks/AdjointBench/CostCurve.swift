import Adjoint
import AdjointDiagrams
import CBenchSupport
import Foundation

/// What an operation costs in chains of 10², 10³, … operations: the same, if nothing grows with the graph.
struct CostCurve {
    /// A chain's length and what each of its operations cost.
    struct Point {
        let nodes: Int
        let recorded: Double
        let backward: Double
        let bytes: Double
    }

    let points: [Point]

    /// Measures chains of up to `nodes` operations.
    init(upTo nodes: Int) {
        points = sequence(first: 100) { $0 * 10 }.prefix { $0 <= nodes }.map(Self.measured)
    }

    /// Rows of a table, the heading first, or JSON lines.
    func lines(json: Bool, threads: Int) -> [String] {
        if json {
            return points.map {
                "{\"workload\": \"curve.\($0.nodes)\", \"peer\": \"adjoint\", \"threads\": \(threads), "
                    + "\"recorded_ns\": \($0.recorded), \"backward_ns\": \($0.backward), "
                    + "\"bytes_per_node\": \($0.bytes)}"
            }
        }
        return [
            "| nodes | recorded, ns per node | backward, ns per node | bytes per node |",
            "| ---: | ---: | ---: | ---: |",
        ]
            + points.map {
                "| \($0.nodes) | "
                    + [$0.recorded, $0.backward, $0.bytes].map { "\(($0 * 10).rounded() / 10) | " }.joined()
            }.map { String($0.dropLast()) }
    }

    /// The times as a picture; the horizontal axis is logarithmic.
    func picture() -> String {
        func series(_ name: String, _ value: (Point) -> Double) -> LineChart.Series {
            LineChart.Series(
                name: name, points: points.map { LineChart.Point(x: log10(Double($0.nodes)), y: value($0)) })
        }
        return LineChart(
            title: "Cost per operation", xLabel: "number of operations, as a power of ten",
            yLabel: "nanoseconds per operation",
            series: [
                series("recorded", \.recorded), series("backward", \.backward),
                series("both") { $0.recorded + $0.backward },
            ]
        ).svg()
    }

    /// Medians over as many chains as make a million operations, but at least three. Processor time is counted, for another
    /// program's turn falls into nearly every long chain and into few short ones.
    private static func measured(_ nodes: Int) -> Point {
        var (forward, backward) = (Measurement(), Measurement())
        for round in 0...max(3, 1_000_000 / nodes) {
            let x = Tensor(1.0, dtype: .float64).requiringGrad()
            var y = x
            let recording = processorSeconds { y = chain(x, nodes) }
            let back = processorSeconds {
                y.backward()
                y = x
            }
            // The first one warms up.
            if round == 0 { continue }
            forward.add(recording / Double(nodes) * 1e9)
            backward.add(back / Double(nodes) * 1e9)
        }
        return Point(nodes: nodes, recorded: forward.median, backward: backward.median, bytes: bytes(nodes))
    }

    /// The bytes in use that a recorded operation adds, over at least 100,000 of them: allocators keep a few freed ones.
    private static func bytes(_ nodes: Int) -> Double {
        let copies = max(1, 100_000 / nodes)
        let x = Tensor(1.0, dtype: .float64).requiringGrad()
        var chains: [Tensor] = []
        chains.reserveCapacity(copies)
        let before = bytes_in_use()
        for _ in 0..<copies { chains.append(chain(x, nodes)) }
        let growth = bytes_in_use() - before
        return Double(growth) / Double(chains.count * nodes)
    }

    private static func chain(_ x: Tensor, _ nodes: Int) -> Tensor {
        var y = x
        for _ in 0..<nodes / 2 { y = y * 1.0000001 + 1e-9 }
        return y
    }

    /// The seconds for which this thread has the processor in `body`.
    private static func processorSeconds(_ body: () -> Void) -> Double {
        let start = thread_nanoseconds()
        body()
        return Double(thread_nanoseconds() - start) * 1e-9
    }
}
