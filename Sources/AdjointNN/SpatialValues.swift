import AdjointCore
import AdjointRuntime

/// A whole number for each spatial axis, or one for all of them: `2`, or `[2, 1]`.
public struct SpatialValues: Sendable, Hashable, ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral {
    /// The numbers: one, or one an axis.
    public var values: [Int]

    /// The same number for all axes.
    public init(integerLiteral value: Int) { values = [value] }
    /// One number an axis.
    public init(arrayLiteral elements: Int...) { values = elements }
    /// One number, or one an axis.
    public init(_ values: [Int]) { self.values = values }

    /// One number an axis, each at least `least`.
    func resolved(_ axes: Int, _ name: String, _ operation: String, least: Int) throws(TensorError) -> [Int] {
        let numbers = values.count == 1 ? Array(repeating: values[0], count: axes) : values
        guard numbers.count == axes, numbers.allSatisfy({ $0 >= least && $0 <= Shape.maximumExtent }) else {
            throw TensorError(
                .argument, operation, "\(name) \(values) for \(axes) spatial axes",
                "give one number for all axes or one each, none below \(least)")
        }
        return numbers
    }
}

/// What is put around the spatial axes before windows slide over them.
public enum ConvolutionPadding: Sendable, Hashable, ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral {
    /// Nothing: windows stay inside.
    case valid
    /// As many zeros as keep the extents; the odd one goes behind. Only for stride 1.
    case same
    /// So many zeros on both sides of each axis.
    case zeros(SpatialValues)

    /// So many zeros on both sides of all axes.
    public init(integerLiteral value: Int) { self = .zeros(SpatialValues([value])) }
    /// So many zeros on both sides of each axis.
    public init(arrayLiteral elements: Int...) { self = .zeros(SpatialValues(elements)) }
}

extension Tensor {
    /// What is linear over the real numbers, of the real and the imaginary part.
    func byParts(_ body: (Tensor) -> Tensor) -> Tensor { complex(body(real), body(imaginary)) }

    /// Runs what has kernels for `float32` and `float64` only: other real numbers are converted before and after.
    func withKernelType(
        _ name: String, _ others: [Tensor] = [], _ body: (Tensor, [Tensor]) throws(TensorError) -> Tensor
    ) -> Tensor {
        attempt { () throws(TensorError) in
            if let failed = ([self] + others).first(where: { $0.failure != nil }) { return failed }
            let common = others.reduce(dtype) { DType.promoted($0, $1.dtype) }
            guard common.isFloatingPoint || !common.isDifferentiable else {
                throw TensorError(
                    .dtype, name, "it needs real numbers, and a tensor is \(common)", "take the real part first")
            }
            let type = common.isFloatingPoint ? common : .float32
            let kernel: DType = type == .float64 ? .float64 : .float32
            let converted = others.map { $0.to(kernel) }
            return try body(to(kernel), converted).to(type)
        }
    }
}
