import AdjointCore

/// Why no derivative passes an operation.
public enum GradientCut: Sendable, Hashable, CustomStringConvertible {
    /// The value was detached.
    case detached
    /// The operation ran inside `noGrad`.
    case notRecorded
    /// The derivative is zero everywhere, as that of rounding.
    case zeroDerivative
    /// The result is of a type that has no derivatives: a comparison, an index, a conversion to integers.
    case notReal(DType)
    /// The operation has no derivative, for the reason given.
    case notDifferentiable(String)
    /// The numbers were read by Swift code, and what that computes is a constant.
    case readByHost
    /// An operand is a constant, which keeps no history: perhaps what was meant was detached, rounded or read out before.
    case constantOperand
    /// The value itself is a constant.
    case constantValue
    /// The tensor did not ask for a gradient before it was used.
    case noLeaf
    /// A backward pass has freed the graph here.
    case freed

    /// The reason in words.
    public var description: String {
        switch self {
        case .detached: "the value was detached"
        case .notRecorded: "it ran inside noGrad"
        case .zeroDerivative: "its derivative is zero everywhere"
        case .notReal(let dtype): "its result is \(dtype), which has no derivatives"
        case .notDifferentiable(let reason): "no derivative passes: \(reason)"
        case .readByHost: "the numbers were read by Swift code, and what that computes is a constant"
        case .constantOperand: "an operand is a constant"
        case .constantValue:
            "it is a constant, which keeps no history; whyNoGradient(of: f, at: x) runs f under a trace"
        case .noLeaf: "the tensor did not ask for a gradient before it was used; requiringGrad() does"
        case .freed: "a backward pass has freed the graph; retainGraph keeps it"
        }
    }
}

/// What became of the gradient of one tensor, and where.
public struct GradientReport: Sendable, CustomStringConvertible {
    /// The kinds of answer. A missing gradient, one that is zero and one that is no number are three different things.
    public enum Answer: Sendable, Hashable {
        /// There is a gradient, and it is not zero everywhere.
        case present
        /// No derivative connects the value with the tensor.
        case disconnected
        /// The derivative exists and is zero: everywhere by an operation's nature, or at this point.
        case zero
        /// The derivative is not finite at this point.
        case undefined
    }

    /// A place where a path from the tensor ends.
    public struct Place: Sendable, CustomStringConvertible {
        /// The operation's name.
        public let operation: String
        /// The line that called it; nil where the system cannot tell.
        public let location: SourceLocation?
        /// Why the path ends there; nil at an operation whose derivative is zero, or not finite, at this point.
        public let cut: GradientCut?

        /// The operation, its line and the reason.
        public var description: String {
            "\(operation)\(location.map { " at \($0)" } ?? "")\(cut.map { ": \($0)" } ?? "")"
        }
    }

    /// The tensor's path in its argument; "argument 1" and the like for a tensor that is one.
    public let name: String
    /// The kind of answer.
    public let answer: Answer
    /// Where paths end; empty for a tensor that is not used.
    public let places: [Place]

    /// The answer in sentences.
    public var description: String {
        let list = places.map { "\n  \($0)" }.joined()
        switch answer {
        case .present: return "\(name): there is a gradient"
        case .disconnected where places.isEmpty: return "\(name): the value does not depend on it"
        case .disconnected where places.allSatisfy({ $0.cut == .constantOperand }):
            return "\(name): no gradient; no recorded path leads to it; one may have ended at" + list
        case .disconnected: return "\(name): no gradient; every path from it ends at" + list
        case .zero where places.isEmpty: return "\(name): the gradient is zero at this point"
        case .zero: return "\(name): the gradient is zero; it becomes so at" + list
        case .undefined:
            return "\(name): the gradient is not finite" + (places.isEmpty ? "" : "; it becomes so at" + list)
        }
    }
}
