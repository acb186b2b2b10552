import Adjoint
import AdjointCore
import AdjointRuntime

let networkAdapters: [String: Adapter] = convolutionAdapters.merging(normalizationAdapters) { first, _ in first }
    .merging(resamplingAdapters) { first, _ in first }.merging(attentionAdapters) { first, _ in first }

private let convolutionAdapters: [String: Adapter] = [
    "nn.functional.conv1d": { try $0.convolved(1) },
    "nn.functional.conv2d": { try $0.convolved(2) },
    "nn.functional.conv3d": { try $0.convolved(3) },
    "nn.functional.conv_transpose1d": { try $0.transposedConvolved() },
    "nn.functional.conv_transpose2d": { try $0.transposedConvolved() },
    "nn.functional.conv_transpose3d": { try $0.transposedConvolved() },
    "nn.functional.linear": { call in
        one(linear(try call.x, try call.tensor(0, "weight"), bias: try call.optionalTensor(1, "bias")))
    },
    "nn.functional.bilinear": { call in
        one(
            bilinear(
                try call.x, try call.tensor(0, "input2"), try call.tensor(1, "weight"),
                bias: try call.optionalTensor(2, "bias")))
    },
]

private let normalizationAdapters: [String: Adapter] = [
    "nn.functional.layer_norm": { call in
        one(
            layerNorm(
                try call.x, shape: try call.ints(0, "normalized_shape") ?? [],
                weight: try call.optionalTensor(1, "weight"), bias: try call.optionalTensor(2, "bias"),
                epsilon: try call.double(3, "eps", default: 1e-5)))
    },
    "nn.functional.rms_norm": { call in
        one(
            rmsNorm(
                try call.x, shape: try call.ints(0, "normalized_shape") ?? [],
                weight: try call.optionalTensor(1, "weight"), epsilon: try call.optionalDouble(2, "eps")))
    },
    "nn.functional.group_norm": { call in
        one(
            groupNorm(
                try call.x, groups: try call.int(0, "num_groups"), weight: try call.optionalTensor(1, "weight"),
                bias: try call.optionalTensor(2, "bias"), epsilon: try call.double(3, "eps", default: 1e-5)))
    },
    "nn.functional.instance_norm": { call in
        let (weight, bias) = (try call.optionalTensor(2, "weight"), try call.optionalTensor(3, "bias"))
        let epsilon = try call.double(6, "eps", default: 1e-5)
        if try call.bool(4, "use_input_stats", default: true) {
            return one(instanceNorm(try call.x, weight: weight, bias: bias, epsilon: epsilon))
        }
        return one(
            batchNorm(
                try call.x, mean: try call.tensor(0, "running_mean"), variance: try call.tensor(1, "running_var"),
                weight: weight, bias: bias, epsilon: epsilon))
    },
    "nn.functional.batch_norm": { call in
        let (weight, bias) = (try call.optionalTensor(2, "weight"), try call.optionalTensor(3, "bias"))
        let epsilon = try call.double(6, "eps", default: 1e-5)
        if try call.bool(4, "training", default: false) {
            return one(batchNorm(try call.x, weight: weight, bias: bias, epsilon: epsilon))
        }
        return one(
            batchNorm(
                try call.x, mean: try call.tensor(0, "running_mean"), variance: try call.tensor(1, "running_var"),
                weight: weight, bias: bias, epsilon: epsilon))
    },
    "native_batch_norm": { call in
        let (weight, bias) = (try call.optionalTensor(0, "weight"), try call.optionalTensor(1, "bias"))
        let (x, epsilon) = (try call.x, try call.double(6, "eps"))
        if try call.bool(4, "training", default: false) {
            let statistics = batchStatistics(x)
            return [
                .tensor(batchNorm(x, weight: weight, bias: bias, epsilon: epsilon)), .tensor(statistics.mean.detach()),
                .tensor((statistics.variance + epsilon).rsqrt().detach()),
            ]
        }
        let y = batchNorm(
            x, mean: try call.tensor(2, "running_mean"), variance: try call.tensor(3, "running_var"), weight: weight,
            bias: bias, epsilon: epsilon)
        let nothing = Tensor.zeros([0], dtype: x.dtype)
        return [.tensor(y), .tensor(nothing), .tensor(nothing)]
    },
    "native_layer_norm": { call in
        let (x, shape) = (try call.x, try call.ints(0, "normalized_shape") ?? [])
        let epsilon = try call.double(3, "eps")
        let y = layerNorm(
            x, shape: shape, weight: try call.optionalTensor(1, "weight"), bias: try call.optionalTensor(2, "bias"),
            epsilon: epsilon)
        let rows = Array(x.shape.extents.dropLast(shape.count))
        return [.tensor(y)] + statistics(x.detach(), rows: rows, kept: rows + shape.map { _ in 1 }, epsilon)
    },
    "native_group_norm": { call in
        let (x, groups) = (try call.x, try call.int(5, "group"))
        let epsilon = try call.double(6, "eps")
        let y = groupNorm(
            x, groups: groups, weight: try call.optionalTensor(0, "weight"), bias: try call.optionalTensor(1, "bias"),
            epsilon: epsilon)
        let rows = [x.shape[0], groups]
        return [.tensor(y)] + statistics(x, rows: rows, kept: rows, epsilon)
    },
    "nn.functional.local_response_norm": { call in
        one(
            localResponseNorm(
                try call.x, size: try call.int(0, "size"), alpha: try call.double(1, "alpha", default: 1e-4),
                beta: try call.double(2, "beta", default: 0.75), k: try call.double(3, "k", default: 1)))
    },
    "nn.functional.normalize": { call in
        one(
            normalize(
                try call.x, p: try call.double(0, "p", default: 2), axis: try call.int(1, "dim", default: 1),
                epsilon: try call.double(2, "eps", default: 1e-12)))
    },
]

