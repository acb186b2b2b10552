import AdjointCore
import AdjointRuntime

/// The rows of a table that indices name: [indices…, features]. The table's cotangent adds up at repeated indices.
/// - Parameters:
///   - indices: whole numbers of any shape.
///   - paddingIndex: a row that gets no derivative; negative ones count from the end.
///   - maxNorm: rows of a larger p-norm are scaled down to it; the scale counts as a constant.
///   - scalesByFrequency: whether a row's derivative is divided by how often it is read.
/// - Fails: if an index is out of range.
public func embedding(
    _ indices: Tensor, _ table: Tensor, paddingIndex: Int? = nil, maxNorm: Double? = nil, p: Double = 2,
    scalesByFrequency: Bool = false
) -> Tensor {
    attempt { () throws(TensorError) in
        if let failed = [indices, table].first(where: { $0.failure != nil }) { return failed }
        guard table.rank >= 1 else {
            throw TensorError(.shape, "embedding", "a table of shape \(table.shape)", "give [rows, features]")
        }
        var rows = table.take(indices, axis: 0)
        let features = Array(repeating: 1, count: table.rank - 1)
        func perRow(_ x: Tensor) -> Tensor { x.reshaped(indices.shape.extents + features) }
        if let maxNorm {
            let flat = rows.detach().reshaped(indices.count, table.count / Swift.max(table.shape[0], 1))
            let norm = flat.norm(p, axis: 1)
            let scale = which(norm .> maxNorm, maxNorm / (norm + 1e-7), Tensor.ones(like: norm))
            rows = rows + (rows * perRow(scale) - rows).detach()
        }
        if scalesByFrequency {
            var counts: [Int: Int] = [:]
            let read = indices.ints.map { $0 < 0 ? $0 + table.shape[0] : $0 }
            for index in read { counts[index, default: 0] += 1 }
            let share = perRow(Tensor(read.map { 1 / Double(counts[$0]!) })).to(rows.dtype)
            rows = rows * share + (rows * (1 - share)).detach()
        }
        if let paddingIndex {
            let place = try table.row(paddingIndex, "embedding")
            let isPadding = (indices .== place) .| (indices .== place - table.shape[0])
            rows = which(perRow(isPadding), rows.detach(), rows)
        }
        return rows
    }
}

/// How the rows of a bag become one.
public enum BagReduction: Sendable, Hashable {
    case sum, mean, max
}

/// For each bag of indices the sum, mean or largest element of the table's rows: [bags, features]. An empty bag gives 0.
/// - Parameters:
///   - indices: [bags, size], or all bags one after the other with `offsets`.
///   - offsets: where each bag starts; with `includesLastOffset` also where the last one ends.
///   - weights: of the shape of the indices; only for `.sum`.
///   - paddingIndex: a row that no bag counts.
///   - maxNorm, p, scalesByFrequency: as in `embedding`.
/// - Fails: if an index is out of range, or the offsets do not rise from 0.
public func embeddingBag(
    _ indices: Tensor, _ table: Tensor, offsets: Tensor? = nil, reduction: BagReduction = .mean,
    weights: Tensor? = nil, includesLastOffset: Bool = false, paddingIndex: Int? = nil, maxNorm: Double? = nil,
    p: Double = 2, scalesByFrequency: Bool = false
) -> Tensor {
    attempt { () throws(TensorError) in
        if let failed = [indices, table].first(where: { $0.failure != nil }) { return failed }
        guard table.rank == 2, weights == nil || (reduction == .sum && weights!.shape == indices.shape) else {
            throw TensorError(
                .shape, "embeddingBag", "a table of shape \(table.shape), weights of shape \(weights?.shape ?? [])",
                "give [rows, features]; weights only for sums, one for each index")
        }
        let bags = try Bags(indices, offsets, includesLastOffset)
        let flat = indices.flattened()
        let rows = embedding(flat, table, maxNorm: maxNorm, p: p, scalesByFrequency: scalesByFrequency)
        if let failure = rows.failure { throw failure }
        let skipped = try paddingIndex.map { index throws(TensorError) in try table.row(index, "embeddingBag") }
        let counted = flat.ints.map { skipped != ($0 < 0 ? $0 + table.shape[0] : $0) }
        if reduction == .max { return bags.largest(rows, counted) }
        let weighted = weights.map { rows * $0.flattened().expandedAxis(-1) } ?? rows
        return weighted.withKernelType("embeddingBag") { rows, _ throws(TensorError) in
            bind(AxisMap(axis: 0, matrix: bags.matrix(counted, isMean: reduction == .mean)), rows)
        }
    }
}

