import AdjointRuntime
import CKernels

/// Runs `body` without recording: what it computes are constants, and `w -= …` leaves a leaf a leaf.
///
/// The scope is this thread's, for the time of the call; tasks that it starts record as usual.
public func noGrad<Result>(_ body: () throws -> Result) rethrows -> Result {
    adj_no_grad_set(adj_no_grad_get() + 1)
    defer { adj_no_grad_set(adj_no_grad_get() - 1) }
    return try body()
}

/// Runs `body` with recording, inside a `noGrad` scope too.
public func enableGrad<Result>(_ body: () throws -> Result) rethrows -> Result {
    let word = adj_no_grad_get()
    adj_no_grad_set(word - word % Recording.observed)
    defer { adj_no_grad_set(word) }
    return try body()
}

/// Whether operations on tensors that require a gradient are recorded now, on this thread.
public var isGradEnabled: Bool { adj_no_grad_get() % Recording.observed == 0 }

extension Tensor {
    /// Whether a gradient can reach this tensor: it is a leaf that asks for one, or was computed from such a leaf.
    ///
    /// Setting it to true on a constant makes a leaf. Setting it to false on a leaf makes a constant; on a computed
    /// tensor it is an error: use `detach()`.
    public var requiresGrad: Bool {
        get { node != nil }
        set {
            guard newValue != requiresGrad else { return }
            if newValue {
                self = requiringGrad()
            } else if isLeaf {
                node = nil
            } else {
                complain(
                    TensorError(
                        .gradient, "requiresGrad",
                        "only a leaf can stop asking for a gradient; this tensor was computed by \(operationName)",
                        "use detach() for the value without its history"))
            }
        }
    }

    /// The same value as a leaf: operations on it are recorded, and `backward()` accumulates its gradient in `grad`.
    ///
    /// A tensor that is a leaf already stays the same leaf; a computed one becomes a new leaf, apart from its history.
    /// - Parameter accumulation: whether a backward pass adds to the gradient that is there, or writes its own in its place.
    /// - Fails: if the elements are not of a floating-point type.
    public func requiringGrad(accumulating accumulation: GradientAccumulation) -> Tensor {
        let leaf = requiringGrad()
        leaf.node?.attach().accumulation = accumulation
        return leaf
    }

    /// The same value as a leaf whose gradients add up; see `requiringGrad(accumulating:)`.
    /// - Fails: if the elements are not of a floating-point type.
    public func requiringGrad() -> Tensor {
        if let node, node.isLeaf || node.operation is FunctionInput { return self }
        return attempt { () throws(TensorError) in
            guard value.kind != .failed else { return self }
            guard dtype.isDifferentiable else {
                throw TensorError(
                    .gradient, "requiresGrad",
                    "a tensor of type \(type) has no gradient: only floating-point and complex ones do",
                    "convert it first, with x.to(.float32)")
            }
            // Inside a transform a leaf belongs to the innermost one, or its gradient would mix the levels; the history that the
            // tensor has outside stays behind its value.
            var leaf = Tensor(value)
            if let interpreter = Transforms.innermost, leaf.traced?.interpreter !== interpreter {
                leaf = interpreter.lift(self)
            }
            return Tensor(leaf.value, Node(leaf: type))
        }
    }

    /// Whether this tensor is where a gradient ends: a constant, or a tensor that asked for a gradient itself.
    public var isLeaf: Bool { node?.isLeaf ?? true }

    /// The name of the operation that computed this tensor; "leaf" for a leaf, "constant" for what is not recorded.
    public var operationName: String { node?.operation.label ?? "constant" }
}

/// What a backward pass does with the gradient of a leaf.
public enum GradientAccumulation: Sendable {
    /// Adds it to what is there, until that is cleared.
    case add
    /// Puts it in the place of what is there.
    case write
}