/// The mean and the reciprocal deviation of each row.
private func statistics(_ x: Tensor, rows: [Int], kept: [Int], _ epsilon: Double) -> [Output] {
    let count = rows.reduce(1, *)
    guard count > 0 else {
        return [.tensor(Tensor.zeros(kept, dtype: x.dtype)), .tensor(Tensor.zeros(kept, dtype: x.dtype))]
    }
    let flat = x.reshaped([count, x.count / count])
    let scale = (flat.variance(axis: 1, correction: 0) + epsilon).rsqrt()
    return [.tensor(flat.mean(axis: 1).reshaped(kept)), .tensor(scale.reshaped(kept))]
}

private let resamplingAdapters: [String: Adapter] = [
    "nn.functional.interpolate.nearest": { try $0.interpolated() },
    "nn.functional.interpolate.nearest-exact": { try $0.interpolated() },
    "nn.functional.interpolate.linear": { try $0.interpolated() },
    "nn.functional.interpolate.bilinear": { try $0.interpolated() },
    "nn.functional.interpolate.trilinear": { try $0.interpolated() },
    "nn.functional.interpolate.bicubic": { try $0.interpolated() },
    "nn.functional.interpolate.area": { try $0.interpolated() },
    "nn.functional.upsample_nearest": { try $0.interpolated("nearest") },
    "nn.functional.upsample_bilinear": { try $0.interpolated("bilinear", alignsCorners: true) },
    "nn.functional.pad.constant": { try $0.padded() },
    "nn.functional.pad.reflect": { try $0.padded() },
    "nn.functional.pad.replicate": { try $0.padded() },
    "nn.functional.pad.replicate_negative": { try $0.padded() },
    "nn.functional.pad.circular": { try $0.padded() },
    "constant_pad_nd": { call in
        let (x, pairs) = (try call.x, try paddingPairs(try call.ints(0, "pad") ?? []))
        guard case .complex? = call.argument(1, "value") else {
            return one(x.padded(pairs, mode: .constant(try call.scalar(1, "value", default: 0))))
        }
        let isInside = Tensor.ones(like: x).padded(pairs)
        return one(x.padded(pairs) + (1 - isInside) * (try call.tensor(1, "value").to(x.dtype)))
    },
    "nn.functional.pixel_shuffle": { call in
        one(pixelShuffle(try call.x, factor: try call.int(0, "upscale_factor")))
    },
    "nn.functional.pixel_unshuffle": { call in
        one(pixelUnshuffle(try call.x, factor: try call.int(0, "downscale_factor")))
    },
    "nn.functional.channel_shuffle": { call in
        one(channelShuffle(try call.x, groups: try call.int(0, "groups")))
    },
    "nn.functional.grid_sample": { call in
        let modes: [String: InterpolationMode] = ["bilinear": .linear, "nearest": .nearest, "bicubic": .cubic]
        let paddings: [String: GridPadding] = ["zeros": .zeros, "border": .border, "reflection": .reflection]
        return one(
            gridSample(
                try call.x, try call.tensor(0, "grid"),
                mode: modes[try call.string(1, "mode", default: "bilinear")] ?? .area,
                padding: paddings[try call.string(2, "padding_mode", default: "zeros")] ?? .zeros,
                alignsCorners: try call.bool(3, "align_corners", default: false)))
    },
    "grid_sampler_2d": { try $0.gridSampled() },
    "grid_sampler_3d": { try $0.gridSampled() },
]

