import AdjointCore
import AdjointRuntime
import CKernels

/// How a filter slides over an image: extents and steps of each spatial axis (up to three), outermost first.
package struct ConvolutionGeometry: Sendable, Hashable {
    var input: [Int]
    var output: [Int]
    var kernel: [Int]
    var stride: [Int]
    var dilation: [Int]
    /// Zeros before the first element; those behind the last follow from `output`.
    var padding: [Int]
    var groups: Int

    /// Output positions, and taps of the filter.
    var positions: Int { output.reduce(1, *) }
    var taps: Int { kernel.reduce(1, *) }

    /// Whether each output position reads the input at its own position only.
    var isPointwise: Bool {
        input == output && kernel.allSatisfy { $0 == 1 } && stride.allSatisfy { $0 == 1 }
            && padding.allSatisfy { $0 == 0 }
    }

    func grouped(_ factor: Int) -> ConvolutionGeometry {
        var copy = self
        copy.groups *= factor
        return copy
    }

    /// As the kernels read it: three axes.
    var window: adj_window {
        func three(_ values: [Int], _ filler: Int) -> (Int64, Int64, Int64) {
            let all = (Array(repeating: filler, count: 3 - values.count) + values).map { Int64($0) }
            return (all[0], all[1], all[2])
        }
        return adj_window(
            input: three(input, 1), output: three(output, 1), kernel: three(kernel, 1), stride: three(stride, 1),
            dilation: three(dilation, 1), pad: three(padding, 0))
    }
}

/// The matrix products that a convolution comes down to. For each sample and group, filters [filters, channels · taps]
/// meet columns [channels · taps, positions]; columns are made in blocks that stay in the cache.
struct ConvolutionPlan {
    let geometry: ConvolutionGeometry
    let dtype: DType
    let samples: Int
    /// Of one group.
    let channels: Int
    let filters: Int

    /// Elements of columns that are made at a time.
    private static let blockElements = 1 << 16
    /// Pieces beyond which cutting further gains nothing.
    private static let enoughPieces = 8

    init(_ geometry: ConvolutionGeometry, _ dtype: DType, samples: Int, channels: Int, filters: Int) {
        (self.geometry, self.dtype, self.samples) = (geometry, dtype, samples)
        (self.channels, self.filters) = (channels / geometry.groups, filters / geometry.groups)
    }

    private var positions: Int { geometry.positions }
    private var size: Int { dtype.size }
    private var imageSize: Int { geometry.input.reduce(1, *) }
    private var depth: Int { channels * geometry.taps }

    private func block(_ depth: Int) -> Int { min(max(Self.blockElements / max(depth, 1), 32), positions) }

    private func plane(_ base: UnsafeMutableRawPointer, _ index: Int, _ extent: Int) -> UnsafeMutableRawPointer {
        base + index * extent * size
    }

    /// y [samples, groups · filters, positions] = w ∗ x.
    func convolve(_ x: TensorValue, _ w: TensorValue, into y: TensorValue) {
        let width = block(depth)
        let blocks = (positions + width - 1) / width
        let pieces = samples * geometry.groups * blocks
        let work = max(filters * depth * width, 1)
        Parallel.run(count: pieces, grain: max((1 << 17) / work, 1)) { range in
            withColumns(depth * width) { columns in
                for piece in range {
                    let (item, start) = (piece / blocks, piece % blocks * width)
                    let count = min(width, positions - start)
                    let image = plane(x.elements, item, channels * imageSize)
                    let matrix = columnMatrix(image, columns, channels, start, count)
                    BLAS.multiplyInPlace(
                        dtype, m: filters, n: count, k: depth, filterMatrix(w, item % geometry.groups), matrix,
                        into: plane(y.elements, item, filters * positions) + start * size, leading: positions,
                        adding: false)
                }
            }
        }
    }

