import AdjointCore
import AdjointRuntime
import CKernels

/// The position in its plane (row-major) of the first largest element of each window, or of its first NaN: from planes
/// [n, spatial…] to `int64` [n, windows…].
package struct MaximumWindows: UnaryPrimitive, NonDifferentiable {
    package static let name = "maximum_windows"
    package static let reason = "a position is a whole number"
    /// For each axis where the windows start and end.
    let starts: [[Int]]
    let ends: [[Int]]
    let dilation: [Int]

    init(_ windows: [PoolingAxis], dilation: [Int]) {
        (starts, ends) = (windows.map(\.starts), windows.map(\.ends))
        self.dilation = dilation
    }

    init(starts: [[Int]], ends: [[Int]], dilation: [Int]) {
        (self.starts, self.ends, self.dilation) = (starts, ends, dilation)
    }

    package func resultType(_ x: TensorType) throws(TensorError) -> TensorType {
        TensorType(Shape([x.shape[0]] + starts.map(\.count)), .int64)
    }

    package func execute(_ x: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        let x = try x.contiguous()
        let result = try TensorValue(uninitialized: type)
        let missing = 3 - starts.count
        func three(_ values: [Int]) -> [Int64] { Array(repeating: 1, count: missing) + values.map { Int64($0) } }
        let input = three(Array(x.shape.extents.dropFirst()))
        let output = three(starts.map(\.count))
        var bounds: [Int64] = []
        for _ in 0..<missing { bounds += [0, 1] }
        for axis in starts.indices { bounds += starts[axis].map { Int64($0) } + ends[axis].map { Int64($0) } }
        let steps = three(dilation)
        let plane = max(Int(input[0] * input[1] * input[2]), 1)
        Parallel.run(count: x.shape[0], grain: max(Kernels.grain / 4 / plane, 1)) { range in
            adj_max_windows(
                Int32(x.dtype.rawValue), x.elements, result.elements.assumingMemoryBound(to: Int64.self), input,
                output, bounds, steps, Int64(range.lowerBound), Int64(range.upperBound))
        }
        return result
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        bind(self, inputs[0].withExamplesInFirstAxis()).splittingFirstAxis(size)
    }
}

extension PoolingCall {
    /// The largest element of each window and its position in the plane.
    func largest(
        _ windows: [PoolingAxis], dilation: [Int]
    ) throws(TensorError) -> (values: Tensor, positions: Tensor) {
        let isCovered = windows.allSatisfy { zip($0.starts, $0.ends).allSatisfy { $0 < $1 } }
        guard isCovered else {
            throw TensorError(
                .shape, name, "a window reads only padding of an image of shape \(x.shape)",
                "use less padding or less dilation")
        }
        let lead = Array(x.shape.extents.dropLast(axes))
        let planes = lead.reduce(1, *)
        let size = extents.reduce(1, *)
        let flat = x.reshaped([planes] + extents)
        let counts = windows.map(\.starts.count)
        let positions = bind(MaximumWindows(windows, dilation: dilation), flat)
        guard x.count > 0, counts.allSatisfy({ $0 > 0 }) else {
            return (Tensor.zeros(lead + counts, dtype: x.dtype), positions.reshaped(lead + counts))
        }
        let values = bind(
            GatherAlong(axis: 1), flat.reshaped(planes, size), positions.reshaped(planes, counts.reduce(1, *)))
        return (values.reshaped(lead + counts), positions.reshaped(lead + counts))
    }
}
