import AdjointCore
import AdjointRuntime

extension OperationForm {
    /// The operations of neural networks.
    package static let neuralNetworks: [OperationForm] = convolutions + rows

    private static var convolutions: [OperationForm] {
        [
            OperationForm(Convolution.self) {
                Convolution(geometry: try .init(&$0, $1?.geometry))
            } fits: {
                $1.haveOneDType(2) && $0.geometry.fits($1[0].shape, $1[1].shape, nil)
            },
            OperationForm(ConvolutionInput.self) {
                ConvolutionInput(geometry: try .init(&$0, $1?.geometry))
            } fits: {
                $1.haveOneDType(2) && $0.geometry.fits(nil, $1[1].shape, $1[0].shape)
            },
            OperationForm(ConvolutionFilter.self) {
                ConvolutionFilter(geometry: try .init(&$0, $1?.geometry))
            } fits: {
                $1.haveOneDType(2) && $0.geometry.fits($1[1].shape, nil, $1[0].shape)
            },
            OperationForm(Unfold.self) {
                Unfold(geometry: try .init(&$0, $1?.geometry))
            } fits: {
                $1.count == 1 && $0.geometry.isSound && $1[0].shape.extents.dropFirst(2) == $0.geometry.input[...]
                    && Shape(checking: [$1[0].shape[0], $1[0].shape[1], $0.geometry.taps]) != nil
            },
            OperationForm(Fold.self) {
                Fold(geometry: try .init(&$0, $1?.geometry))
            } fits: {
                guard $1.count == 1, $0.geometry.isSound, $1[0].shape.rank == 3 else { return false }
                let (rows, taps) = ($1[0].shape[1], $0.geometry.taps)
                return rows % taps == 0 && $1[0].shape[2] == $0.geometry.positions
                    && Shape(checking: [$1[0].shape[0], rows / taps] + $0.geometry.input) != nil
            },
            OperationForm(MaximumWindows.self) {
                MaximumWindows(
                    starts: try $0("starts", $1?.starts), ends: try $0("ends", $1?.ends),
                    dilation: try $0("dilation", $1?.dilation))
            } fits: {
                $1.count == 1 && !$1[0].dtype.isComplex && $0.isInside($1[0].shape)
            },
            OperationForm(AxisMap.self) {
                AxisMap(axis: try $0("axis", $1?.axis), matrix: try .init(&$0, $1?.matrix))
            } fits: {
                $1.isOne(withAxis: $0.axis) && $1[0].shape[$0.axis] == $0.matrix.length
                    && $1[0].dtype.isDifferentiable
            },
        ]
    }

    private static var rows: [OperationForm] {
        [
            OperationForm(Standardize.self) {
                try Standardize(&$0, $1)
            } fits: {
                $1.count == 1 && $1[0].shape.rank > 0 && $1[0].dtype.isFloatingPoint
            },
            OperationForm(StandardizePullback.self) {
                StandardizePullback(
                    epsilon: try $0("epsilon", $1?.epsilon), isCentered: try $0("isCentered", $1?.isCentered))
            } fits: {
                $1.areAlike(2) && $1[0].shape.rank > 0 && $1[0].dtype.isFloatingPoint
            },
            OperationForm(ScaledStandardize.self) {
                ScaledStandardize(
                    standard: try Standardize(&$0, $1?.standard), hasWeight: try $0("hasWeight", $1?.hasWeight),
                    hasBias: try $0("hasBias", $1?.hasBias))
            } fits: {
                let count = 1 + ($0.hasWeight ? 1 : 0) + ($0.hasBias ? 1 : 0)
                guard $1.haveOneDType(count), $1[0].shape.rank == 2, $1[0].dtype.isFloatingPoint else { return false }
                let row = Shape([$1[0].shape[1]])
                return $1.dropFirst().allSatisfy { $0.shape == row }
            },
            OperationForm(ClassPositions.self) {
                ClassPositions(
                    classes: try $0("classes", $1?.classes),
                    ignored: try $0("ignored", $1.map(\.ignored), usual: .some(nil)),
                    operation: try $0("operation", $1?.operation))
            } fits: {
                $1.count == 1 && $1[0].dtype == .int64 && (0...Shape.maximumExtent).contains($0.classes)
            },
            OperationForm(plain: ClassLoss()) {
                $0.count == 2 && $0[0].shape.rank > 0 && $0[0].dtype.isFloatingPoint && $0[1].dtype == .int64
                    && $0[1].shape.extents == $0[0].shape.extents.dropLast()
            },
            OperationForm(ChannelStandardize.self) {
                ChannelStandardize(
                    epsilon: try $0("epsilon", $1?.epsilon), hasWeight: try $0("hasWeight", $1?.hasWeight),
                    hasBias: try $0("hasBias", $1?.hasBias))
            } fits: {
                let count = 1 + ($0.hasWeight ? 1 : 0) + ($0.hasBias ? 1 : 0)
                guard $1.haveOneDType(count), $1[0].shape.rank == 3, $1[0].dtype.isFloatingPoint else { return false }
                let channels = Shape([$1[0].shape[1]])
                return $1.dropFirst().allSatisfy { $0.shape == channels }
            },
            OperationForm(plain: ChannelStatistics()) {
                $0.count == 1 && $0[0].shape.rank == 3 && $0[0].dtype.isFloatingPoint
            },
            OperationForm(plain: LSTMSequence()) {
                guard $0.haveOneDType(4), $0[0].dtype.isFloatingPoint, $0[0].shape.rank == 3 else { return false }
                return $0[0].shape[0] > 0 && $0.dropFirst().allSatisfy { $0.shape.rank == 2 }
            },
            OperationForm(BinaryCrossEntropy.self) { _, _ in BinaryCrossEntropy() },
        ]
    }
}

