extension LineChart {
    /// The chart as a self-contained SVG picture for light and dark surroundings.
    ///
    /// - Parameters:
    ///   - width: The width in pixels, at least 240.
    ///   - height: The height in pixels, at least 180.
    public func svg(width: Int = 640, height: Int = 400) -> String {
        var picture = ChartPicture(self, width: max(width, 240), height: max(height, 180))
        return picture.rendered()
    }
}

private struct ChartPicture {
    private let chart: LineChart
    private let width: Int
    private let height: Int
    private let x: AxisTicks
    private let y: AxisTicks
    private let titleLines: [String]
    private let legend: [LegendEntry]
    private let left: Int
    private let right: Int
    private let top: Int
    private let bottom: Int
    private var document = SVGDocument()

    private struct LegendEntry {
        let index: Int
        let x: Int
        let y: Int
    }

    private static let tickSize = 12
    private static let labelSize = 13
    private static let titleSize = 16
    private static let lineHeight = 22
    private static let sample = 26

    init(_ chart: LineChart, width: Int, height: Int) {
        self.chart = chart
        self.width = width
        self.height = height
        (x, y) = chart.axes(xCount: max(2, width / 80), yCount: max(2, height / 60))
        titleLines = chart.title?.wrapped(to: width - 40) { $0.pixels(fontSize: Self.titleSize, bold: true) } ?? []

        let tickWidth = y.ticks.map { $0.label.pixels(fontSize: Self.tickSize) }.max() ?? 0
        left = 16 + (chart.yLabel.isEmpty ? 0 : Self.lineHeight) + tickWidth + 8
        right = width - max(24, (x.ticks.last?.label.pixels(fontSize: Self.tickSize) ?? 0) / 2 + 8)
        bottom = height - 34 - (chart.xLabel.isEmpty ? 0 : Self.lineHeight)

        let legendTop = 18 + titleLines.count * (Self.lineHeight + 2)
        var entries: [LegendEntry] = []
        var (entryX, entryY) = (left, legendTop)
        for (index, series) in chart.series.enumerated() where !series.name.isEmpty {
            let entryWidth = Self.sample + 8 + series.name.sanitizedLine.pixels(fontSize: Self.labelSize) + 18
            if entryX > left, entryX + entryWidth > right {
                (entryX, entryY) = (left, entryY + Self.lineHeight)
            }
            entries.append(LegendEntry(index: index, x: entryX, y: entryY))
            entryX += entryWidth
        }
        legend = entries
        top = 6 + (entries.isEmpty ? legendTop : entryY + Self.lineHeight)
    }

    mutating func rendered() -> String {
        for (index, line) in titleLines.enumerated() {
            document.addText(
                line, x: width / 2, y: 28 + index * (Self.lineHeight + 2),
                "class=\"name\" font-size=\"\(Self.titleSize)\" font-weight=\"600\" text-anchor=\"middle\"")
        }
        drawAxes()
        drawLegend()
        for (index, series) in chart.series.enumerated() { draw(series, index) }
        return document.rendered(
            name: "adjoint-chart", width: width, height: height, title: chart.title ?? "Line chart",
            description: chart.summary, style: chartStyle)
    }

    private func column(_ value: Double) -> Double {
        Double(left) + (value - x.range.lowerBound) / (x.range.upperBound - x.range.lowerBound) * Double(right - left)
    }

    private func row(_ value: Double) -> Double {
        Double(bottom) - (value - y.range.lowerBound) / (y.range.upperBound - y.range.lowerBound) * Double(bottom - top)
    }

    private mutating func drawAxes() {
        let style = "class=\"detail\" font-size=\"\(Self.tickSize)\""
        for tick in y.ticks {
            let y = row(tick.value)
            document.add("<path class=\"grid\" d=\"M\(left) \(y.coordinate)H\(right)\"/>")
            document.addText(tick.label, x: left - 8, y: Int(y.rounded()) + 4, style + " text-anchor=\"end\"")
        }
        for tick in x.ticks {
            let x = column(tick.value)
            document.add("<path class=\"axis\" d=\"M\(x.coordinate) \(bottom)v5\"/>")
            document.addText(tick.label, x: Int(x.rounded()), y: bottom + 19, style + " text-anchor=\"middle\"")
        }
        document.add("<path class=\"axis\" d=\"M\(left) \(top)V\(bottom)H\(right)\"/>")
        let label = "class=\"name\" font-size=\"\(Self.labelSize)\" text-anchor=\"middle\""
        if !chart.xLabel.isEmpty {
            document.addText(chart.xLabel.sanitizedLine, x: (left + right) / 2, y: height - 14, label)
        }
        if !chart.yLabel.isEmpty {
            let (x, y) = (24, (top + bottom) / 2)
            document.addText(
                chart.yLabel.sanitizedLine, x: x, y: y, label + " transform=\"rotate(-90 \(x) \(y))\"")
        }
    }

