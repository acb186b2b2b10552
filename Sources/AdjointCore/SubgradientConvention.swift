import CKernels

/// What a derivative is where the mathematical one does not exist: at kinks, ties and the ends of domains.
///
/// The convention is that of the moment when an operation runs; its derivative, whenever taken, follows it.
/// It belongs to the thread, as `noGrad` does.
public enum SubgradientConvention: UInt8, Sendable, Hashable {
    /// The subgradient of least norm, the one-sided limit where the function is not convex, NaN outside the domain.
    case minimumNorm = 0
    /// The numbers that PyTorch 2.15 gives, also where they differ from ours.
    case pytorch = 1

    /// The convention of this thread.
    public static var current: SubgradientConvention {
        SubgradientConvention(rawValue: UInt8(adj_convention_get())) ?? .minimumNorm
    }

    /// Runs a closure under this convention.
    public func scope<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
        let outer = adj_convention_get()
        adj_convention_set(Int32(rawValue))
        defer { adj_convention_set(outer) }
        return try body()
    }
}

/// What a cotangent or tangent of exactly 0 gives where it meets an infinite or undefined derivative.
///
/// The rule is that of the moment when the derivative is computed: `backward()` belongs inside the scope.
public enum ZeroCotangent: UInt8, Sendable, Hashable {
    /// 0: what the result does not depend on contributes nothing.
    case gated = 0
    /// NaN, as IEEE arithmetic has it.
    case ieee = 1

    /// The rule of this thread.
    public static var current: ZeroCotangent { adj_ieee_products_get() == 0 ? .gated : .ieee }

    /// Runs a closure under this rule.
    public func scope<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
        let outer = adj_ieee_products_get()
        adj_ieee_products_set(Int32(rawValue))
        defer { adj_ieee_products_set(outer) }
        return try body()
    }
}
