import AdjointRuntime

/// When a hook on several tensors is called in a backward pass.
public enum HookGroupMode: Sendable, Hashable {
    /// Once, when the gradients of all of them have arrived, or the pass ends; nil for those that it did not reach.
    case all
    /// Once, with the first gradient that arrives.
    case any
}

/// A hook on several tensors.
final class HookGroup: Sendable {
    let count: Int
    let mode: HookGroupMode
    let body: @Sendable ([Tensor?]) -> Void

    init(_ count: Int, _ mode: HookGroupMode, _ body: @escaping @Sendable ([Tensor?]) -> Void) {
        self.count = count
        self.mode = mode
        self.body = body
    }
}

/// A tensor's place in a hook on several.
struct HookGroupMember: Sendable {
    let group: HookGroup
    let index: Int
}

/// What has arrived at the tensors of hooks on several, in one pass.
struct HookGroupArrivals {
    private var groups: [(group: HookGroup, gradients: [Tensor?], isTold: Bool)] = []

    mutating func arrived(_ gradient: Tensor, _ member: HookGroupMember) {
        let place = groups.firstIndex { $0.group === member.group } ?? groups.count
        if place == groups.count {
            groups.append((member.group, [Tensor?](repeating: nil, count: member.group.count), false))
        }
        groups[place].gradients[member.index] = gradient
        if member.group.mode == .any || groups[place].gradients.allSatisfy({ $0 != nil }) { tell(place) }
    }

    /// The end of the pass: what is still waiting waits in vain.
    mutating func finish() {
        for place in groups.indices { tell(place) }
    }

    private mutating func tell(_ place: Int) {
        guard !groups[place].isTold else { return }
        groups[place].isTold = true
        groups[place].group.body(groups[place].gradients)
    }
}

/// Calls `hook` in each backward pass that reaches one of the tensors, with their gradients in the order of the tensors.
///
/// - Parameters:
///   - tensors: leaves or computed tensors.
///   - mode: whether to wait for all of the gradients or to be called with the first.
/// - Fails: if a tensor is a constant.
@discardableResult
public func registerHook(
    on tensors: [Tensor], mode: HookGroupMode = .all, _ hook: @escaping @Sendable ([Tensor?]) -> Void
) -> HookHandle {
    let group = HookGroup(tensors.count, mode, hook)
    var places: [(attachment: Attachment, id: Int)] = []
    for (index, tensor) in tensors.enumerated() {
        guard let node = tensor.node else {
            complain(
                TensorError(
                    .gradient, "registerHook", "no gradient passes tensor \(index), a constant of type \(tensor.type)",
                    "start from a leaf: requiringGrad()"))
            continue
        }
        let attachment = node.attach()
        places.append((attachment, attachment.add(HookGroupMember(group: group, index: index))))
    }
    return HookHandle(places: places)
}
