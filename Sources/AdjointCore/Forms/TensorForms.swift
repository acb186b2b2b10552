import AdjointRuntime

extension OperationForm {
    /// The operations of the core that are not elementwise.
    static let tensor: [OperationForm] = shapes + reductions + indexing + sorting + products + others

    private static var shapes: [OperationForm] {
        [
            OperationForm(Reshape.self) {
                Reshape(shape: try $0("shape", $1?.shape))
            } fits: {
                $1.count == 1
            },
            OperationForm(Permute.self) {
                Permute(order: try $0("order", $1?.order))
            } fits: {
                $1.count == 1 && $0.order.sorted() == Array(0..<$1[0].shape.rank)
            },
            OperationForm(Broadcast.self) {
                Broadcast(shape: try $0("shape", $1?.shape))
            } fits: {
                $1.count == 1
            },
            OperationForm(Slice.self) {
                Slice(region: try .init(&$0, $1?.region))
            } fits: {
                $1.count == 1 && $0.region.isInside($1[0].shape)
            },
            OperationForm(Place.self) {
                Place(region: try .init(&$0, $1?.region), shape: try $0("shape", $1?.shape))
            } fits: {
                $1.count == 1 && $1[0].shape == $0.region.shape && $0.region.isInside($0.shape)
            },
            OperationForm(Replace.self) {
                Replace(region: try .init(&$0, $1?.region))
            } fits: {
                $1.haveOneDType(2) && $1[1].shape == $0.region.shape && $0.region.isInside($1[0].shape)
            },
            OperationForm(Concatenate.self) {
                Concatenate(axis: try $0("axis", $1?.axis), extents: try $0("extents", $1?.extents))
            } fits: { operation, inputs in
                !inputs.isEmpty && inputs.haveOneDType(operation.extents.count)
                    && inputs.allSatisfy { $0.shape.agrees(with: inputs[0].shape, butAlong: operation.axis) }
                    && inputs.map { $0.shape[operation.axis] } == operation.extents
                    && operation.extents.reduce(0, +) <= Shape.maximumExtent
            },
        ]
    }

    private static var reductions: [OperationForm] {
        [
            OperationForm(Sum.self) {
                Sum(axes: try $0("axes", $1?.axes))
            } fits: {
                $1.isOne(with: $0.axes)
            },
            OperationForm(Product.self) {
                Product(axes: try $0("axes", $1?.axes))
            } fits: {
                $1.isOne(with: $0.axes)
            },
            OperationForm(Extreme.self) {
                Extreme(
                    axes: try $0("axes", $1?.axes), largest: try $0("largest", $1?.largest),
                    spreadsNaN: try $0("spreadsNaN", $1?.spreadsNaN, usual: false))
            } fits: {
                $1.isOne(with: $0.axes)
            },
            OperationForm(ArgExtreme.self) {
                ArgExtreme(axis: try $0("axis", $1?.axis), largest: try $0("largest", $1?.largest))
            } fits: {
                $1.isOne(withAxis: $0.axis) && !$1[0].dtype.isComplex
            },
            OperationForm(Quantifier.self) {
                Quantifier(axes: try $0("axes", $1?.axes), every: try $0("every", $1?.every))
            } fits: {
                $1.isOne(with: $0.axes)
            },
            OperationForm(EuclideanNorm.self) {
                EuclideanNorm(axes: try $0("axes", $1?.axes))
            } fits: {
                $1.isOne(with: $0.axes)
            },
            OperationForm(Variance.self) {
                Variance(
                    axes: try $0("axes", $1?.axes), divisor: try $0("divisor", $1?.divisor),
                    root: try $0("root", $1?.root))
            } fits: {
                $1.isOne(with: $0.axes)
            },
            OperationForm(LogSumExp.self) {
                try $0.convention($1?.convention) { LogSumExp() }
            } fits: {
                $1.isOne(withAxis: 0)
            },
            OperationForm(Softmax.self) {
                Softmax(log: try $0("log", $1?.log))
            } fits: {
                $1.isOne(withAxis: 0)
            },
            OperationForm(SoftmaxPullback.self) {
                SoftmaxPullback(log: try $0("log", $1?.log))
            } fits: {
                $1.areAlike(2) && $1[0].shape.rank > 0 && $1[0].dtype.isFloatingPoint
            },
            OperationForm(SharedAmongTies.self) {
                SharedAmongTies(axes: try $0("axes", $1?.axes))
            } fits: {
                $1.haveOneDType(2) && [$1[0]].isOne(with: $0.axes) && $1[1].shape == $0.axes.removed(from: $1[0].shape)
            },
            OperationForm(CumulativeSum.self) {
                CumulativeSum(axis: try $0("axis", $1?.axis), reversed: try $0("reversed", $1?.reversed))
            } fits: {
                $1.isOne(withAxis: $0.axis)
            },
            OperationForm(LinearRecurrence.self) {
                LinearRecurrence(axis: try $0("axis", $1?.axis), reversed: try $0("reversed", $1?.reversed))
            } fits: {
                $1.areAlike(2) && $1[0].shape.hasAxis($0.axis) && $1[0].dtype.isDifferentiable
            },
            OperationForm(LogCumulativeSumExp.self) { fields, operation in
                let axis = try fields("axis", operation?.axis)
                return try fields.convention(operation?.convention) { LogCumulativeSumExp(axis: axis) }
            } fits: {
                $1.isOne(withAxis: $0.axis)
            },
        ]
    }

