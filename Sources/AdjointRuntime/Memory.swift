import CKernels
import Synchronization

/// Bytes that tensors' elements occupy in this process.
public enum Memory {
    private static let live = Atomic<Int>(0)
    private static let highest = Atomic<Int>(0)

    /// Bytes of the elements of all tensors that are alive, saved forward values included.
    public static var current: Int { live.load(ordering: .relaxed) }

    /// The largest value of `current` since the start or the last `resetPeak()`.
    public static var peak: Int { highest.load(ordering: .relaxed) }

    /// Bytes of freed blocks that are kept for reuse.
    public static var cached: Int { BlockCache.shared.cachedBytes }

    /// Makes `peak` start again at `current`.
    public static func resetPeak() { highest.store(current, ordering: .relaxed) }

    /// Returns the blocks that are kept for reuse to the system.
    public static func clearCache() { BlockCache.shared.clear() }

    /// The bytes that `body` takes on this thread at its highest moment, and those that are left of them when it is done.
    package static func tally<Result, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> (result: Result, highest: Int, after: Int) {
        let (now, peak) = (adj_tally_get_now(), adj_tally_get_peak())
        adj_tally_set(0, 0)
        defer { adj_tally_set(now + adj_tally_get_now(), max(peak, now + adj_tally_get_peak())) }
        let result = try body()
        return (result, Int(adj_tally_get_peak()), Int(adj_tally_get_now()))
    }

    static func add(_ bytes: Int) {
        adj_tally(Int64(bytes))
        let now = live.wrappingAdd(bytes, ordering: .relaxed).newValue
        var seen = highest.load(ordering: .relaxed)
        while now > seen {
            let (done, actual) = highest.weakCompareExchange(expected: seen, desired: now, ordering: .relaxed)
            if done { break }
            seen = actual
        }
    }

    static func remove(_ bytes: Int) {
        adj_tally(-Int64(bytes))
        live.wrappingSubtract(bytes, ordering: .relaxed)
    }
}
