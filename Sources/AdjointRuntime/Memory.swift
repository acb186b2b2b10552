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

    static func add(_ bytes: Int) {
        let now = live.wrappingAdd(bytes, ordering: .relaxed).newValue
        var seen = highest.load(ordering: .relaxed)
        while now > seen {
            let (done, actual) = highest.weakCompareExchange(expected: seen, desired: now, ordering: .relaxed)
            if done { break }
            seen = actual
        }
    }

    static func remove(_ bytes: Int) { live.wrappingSubtract(bytes, ordering: .relaxed) }
}
