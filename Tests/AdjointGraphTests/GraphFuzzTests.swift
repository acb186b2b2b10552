import Adjoint
import Foundation
import Testing

@testable import AdjointGraph

/// Texts and files of graphs with random damage: each is refused with a reason, or is a graph that can be run.
@Suite struct GraphFuzzTests {
    /// Which mutants are tried; `ADJOINT_GRAPH_FUZZ` in the environment names others ("first:count").
    private static let range: Range<Int> = {
        let parts = (ProcessInfo.processInfo.environment["ADJOINT_GRAPH_FUZZ"] ?? "").split(separator: ":")
        guard parts.count == 2, let first = Int(parts[0]), let count = Int(parts[1]) else { return 0..<4_000 }
        return first..<first + count
    }()
    /// Where the text under trial is kept, to be found after a crash.
    private static let trace = ProcessInfo.processInfo.environment["ADJOINT_GRAPH_FUZZ_TRACE"]

    private static let texts: [[UInt8]] = GraphCorpus.graphs.map { Array($0.description.utf8) }

    @Test(arguments: 0..<2) func damageIsRefusedOrHarmless(_ lane: Int) throws {
        var counts = (refused: 0, read: 0, run: 0, failed: 0)
        for number in Self.range where number % 2 == lane {
            var mutation = Mutation(seed: UInt64(number), texts: Self.texts)
            var text = mutation.mutant()
            if number % 3 > 0 { text = Self.withRightTypes(text) }
            if let trace = Self.trace {
                _ = FileManager.default.createFile(atPath: trace + "\(lane)", contents: Data(text))
            }
            let graph: Graph
            do throws(TensorError) {
                // Some pass as files: half of those are damaged behind the checksum.
                graph =
                    number % 5 > 0
                    ? try Graph(parsing: String(decoding: text, as: UTF8.self), byteLimit: 1 << 18)
                    : try Graph(fileBytes: mutation.file(of: text), byteLimit: 1 << 18)
            } catch {
                counts.refused += 1
                #expect(!error.problem.isEmpty && !error.remedy.isEmpty)
                continue
            }
            counts.read += 1
            #expect(graph.isValid, "mutant \(number)")
            // NaN, as a number in place of an operand, does not equal itself.
            let printed = try graph.text()
            let again = try Graph(parsing: printed)
            #expect(printed.contains("nan") || again == graph, "mutant \(number)")
            guard graph.isSmall(depth: 0) else { continue }
            do {
                _ = try GraphInterpreter(iterationLimit: 50).prepare(graph).run(GraphCorpus.inputs(of: graph))
                counts.run += 1
            } catch {
                counts.failed += 1
            }
        }
        print("graph fuzz, lane \(lane): \(counts)")
        #expect(counts.refused > counts.read / 10 && counts.run > 0)
    }

    /// The text with the types of results as they follow from damaged steps, so that damage goes on to the steps behind.
    private static func withRightTypes(_ text: [UInt8]) -> [UInt8] {
        var text = String(decoding: text, as: UTF8.self)
        for _ in 0..<60 {
            do throws(TensorError) {
                _ = try Graph(parsing: text, byteLimit: 1 << 18)
                return Array(text.utf8)
            } catch {
                guard
                    let match = error.problem.firstMatch(
                        of: /line (\d+), .*the results are of types ([a-z0-9]+\[[0-9,?]*\])$/),
                    let number = Int(match.1)
                else { break }
                var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
                lines[number - 1].replace(/: [a-z0-9]+\[[0-9,?]*\] =/, with: ": \(match.2) =", maxReplacements: 1)
                text = lines.joined(separator: "\n")
            }
        }
        return Array(text.utf8)
    }

    @Test func cutShortAnywhere() throws {
        let bytes = GraphFile.bytes(GraphCorpus.graphs[6].description)
        for count in stride(from: 0, to: bytes.count, by: 7) {
            #expect(failure { _ = try Graph(fileBytes: Array(bytes[..<count])) } != nil)
        }
    }
}

extension Graph {
    /// Whether a run takes little time: no `scan` of great length, little to compute. A `while` runs into the interpreter's limit.
    fileprivate func isSmall(depth: Int) -> Bool {
        guard steps.count < 2_000, types.allSatisfy({ $0.shape.hasUnknownExtent || $0.shape.count < 40_000 }) else {
            return false
        }
        return steps.allSatisfy { step in
            guard case .several(let operation) = step.operation else { return true }
            if let loop = operation as? Loop {
                let length =
                    loop.length
                    ?? (loop.sequences > 0 ? types[Int(Array(operands(of: step))[loop.carried])].shape[0] : 0)
                guard depth < 2, loop.predicate != nil || (0..<50).contains(length) else { return false }
            }
            return (operation as! any ControlFlow).subgraphs.allSatisfy { $0.graph.graph.isSmall(depth: depth + 1) }
        }
    }
}

