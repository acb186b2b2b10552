import AdjointCore
import AdjointRuntime
import Synchronization

/// A tensor that graphs share and change: a parameter, a counter, a running mean.
///
/// Inside `staged` and through `GraphBuilder.read` it is an input that a run fills with what the state holds when the run
/// starts; assigning to it there makes an update, which takes place when the run has succeeded.
public final class SharedState: Sendable {
    /// The name that messages and drawings show.
    public let name: String
    /// The type, which does not change.
    public let type: TensorType
    private let contents: Mutex<Tensor>

    /// A state with its first value.
    public init(_ name: String, _ value: Tensor) {
        self.name = name
        type = value.type
        contents = Mutex(value.withoutNode)
    }

    /// The value. Assigning one of another type is an error.
    public var value: Tensor {
        get {
            if let stage = Transforms.innermost as? StageInterpreter, !stage.follows { return stage.read(self) }
            return contents.withLock { $0 }
        }
        set {
            do throws(TensorError) {
                if let failure = newValue.failure { throw failure }
                guard newValue.type == type else {
                    throw TensorError(
                        newValue.shape == type.shape ? .dtype : .shape, "SharedState",
                        "the state \"\(name)\" of type \(type) was given a value of type \(newValue.type)",
                        "reshape or convert it to \(type)")
                }
                if let stage = Transforms.innermost as? StageInterpreter, !stage.follows {
                    return stage.assign(self, newValue)
                }
                guard newValue.value.isStored else {
                    throw TensorError(
                        .traced, "SharedState", "the state \"\(name)\" was given a value that is not in memory",
                        "assign outside of transforms, or pass the assignment as an update of the graph's function")
                }
                contents.withLock { $0 = newValue.withoutNode }
            } catch {
                complain(error)
            }
        }
    }
}