private let attentionAdapters: [String: Adapter] = [
    "nn.functional.scaled_dot_product_attention": { call in
        one(
            scaledDotProductAttention(
                try call.x, try call.tensor(0, "key"), try call.tensor(1, "value"),
                mask: try call.optionalTensor(2, "attn_mask"), isCausal: try call.bool(4, "is_causal", default: false),
                scale: try call.optionalDouble(5, "scale"), sharesHeads: try call.bool(6, "enable_gqa", default: false),
                dropout: try call.double(3, "dropout_p", default: 0)))
    },
    "nn.functional.multi_head_attention_forward": { try $0.multiHeadAttended() },
    "nn.functional.embedding": { call in
        one(
            embedding(
                try call.tensor(0, "input"), try call.x, paddingIndex: try call.optionalInt(1, "padding_idx"),
                maxNorm: try call.optionalDouble(2, "max_norm"), p: try call.double(3, "norm_type", default: 2),
                scalesByFrequency: try call.bool(4, "scale_grad_by_freq", default: false)))
    },
    "nn.functional.embedding_bag": { call in
        let reductions: [String: BagReduction] = ["sum": .sum, "mean": .mean, "max": .max]
        let mode = try call.string(5, "mode", default: "mean")
        guard let reduction = reductions[mode] else { throw CaseError("mode \(mode)") }
        return one(
            embeddingBag(
                try call.tensor(0, "input"), try call.x, offsets: try call.optionalTensor(1, "offsets"),
                reduction: reduction, weights: try call.optionalTensor(7, "per_sample_weights"),
                includesLastOffset: try call.bool(8, "include_last_offset", default: false),
                paddingIndex: try call.optionalInt(9, "padding_idx"), maxNorm: try call.optionalDouble(2, "max_norm"),
                p: try call.double(3, "norm_type", default: 2),
                scalesByFrequency: try call.bool(4, "scale_grad_by_freq", default: false)))
    },
    "nn.functional.one_hot": { call in
        let classes = try call.int(0, "num_classes", default: -1)
        return one(oneHot(try call.x, classes: classes < 0 ? nil : classes))
    },
    "nn.functional.softmin": { try $0.softmin() },
    "nn.functional.softmin.with_dtype": { try $0.softmin() },
]

/// PyTorch's padding, the last axis first, as pairs, the first axis first.
private func paddingPairs(_ values: [Int]) throws -> [(before: Int, after: Int)] {
    guard values.count % 2 == 0 else { throw CaseError("padding \(values)") }
    return stride(from: 0, to: values.count, by: 2).map { (values[$0], values[$0 + 1]) }.reversed()
}

extension Call {
    fileprivate func convolved(_ axes: Int) throws -> [Output] {
        var padding = ConvolutionPadding.zeros(0)
        if case .string(let name)? = argument(3, "padding") {
            padding = name == "same" ? .same : .valid
        } else if let values = try spatial(3, "padding") {
            padding = .zeros(values)
        }
        let x = try x
        let y = convolution(
            x.widened, try tensor(0, "weight").widened, bias: try optionalTensor(1, "bias")?.widened,
            stride: try spatial(2, "stride") ?? 1, padding: padding, dilation: try spatial(4, "dilation") ?? 1,
            groups: try int(5, "groups", default: 1))
        return one(y.to(x.dtype))
    }

    fileprivate func transposedConvolved() throws -> [Output] {
        let x = try x
        let y = transposedConvolution(
            x.widened, try tensor(0, "weight").widened, bias: try optionalTensor(1, "bias")?.widened,
            stride: try spatial(2, "stride") ?? 1, padding: try spatial(3, "padding") ?? 0,
            outputPadding: try spatial(4, "output_padding") ?? 0, dilation: try spatial(6, "dilation") ?? 1,
            groups: try int(5, "groups", default: 1))
        return one(y.to(x.dtype))
    }

    fileprivate func interpolated(_ fixed: String? = nil, alignsCorners: Bool = false) throws -> [Output] {
        let modes: [String: InterpolationMode] = [
            "nearest": .nearest, "nearest-exact": .nearestExact, "linear": .linear, "bilinear": .linear,
            "trilinear": .linear, "bicubic": .cubic, "area": .area,
        ]
        let name = try fixed ?? string(2, "mode", default: "nearest")
        guard let mode = modes[name] else { throw CaseError("mode \(name)") }
        var scale: [Double]?
        if let argument = argument(1, "scale_factor"), case let parts = argument.elements ?? [argument] {
            scale = try parts.compactMap { part in
                if case .null = part { return nil }
                return try part.asDouble("scale_factor")
            }
            if scale!.isEmpty { scale = nil }
        }
        return one(
            interpolate(
                try x, to: try spatial(0, "size"), scale: scale, mode: mode,
                alignsCorners: try bool(3, "align_corners", default: alignsCorners),
                computesScale: try bool(4, "recompute_scale_factor", default: false),
                antialias: try bool(5, "antialias", default: false)))
    }

