import AdjointCore
import AdjointRuntime

/// Channels turned into pixels: [..., channels · factor², rows, columns] as [..., channels, rows · factor,
/// columns · factor] (Shi et al. 2016). x̄ is `pixelUnshuffle(ȳ)`.
/// - Fails: if the channels are no multiple of factor².
public func pixelShuffle(_ x: Tensor, factor: Int) -> Tensor {
    attempt { () throws(TensorError) in
        if x.failure != nil { return x }
        let r = factor
        guard x.rank >= 3, r > 0, r <= 1 << 15, x.shape[x.rank - 3] % (r * r) == 0 else {
            throw TensorError(
                .shape, "pixelShuffle", "\(x.shape) by \(factor)",
                "give [..., channels, rows, columns] with a multiple of factor² channels")
        }
        let lead = x.shape.extents.dropLast(3)
        let (count, rows, columns) = (x.shape[x.rank - 3] / (r * r), x.shape[x.rank - 2], x.shape[x.rank - 1])
        let split = x.reshaped([lead.reduce(1, *), count, r, r, rows, columns])
        return split.transposed(0, 1, 4, 2, 5, 3).reshaped(lead + [count, rows * r, columns * r])
    }
}

/// Pixels turned into channels: the inverse of `pixelShuffle`.
/// - Fails: if the rows or columns are no multiple of the factor.
public func pixelUnshuffle(_ x: Tensor, factor: Int) -> Tensor {
    attempt { () throws(TensorError) in
        if x.failure != nil { return x }
        let r = factor
        guard x.rank >= 3, r > 0, x.shape[x.rank - 2] % r == 0, x.shape[x.rank - 1] % r == 0 else {
            throw TensorError(
                .shape, "pixelUnshuffle", "\(x.shape) by \(factor)",
                "give [..., channels, rows, columns] with rows and columns that are multiples of the factor")
        }
        let lead = x.shape.extents.dropLast(3)
        let (count, rows, columns) = (x.shape[x.rank - 3], x.shape[x.rank - 2] / r, x.shape[x.rank - 1] / r)
        let split = x.reshaped([lead.reduce(1, *), count, rows, r, columns, r])
        return split.transposed(0, 1, 3, 5, 2, 4).reshaped(lead + [count * r * r, rows, columns])
    }
}

/// The channels of [samples, channels, …] dealt out: those of each group one after the other (Zhang et al. 2017). x̄ deals
/// them back.
/// - Fails: if the channels do not divide into the groups.
public func channelShuffle(_ x: Tensor, groups: Int) -> Tensor {
    attempt { () throws(TensorError) in
        if x.failure != nil { return x }
        guard x.rank >= 2, groups > 0, x.shape[1] % groups == 0 else {
            throw TensorError(
                .shape, "channelShuffle", "\(x.shape) in \(groups) groups",
                "give [samples, channels, …] with channels that divide into the groups")
        }
        let rest = x.shape.extents.dropFirst(2).reduce(1, *)
        let split = x.reshaped(x.shape[0], groups, x.shape[1] / groups, rest)
        return split.swappedAxes(1, 2).reshaped(x.shape.extents)
    }
}
