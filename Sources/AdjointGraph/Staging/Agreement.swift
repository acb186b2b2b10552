import AdjointCore
import AdjointRuntime
import Synchronization

/// How near a staged function is to the function itself.
public struct AgreementReport: Sendable, CustomStringConvertible {
    /// One result.
    public struct Result: Sendable {
        /// Its name.
        public let name: String
        /// Whether all bits are the same.
        public let hasSameBits: Bool
        /// The largest |difference| of two elements; 0 where both are the same infinity or NaN.
        public let largestDifference: Double
    }

    /// The results in order, then the states that the function changes.
    public let results: [Result]
    /// The rewrites that may have changed last bits.
    public let reordering: [String]

    /// Whether all bits of all results are the same.
    public var hasSameBits: Bool { results.allSatisfy(\.hasSameBits) }

    init(
        _ names: [String], _ eager: [Tensor], _ graph: [Tensor], _ passes: [PassReport], _ relative: Double,
        _ absolute: Double
    ) throws(TensorError) {
        let reordering = passes.filter(\.hasReordered).map(\.pass)
        var results: [Result] = []
        for (name, (left, right)) in zip(names, zip(eager, graph)) {
            let same = left.hasSameBits(as: right)
            let difference = same || left.type != right.type ? 0 : Self.largestDifference(left, right)
            let isClose =
                left.type == right.type
                && (same
                    || !reordering.isEmpty
                        && left.isAllClose(
                            to: right, relativeTolerance: relative, absoluteTolerance: absolute, equalNaN: true))
            guard isClose else {
                throw TensorError(
                    .argument, "verifyAgreement",
                    left.type == right.type
                        ? "\"\(name)\" of the graph differs from the function's by \(difference)"
                            + (reordering.isEmpty ? ", and no rewrite reordered arithmetic" : "")
                        : "\"\(name)\" has type \(left.type) in the function and \(right.type) in the graph",
                    "stage with passes: [] to see whether a rewrite did it, and report it; a function that reads what changes "
                        + "between runs differs by that")
            }
            results.append(Result(name: name, hasSameBits: same, largestDifference: difference))
        }
        (self.results, self.reordering) = (results, reordering)
    }

    private static func largestDifference(_ left: Tensor, _ right: Tensor) -> Double {
        guard left.count > 0 else { return 0 }
        let difference = (left - right).abs().to(.float64)
        let isSame = (left .== right) .| (left.isNaN() .& right.isNaN())
        return which(isSame, Tensor.zeros(like: difference), difference).max().item()
    }

    /// The report as text.
    public var description: String {
        let lines = results.map { result in
            "\(result.name): " + (result.hasSameBits ? "the same bits" : "differs by up to \(result.largestDifference)")
        }
        return (lines + (reordering.isEmpty ? [] : ["reordered by " + reordering.joined(separator: ", ")]))
            .joined(separator: "\n")
    }
}

/// Gives draws the first numbers of their generators, and leaves those where they are.
final class DrawsFromTheStart: RecordingObserver {
    private let places = Mutex<[ObjectIdentifier: UInt64]>([:])

    func place(of generator: Generator, count: Int) -> UInt64? {
        places.withLock { places in
            defer { places[ObjectIdentifier(generator), default: 0] += UInt64(count) }
            return places[ObjectIdentifier(generator), default: 0]
        }
    }
}
