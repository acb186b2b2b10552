import CKernels
import Dispatch
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Threads that help a caller with the pieces of one task, and stay awake for a moment after it.
///
/// Most tasks of a program follow each other within microseconds, which is less than waking a thread takes: a
/// sleeping thread would come when the caller is done. A caller never waits for a thread that has not begun: it does
/// the pieces itself, closes the task, and waits only for those that are at work in it. The pool serves one caller
/// at a time; another one, or a task within a task, works alone.
///
/// Unchecked: `body` is written by the one caller that holds `isTaken`, before it opens the task, and read by
/// threads that entered while it was open.
final class ThreadPool: @unchecked Sendable {
    static let shared = ThreadPool()

    /// The most threads that work on a task, its caller among them.
    static let largest = 64
    /// How long a thread without work stays awake.
    private static let awakeNanoseconds: UInt64 = 200_000

    /// The task's number, how many threads may still enter, and how many are at work: nobody enters when the
    /// second is 0. One word, so that entering and closing exclude each other.
    private struct Door {
        var word: UInt64
        var task: UInt64 { word >> 32 }
        var places: UInt64 { (word >> 16) & 0xffff }
        var working: UInt64 { word & 0xffff }
        var entered: Door { Door(word: word &- (1 << 16) &+ 1) }
        var closed: Door { Door(word: word & ~0xffff_0000) }

        init(word: UInt64) { self.word = word }
        init(task: UInt64, places: Int) { word = (task << 32) | (UInt64(places) << 16) }
    }

    private let isTaken = Atomic<Bool>(false)
    private let door = Atomic<UInt64>(0)
    private let sleepers = Atomic<Int>(0)
    private let alarm = DispatchSemaphore(value: 0)
    /// Written by the caller that holds `isTaken`.
    private var workers = 0
    private var body: UnsafePointer<(Int) -> Void>?
    private var lanes = 0
    /// The first piece of each lane's share that nobody has taken, and the share's end; a cache line each.
    private let shares = UnsafeMutablePointer<Share>.allocate(capacity: largest)

    private struct Share: ~Copyable {
        let next = Atomic<Int>(0)
        let end = Atomic<Int>(0)
        private let line: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0)
    }

    private init() {
        for lane in 0..<Self.largest { (shares + lane).initialize(to: Share()) }
    }

    /// Calls `body` once for each piece in `0 ..< pieces` on up to `lanes` threads; false, with nothing done, when
    /// the pool serves somebody else.
    ///
    /// Each thread begins with a share that depends on its number, so that what one task leaves in a core's cache
    /// is there for the next one; then it helps the others.
    func run(pieces: Int, lanes wanted: Int, _ body: (Int) -> Void) -> Bool {
        guard isTaken.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged else {
            return false
        }
        let lanes = min(wanted, Self.largest)
        while workers < lanes - 1, startWorker() { workers += 1 }
        for lane in 0..<lanes {
            shares[lane].next.store(pieces * lane / lanes, ordering: .relaxed)
            shares[lane].end.store(pieces * (lane + 1) / lanes, ordering: .relaxed)
        }
        self.lanes = lanes
        withoutActuallyEscaping(body) { body in
            withUnsafePointer(to: body) { body in
                self.body = body
                let last = Door(word: door.load(ordering: .relaxed))
                door.store(Door(task: last.task &+ 1, places: lanes - 1).word, ordering: .sequentiallyConsistent)
                for _ in 0..<sleepers.exchange(0, ordering: .sequentiallyConsistent) { alarm.signal() }
                work(lane: 0)
                close()
            }
        }
        isTaken.store(false, ordering: .releasing)
        return true
    }

    /// Not inlined, so that no reference to the task is held after it.
    @inline(never) private func work(lane: Int) {
        let body = self.body!.pointee
        for step in 0..<lanes {
            let owner = lane + step < lanes ? lane + step : lane + step - lanes
            let end = shares[owner].end.load(ordering: .relaxed)
            while shares[owner].next.load(ordering: .relaxed) < end {
                let piece = shares[owner].next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard piece < end else { break }
                body(piece)
            }
        }
    }

    /// Lets nobody else in, and waits until the last one has left.
    private func close() {
        var seen = Door(word: door.load(ordering: .relaxed))
        while true {
            let (closed, original) = door.weakCompareExchange(
                expected: seen.word, desired: seen.closed.word, ordering: .acquiring)
            if closed { break }
            seen = Door(word: original)
        }
        var rounds = 0
        while Door(word: door.load(ordering: .acquiring)).working > 0 {
            adj_pause()
            rounds += 1
            // A thread that the system has set aside needs this core, perhaps.
            if rounds > 2_000 { sched_yield() }
        }
    }

    // MARK: - Workers

    private func startWorker() -> Bool {
        #if canImport(Darwin)
        var thread: pthread_t?
        #else
        var thread = pthread_t()
        #endif
        let result = pthread_create(&thread, nil, { _ in ThreadPool.shared.serve() }, nil)
        guard result == 0 else { return false }
        #if canImport(Darwin)
        pthread_detach(thread!)
        #else
        pthread_detach(thread)
        #endif
        return true
    }

    private func serve() -> Never {
        var last: UInt64 = 0
        while true {
            work(lane: enter(after: &last))
            door.wrappingSubtract(1, ordering: .releasing)
        }
    }

    /// Waits for a task that is not `last`, and enters it.
    private func enter(after last: inout UInt64) -> Int {
        var deadline: UInt64 = 0
        while true {
            for _ in 0..<64 {
                if let lane = tryToEnter(&last) { return lane }
                adj_pause()
            }
            // Whoever else wants this core has it first.
            sched_yield()
            let now = DispatchTime.now().uptimeNanoseconds
            if deadline == 0 { deadline = now &+ (Parallel.threads > Parallel.cores ? 0 : Self.awakeNanoseconds) }
            guard now >= deadline else { continue }
            deadline = 0
            sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
            if let lane = tryToEnter(&last) {
                stayAwake()
                return lane
            }
            alarm.wait()
        }
    }

    /// Takes back that this thread sleeps; if the alarm was rung for it already, it is heard here.
    private func stayAwake() {
        var count = sleepers.load(ordering: .relaxed)
        while count > 0 {
            let (exchanged, original) = sleepers.weakCompareExchange(
                expected: count, desired: count - 1, ordering: .sequentiallyConsistent)
            if exchanged { return }
            count = original
        }
        alarm.wait()
    }

    private func tryToEnter(_ last: inout UInt64) -> Int? {
        let seen = Door(word: door.load(ordering: .sequentiallyConsistent))
        guard seen.task != last, seen.places > 0 else { return nil }
        let entered = door.compareExchange(
            expected: seen.word, desired: seen.entered.word, ordering: .acquiring
        ).exchanged
        guard entered else { return nil }
        last = seen.task
        return Int(seen.places)
    }
}
