import AdjointRuntime

/// What may stand in a tensor's subscript: an integer, a range, a tensor of indices or a mask, or a `TensorIndex`.
public protocol TensorIndexable {
    /// The index, spelled out.
    var tensorIndex: TensorIndex { get }
}

/// One index of a tensor's subscript.
public enum TensorIndex: Sendable, TensorIndexable {
    /// One position; the axis goes away. Negative positions count from the end.
    case at(Int)
    /// Positions from `from` up to but without `to`, `by` apart; nil is the end that the direction starts or ends at.
    /// Bounds beyond the axis are errors.
    case range(from: Int? = nil, to: Int? = nil, by: Int = 1)
    /// A whole axis.
    case whole
    /// As many whole axes as are left over.
    case rest
    /// A new axis of extent 1.
    case new
    /// Positions given by a tensor of whole numbers, or the true places of a bool mask.
    case tensor(Tensor)

    /// The index, spelled out.
    public var tensorIndex: TensorIndex { self }
}

extension TensorIndexable where Self == TensorIndex {
    /// Positions from `from` up to but without `to`, `by` apart.
    public static func stride(from: Int? = nil, to: Int? = nil, by step: Int) -> TensorIndex {
        .range(from: from, to: to, by: step)
    }
    /// A whole axis.
    public static var all: TensorIndex { .whole }
    /// As many whole axes as are left over.
    public static var ellipsis: TensorIndex { .rest }
    /// A new axis of extent 1.
    public static var newAxis: TensorIndex { .new }
}

extension Int: TensorIndexable {
    /// The index, spelled out.
    public var tensorIndex: TensorIndex { .at(self) }
}
extension Tensor: TensorIndexable {
    /// The index, spelled out.
    public var tensorIndex: TensorIndex { .tensor(self) }
}
extension Range: TensorIndexable where Bound == Int {
    /// The index, spelled out.
    public var tensorIndex: TensorIndex { .range(from: lowerBound, to: upperBound) }
}
extension ClosedRange: TensorIndexable where Bound == Int {
    /// The index, spelled out.
    public var tensorIndex: TensorIndex { .range(from: lowerBound, to: afterwards(upperBound)) }
}
extension PartialRangeFrom: TensorIndexable where Bound == Int {
    /// The index, spelled out.
    public var tensorIndex: TensorIndex { .range(from: lowerBound) }
}
extension PartialRangeUpTo: TensorIndexable where Bound == Int {
    /// The index, spelled out.
    public var tensorIndex: TensorIndex { .range(to: upperBound) }
}
extension PartialRangeThrough: TensorIndexable where Bound == Int {
    /// The index, spelled out.
    public var tensorIndex: TensorIndex { .range(to: afterwards(upperBound)) }
}

/// The bound after an included one; nil after the last position.
private func afterwards(_ position: Int) -> Int? { position == -1 ? nil : position == .max ? .max : position + 1 }

extension Tensor {
    /// A part of the tensor; assigning replaces it. Both differentiate; the tensor assigned to is a value, so nothing
    /// that was computed from it before changes.
    ///
    /// Integers, ranges, strides, `.ellipsis`, `.newAxis`, tensors of indices and masks may be mixed; an assigned value
    /// is broadcast. Of repeated indices in an assignment the last wins, and only the winner has a derivative.
    /// - Fails: if a position is out of range, there are more indices than axes, or an assigned value does not fit.
    public subscript(_ indices: [TensorIndex]) -> Tensor {
        get { attempt { () throws(TensorError) in failure != nil ? self : try Selection(self, indices).read(self) } }
        set {
            let changed = attempt { () throws(TensorError) in
                if failure != nil { return self }
                if newValue.failure != nil { return newValue }
                return try Selection(self, indices).write(newValue, into: self)
            }
            rebind(changed)
        }
    }

    /// A part of the tensor by one index; see `subscript(_:)` with an array, for more than four.
    public subscript(_ a: some TensorIndexable) -> Tensor {
        get { self[[a.tensorIndex]] }
        set { self[[a.tensorIndex]] = newValue }
    }

    /// A part of the tensor by two indices.
    public subscript(_ a: some TensorIndexable, _ b: some TensorIndexable) -> Tensor {
        get { self[[a.tensorIndex, b.tensorIndex]] }
        set { self[[a.tensorIndex, b.tensorIndex]] = newValue }
    }

    /// A part of the tensor by three indices.
    public subscript(_ a: some TensorIndexable, _ b: some TensorIndexable, _ c: some TensorIndexable) -> Tensor {
        get { self[[a.tensorIndex, b.tensorIndex, c.tensorIndex]] }
        set { self[[a.tensorIndex, b.tensorIndex, c.tensorIndex]] = newValue }
    }

    /// A part of the tensor by four indices.
    public subscript(
        _ a: some TensorIndexable, _ b: some TensorIndexable, _ c: some TensorIndexable, _ d: some TensorIndexable
    ) -> Tensor {
        get { self[[a.tensorIndex, b.tensorIndex, c.tensorIndex, d.tensorIndex]] }
        set { self[[a.tensorIndex, b.tensorIndex, c.tensorIndex, d.tensorIndex]] = newValue }
    }

    /// The tensor with y added to a part of it; repeated indices add up in their order. x̄ is the cotangent, ȳ its part.
    /// - Fails: as the subscript does.
    public func adding(_ y: Tensor, at indices: [TensorIndex]) -> Tensor {
        attempt { () throws(TensorError) in
            if let failed = [self, y].first(where: { $0.failure != nil }) { return failed }
            return try Selection(self, indices).write(y, into: self, adding: true)
        }
    }

    /// The parts at the positions that a vector of whole numbers names along an axis.
    /// - Fails: if a position is out of range.
    public func take(_ indices: Tensor, axis: Int) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            let place = try self.axis(axis, "take")
            let split = shape.split(at: place)
            let positions = try indices.positions(limit: split.length, "take").flattened()
            let rows = reshaped(split.outer, split.length, split.inner)
            let taken = bind(Take(length: split.length), rows, positions)
            var extents = shape.extents
            extents.replaceSubrange(place...place, with: indices.shape.extents)
            return taken.reshaped(extents)
        }
    }
}

extension Tensor {
    /// Checked positions from the front of an axis of extent `limit`.
    func positions(limit: Int, _ operation: String) throws(TensorError) -> Tensor {
        if let failure { throw failure }
        guard dtype.isInteger else {
            throw TensorError(
                .dtype, operation, "indices of type \(dtype)",
                "indices are whole numbers or a bool mask: convert with to(.int64)")
        }
        let result = bind(Positions(limit: limit, operation: operation), to(.int64))
        if let failure = result.failure { throw failure }
        return result
    }
}
