/// What went wrong in a tensor operation: the operation, the shapes or types, the line of the caller, the way out.
public struct TensorError: Error, Sendable, CustomStringConvertible {
    /// Kinds of failure, for programs that handle them.
    public enum Kind: Sendable, Hashable {
        /// Shapes do not fit together or do not fit the operation.
        case shape
        /// The element type does not fit the operation.
        case dtype
        /// An axis that the tensor does not have.
        case axis
        /// An index outside a tensor.
        case index
        /// A number or option that the operation does not accept.
        case argument
        /// More elements or bytes than this machine can hold.
        case outOfMemory
        /// A matrix without the property that a factorization needs: an inverse, positive minors, distinct values.
        case singular
        /// A reduction without an identity over no elements.
        case empty
        /// A gradient was asked of something that is not recorded or not differentiable.
        case gradient
        /// A second pass over a graph whose saved values are gone.
        case graphFreed
        /// A value of a transform was read as if it were a number.
        case traced
        /// A file or its bytes.
        case file
    }

    private final class Details: Sendable {
        let kind: Kind
        let operation: String
        let problem: @Sendable () -> String
        let remedy: String
        let callers: [UInt]

        init(
            _ kind: Kind, _ operation: String, _ problem: @escaping @Sendable () -> String, _ remedy: String,
            _ callers: [UInt]
        ) {
            self.kind = kind
            self.operation = operation
            self.problem = problem
            self.remedy = remedy
            self.callers = callers
        }
    }
    private let details: Details

    /// An error of `operation` at the caller's line: what is wrong, with the shapes or types, and what to do.
    package init(_ kind: Kind, _ operation: String, _ problem: String, _ remedy: String) {
        details = Details(kind, operation, { problem }, remedy, Callers.capture(depth: 64))
    }

    /// The same with a problem that names source lines: they are looked up when it is read.
    package init(_ kind: Kind, _ operation: String, remedy: String, problem: @escaping @Sendable () -> String) {
        details = Details(kind, operation, problem, remedy, Callers.capture(depth: 64))
    }

    /// The kind of failure.
    public var kind: Kind { details.kind }
    /// The operation that refused its input.
    public var operation: String { details.operation }
    /// What is wrong, in one sentence.
    public var problem: String { details.problem() }
    /// The way out.
    public var remedy: String { details.remedy }
    /// The file, line and function that called the operation; nil where the system cannot tell.
    public var location: SourceLocation? { SourceLocation.firstOutsideAdjoint(details.callers) }

    /// The value as text.
    public var description: String {
        var text = "\(operation): \(problem)."
        if let location { text += "\n  at \(location)" }
        return text + "\n  fix: \(remedy)."
    }
}