/// Damage to a text, reproducible from a seed.
private struct Mutation {
    private var state: UInt64
    private let texts: [[UInt8]]

    init(seed: UInt64, texts: [[UInt8]]) {
        state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
        self.texts = texts
    }

    private mutating func random(_ count: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return count == 0 ? 0 : Int((state >> 33) % UInt64(count))
    }

    mutating func mutant() -> [UInt8] {
        var text = texts[random(texts.count)]
        if random(2) == 0 {
            for _ in 0...random(3) { mutate(&text) }
        } else if random(2) == 0 {
            changeNumber(&text, from: random(text.count))
        } else {
            replaceWord(&text, from: random(text.count))
        }
        return text
    }

    private mutating func mutate(_ text: inout [UInt8]) {
        guard !text.isEmpty else { return }
        let place = random(text.count)
        switch random(12) {
        case 0: text[place] ^= UInt8(1 << random(8))
        case 1: text.removeSubrange(place...)
        case 2: text.removeSubrange(place..<min(place + 1 + random(30), text.count))
        case 3:
            let other = texts[random(texts.count)]
            let start = random(other.count)
            text.insert(contentsOf: other[start..<min(start + random(200), other.count)], at: place)
        case 4:
            let end = min(place + random(60), text.count)
            text.insert(contentsOf: Array(text[place..<end]), at: random(text.count))
        case 5: swapLines(&text)
        case 6, 7: replaceWord(&text, from: place)
        default: changeNumber(&text, from: place)
        }
    }

    /// Another number in the place of the next one.
    private mutating func changeNumber(_ text: inout [UInt8], from place: Int) {
        func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
        guard let start = text[place...].firstIndex(where: isDigit) else { return }
        let end = text[start...].firstIndex { !isDigit($0) } ?? text.count
        let known = Int(String(decoding: text[start..<end], as: UTF8.self)) ?? 0
        let numbers = [
            0, 1, 2, 3, 4, 5, 7, 8, 10, -1, known &+ 1, max(known - 1, 0), known &* 2, 255, 1 << 20, 1 << 31,
            4_294_967_295,
            4_294_967_296, Int.max, Int.min, Int.max / 2,
        ]
        text.replaceSubrange(start..<end, with: Array("\(numbers[random(numbers.count)])".utf8))
    }

    /// Another word in the place of the next one: an operation, an element type, what parameters say.
    private mutating func replaceWord(_ text: inout [UInt8], from place: Int) {
        func isLetter(_ byte: UInt8) -> Bool { (97...122).contains(byte) || byte == 95 }
        guard let start = text[place...].firstIndex(where: isLetter) else { return }
        let end = text[start...].firstIndex { !isLetter($0) && !(48...57).contains($0) } ?? text.count
        let types = [
            "float32", "float64", "int64", "int32", "bool", "uint8", "complex64", "complex128", "float16", "bfloat16",
        ]
        let words = [
            "true", "false", "nan", "inf", "none", "pytorch", "all", "input", "constant", "[]", "?", "number: 2",
        ]
        let names = OperationRegistry.names
        let word =
            switch random(4) {
            case 0: types[random(types.count)]
            case 1: words[random(words.count)]
            default: names[random(names.count)]
            }
        text.replaceSubrange(start..<end, with: Array(word.utf8))
    }

    private mutating func swapLines(_ text: inout [UInt8]) {
        var lines = text.split(separator: 10, omittingEmptySubsequences: false)
        lines.swapAt(random(lines.count), random(lines.count))
        text = Array(lines.joined(separator: [10]))
    }

    /// The text as a file, damaged in half of the cases.
    mutating func file(of text: [UInt8]) -> [UInt8] {
        var bytes = GraphFile.bytes(String(decoding: text, as: UTF8.self))
        if random(2) == 0 {
            let place = random(min(bytes.count, 200))
            if random(2) == 0 { bytes[place] ^= UInt8(1 << random(8)) } else { bytes.removeLast(random(bytes.count)) }
        }
        return bytes
    }
}
