import CKernels
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Freed blocks, kept by size for the next tensor: fresh memory costs more in page faults than most kernels.
///
/// Sizes are rounded up to four steps a power of two, so at most a quarter of a block is unused.
final class BlockCache: Sendable {
    static let shared = BlockCache()

    /// Cached bytes above this are returned to the system.
    private static let limit = 2 << 30
    private static let hugePage = 2 << 20

    private struct State {
        var bytes = 0
        /// The free blocks of each size, by `index(of:)`.
        var free = [[UInt]](repeating: [], count: 4 * Int.bitWidth)
    }
    private let state = Mutex(State())

    var cachedBytes: Int { state.withLock { $0.bytes } }

    /// The size of the block that serves `bytes`.
    static func bucket(_ bytes: Int) -> Int {
        let power = Int.bitWidth - 1 - max(bytes - 1, 1).leadingZeroBitCount
        let step = max((1 << power) >> 2, 64)
        return (bytes + step - 1) / step * step
    }

    /// The place of a bucket's size among all: four a power of two.
    private static func index(of size: Int) -> Int {
        let power = Int.bitWidth - 1 - (size - 1).leadingZeroBitCount
        return 4 * power + ((size - 1) >> (power - 2)) & 3
    }

    /// A block of at least `size` bytes (a bucket's size), 64-byte aligned, or nil when the system has none.
    func take(_ size: Int) -> UnsafeMutableRawPointer? {
        let reused = state.withLock { state -> UInt? in
            guard let address = state.free[Self.index(of: size)].popLast() else { return nil }
            state.bytes -= size
            return address
        }
        if let reused { return UnsafeMutableRawPointer(bitPattern: reused) }
        var block: UnsafeMutableRawPointer?
        let alignment = size >= Self.hugePage ? Self.hugePage : 64
        guard posix_memalign(&block, alignment, size) == 0 else { return nil }
        if size >= Self.hugePage { adj_advise_huge(block, size) }
        return block
    }

    func give(_ block: UnsafeMutableRawPointer, _ size: Int) {
        let kept = state.withLock { state -> Bool in
            guard state.bytes + size <= Self.limit else { return false }
            state.free[Self.index(of: size)].append(UInt(bitPattern: block))
            state.bytes += size
            return true
        }
        if !kept { free(block) }
    }

    func clear() {
        let blocks = state.withLock { state -> [UInt] in
            let blocks = state.free.flatMap { $0 }
            state = State()
            return blocks
        }
        for block in blocks { free(UnsafeMutableRawPointer(bitPattern: block)) }
    }
}
