import CKernels
import Synchronization

#if canImport(Glibc)
import Glibc
#endif

/// How kernels use the processor's cores.
///
/// Work is cut by its size only, never by the number of threads, so results have the same bits whatever it is.
public enum Parallel {
    private static let chosen = Atomic<Int>(environmentThreads ?? 0)

    /// The most threads that a kernel uses: the number of cores that this process may use, or `ADJOINT_THREADS` from
    /// the environment.
    public static var threads: Int {
        get {
            let count = chosen.load(ordering: .relaxed)
            return count > 0 ? count : cores
        }
        set { chosen.store(max(newValue, 1), ordering: .relaxed) }
    }

    static let cores = max(Int(adj_processors()), 1)

    private static var environmentThreads: Int? {
        guard let text = getenv("ADJOINT_THREADS"), let count = Int(String(cString: text)), count > 0 else {
            return nil
        }
        return count
    }

    /// Calls `body` once for each piece in `0 ..< pieces`, on several threads when there is more than one piece, or
    /// in turn on this thread.
    package static func run(pieces: Int, alone: Bool = false, _ body: (Int) -> Void) {
        let lanes = alone ? 1 : min(threads, pieces)
        if lanes > 1, ThreadPool.shared.run(pieces: pieces, lanes: lanes, body) { return }
        for piece in 0..<pieces { body(piece) }
    }

    /// Cuts `0 ..< count` into ranges of `grain` and calls `body` for each.
    package static func run(count: Int, grain: Int, _ body: (Range<Int>) -> Void) {
        guard count > grain else {
            if count > 0 { body(0..<count) }
            return
        }
        run(pieces: (count + grain - 1) / grain) { piece in
            body(piece * grain..<min((piece + 1) * grain, count))
        }
    }
}
