import Adjoint
import AdjointCore
import AdjointRuntime
import Foundation
import Testing

@testable import AdjointGraph

/// Large graphs: nothing recurses, and each pass takes a time that grows with the graph and no faster.
///
/// `ADJOINT_LARGE_GRAPHS=1000000` in the environment goes up to a million operations and prints the curve.
@Suite struct LargeGraphTests {
    @Test func everyPassIsNearLinear() throws {
        let largest = ProcessInfo.processInfo.environment["ADJOINT_LARGE_GRAPHS"].flatMap { Int($0) } ?? 30_000
        var curves: [(count: Int, times: [(name: String, nanoseconds: Double)])] = []
        var count = min(1000, largest)
        while true {
            curves.append((count, try times(count)))
            if count >= largest { break }
            count = min(count * 10, largest)
        }
        print("nanoseconds an operation, by operations")
        print((["pass"] + curves.map { "\($0.count)" }).joined(separator: "\t"))
        for (index, entry) in curves[0].times.enumerated() {
            let numbers = curves.map { String(Int($0.times[index].nanoseconds)) }
            print(([entry.name] + numbers).joined(separator: "\t"))
        }
        // From the middle of the curve on, where caches no longer hold the graph anyway. A quadratic step would be 30 times slower.
        let (first, last) = (curves[curves.count / 2], curves.last!)
        for (one, other) in zip(first.times, last.times) {
            #expect(
                other.nanoseconds < max(one.nanoseconds, 100) * 12,
                "\(one.name): \(one.nanoseconds) → \(other.nanoseconds)")
        }
    }

    /// Times of building, differentiating, each pass, planning and running a graph of `count` operations, an operation.
    private func times(_ count: Int) throws -> [(name: String, nanoseconds: Double)] {
        var times: [(name: String, nanoseconds: Double)] = []
        func timed<Value>(_ name: String, _ body: () throws -> Value) rethrows -> Value {
            let clock = ContinuousClock()
            let start = clock.now
            let value = try body()
            let elapsed = clock.now - start
            let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
            times.append((name, seconds * 1e9 / Double(count)))
            return value
        }
        var builder: GraphBuilder? = GraphBuilder()
        let x = builder!.input("x", [2])
        // Half of the operations are the gradient's.
        let y = timed("build") {
            var y = x
            for index in 0..<(count / 3) {
                switch index % 4 {
                case 0: y = y.sin()
                case 1: y = y * 1.01 + 0
                case 2: y = y + x
                default: y = y.reshaped(1, 2).reshaped(2)
                }
            }
            return y.sum()
        }
        let gradient = timed("differentiate") { builder!.gradient(of: y, withRespectTo: x) }
        var graph = try timed("graph") { try builder!.graph([y, gradient]) }
        builder = nil
        var seen: Set<String> = []
        for pass in GraphPass.standard {
            let result = timed(seen.insert(pass.name).inserted ? pass.name : "\(pass.name) again") { pass(graph) }
            graph = result.graph
            if pass.name == GraphPass.commonSubexpressions.name { #expect(graph.operationCount > count / 4) }
        }
        let plan = timed("plan") { ExecutionPlan(graph) }
        let results = try timed("run") { try plan.run([Tensor([0.5, 0.25])]) }
        #expect(results.allSatisfy { $0.isFinite().all().item() == 1 })
        _ = try timed("memory plan") { try plan.memoryPlan }
        return times
    }
}
