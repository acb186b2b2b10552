/// Which way a Jacobian is accumulated.
public enum JacobianMode: Sendable, Hashable {
    /// The way that costs less, by the numbers of elements; see `JacobianPlan`.
    case automatic
    /// One tangent for each element of the arguments: columns.
    case forward
    /// One cotangent for each element of the result: rows.
    case reverse
}

/// How a Jacobian is going to be accumulated, and why.
///
/// A tangent costs about one run of the function. A cotangent costs about two, because reverse mode computes the derivatives
/// with respect to both operands of a product, and it keeps the forward values. So forward mode is
/// chosen for n inputs and m outputs where n ≤ 2m.
public struct JacobianPlan: Sendable, Hashable, CustomStringConvertible {
    /// The elements of the arguments that have derivatives.
    public let inputCount: Int
    /// The elements of the result.
    public let outputCount: Int
    /// The mode that was asked for.
    public let request: JacobianMode
    /// What a cotangent costs in tangents.
    public static let cotangentCost = 2

    /// A plan for a function of so many elements.
    public init(inputCount: Int, outputCount: Int, request: JacobianMode = .automatic) {
        self.inputCount = inputCount
        self.outputCount = outputCount
        self.request = request
    }

    /// What forward mode costs, in runs of the function.
    public var forwardCost: Int { inputCount }
    /// What reverse mode costs, in runs of the function.
    public var reverseCost: Int { Self.cotangentCost * outputCount }

    /// The mode that is used: `.forward` or `.reverse`.
    public var mode: JacobianMode {
        request == .automatic ? (forwardCost <= reverseCost ? .forward : .reverse) : request
    }

    /// The costs of both ways and the choice.
    public var description: String {
        let chosen = mode == .forward ? "forward" : "reverse"
        let reason = request == .automatic ? "the cheaper" : "as asked for"
        return """
            jacobian of \(outputCount) outputs by \(inputCount) inputs: \(chosen) mode, \(reason)
              forward: \(inputCount) tangents, about \(forwardCost) runs of the function
              reverse: \(outputCount) cotangents of \(Self.cotangentCost) runs each, about \(reverseCost), and the saved values
            """
    }
}
