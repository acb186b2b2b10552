import AdjointCore
import AdjointRuntime

/// A function of tensors with derivatives of your own.
///
/// Give a reverse rule, a forward rule, or both; what is missing is derived from the other. Rules are written with tensor
/// operations; then they are differentiated for higher orders like anything else. The function itself is not looked into, so
/// everything that it depends on has to be among its inputs.
///
///     let clipped = CustomFunction("clipped") { x in x[0] } vjp: { _, _, cotangent in [minimum(cotangent, 1)] }
///     let y = clipped(x)
public struct CustomFunction: Sendable {
    /// The value from the inputs.
    public typealias Function = @Sendable (_ inputs: [Tensor]) -> Tensor
    /// The cotangent of each input, nil for zero: x̄ᵢ = (∂y/∂xᵢ)ᵀ ȳ.
    public typealias VJP = @Sendable (_ inputs: [Tensor], _ value: Tensor, _ cotangent: Tensor) -> [Tensor?]
    /// The tangent of the value: Σ (∂y/∂xᵢ) ẋᵢ. An input without a tangent comes with zeros.
    public typealias JVP = @Sendable (_ inputs: [Tensor], _ value: Tensor, _ tangents: [Tensor]) -> Tensor

    private let rule: CustomRule

    /// A function with rules of its own.
    /// - Parameters:
    ///   - name: what graphs and messages show.
    ///   - function: computes the value.
    ///   - vjp: the reverse rule; derived from `jvp` by transposition if it is missing.
    ///   - jvp: the forward rule; derived from `vjp` by transposing it twice if it is missing.
    /// - Fails: if there is neither rule.
    public init(
        _ name: String, _ function: @escaping Function, vjp: VJP? = nil, jvp: JVP? = nil
    ) {
        rule = CustomRule(name, function, vjp, jvp)
        if vjp == nil, jvp == nil {
            complain(
                TensorError(
                    .argument, name, "a custom function was given neither a reverse nor a forward rule",
                    "give vjp or jvp, or call the function as it is"))
        }
    }

    /// The value, with the custom rules behind it.
    public func callAsFunction(_ inputs: Tensor...) -> Tensor { self(inputs) }

    /// The value, with the custom rules behind it.
    public func callAsFunction(_ inputs: [Tensor]) -> Tensor {
        attempt { () throws(TensorError) in
            if let failed = inputs.first(where: { $0.failure != nil }) { return failed }
            guard !inputs.isEmpty else {
                throw TensorError(.argument, rule.name, "no inputs were given", "give at least one tensor")
            }
            return bindDynamically(CustomOperation(rule: rule, inputCount: inputs.count), inputs)
        }
    }
}

/// What a custom function was made of, and where.
final class CustomRule: Sendable {
    let name: String
    let function: CustomFunction.Function
    let vjp: CustomFunction.VJP?
    let jvp: CustomFunction.JVP?
    let site = CallSite()

    init(
        _ name: String, _ function: @escaping CustomFunction.Function, _ vjp: CustomFunction.VJP?,
        _ jvp: CustomFunction.JVP?
    ) {
        self.name = name
        self.function = function
        self.vjp = vjp
        self.jvp = jvp
    }

    func error(_ kind: TensorError.Kind, _ problem: String, _ remedy: String) -> TensorError {
        TensorError(kind, name, remedy: remedy) { [site] in "the custom function made\(site.phrase) \(problem)" }
    }
}
