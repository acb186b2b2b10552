#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A block of memory from the cache, returned to it when the last value that looks into it goes.
///
/// Unchecked for the reason that `TensorValue` gives.
final class Block: @unchecked Sendable {
    let address: UnsafeMutableRawPointer
    private let bytes: Int

    /// Memory that this machine has; a larger tensor is refused before the system kills the process for it.
    private static let physicalMemory = Int(sysconf(Int32(_SC_PHYS_PAGES))) * Int(sysconf(Int32(_SC_PAGESIZE)))

    init(bytes: Int, for type: TensorType) throws(TensorError) {
        guard bytes <= Self.physicalMemory, let address = BlockCache.shared.take(BlockCache.bucket(bytes)) else {
            throw TensorError(
                .outOfMemory, "allocate",
                "a tensor of type \(type) takes \(bytes) bytes; this machine has \(Self.physicalMemory)",
                "use a smaller shape, or work on it piece by piece")
        }
        self.address = address
        self.bytes = bytes
        Memory.add(bytes)
    }

    deinit {
        Memory.remove(bytes)
        BlockCache.shared.give(address, BlockCache.bucket(bytes))
    }
}