    /// x [samples, groups · channels, image], zeros before, = the transpose of `convolve` in x.
    func transposeInput(_ g: TensorValue, _ w: TensorValue, into x: TensorValue) {
        let items = samples * geometry.groups
        let cuts = channelCuts(items)
        Parallel.run(pieces: items * cuts) { piece in
            let (item, range) = (piece / cuts, part(piece % cuts, of: channels, cuts))
            let rows = range.count * geometry.taps
            guard rows > 0 else { return }
            let width = block(rows)
            let filter = BLAS.Matrix(
                elements: plane(w.elements, item % geometry.groups, filters * depth)
                    + range.lowerBound * geometry.taps * size,
                transposed: true, leading: depth)
            let target = plane(x.elements, item, channels * imageSize) + range.lowerBound * imageSize * size
            var window = geometry.window
            withColumns(rows * width) { columns in
                for start in stride(from: 0, to: positions, by: width) {
                    let count = min(width, positions - start)
                    let matrix = BLAS.Matrix(
                        elements: plane(g.elements, item, filters * positions) + start * size, transposed: false,
                        leading: positions)
                    BLAS.multiplyInPlace(
                        dtype, m: rows, n: count, k: filters, filter, matrix, into: columns, leading: count,
                        adding: false)
                    adj_col2im(
                        Int32(dtype.rawValue), &window, columns, target, Int64(range.count), Int64(start),
                        Int64(start + count))
                }
            }
        }
    }

    /// w [groups · filters, channels · taps], zeros before, = the transpose of `convolve` in w, as `parts` sums over
    /// as many parts of the samples.
    func transposeFilter(_ g: TensorValue, _ x: TensorValue, into w: TensorValue, parts: Int) {
        let cuts = channelCuts(geometry.groups * parts)
        let filterSize = geometry.groups * filters * depth
        Parallel.run(pieces: geometry.groups * cuts * parts) { piece in
            let (part, rest) = (piece / (geometry.groups * cuts), piece % (geometry.groups * cuts))
            let (group, range) = (rest / cuts, self.part(rest % cuts, of: channels, cuts))
            let rows = range.count * geometry.taps
            guard rows > 0 else { return }
            let width = block(rows)
            let target =
                w.elements + (part * filterSize + group * filters * depth + range.lowerBound * geometry.taps) * size
            withColumns(rows * width) { columns in
                for sample in self.part(part, of: samples, parts) {
                    let item = sample * geometry.groups + group
                    let image = plane(x.elements, item, channels * imageSize) + range.lowerBound * imageSize * size
                    for start in stride(from: 0, to: positions, by: width) {
                        let count = min(width, positions - start)
                        var matrix = columnMatrix(image, columns, range.count, start, count)
                        matrix.transposed = true
                        let cotangent = BLAS.Matrix(
                            elements: plane(g.elements, item, filters * positions) + start * size, transposed: false,
                            leading: positions)
                        BLAS.multiplyInPlace(
                            dtype, m: filters, n: rows, k: count, cotangent, matrix, into: target, leading: depth,
                            adding: true)
                    }
                }
            }
        }
    }

    /// Into how many parts `transposeFilter` cuts the samples: small filters are summed in several places at a time.
    var sampleParts: Int {
        let filterSize = geometry.groups * filters * depth
        return filterSize <= Self.blockElements ? max(min(samples, Self.enoughPieces), 1) : 1
    }

    private func channelCuts(_ items: Int) -> Int {
        items >= Self.enoughPieces ? 1 : max(min(channels, Self.enoughPieces / max(items, 1)), 1)
    }

    private func part(_ index: Int, of count: Int, _ parts: Int) -> Range<Int> {
        count * index / parts..<count * (index + 1) / parts
    }

    private func filterMatrix(_ w: TensorValue, _ group: Int) -> BLAS.Matrix {
        BLAS.Matrix(elements: plane(w.elements, group, filters * depth), transposed: false, leading: depth)
    }

    /// The columns of some positions: the image itself where each position reads its own.
    private func columnMatrix(
        _ image: UnsafeMutableRawPointer, _ columns: UnsafeMutableRawPointer, _ channels: Int, _ start: Int,
        _ count: Int
    ) -> BLAS.Matrix {
        if geometry.isPointwise {
            return BLAS.Matrix(elements: image + start * size, transposed: false, leading: positions)
        }
        var window = geometry.window
        adj_im2col(
            Int32(dtype.rawValue), &window, image, columns, Int64(channels), Int64(start), Int64(start + count))
        return BLAS.Matrix(elements: columns, transposed: false, leading: count)
    }

    private func withColumns(_ elements: Int, _ body: (UnsafeMutableRawPointer) -> Void) {
        let columns = UnsafeMutableRawPointer.allocate(byteCount: max(elements, 1) * size, alignment: 64)
        body(columns)
        columns.deallocate()
    }
}