extension Standardize {
    fileprivate init(_ fields: inout OperationFields, _ operation: Standardize?) throws(FormError) {
        self.init(
            epsilon: try fields("epsilon", operation?.epsilon),
            isCentered: try fields("isCentered", operation?.isCentered))
    }
}

extension ConvolutionGeometry {
    fileprivate init(_ fields: inout OperationFields, _ geometry: ConvolutionGeometry?) throws(FormError) {
        self.init(
            input: try fields("input", geometry?.input), output: try fields("output", geometry?.output),
            kernel: try fields("kernel", geometry?.kernel), stride: try fields("stride", geometry?.stride),
            dilation: try fields("dilation", geometry?.dilation), padding: try fields("padding", geometry?.padding),
            groups: try fields("groups", geometry?.groups, usual: 1))
    }

    /// Whether all numbers are such that positions and places can be computed with.
    fileprivate var isSound: Bool {
        let lists = [input, output, kernel, stride, dilation, padding]
        let limit = 1 << 20
        return (1...3).contains(input.count) && lists.allSatisfy { $0.count == input.count }
            && lists.allSatisfy { $0.allSatisfy { (0...limit).contains($0) } }
            && [kernel, stride, dilation].allSatisfy { $0.allSatisfy { $0 > 0 } } && (1...limit).contains(groups)
            && [input, output, kernel].allSatisfy { Shape(checking: $0) != nil }
            && Shape(checking: output + kernel) != nil
    }

    /// Whether images, filters and results of these shapes belong together; one of them may be nil, and is then a shape.
    fileprivate func fits(_ x: Shape?, _ w: Shape?, _ y: Shape?) -> Bool {
        guard isSound else { return false }
        let rank = input.count + 2
        guard [x, w, y].allSatisfy({ $0 == nil || $0!.rank == rank }) else { return false }
        let (samples, filters) = (x?[0] ?? y![0], w?[0] ?? y![1])
        guard filters % groups == 0 else { return false }
        if let y, y.extents != [samples, filters] + output { return false }
        if let x, x.extents.dropFirst(2) != input[...] || x[1] % groups != 0 { return false }
        if let w, w.extents.dropFirst(2) != kernel[...] { return false }
        if let x, let w, x[1] / groups != w[1] { return false }
        let channels = x.map { $0[1] / groups } ?? w![1]
        let (all, overflows) = channels.multipliedReportingOverflow(by: groups)
        return !overflows && Shape(checking: [samples, all] + input) != nil
            && Shape(checking: [filters, channels] + kernel) != nil
            && Shape(checking: [channels] + kernel + output) != nil
            && Shape(checking: [samples, filters] + output) != nil
    }
}

extension MaximumWindows {
    fileprivate func isInside(_ shape: Shape) -> Bool {
        let axes = starts.count
        guard (1...3).contains(axes), ends.count == axes, dilation.count == axes, shape.rank == axes + 1 else {
            return false
        }
        return Shape(checking: [shape[0]] + starts.map(\.count)) != nil
            && (0..<axes).allSatisfy { axis in
                (1...Shape.maximumExtent).contains(dilation[axis]) && starts[axis].count == ends[axis].count
                    && zip(starts[axis], ends[axis]).allSatisfy { 0 <= $0 && $0 < $1 && $1 <= shape[axis + 1] }
            }
    }
}

extension AxisWeights {
    /// A matrix by the number of its columns, the numbers of entries of its rows, and its entries.
    fileprivate init(_ fields: inout OperationFields, _ matrix: AxisWeights?) throws(FormError) {
        let length = try fields("length", matrix?.length)
        let counts = try fields("counts", matrix?.counts)
        let columns = try fields("columns", matrix?.columns.map { Int($0) })
        let weights = try fields("weights", matrix?.weights)
        self.init(length: length)
        var start = 0
        for count in counts {
            guard count >= 0, count <= columns.count - start, columns.count == weights.count else {
                throw FormError(
                    "axis_map has rows that do not fit its entries", "give as many columns and weights as counts")
            }
            let row = start..<(start + count)
            guard columns[row].allSatisfy({ (0..<length).contains($0) }) else {
                throw FormError("axis_map reads places that are not in 0 ..< \(length)", "give other columns")
            }
            appendRow(row.lazy.map { (columns[$0], weights[$0]) })
            start += count
        }
    }

    private var counts: [Int] { zip(starts, starts.dropFirst()).map { Int($1 - $0) } }
}
