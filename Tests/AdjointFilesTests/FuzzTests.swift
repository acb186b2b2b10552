import Testing

@testable import AdjointFiles

/// A small random number generator that gives the same numbers for the same seed on every machine.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

@Suite struct FuzzTests {
    /// Calls `read` with damaged copies of `file`: it must throw or return, whatever the damage.
    private func damage<Success>(
        _ file: [UInt8], seed: UInt64, count: Int = 10_000, read: ([UInt8]) throws -> Success
    ) -> (failures: Int, successes: [Success]) {
        var generator = SplitMix(state: seed)
        var failures = 0
        var successes: [Success] = []
        for _ in 0..<count {
            var copy = file
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let position = Int.random(in: copy.indices, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: copy[position] = [0x00, 0x7F, 0x80, 0xFF].randomElement(using: &generator)!
                default: copy[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                }
            }
            if Int.random(in: 0..<10, using: &generator) == 0 {
                copy.removeSubrange(copy.indices.randomElement(using: &generator)!...)
            }
            do {
                successes.append(try read(copy))
            } catch {
                failures += 1
            }
        }
        return (failures, successes)
    }

    @Test(arguments: ["vector", "fortran", "version2", "big_c16"])
    func damagedArraysThrowOrAreConsistent(_ name: String) {
        let (failures, arrays) = damage(Fixtures.bytes(name), seed: 1, count: 2500) { try NPYArray(parsing: $0) }
        #expect(failures > 0)
        for array in arrays {
            #expect(array.bytes.count == array.shape.reduce(array.descr.byteCount, *))
            #expect(array.rowMajor().bytes.count == array.bytes.count)
        }
    }

    @Test(arguments: ["npzStored", "npzCompressed", "npzZip64", "npzStreamed"])
    func damagedArchivesThrowOrGiveTheTrueArrays(_ name: String) throws {
        let file = Fixtures.bytes(name)
        let whole = Set(try NPZ.read(file).map(\.array))
        let (failures, results) = damage(file, seed: 2) { try NPZ.read($0) }
        #expect(failures > 0)
        for arrays in results {
            #expect(whole.isSuperset(of: arrays.map(\.array)))
        }
    }

    @Test func damagedGzipThrowsOrGivesTheTrueBytes() throws {
        let file = Fixtures.bytes("gzip")
        let whole = try Gzip.decompress(file)
        let (failures, results) = damage(file, seed: 3) { try Gzip.decompress($0) }
        #expect(failures > 0)
        #expect(results.allSatisfy { $0 == whole })
    }
}
