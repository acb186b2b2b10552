import Dispatch
import Synchronization
import Testing

@testable import AdjointRuntime

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite(.serialized) struct ParallelTests {
    /// How often each piece was done.
    private func counts(_ pieces: Int, of body: (Int, (Int) -> Void) -> Void) -> [Int] {
        let found = UnsafeMutablePointer<Atomic<Int>>.allocate(capacity: max(pieces, 1))
        defer { found.deallocate() }
        for piece in 0..<pieces { (found + piece).initialize(to: Atomic(0)) }
        body(pieces) { found[$0].wrappingAdd(1, ordering: .relaxed) }
        return (0..<pieces).map { found[$0].load(ordering: .relaxed) }
    }

    private func withThreads(_ count: Int, _ body: () -> Void) {
        let before = Parallel.threads
        defer { Parallel.threads = before }
        Parallel.threads = count
        body()
    }

    @Test(arguments: [1, 2, 3, 4, 7, 80]) func eachPieceIsDoneOnce(_ threads: Int) {
        withThreads(threads) {
            for round in 0..<300 {
                let pieces = [0, 1, 2, 3, 5, 64, 1000][round % 7]
                #expect(counts(pieces) { Parallel.run(pieces: $0, $1) } == Array(repeating: 1, count: pieces))
                // Long enough for threads to fall asleep, or on the edge of it.
                if round % 10 == 9 { usleep(UInt32(150 + round)) }
            }
        }
    }

    @Test func resultsAreThereWhenARunReturns() {
        withThreads(4) {
            var numbers = [Int](repeating: 0, count: 4096)
            for round in 1...3000 {
                numbers.withUnsafeMutableBufferPointer { numbers in
                    nonisolated(unsafe) let numbers = numbers
                    Parallel.run(count: 4096, grain: 256) { range in for index in range { numbers[index] += index } }
                }
                if numbers[4095] != 4095 * round || numbers[0] != 0 { Issue.record("round \(round)"); break }
            }
            #expect(numbers == (0..<4096).map { $0 * 3000 })
        }
    }

    @Test func piecesMayHavePieces() {
        withThreads(3) {
            let found = counts(12 * 5) { _, count in
                Parallel.run(pieces: 12) { outer in Parallel.run(pieces: 5) { count(outer * 5 + $0) } }
            }
            #expect(found == Array(repeating: 1, count: 60))
        }
    }

    @Test func callersOnSeveralThreadsDoNotMeet() {
        withThreads(3) {
            let sums = Mutex([Int]())
            DispatchQueue.concurrentPerform(iterations: 6) { caller in
                var total = 0
                for _ in 0..<500 {
                    total += counts(17) { Parallel.run(pieces: $0, $1) }.reduce(0, +)
                }
                sums.withLock { $0.append(total) }
            }
            #expect(sums.withLock { $0 } == Array(repeating: 17 * 500, count: 6))
        }
    }

    @Test func processorsAreThoseOfTheProcess() {
        #expect(Parallel.cores >= 1 && Parallel.cores <= max(Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))), 1))
    }
}