    private static var indexing: [OperationForm] {
        [
            OperationForm(Positions.self) {
                Positions(limit: try $0("limit", $1?.limit), operation: try $0("operation", $1?.operation))
            } fits: {
                $1.areIndices && $0.limit >= 0
            },
            OperationForm(plain: Winners()) { $0.areIndices && $0[0].shape.rank > 0 },
            OperationForm(LastWriter.self) {
                LastWriter(axis: try $0("axis", $1?.axis), length: try $0("length", $1?.length))
            } fits: {
                $1.areIndices && $1[0].shape.allows($0.length, along: $0.axis)
            },
            OperationForm(GatherAlong.self) {
                GatherAlong(axis: try $0("axis", $1?.axis))
            } fits: {
                $1.count == 2 && $1[1].dtype == .int64 && $1[0].shape.agrees(with: $1[1].shape, butAlong: $0.axis)
            },
            OperationForm(AddAlong.self) {
                AddAlong(axis: try $0("axis", $1?.axis), length: try $0("length", $1?.length))
            } fits: {
                $1.count == 2 && $1[1].dtype == .int64 && $1[0].shape == $1[1].shape
                    && $1[0].shape.allows($0.length, along: $0.axis)
            },
            OperationForm(ExtremeAlong.self) {
                ExtremeAlong(
                    axis: try $0("axis", $1?.axis), largest: try $0("largest", $1?.largest),
                    countsX: try $0("countsX", $1?.countsX))
            } fits: {
                $1.count == 3 && $1[0].dtype == $1[1].dtype && $1[2].dtype == .int64 && $1[1].shape == $1[2].shape
                    && $1[0].shape.agrees(with: $1[1].shape, butAlong: $0.axis)
            },
            OperationForm(Take.self) {
                Take(length: try $0("length", $1?.length))
            } fits: {
                $1.count == 2 && $1[1].dtype == .int64 && $1[0].shape.rank == 3 && $1[1].shape.rank == 1
                    && $1[0].shape[1] == $0.length && $1[0].shape.allows($1[1].shape[0], along: 1)
            },
            OperationForm(AddAt.self) {
                AddAt(length: try $0("length", $1?.length))
            } fits: {
                $1.count == 2 && $1[1].dtype == .int64 && $1[0].shape.rank == 3 && $1[1].shape.rank == 1
                    && $1[0].shape[1] == $1[1].shape[0] && $1[0].shape.allows($0.length, along: 1)
            },
            OperationForm(plain: PutAt()) {
                $0.count == 4 && $0[2].dtype == .int64 && $0[0].dtype == $0[1].dtype && $0[0].shape.rank == 3
                    && $0[2].shape.rank == 1 && $0[0].shape.agrees(with: $0[1].shape, butAlong: 1)
                    && $0[1].shape[1] == $0[2].shape[0] && $0[3].dtype == .bool
                    && $0[3].shape == Shape([1, $0[2].shape[0], 1])
            },
        ]
    }

