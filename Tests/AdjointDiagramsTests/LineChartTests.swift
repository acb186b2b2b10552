@testable import AdjointDiagrams
import Testing

@Suite struct AxisTicksTests {
    @Test(arguments: [
        (0.05...2.3, 6, ["0", "0.5", "1.0", "1.5", "2.0", "2.5"]),
        (0.31...0.94, 5, ["0.2", "0.4", "0.6", "0.8", "1.0"]),
        (1.0...100, 5, ["0", "20", "40", "60", "80", "100"]),
        (-1.0...1, 4, ["-1.0", "-0.5", "0", "0.5", "1.0"]),
        (0.0...0.0012, 4, ["0", "0.0005", "0.0010", "0.0015"]),
        (0.0...3e-7, 3, ["0", "1e-7", "2e-7", "3e-7"]),
        (0.0...2.5e7, 5, ["0", "5e6", "1e7", "1.5e7", "2e7", "2.5e7"]),
        (2.0...2.0, 4, ["1.8", "1.9", "2.0", "2.1", "2.2"]),
        (0.0...0.0, 2, ["-1", "0", "1"]),
    ])
    func labels(range: ClosedRange<Double>, count: Int, labels: [String]) {
        #expect(AxisTicks(enclosing: range, count: count).ticks.map(\.label) == labels)
    }

    @Test func epochsAreWholeNumbers() {
        let ticks = AxisTicks(enclosing: 1...3, count: 8, wholeNumbers: true).ticks
        #expect(ticks.map(\.label) == ["1", "2", "3"])
    }

    @Test(arguments: [
        -1e300...1e300, 0...Double.leastNonzeroMagnitude, 0...1e-299, 1e15...1e15 + 1, 1e300...1e300, -1e-300...1e300,
    ])
    func extremeRangesAreEnclosed(range: ClosedRange<Double>) {
        let axis = AxisTicks(enclosing: range, count: 6)
        let margin = 1e-6 * (axis.range.upperBound - axis.range.lowerBound)
        #expect(axis.range.lowerBound - margin <= range.lowerBound)
        #expect(axis.range.upperBound + margin >= range.upperBound)
        #expect((2...9).contains(axis.ticks.count))
    }
}

@Suite struct LineChartTests {
    private func paths(_ chart: LineChart) -> [String] {
        XMLOutline(chart.svg()).elements
            .filter { $0.attributes["class"]?.hasPrefix("line ") == true }
            .compactMap { $0.attributes["d"] }
    }

    @Test func pointsAreScaledIntoTheAxes() {
        let chart = LineChart(series: [.init(name: "", values: [0, 1, 0.5])])
        #expect(paths(chart) == ["M45 366L330.5 24L616 195"])
    }

    @Test func textsAreEscaped() {
        let chart = LineChart(
            title: "a < b", xLabel: "\"x\"", yLabel: "损失 & co", series: [.init(name: "<train>\n", values: [1, 2])])
        let svg = XMLOutline(chart.svg())
        #expect(svg.isWellFormed)
        for text in ["a < b", "\"x\"", "损失 & co", "<train> "] {
            #expect(svg.texts.contains { $0.hasPrefix(text) }, "\(text)")
        }
        #expect(svg.elements[1].name == "title" && svg.elements[2].name == "desc")
    }

    @Test func divergedLossInterruptsTheLine() {
        let chart = LineChart(series: [.init(name: "", values: [3, 2, .nan, 1, .infinity, 2, 3])])
        #expect(paths(chart).count == 1)
        #expect(paths(chart)[0].count(where: { $0 == "M" }) == 2)
        #expect(!chart.svg().contains("nan") && !chart.svg().contains("inf"))
    }

    @Test func chartWithoutDataShowsItsAxes() {
        for values in [[], [Double.nan]] {
            let chart = LineChart(title: "loss", series: [.init(name: "train", values: values)])
            #expect(XMLOutline(chart.svg()).isWellFormed)
        }
    }

    @Test func longSeriesKeepTheirExtremes() {
        var values = Array(repeating: 1.0, count: 100_000)
        values[70_000] = 9
        let chart = LineChart(series: [.init(name: "", values: values)])
        let path = paths(chart)[0]
        #expect(path.count(where: { $0 == "L" }) < 3_000)
        let axis = chart.axes(xCount: 8, yCount: 6).y.range
        let row = 366 - (9 - axis.lowerBound) / (axis.upperBound - axis.lowerBound) * (366 - 24)
        #expect(path.contains(" \(row.coordinate)L"))
    }

    @Test func legendWrapsIntoRows() {
        let names = (1...12).map { LineChart.Series(name: "a rather long series name \($0)", values: [0, 1]) }
        let svg = XMLOutline(LineChart(series: names).svg())
        let entries = svg.elements.indices.filter {
            svg.elements[$0].name == "text" && svg.texts[$0].hasPrefix("a rather long")
        }
        let ends = entries.compactMap { svg.elements[$0].attributes["x"] }.compactMap { Int($0) }
        #expect(entries.count == 12)
        #expect(ends.allSatisfy { $0 + "a rather long series name 12".pixels(fontSize: 13) <= 640 })
    }
}
