import AdjointRuntime
import Foundation

/// Window functions of signal processing: weights of `count` samples. A symmetric window is for filters; one that is not is a period
/// of a symmetric one with a sample more, for spectra.
public enum Window: Sendable, Hashable {
    /// 1 − |2t − 1|, for t from 0 to 1.
    case bartlett
    /// 0.42 − 0.5 cos 2πt + 0.08 cos 4πt.
    case blackman
    /// sin πt, at the middles of the samples.
    case cosine
    /// e^(−|n − center|/τ).
    case exponential(center: Double? = nil, tau: Double = 1)
    /// e^(−(n − center)²/(2σ²)).
    case gaussian(std: Double = 1)
    /// Σ (−1)ᵏ aₖ cos 2πkt.
    case generalCosine([Double])
    /// α − (1 − α) cos 2πt.
    case generalHamming(alpha: Double = 0.54)
    /// 0.54 − 0.46 cos 2πt.
    case hamming
    /// 0.5 − 0.5 cos 2πt.
    case hann
    /// I₀(β √(1 − (2t − 1)²))/I₀(β) (Kaiser 1974).
    case kaiser(beta: Double = 12)
    /// Nuttall's window of four terms.
    case nuttall

    /// The weights.
    /// - Fails: for a negative count, or an exponential window that is symmetric and has a center.
    public func weights(_ count: Int, symmetric: Bool = true, dtype: DType = .float32) -> Tensor {
        attempt { () throws(TensorError) in
            guard count >= 0 else {
                throw TensorError(.argument, "window", "\(count) samples", "give a count of 0 or more")
            }
            if case .exponential(.some, _) = self, symmetric {
                throw TensorError(
                    .argument, "window", "a symmetric window has its center in the middle", "leave the center out")
            }
            // A window of one sample is 1.
            let last = Double(Swift.max((symmetric ? count - 1 : count), 1))
            let weights = (0..<count).map { count == 1 ? 1 : weight(Double($0), last) }
            return Tensor(weights, shape: [count]).to(dtype)
        }
    }

    /// The weight of sample n where the window's last one is `last`.
    private func weight(_ n: Double, _ last: Double) -> Double {
        let (t, distance) = (n / last, n - last / 2)
        switch self {
        case .bartlett: return 1 - Swift.abs(2 * t - 1)
        case .blackman: return Self.cosines([0.42, 0.5, 0.08], t)
        case .cosine: return Foundation.sin(.pi * (n + 0.5) / (last + 1))
        case .exponential(let center, let tau): return Foundation.exp(-Swift.abs(n - (center ?? last / 2)) / tau)
        case .gaussian(let std): return Foundation.exp(-distance * distance / (2 * std * std))
        case .generalCosine(let terms): return Self.cosines(terms, t)
        case .generalHamming(let alpha): return Self.cosines([alpha, 1 - alpha], t)
        case .hamming: return Self.cosines([0.54, 0.46], t)
        case .hann: return Self.cosines([0.5, 0.5], t)
        case .kaiser(let beta):
            let root = Swift.max(1 - (2 * t - 1) * (2 * t - 1), 0).squareRoot()
            let values = Tensor([beta * root, beta]).besselI0(scaled: true).doubles
            return values[0] / values[1] * Foundation.exp(beta * root - beta)
        case .nuttall: return Self.cosines([0.3635819, 0.4891775, 0.1365995, 0.0106411], t)
        }
    }

    private static func cosines(_ terms: [Double], _ t: Double) -> Double {
        terms.enumerated().reduce(0) { sum, term in
            let sign = term.offset % 2 == 0 ? 1.0 : -1.0
            return sum + sign * term.element * Foundation.cos(2 * .pi * Double(term.offset) * t)
        }
    }
}