    private static var sorting: [OperationForm] {
        [
            OperationForm(ArgSort.self) {
                ArgSort(axis: try $0("axis", $1?.axis), descending: try $0("descending", $1?.descending))
            } fits: {
                $1.isOne(withAxis: $0.axis)
            },
            OperationForm(ArgMode.self, "arg_mode") {
                ArgMode(axis: try $0("axis", $1?.axis))
            } fits: {
                $1.isOne(withAxis: $0.axis)
            },
            OperationForm(CumulativeArgExtreme.self) {
                CumulativeArgExtreme(axis: try $0("axis", $1?.axis), largest: try $0("largest", $1?.largest))
            } fits: {
                $1.isOne(withAxis: $0.axis)
            },
            OperationForm(SearchSorted.self) {
                SearchSorted(right: try $0("right", $1?.right))
            } fits: {
                $1.haveOneDType(2) && $1[0].shape.rank == 2 && $1[0].shape.agrees(with: $1[1].shape, butAlong: 1)
            },
        ]
    }

    private static var products: [OperationForm] {
        [
            OperationForm(plain: MatrixProduct()) {
                guard $0.haveOneDType(2), $0[0].dtype != .bool, $0[0].shape.rank >= 2 else { return false }
                let (a, b, rank) = ($0[0].shape, $0[1].shape, $0[0].shape.rank)
                return b.rank == rank && (0..<rank - 2).allSatisfy { a[$0] == b[$0] } && a[rank - 1] == b[rank - 2]
                    && a.allows(b[rank - 1], along: rank - 1)
            },
            OperationForm(plain: Dot()) { $0.areAlike(2) && $0[0].shape.rank == 1 && $0[0].dtype != .bool },
        ]
    }

    private static var others: [OperationForm] {
        [
            OperationForm(Cast.self) {
                Cast(dtype: try $0("dtype", $1?.dtype))
            } fits: {
                $1.count == 1
            },
            OperationForm(plain: StopGradient()) { $0.count == 1 },
            OperationForm(plain: FunctionInput(), "function_input") { $0.count == 1 },
            OperationForm(plain: Gate()) { $0.areAlike(2) && $0[0].dtype.isDifferentiable },
            OperationForm(plain: Where()) {
                $0.count == 3 && $0[0].dtype == .bool && $0[1] == $0[2] && $0[0].shape == $0[1].shape
            },
            OperationForm(ComplexPart.self) {
                ComplexPart(kind: try $0("kind", $1?.kind))
            } fits: {
                $1.count == 1 && $1[0].dtype.isComplex
            },
            OperationForm(plain: MakeComplex()) { $0.areAlike(2) },
            OperationForm(plain: Magnitude(), "magnitude") { $0.count == 1 && $0[0].dtype.isComplex },
            OperationForm(plain: PhaseAngle()) { $0.count == 1 && $0[0].dtype.isComplex },
        ]
    }
}

extension ComplexPart.Kind: OperationParameter {}

extension [TensorType] {
    fileprivate var areIndices: Bool { count == 1 && self[0].dtype == .int64 }
}

extension Region {
    /// A region whose parts are parameters of an operation.
    fileprivate init(_ fields: inout OperationFields, _ region: Region?) throws(FormError) {
        self.init(
            starts: try fields("starts", region?.starts), steps: try fields("steps", region?.steps),
            shape: try fields("extents", region?.shape))
    }

    /// Whether all elements of the region are elements of a tensor of this shape.
    fileprivate func isInside(_ whole: Shape) -> Bool {
        guard starts.count == whole.rank, steps.count == whole.rank, shape.rank == whole.rank else { return false }
        return (0..<whole.rank).allSatisfy { axis in
            let (start, step, extent) = (starts[axis], steps[axis], whole[axis])
            guard start >= 0, start <= extent, (-Shape.maximumExtent...Shape.maximumExtent).contains(step) else {
                return false
            }
            guard shape[axis] > 0 else { return true }
            return start < extent && (0..<extent).contains(start + (shape[axis] - 1) * step)
        }
    }
}