    fileprivate func padded() throws -> [Output] {
        let modes: [String: PaddingMode] = ["reflect": .reflect, "replicate": .replicate, "circular": .circular]
        let mode = try modes[string(1, "mode", default: "constant")] ?? .constant(scalar(2, "value", default: 0))
        return one(try x.padded(paddingPairs(try ints(0, "pad") ?? []), mode: mode))
    }

    fileprivate func gridSampled() throws -> [Output] {
        let modes: [InterpolationMode] = [.linear, .nearest, .cubic]
        let paddings: [GridPadding] = [.zeros, .border, .reflection]
        return one(
            gridSample(
                try x, try tensor(0, "grid"), mode: modes[try int(1, "interpolation_mode")],
                padding: paddings[try int(2, "padding_mode")],
                alignsCorners: try bool(3, "align_corners", default: false)))
    }

    fileprivate func softmin() throws -> [Output] {
        let x = try x
        // PyTorch negates before it converts: bytes wrap around.
        let negated = -x
        let converted = try dtype(2).map { negated.to($0) } ?? negated
        let axis = try optionalInt(0, "dim") ?? (x.rank == 0 || x.rank == 1 || x.rank == 3 ? 0 : 1)
        if x.rank == 0 { return one(converted.reshaped([1]).softmax(axis: axis).reshaped([])) }
        return one(converted.softmax(axis: axis))
    }

    /// The arguments of `multi_head_attention_forward`, of which queries, keys and values come with time first.
    fileprivate func multiHeadAttended() throws -> [Output] {
        let isSingle = try x.rank == 2
        func arranged(_ t: Tensor) -> Tensor { isSingle ? t.expandedAxis(0) : t.swappedAxes(0, 1) }
        let query = arranged(try x)
        let (key, value) = (arranged(try tensor(0, "key")), arranged(try tensor(1, "value")))
        let heads = try int(3, "num_heads")
        let features = try int(2, "embed_dim_to_check")
        func part(_ t: Tensor?, _ index: Int) -> Tensor? { t.map { $0[(index * features)..<((index + 1) * features)] } }
        let bias = try optionalTensor(5, "in_proj_bias")
        let joined =
            try bool(16, "use_separate_proj_weight", default: false)
            ? nil : try optionalTensor(4, "in_proj_weight")
        let parameters = AttentionParameters(
            query: try part(joined, 0) ?? tensor(17, "q_proj_weight"),
            key: try part(joined, 1) ?? tensor(18, "k_proj_weight"),
            value: try part(joined, 2) ?? tensor(19, "v_proj_weight"), queryBias: part(bias, 0),
            keyBias: part(bias, 1), valueBias: part(bias, 2), output: try tensor(10, "out_proj_weight"),
            outputBias: try optionalTensor(11, "out_proj_bias"))
        let extraKey = try optionalTensor(6, "bias_k")
        let addsZero = try bool(8, "add_zero_attn", default: false)
        let mask = try attentionMask(
            samples: query.shape[0], heads: heads, more: (extraKey == nil ? 0 : 1) + (addsZero ? 1 : 0))
        let isTraining = try bool(12, "training", default: true)
        let (result, weights) = multiHeadAttention(
            query: query, key: key, value: value, heads: heads, parameters: parameters, mask: mask,
            extraKey: extraKey, extraValue: try optionalTensor(7, "bias_v"), addsZero: addsZero,
            dropout: isTraining ? try double(9, "dropout_p", default: 0) : 0)
        let output = isSingle ? result.squeezed(0) : result.swappedAxes(0, 1)
        guard try bool(14, "need_weights", default: true) else { return [.tensor(output), .value(.null)] }
        let averaged = try bool(22, "average_attn_weights", default: true) ? weights.mean(axis: 1) : weights
        return [.tensor(output), .tensor(isSingle ? averaged.squeezed(0) : averaged)]
    }

    /// `attn_mask` and `key_padding_mask`, true where a query may not look or numbers that are added, as numbers.
    private func attentionMask(samples: Int, heads: Int, more: Int) throws -> Tensor? {
        func added(_ mask: Tensor) -> Tensor {
            guard mask.dtype == .bool else { return mask }
            return which(mask, Tensor(-Double.infinity, dtype: .float64), Tensor(0.0, dtype: .float64))
        }
        func extended(_ mask: Tensor) -> Tensor {
            mask.padded([(0, more)])
        }
        var mask: Tensor?
        if let given = try optionalTensor(15, "attn_mask").map(added) {
            mask = extended(
                given.rank == 3
                    ? given.reshaped([samples, heads, given.shape[1], given.shape[2]]) : given)
        }
        if let padding = try optionalTensor(13, "key_padding_mask").map(added) {
            let rows = extended(padding).reshaped([samples, 1, 1, padding.shape[padding.rank - 1] + more])
            mask = mask.map { $0 + rows } ?? rows
        }
        return mask
    }
}
