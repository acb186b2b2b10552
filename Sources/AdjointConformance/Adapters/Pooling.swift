import Adjoint
import AdjointCore
import AdjointRuntime

let poolingAdapters: [String: Adapter] = [
    "nn.functional.max_pool1d": { try $0.maxPool(1) },
    "nn.functional.max_pool2d": { try $0.maxPool(2) },
    "nn.functional.max_pool3d": { try $0.maxPool(3) },
    "nn.functional.adaptive_max_pool1d": { try $0.adaptiveMaxPool(1) },
    "nn.functional.adaptive_max_pool2d": { try $0.adaptiveMaxPool(2) },
    "nn.functional.adaptive_max_pool3d": { try $0.adaptiveMaxPool(3) },
    "nn.functional.avg_pool1d": { try $0.averagePool(1) },
    "nn.functional.avg_pool2d": { try $0.averagePool(2) },
    "nn.functional.avg_pool3d": { try $0.averagePool(3) },
    "nn.functional.adaptive_avg_pool1d": { try $0.adaptiveAveragePool(1) },
    "nn.functional.adaptive_avg_pool2d": { try $0.adaptiveAveragePool(2) },
    "nn.functional.adaptive_avg_pool3d": { try $0.adaptiveAveragePool(3) },
    "nn.functional.lp_pool1d": { try $0.normPool(1) },
    "nn.functional.lp_pool2d": { try $0.normPool(2) },
    "nn.functional.lp_pool3d": { try $0.normPool(3) },
    "nn.functional.max_unpool1d": { try $0.maxUnpool(1) },
    "nn.functional.max_unpool2d": { try $0.maxUnpool(2) },
    "nn.functional.max_unpool3d": { try $0.maxUnpool(3) },
    "nn.functional.max_unpool1d.grad": { try $0.maxUnpool(1) },
    "nn.functional.max_unpool2d.grad": { try $0.maxUnpool(2) },
    "nn.functional.max_unpool3d.grad": { try $0.maxUnpool(3) },
    "nn.functional.unfold": { call in
        let x = try call.x
        let columns = unfold(
            x.widened, kernel: try call.pair(0, "kernel_size") ?? 1, dilation: try call.pair(1, "dilation") ?? 1,
            padding: try call.pair(2, "padding") ?? 0, stride: try call.pair(3, "stride") ?? 1)
        return one(columns.to(x.dtype))
    },
    "nn.functional.fold": { call in
        one(
            fold(
                try call.x, to: try call.pair(0, "output_size") ?? 1, kernel: try call.pair(1, "kernel_size") ?? 1,
                dilation: try call.pair(2, "dilation") ?? 1, padding: try call.pair(3, "padding") ?? 0,
                stride: try call.pair(4, "stride") ?? 1))
    },
]

extension Call {
    /// One number an axis, or one for all; nil if it is absent or an empty list.
    func spatial(_ position: Int?, _ name: String) throws -> SpatialValues? {
        guard let values = try ints(position, name), !values.isEmpty else { return nil }
        return SpatialValues(values)
    }

    /// Two numbers; one stands for both.
    fileprivate func pair(_ position: Int?, _ name: String) throws -> SpatialValues? {
        guard let values = try ints(position, name) else { return nil }
        return SpatialValues(values.count == 1 ? [values[0], values[0]] : values)
    }

    private func kernel(_ position: Int, _ name: String = "kernel_size") throws -> SpatialValues {
        guard let kernel = try spatial(position, name) else { throw CaseError("\(name) is missing") }
        return kernel
    }

    /// Extents of which some may be None: −1.
    private func targets(_ position: Int) throws -> SpatialValues {
        guard let argument = argument(position, "output_size") else { throw CaseError("output_size is missing") }
        func number(_ argument: Argument) throws -> Int {
            if case .null = argument { return -1 }
            return try argument.asInt("output_size")
        }
        return SpatialValues(try (argument.elements ?? [argument]).map(number))
    }

    private func outputs(
        _ result: (values: Tensor, positions: Tensor), _ position: Int
    ) throws -> [Output] {
        let both = try bool(position, "return_indices", default: false)
        return both ? [.tensor(result.values), .tensor(result.positions)] : [.tensor(result.values)]
    }

    fileprivate func maxPool(_ axes: Int) throws -> [Output] {
        let x = try x
        let found = maxPoolWithPositions(
            x.widened, kernel: try kernel(0), axes: axes, stride: try spatial(1, "stride"),
            padding: try spatial(2, "padding") ?? 0, dilation: try spatial(3, "dilation") ?? 1,
            roundsUp: try bool(4, "ceil_mode", default: false))
        return try outputs((found.values.to(x.dtype), found.positions), 5)
    }

    fileprivate func adaptiveMaxPool(_ axes: Int) throws -> [Output] {
        try outputs(adaptiveMaxPoolWithPositions(x, to: targets(0), axes: axes), 1)
    }

    fileprivate func averagePool(_ axes: Int) throws -> [Output] {
        let (x, divisor) = (try x, try optionalInt(5, "divisor_override"))
        func pooled(_ x: Tensor, _ divisor: Int?) throws -> Tensor {
            try Adjoint.averagePool(
                x, kernel: kernel(0), axes: axes, stride: spatial(1, "stride"), padding: spatial(2, "padding") ?? 0,
                roundsUp: bool(3, "ceil_mode", default: false),
                countsPadding: bool(4, "count_include_pad", default: true), divisor: divisor)
        }
        guard x.dtype.isInteger else { return one(try pooled(x, divisor)) }
        // Means of whole numbers are truncated: exact sums divided by the counts.
        let sums = try pooled(x.widened, 1).to(x.dtype)
        if let divisor { return one(sums.truncDivided(by: Tensor(divisor, dtype: x.dtype))) }
        let ones = Tensor.ones(like: x.widened)
        let counts = try (pooled(ones, 1) / pooled(ones, nil)).round().to(x.dtype)
        return one(sums.truncDivided(by: counts))
    }

    fileprivate func adaptiveAveragePool(_ axes: Int) throws -> [Output] {
        one(try Adjoint.adaptiveAveragePool(x, to: targets(0), axes: axes))
    }

    fileprivate func normPool(_ axes: Int) throws -> [Output] {
        one(
            try Adjoint.normPool(
                x, p: double(0, "norm_type"), kernel: kernel(1), axes: axes, stride: spatial(2, "stride"),
                roundsUp: bool(3, "ceil_mode", default: false)))
    }

    fileprivate func maxUnpool(_ axes: Int) throws -> [Output] {
        let (x, positions) = (try x, try tensor(0, "indices"))
        if let size = try ints(4, "output_size") {
            return one(Adjoint.maxUnpool(x, positions: positions, to: Array(size.suffix(axes))))
        }
        let kernel = try kernel(1)
        return one(
            Adjoint.maxUnpool(
                x, positions: positions, axes: axes, kernel: kernel, stride: try spatial(2, "stride"),
                padding: try spatial(3, "padding") ?? 0))
    }
}
