import Dispatch
import Synchronization

#if canImport(Glibc)
import Glibc
#endif

/// How kernels use the processor's cores.
///
/// Work is cut by its size only, never by the number of threads, so results have the same bits whatever it is.
public enum Parallel {
    private static let chosen = Atomic<Int>(environmentThreads ?? 0)

    /// The most threads that a kernel uses: the number of cores, or `ADJOINT_THREADS` from the environment.
    public static var threads: Int {
        get {
            let count = chosen.load(ordering: .relaxed)
            return count > 0 ? count : cores
        }
        set { chosen.store(max(newValue, 1), ordering: .relaxed) }
    }

    private static let cores = max(Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))), 1)

    private static var environmentThreads: Int? {
        guard let text = getenv("ADJOINT_THREADS"), let count = Int(String(cString: text)), count > 0 else {
            return nil
        }
        return count
    }

    /// Calls `body` once for each piece in `0 ..< pieces`, on several threads when there is more than one piece.
    package static func run(pieces: Int, _ body: (Int) -> Void) {
        let lanes = min(threads, pieces)
        guard lanes > 1 else {
            for piece in 0..<pieces { body(piece) }
            return
        }
        let next = Counter()
        // Bodies write to disjoint parts of memory that they reach through pointers, which the compiler cannot see.
        nonisolated(unsafe) let body = body
        DispatchQueue.concurrentPerform(iterations: lanes) { _ in
            while true {
                let piece = next.take()
                guard piece < pieces else { return }
                body(piece)
            }
        }
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

    private final class Counter: Sendable {
        private let value = Atomic<Int>(0)
        func take() -> Int { value.wrappingAdd(1, ordering: .relaxed).oldValue }
    }
}