/// Which of the joined indices belong to which bag.
private struct Bags {
    let ranges: [Range<Int>]

    init(_ indices: Tensor, _ offsets: Tensor?, _ includesLast: Bool) throws(TensorError) {
        if let offsets {
            guard indices.rank == 1, offsets.rank == 1, offsets.dtype.isInteger else {
                throw TensorError(
                    .shape, "embeddingBag", "indices \(indices.shape) with offsets \(offsets.type)",
                    "with offsets the indices have one axis, and the offsets are whole numbers")
            }
            let starts = offsets.ints
            let ends = Array(starts.dropFirst()) + (includesLast ? [] : [indices.count])
            guard starts.first ?? 0 == 0, zip(starts, ends).allSatisfy({ $0 <= $1 && $1 <= indices.count }) else {
                throw TensorError(
                    .argument, "embeddingBag", "offsets \(starts) for \(indices.count) indices",
                    "offsets rise from 0 to the number of indices")
            }
            ranges = zip(starts, ends).map { $0..<$1 }
        } else {
            guard indices.rank == 2 else {
                throw TensorError(
                    .shape, "embeddingBag", "indices of shape \(indices.shape) without offsets",
                    "give [bags, size], or offsets")
            }
            let size = indices.shape[1]
            ranges = (0..<indices.shape[0]).map { $0 * size..<($0 + 1) * size }
        }
    }

    func matrix(_ counted: [Bool], isMean: Bool) -> AxisWeights {
        var matrix = AxisWeights(length: counted.count)
        for range in ranges {
            let places = range.filter { counted[$0] }
            matrix.appendRow(places.map { (column: $0, weight: isMean ? 1 / Double(places.count) : 1) })
        }
        return matrix
    }

    /// The first largest element of each feature over each bag.
    func largest(_ rows: Tensor, _ counted: [Bool]) -> Tensor {
        let features = rows.shape[1]
        let bags = ranges.map { range -> Tensor in
            let places = range.filter { counted[$0] }
            guard !places.isEmpty else { return Tensor.zeros([features], dtype: rows.dtype) }
            let part = rows.take(Tensor(places), axis: 0)
            let index = part.argmax(axis: 0) * features + Tensor.arange(features)
            return part.flattened().take(index, axis: 0)
        }
        return bags.isEmpty ? Tensor.zeros([0, features], dtype: rows.dtype) : stack(bags)
    }
}

/// Ones at the places that whole numbers name along a new last axis, `int64`.
/// - Parameters:
///   - classes: the extent of that axis; one more than the largest index if it is not given.
/// - Fails: if an index is negative or not below `classes`.
public func oneHot(_ indices: Tensor, classes: Int? = nil) -> Tensor {
    attempt { () throws(TensorError) in
        if indices.failure != nil { return indices }
        guard indices.dtype.isInteger else {
            throw TensorError(
                .dtype, "oneHot", "indices of type \(indices.dtype)", "convert them with to(.int64)")
        }
        let numbers = indices.ints
        guard let count = classes ?? numbers.max().map({ $0 + 1 }) else {
            throw TensorError(.empty, "oneHot", "no indices tell the number of classes", "name it with classes")
        }
        if let bad = numbers.first(where: { $0 < 0 || $0 >= count }) {
            throw TensorError(
                .index, "oneHot", "index \(bad) is none of \(count) classes", "classes are numbered from 0")
        }
        return (indices.to(.int64).expandedAxis(-1) .== Tensor.arange(count)).to(.int64)
    }
}

extension Tensor {
    fileprivate func row(_ index: Int, _ operation: String) throws(TensorError) -> Int {
        let place = index < 0 ? index + shape[0] : index
        guard (0..<shape[0]).contains(place) else {
            throw TensorError(
                .index, operation, "the padding index \(index) for a table of \(shape[0]) rows",
                "name a row of the table")
        }
        return place
    }
}
