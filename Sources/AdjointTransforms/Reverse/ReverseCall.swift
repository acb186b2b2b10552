import AdjointCore
import AdjointRuntime

/// A function call whose operations are recorded, with inputs of its own: what reverse-mode transforms are made of.
///
/// The inputs are leaves, or, where the arguments are recorded already, nodes of their own behind which the history goes on.
/// So derivatives nest: the inner pass ends at its own inputs, and is recorded itself exactly where what comes out
/// depends on something recorded outside.
struct ReverseCall: Sendable {
    /// The name that messages show.
    let caller: String
    let inputs: [Tensor]
    /// The number that the call took for its search.
    let search = Reachable.next()
    /// Whether the results are connected to what is recorded outside.
    private let connects: Bool

    init(_ arguments: [Tensor], _ caller: String, names: () -> [String]) throws(TensorError) {
        for argument in arguments { if let failure = argument.failure { throw failure } }
        guard arguments.contains(where: { $0.dtype.isDifferentiable }) else {
            let types = zip(names(), arguments).map { "\($0): \($1.type)" }.joined(separator: ", ")
            throw TensorError(
                arguments.isEmpty ? .argument : .dtype, caller,
                arguments.isEmpty
                    ? "there are no tensors to differentiate with respect to" : "no argument has a gradient (\(types))",
                arguments.isEmpty
                    ? "pass at least one tensor" : "only floating-point tensors have; convert with x.to(.float32)")
        }
        self.caller = caller
        connects = isGradEnabled
        inputs = arguments.map { [search] in $0.asFunctionInput(in: search) }
    }

    /// The cotangents of the inputs: zeros where none arrives.
    /// - Parameter isReusable: whether there will be another pass.
    func cotangents(
        of outputs: [Tensor], _ cotangents: [Tensor], isReusable: Bool
    ) throws(TensorError) -> (values: [Tensor], dependsOnMore: Bool) {
        let arrivals = try sendBack(
            zip(outputs, cotangents).map { ($0, $1) }, to: inputs, caller, retainsGraph: isReusable,
            creation: connects ? .ifDependent : .never, search: search)
        let values = zip(inputs, arrivals.cotangents).map { input, found in
            found ?? Tensor.zeros(like: input)
        }
        return (values, connects && arrivals.dependsOnMore)
    }
}

/// A scalar's seed.
func scalarSeed(_ value: Tensor, _ caller: String) throws(TensorError) -> Tensor {
    if let failure = value.failure { throw failure }
    guard value.count == 1 else {
        throw TensorError(
            .gradient, caller, "the function gave a tensor of shape \(value.shape), which is not a scalar",
            "reduce it, as in loss.sum(), or use vjp or jacobian")
    }
    guard !value.dtype.isComplex else {
        throw TensorError(
            .gradient, caller, "the function gave a complex number, which has no gradient without a seed",
            "take its real part or its magnitude, or use vjp with a cotangent")
    }
    guard value.dtype.isDifferentiable else {
        throw TensorError(
            .gradient, caller, "the function gave \(value.type), which has no gradient",
            "whyNoGradient(of:at:) says where the path was cut")
    }
    return Tensor.ones(like: value)
}
