import AdjointRuntime

/// What a hook does with the gradient that passes a tensor: gives another in its place, or nil to leave it.
public typealias GradientHook = @Sendable (Tensor) -> Tensor?

extension Tensor {
    /// The gradient that backward passes have accumulated here: on a leaf, or on a computed tensor after
    /// `retainGrad()`. nil before the first pass and after clearing.
    ///
    /// Copies of a leaf share it. Assigning takes a tensor of the same shape and type, or nil.
    public var grad: Tensor? {
        get {
            guard let node else { return nil }
            if let attachment = node.attachment { return attachment.gradient }
            if node.isLeaf { return nil }
            Warnings.tell(
                "grad", "the gradient of a computed tensor (\(operationName)) was read, and none is kept",
                "call retainGrad() on it before the backward pass, or read the gradient of a leaf")
            return nil
        }
        nonmutating set {
            guard let node, node.isLeaf || node.attach().retainsGradient else {
                return complain(
                    TensorError(
                        .gradient, "grad", "a gradient was assigned to a tensor that keeps none (\(operationName))",
                        "assign to a leaf: make one with requiringGrad()"))
            }
            if let newValue {
                guard newValue.type == type else {
                    return complain(
                        TensorError(
                            newValue.shape == shape ? .dtype : .shape, "grad",
                            "a gradient of type \(newValue.type) was assigned to a tensor of type \(type)",
                            "reshape or convert it to \(type) first"))
                }
                guard newValue.node !== node else {
                    return complain(
                        TensorError(
                            .gradient, "grad", "a tensor was assigned as its own gradient",
                            "assign x.detach(), or the gradient that you meant"))
                }
            }
            node.attach().gradient = newValue
        }
    }

    /// Sets the accumulated gradient to zeros, if there is one.
    public func zeroGrad() {
        guard let gradient = grad else { return }
        grad = Tensor.zeros(like: gradient)
    }

    /// Makes this computed tensor keep the gradient that passes it, readable as `grad`.
    public func retainGrad() {
        guard let node else {
            return complain(
                TensorError(
                    .gradient, "retainGrad", "no gradient passes a constant", "start from a leaf: requiringGrad()"))
        }
        node.attach().retainsGradient = true
    }

    /// Whether `grad` is kept here after a backward pass.
    public var retainsGrad: Bool {
        guard let node else { return false }
        return node.isLeaf || node.attachment?.retainsGradient == true
    }

    /// Calls `hook` with the whole gradient of this tensor in each backward pass, before it is passed on; hooks run
    /// in the order of registration.
    @discardableResult
    public func registerHook(_ hook: @escaping GradientHook) -> HookHandle {
        guard let node else {
            complain(
                TensorError(
                    .gradient, "registerHook", "no gradient passes a constant", "start from a leaf: requiringGrad()"))
            return HookHandle(places: [])
        }
        let attachment = node.attach()
        return HookHandle(places: [(attachment, attachment.add(hook))])
    }
}

/// A registered hook, which can be taken away.
public struct HookHandle: Sendable {
    let places: [(attachment: Attachment, id: Int)]

    /// Takes the hook away; later passes do not call it.
    public func remove() {
        for (attachment, id) in places { attachment.removeHook(id) }
    }
}
