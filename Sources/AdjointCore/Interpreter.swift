import AdjointRuntime
import Synchronization

/// A transform of programs: it gives operations another meaning for the values that it owns.
///
/// Interpreters live outside the core (forward mode, batching, staging). They nest: each has a level, and an
/// operation goes to the highest level among its inputs; what that level's rules bind goes to the levels below.
package protocol Interpreter: AnyObject, Sendable {
    var level: Int { get }
    /// The call of the transform; nil for one whose values may be used for ever.
    var scope: TransformScope? { get }
    /// A tensor of a lower level as a value of this one.
    func lift(_ tensor: Tensor) -> Tensor
    /// Runs an operation whose inputs all are values of this interpreter.
    func interpret<P: Primitive>(_ operation: P, _ inputs: [Tensor]) -> Tensor
    /// Runs an operation with several results.
    func interpretSeveral<P: MultiPrimitive>(_ operation: P, _ inputs: [Tensor]) throws(TensorError) -> [Tensor]
    /// What to do where a program reads a number that is not known under this transform.
    var readRemedy: String { get }
    /// What an operation that draws random numbers gives under this transform; `plain` draws a shape outside of all.
    func draw(_ operation: String, _ shape: [Int], _ plain: @escaping @Sendable ([Int]) -> Tensor) -> Tensor
}

extension Interpreter {
    package var scope: TransformScope? { nil }

    package var readRemedy: String { "compute the decision outside, or use an operation such as where" }

    package func draw(_ operation: String, _ shape: [Int], _ plain: @escaping @Sendable ([Int]) -> Tensor) -> Tensor {
        drawOutside(operation, shape, plain)
    }

    /// The draw under the transforms around this one.
    package func drawOutside(
        _ operation: String, _ shape: [Int], _ plain: @escaping @Sendable ([Int]) -> Tensor
    ) -> Tensor {
        scope?.outer?.draw(operation, shape, plain) ?? plain(shape)
    }
}

/// One call of a transform, from its start to its end: values that outlive it are refused.
package final class TransformScope: Sendable {
    private let name: String
    private let site = CallSite()
    private let isOver = Atomic<Bool>(false)
    /// The transform around this one.
    package let outer = Transforms.innermost

    /// A call of the transform of that name.
    package init(_ name: String) { self.name = name }

    /// Ends the call.
    package func end() { isOver.store(true, ordering: .releasing) }

    /// The error of an operation on a value of this call, if the call is over.
    package func escape(into operation: @autoclosure () -> String) -> TensorError? {
        guard isOver.load(ordering: .acquiring) else { return nil }
        return TensorError(
            .traced, operation(), remedy: "return the value from the transformed function, or read its numbers inside"
        ) { [name, site] in "an operand is a value of the \(name)\(site.phrase), which has returned" }
    }
}

/// The transforms under way.
package enum Transforms {
    /// The interpreter of the innermost one. Operations do not read it: values carry their interpreters.
    @TaskLocal package static var innermost: (any Interpreter)?
}

/// A value that an interpreter owns.
package protocol TracedValue: Sendable {
    var interpreter: any Interpreter { get }
    /// The tensor whose numbers a host program may read, if there is one.
    var concrete: Tensor? { get }
}

private final class TracedBox: Sendable {
    let traced: any TracedValue
    init(_ traced: any TracedValue) { self.traced = traced }
}

extension Tensor {
    /// The value in memory, through the transforms that know it; nil where one does not, as staging, or `vmap` for what differs
    /// among examples.
    package var known: TensorValue? {
        var tensor = self
        while let traced = tensor.traced {
            guard let concrete = traced.concrete else { return nil }
            tensor = concrete
        }
        return tensor.value.isStored ? tensor.value : nil
    }

    /// A tensor that stands for a traced value.
    package init(_ traced: any TracedValue, type: TensorType) {
        self.init(TensorValue(.traced, type: type, owner: TracedBox(traced)))
    }

    /// The traced value that this tensor stands for.
    package var traced: (any TracedValue)? {
        value.kind == .traced ? unsafeDowncast(value.owner!, to: TracedBox.self).traced : nil
    }
}
