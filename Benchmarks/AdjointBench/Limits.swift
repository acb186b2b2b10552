import Adjoint
import AdjointRuntime

#if canImport(Glibc)
import COpenBLAS
import Glibc
#elseif canImport(Darwin)
import Accelerate
#endif

/// What this machine reaches: bytes copied and products of matrices computed in a second.
struct Limits {
    let threads: Int

    func lines() -> [String] {
        let copies = [256, 64, 32, 16].map {
            line("limit.copy_\($0)MiB", gigabytesCopied(bytes: $0 << 20), "GB/s")
        }
        return copies + [line("limit.sgemm_1024", gigaflops(1024), "GFLOP/s")]
    }

    private func line(_ name: String, _ value: Double, _ unit: String) -> String {
        "{\"workload\": \"\(name)\", \"peer\": \"machine\", \"threads\": \(threads), \"value\": \(value), "
            + "\"unit\": \"\(unit)\"}"
    }

    /// Bytes read and written in a second by memcpy, the best of a second.
    private func gigabytesCopied(bytes: Int) -> Double {
        let part = bytes / threads
        let from = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
        let to = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
        defer {
            from.deallocate()
            to.deallocate()
        }
        memset(from, 1, bytes)
        memset(to, 2, bytes)
        let times = measure {
            [seconds { Parallel.run(pieces: threads) { memcpy(to + $0 * part, from + $0 * part, part) } }]
        }
        return 2 * Double(bytes) / times[0].minimum * 1e-9
    }

    /// The rate of a bare product of two n × n matrices, one for each thread, the best of a second.
    private func gigaflops(_ n: Int) -> Double {
        let count = n * n
        let memory = UnsafeMutablePointer<Float>.allocate(capacity: 3 * count * threads)
        memory.initialize(repeating: 0.5, count: 3 * count * threads)
        defer { memory.deallocate() }
        #if canImport(Glibc)
        openblas_set_num_threads(1)
        let (order, plain) = (Int32(CblasRowMajor), Int32(CblasNoTrans))
        #else
        let (order, plain) = (CblasRowMajor, CblasNoTrans)
        #endif
        let size = Int32(n)
        let times = measure {
            [
                seconds {
                    Parallel.run(pieces: threads) { lane in
                        let a = memory + 3 * count * lane
                        cblas_sgemm(
                            order, plain, plain, size, size, size, 1, a, size, a + count, size, 0, a + 2 * count, size)
                    }
                }
            ]
        }
        return 2 * Double(n) * Double(n) * Double(n) * Double(threads) / times[0].minimum * 1e-9
    }
}
