import AdjointRuntime
import CKernels

/// Where the points of many transforms stand in a contiguous value, seen as [outer, length, inner].
struct FourierPoints {
    /// Keeps the memory.
    let value: TensorValue
    var layout: adj_fourier_points

    private init(
        _ value: TensorValue, _ dtype: DType, imaginary: Int, step: Int, inner: Int, stride: Int, outer: Int
    ) {
        self.value = value
        layout = adj_fourier_points(
            data: value.elements, dtype: Int32(dtype.rawValue), imaginary: Int64(imaginary), step: Int64(step),
            extent: (Int64(inner), 1), stride: (Int64(stride), 0, Int64(outer)))
    }

    init(complex value: TensorValue, inner: Int, length: Int) {
        self.init(
            value, value.dtype.realType, imaginary: 1, step: 2 * inner, inner: inner, stride: 2,
            outer: 2 * length * inner)
    }

    /// Real numbers: the imaginary part is 0 where it is read, and dropped where it is written.
    init(real value: TensorValue, inner: Int, length: Int) {
        self.init(value, value.dtype, imaginary: 0, step: inner, inner: inner, stride: 1, outer: length * inner)
    }

    /// Neighbours along the axis of 2 · length real numbers as the parts of one complex number.
    init(pairs value: TensorValue, inner: Int, length: Int) {
        self.init(
            value, value.dtype, imaginary: inner, step: 2 * inner, inner: inner, stride: 1, outer: 2 * length * inner)
    }

    /// The points as a matrix [length / columns, columns]: transforms of its columns.
    func columns(_ columns: Int) -> FourierPoints {
        var copy = self
        copy.layout.extent.1 = Int64(columns)
        copy.layout.stride.1 = layout.step
        copy.layout.step = layout.step * Int64(columns)
        return copy
    }

    /// The points as a matrix [rows, columns]: transforms of its rows.
    func rows(_ rows: Int, _ columns: Int) -> FourierPoints {
        var copy = self
        copy.layout.extent.1 = Int64(rows)
        copy.layout.stride.1 = layout.step * Int64(columns)
        return copy
    }
}

/// Transforms of one length: yₖ = scale Σⱼ xⱼ exp(∓2πijk/n). Cut by sizes only, so that the bits are the same whatever the
/// number of threads, and those of one transform do not depend on its neighbours.
struct FourierTransformer {
    let plan: FourierPlan
    let inverse: Bool
    let scale: Double

    init(_ plan: FourierPlan, inverse: Bool, scale: Double) {
        self.plan = plan
        self.inverse = inverse
        self.scale = scale
    }

    /// Points that one piece of work takes, and complex numbers of a convolution in memory at a time.
    private static let grain = 1 << 14
    private static let chunk = 1 << 20

    /// Runs `count` transforms; `target` may be `source`.
    func run(_ source: FourierPoints, _ target: FourierPoints, count: Int) throws(TensorError) {
        guard count > 0 else { return }
        switch plan.method {
        case .direct(let direct):
            try run(direct, source, target, nil, 0..<count, scale)
        case .matrix(let first, let second, let twist):
            let inner = Int(source.layout.extent.0)
            let between = try TensorValue(
                uninitialized: TensorType(Shape(checking: [count * plan.length])!, .complex128))
            let points = FourierPoints(complex: between, inner: inner, length: plan.length)
            let (rows, columns) = (first.length, second.length)
            try twist.withUnsafe { twist throws(TensorError) in
                try run(first, source.columns(columns), points.columns(columns), twist, 0..<count * columns, 1)
            }
            // Row k of the matrix gives the points k, k + rows, k + 2 rows, … of the result.
            try run(second, points.rows(rows, columns), target.columns(rows), nil, 0..<count * rows, scale)
        case .chirp(let chirp):
            try run(chirp, source, target, count)
        }
    }

    private func run(
        _ direct: FourierPlan.Direct, _ source: FourierPoints, _ target: FourierPoints,
        _ twist: UnsafePointer<adj_fourier_roots>?, _ lanes: Range<Int>, _ scale: Double
    ) throws(TensorError) {
        try direct.withUnsafe { plan throws(TensorError) in
            // Whole groups of transforms that are taken side by side.
            let grain = Swift.max(Self.grain / direct.length, 1).roundedUp(to: 8)
            let workspace = Int(adj_fourier_workspace(Int64(direct.length)))
            Parallel.run(count: lanes.count, grain: grain) { range in
                let memory = UnsafeMutablePointer<Double>.allocate(capacity: workspace)
                var (from, to) = (source.layout, target.layout)
                adj_fourier_transform(
                    plan, &from, &to, twist, Int64(range.lowerBound), Int64(range.upperBound), inverse ? 1 : 0, scale,
                    memory)
                memory.deallocate()
            }
        }
    }

    private func run(
        _ chirp: FourierPlan.Chirp, _ source: FourierPoints, _ target: FourierPoints, _ count: Int
    ) throws(TensorError) {
        let (n, m) = (Int64(plan.length), chirp.convolution.length)
        let most = Swift.min(Swift.max(Self.chunk / m, 1), count)
        let rows = try TensorValue(uninitialized: TensorType(Shape([most, m]), .complex128))
        let numbers = rows.elements.assumingMemoryBound(to: Double.self)
        let points = FourierPoints(complex: rows, inner: 1, length: m)
        let forward = FourierTransformer(chirp.convolution, inverse: false, scale: 1)
        let backward = FourierTransformer(chirp.convolution, inverse: true, scale: 1)
        let sign: Int32 = inverse ? 1 : 0
        let grain = Swift.max(Self.grain / m, 1)
        try chirp.chirp.unsafe { factors throws(TensorError) in
            try chirp.spectrum.unsafe { spectrum throws(TensorError) in
                for start in stride(from: 0, to: count, by: most) {
                    let size = Swift.min(most, count - start)
                    Parallel.run(count: size, grain: grain) { range in
                        var from = source.layout
                        adj_fourier_chirp(
                            &from, n, factors, numbers + 2 * m * range.lowerBound, Int64(m),
                            Int64(start + range.lowerBound), Int64(start + range.upperBound), sign)
                    }
                    try forward.run(points, points, count: size)
                    Parallel.run(count: size, grain: grain) { range in
                        adj_fourier_weigh(
                            numbers, Int64(m), spectrum, Int64(range.lowerBound), Int64(range.upperBound))
                    }
                    try backward.run(points, points, count: size)
                    Parallel.run(count: size, grain: grain) { range in
                        var to = target.layout
                        adj_fourier_unchirp(
                            numbers + 2 * m * range.lowerBound, Int64(m), factors, &to, n,
                            Int64(start + range.lowerBound), Int64(start + range.upperBound), sign, scale)
                    }
                }
            }
        }
    }
}

extension Int {
    fileprivate func roundedUp(to multiple: Int) -> Int { (self + multiple - 1) / multiple * multiple }
}
