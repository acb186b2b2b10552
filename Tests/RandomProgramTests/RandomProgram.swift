import Adjoint
import Testing

/// Deterministic numbers that do not come from the library (SplitMix64; Steele et al. 2014).
struct Numbers {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func bits() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }

    mutating func below(_ limit: Int) -> Int { Int(bits() % UInt64(limit)) }
    mutating func uniform() -> Double { Double(bits() >> 11) / Double(1 << 53) * 2 - 1 }
}

/// A straight-line program over float64 tensors: inputs, then steps that read earlier registers. Its value is a scalar in which
/// every register takes part.
struct RandomProgram: Sendable, Hashable {
    struct Step: Sendable, Hashable {
        let operation: String
        let operands: [Int]
        /// What the operation chooses by: axes, indices.
        let choice: Int
    }

    var inputs: [[Int]]
    var steps: [Step]

    /// The program that a seed stands for.
    /// - Parameter control: whether about a third of the steps are loops and branches, at least one.
    init(seed: UInt64, control: Bool = false) {
        var numbers = Numbers(seed)
        inputs = (0..<(1 + numbers.below(3))).map { _ in (0..<numbers.below(4)).map { _ in 1 + numbers.below(3) } }
        steps = []
        var registers = inputs.enumerated().map { Self.point($1, UInt64($0)) }
        for place in 0..<(2 + numbers.below(9)) {
            // An operation that does not fit its operands is drawn again.
            for _ in 0..<8 {
                let isControl = control && (place == 0 || numbers.below(3) == 0)
                let operations = isControl ? controlOperations : programOperations
                let operation = operations[numbers.below(operations.count)]
                let operands = (0..<operation.arity).map { _ in numbers.below(registers.count) }
                let step = Step(operation: operation.name, operands: operands, choice: numbers.below(1 << 16))
                guard let result = operation.apply(operands.map { registers[$0] }, step.choice),
                    result.count <= 64, result.rank <= 4
                else { continue }
                steps.append(step)
                registers.append(result)
                break
            }
        }
    }

    /// Numbers of a shape for an input.
    static func point(_ shape: [Int], _ seed: UInt64) -> Tensor {
        var numbers = Numbers(seed &* 7919 &+ 17)
        return Tensor((0..<shape.reduce(1, *)).map { _ in numbers.uniform() * 1.5 }, shape: shape)
    }

    /// The program's value; nil if a step does not fit (after shrinking).
    func value(_ x: [Tensor]) -> Tensor? {
        var registers = x
        for step in steps {
            guard let operation = programOperation[step.operation], step.operands.allSatisfy({ $0 < registers.count }),
                let result = operation.apply(step.operands.map { registers[$0] }, step.choice)
            else { return nil }
            registers.append(result)
        }
        var total = Tensor(0.0, dtype: .float64)
        for (place, register) in registers.enumerated() {
            total = total + (register * (0.3 + 0.1 * Double(place % 5))).sin().sum()
        }
        return total
    }
}

extension RandomProgram: CustomStringConvertible, CustomTestStringConvertible {
    /// The program in one line, which `init(_:)` reads back.
    var description: String {
        (inputs.map { "in " + $0.map(String.init).joined(separator: ",") }
            + steps.map { ([$0.operation] + $0.operands.map(String.init) + ["#\($0.choice)"]).joined(separator: " ") })
            .joined(separator: "; ")
    }
    var testDescription: String { description }

    init?(_ text: String) {
        inputs = []
        steps = []
        for part in text.split(separator: ";") {
            let words = part.split(separator: " ").map(String.init)
            guard let first = words.first else { return nil }
            if first == "in" {
                inputs.append(words.count > 1 ? words[1].split(separator: ",").compactMap { Int($0) } : [])
            } else {
                guard programOperation[first] != nil, let choice = words.last?.dropFirst(), let number = Int(choice)
                else {
                    return nil
                }
                steps.append(
                    Step(
                        operation: first, operands: words.dropFirst().dropLast().compactMap { Int($0) }, choice: number)
                )
            }
        }
    }
}
