/// A line chart of one or more series, such as loss and accuracy over the epochs of a training run.
public struct LineChart: Sendable, Equatable {
    /// A point of a series.
    public struct Point: Sendable, Equatable {
        /// The position along the horizontal axis.
        public var x: Double
        /// The position along the vertical axis.
        public var y: Double

        /// Makes a point.
        public init(x: Double, y: Double) {
            self.x = x
            self.y = y
        }
    }

    /// A named line.
    ///
    /// Points that are not finite (a diverged loss, say) interrupt the line.
    public struct Series: Sendable, Equatable {
        /// The name in the legend; without one the series is not listed there.
        public var name: String
        /// The points in the order in which the line joins them.
        public var points: [Point]

        /// Makes a series of points.
        public init(name: String, points: [Point]) {
            self.name = name
            self.points = points
        }

        /// A series of values at the positions `first`, `first + 1`, and so on.
        public init(name: String, values: [Double], first: Int = 1) {
            self.name = name
            points = values.enumerated().map { Point(x: Double(first + $0), y: $1) }
        }
    }

    /// A heading above the chart.
    public var title: String?
    /// The text below the horizontal axis.
    public var xLabel: String
    /// The text beside the vertical axis.
    public var yLabel: String
    /// The lines, drawn in this order.
    public var series: [Series]

    /// Makes a chart.
    public init(title: String? = nil, xLabel: String = "", yLabel: String = "", series: [Series] = []) {
        self.title = title
        self.xLabel = xLabel
        self.yLabel = yLabel
        self.series = series
    }
}

extension LineChart.Point {
    /// Whether the point can be drawn; the bound keeps the width of an axis from overflowing.
    var isDrawable: Bool {
        abs(x) <= 1e300 && abs(y) <= 1e300
    }
}

extension LineChart {
    /// The axes that enclose all points that can be drawn.
    func axes(xCount: Int, yCount: Int) -> (x: AxisTicks, y: AxisTicks) {
        let points = series.flatMap(\.points).filter(\.isDrawable)
        let wholeNumbers = points.allSatisfy { $0.x == $0.x.rounded() }
        return (
            AxisTicks(enclosing: Self.range(of: points.map(\.x)), count: xCount, wholeNumbers: wholeNumbers),
            AxisTicks(enclosing: Self.range(of: points.map(\.y)), count: yCount)
        )
    }

    private static func range(of values: [Double]) -> ClosedRange<Double> {
        (values.min() ?? 0)...(values.max() ?? 1)
    }
}
