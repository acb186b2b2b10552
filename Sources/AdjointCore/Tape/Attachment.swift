import AdjointRuntime
import Synchronization

/// What somebody asked a node to keep or to call: a gradient, hooks. Copies of a leaf share it.
package final class Attachment: Sendable {
    private struct Contents {
        var gradient: Tensor?
        var retainsGradient = false
        var accumulation = GradientAccumulation.add
        var hooks: [(id: Int, body: GradientHook)] = []
        var groups: [(id: Int, member: HookGroupMember)] = []
        var nextID = 0
    }
    private let contents = Mutex(Contents())

    package var gradient: Tensor? {
        get { contents.withLock { $0.gradient } }
        set { contents.withLock { $0.gradient = newValue } }
    }

    /// Whether an interior node keeps the gradient that passes it.
    package var retainsGradient: Bool {
        get { contents.withLock { $0.retainsGradient } }
        set { contents.withLock { $0.retainsGradient = newValue } }
    }

    /// What becomes of the gradient that is there when another arrives.
    var accumulation: GradientAccumulation {
        get { contents.withLock { $0.accumulation } }
        set { contents.withLock { $0.accumulation = newValue } }
    }

    /// Adds to the gradient; the memory of a gradient that nobody else holds is reused.
    func accumulate(_ cotangent: Tensor) {
        contents.withLock {
            if $0.gradient == nil || $0.accumulation == .write {
                $0.gradient = cotangent
            } else {
                $0.gradient!.addCotangent(cotangent)
            }
        }
    }

    var hooks: [GradientHook] { contents.withLock { $0.hooks.map(\.body) } }

    package func add(_ hook: @escaping GradientHook) -> Int {
        contents.withLock {
            $0.nextID += 1
            $0.hooks.append(($0.nextID, hook))
            return $0.nextID
        }
    }

    /// The hooks on several tensors of which this is one.
    var groups: [HookGroupMember] { contents.withLock { $0.groups.map(\.member) } }

    func add(_ member: HookGroupMember) -> Int {
        contents.withLock {
            $0.nextID += 1
            $0.groups.append(($0.nextID, member))
            return $0.nextID
        }
    }

    func removeHook(_ id: Int) {
        contents.withLock {
            $0.hooks.removeAll { $0.id == id }
            $0.groups.removeAll { $0.id == id }
        }
    }
}

extension Node {
    /// The attachment, if somebody asked for one.
    var attachment: Attachment? { state.withLock { $0.attachment } }

    /// The attachment, made when it is first asked for.
    package func attach() -> Attachment {
        state.withLock { state in
            if let attachment = state.attachment { return attachment }
            let attachment = Attachment()
            state.attachment = attachment
            return attachment
        }
    }
}