    private mutating func drawLegend() {
        for entry in legend {
            document.add(
                "<path class=\"\(Self.lineClass(entry.index))\" d=\"M\(entry.x) \(entry.y + 6)h\(Self.sample)\"/>")
            document.addText(
                chart.series[entry.index].name.sanitizedLine, x: entry.x + Self.sample + 8, y: entry.y + 11,
                "class=\"name\" font-size=\"\(Self.labelSize)\"")
        }
    }

    private mutating func draw(_ series: LineChart.Series, _ index: Int) {
        let runs = series.points.split { !$0.isDrawable }.map { run in
            thinned(run.map { (x: column($0.x), y: row($0.y)) })
        }
        var path = ""
        for run in runs where run.count > 1 {
            for (position, point) in run.enumerated() {
                path += "\(position == 0 ? "M" : "L")\(point.x.coordinate) \(point.y.coordinate)"
            }
        }
        if !path.isEmpty { document.add("<path class=\"\(Self.lineClass(index))\" d=\"\(path)\"/>") }
        for run in runs where run.count == 1 || series.points.count <= 25 {
            for point in run {
                document.add(
                    "<circle class=\"dot c\(index % Self.colours)\" cx=\"\(point.x.coordinate)\" "
                        + "cy=\"\(point.y.coordinate)\" r=\"3\"/>")
            }
        }
    }

    /// Keeps of the points that fall into one pixel column only the first, the extremes and the last.
    ///
    /// The picture stays the same while its size no longer grows with the length of the training.
    private func thinned(_ points: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
        guard points.count > 4 * (right - left) else { return points }
        var kept: [(x: Double, y: Double)] = []
        var start = 0
        while start < points.count {
            var end = start + 1
            while end < points.count, points[end].x.rounded() == points[start].x.rounded() { end += 1 }
            let column = start..<end
            let lowest = column.min { points[$0].y < points[$1].y } ?? start
            let highest = column.max { points[$0].y < points[$1].y } ?? start
            kept += Set([start, lowest, highest, end - 1]).sorted().map { points[$0] }
            start = end
        }
        return kept
    }

    private static let colours = 6

    /// Lines differ in their dashes too, for those who cannot tell the colours apart.
    private static func lineClass(_ index: Int) -> String {
        "line c\(index % colours) d\(index % 4)"
    }
}

extension LineChart {
    /// The chart in words for those who cannot see it.
    fileprivate var summary: String {
        let axes = [xLabel, yLabel].filter { !$0.isEmpty }.joined(separator: ", ")
        let lines = series.map { series in
            let values = series.points.filter(\.isDrawable).map(\.y)
            guard let first = values.first, let last = values.last else { return "\(series.name): –" }
            return "\(series.name): \(first) → \(last)"
        }
        return ((axes.isEmpty ? [] : [axes]) + lines).joined(separator: "; ")
    }
}

private let chartStyle = """
    .adjoint-chart .ground{fill:#fff}
    .adjoint-chart .name{fill:#1b1f24}
    .adjoint-chart .detail{fill:#4a525c}
    .adjoint-chart .grid{stroke:#e3e6ea}
    .adjoint-chart .axis{fill:none;stroke:#6b7480}
    .adjoint-chart .line{fill:none;stroke-width:2;stroke-linejoin:round}
    .adjoint-chart .d1{stroke-dasharray:7 4}
    .adjoint-chart .d2{stroke-dasharray:2 3}
    .adjoint-chart .d3{stroke-dasharray:9 3 2 3}
    .adjoint-chart .c0{stroke:#1f6fb4}
    .adjoint-chart .c1{stroke:#c2410c}
    .adjoint-chart .c2{stroke:#2e7d32}
    .adjoint-chart .c3{stroke:#7b3fa0}
    .adjoint-chart .c4{stroke:#8a6d00}
    .adjoint-chart .c5{stroke:#b0246a}
    .adjoint-chart .dot{fill:#fff;stroke-width:1.5}
    @media (prefers-color-scheme:dark){
    .adjoint-chart .ground{fill:#16191d}
    .adjoint-chart .name{fill:#f0f2f4}
    .adjoint-chart .detail{fill:#b9c0c8}
    .adjoint-chart .grid{stroke:#2d333a}
    .adjoint-chart .axis{stroke:#8d96a1}
    .adjoint-chart .c0{stroke:#6fb2f0}
    .adjoint-chart .c1{stroke:#ff9a5c}
    .adjoint-chart .c2{stroke:#7fce84}
    .adjoint-chart .c3{stroke:#c99bea}
    .adjoint-chart .c4{stroke:#e0c04a}
    .adjoint-chart .c5{stroke:#f28bbd}
    .adjoint-chart .dot{fill:#16191d}
    }
    """
