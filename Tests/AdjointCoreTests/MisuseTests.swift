import AdjointCore
import AdjointRuntime
import Foundation
import Testing

@Suite struct MisuseTests {
    @Test func theTableIsWhole() {
        #expect(misuses.count == 105)
        #expect(Set(misuses.map(\.name)).count == misuses.count)
    }

    @Test(arguments: misuses.map(\.name)) func insideCheckedItThrows(_ name: String) throws {
        let misuse = try #require(misuses.first { $0.name == name })
        let error = try #require(failure(misuse.run), "nothing was thrown")
        #expect(error.kind == misuse.kind)
        #expect(!error.operation.isEmpty && !error.problem.isEmpty && !error.remedy.isEmpty)
        let text = error.problem + " " + error.remedy + " " + error.operation
        for mention in misuse.mentions { #expect(text.contains(mention), "\(text)") }
    }

    /// The misuses whose lines are looked up.
    ///
    /// That takes about a second each. The compiler merges closures that differ only in a constant, and with them
    /// their lines: not these.
    static let located = misuses.enumerated()
        .filter { $0.offset % 9 == 1 && $0.element.name != "reshape, no divisor" }.map(\.element.name)

    @Test(arguments: located) func theMessageNamesTheUsersLine(_ name: String) throws {
        let misuse = try #require(misuses.first { $0.name == name })
        let error = try #require(failure(misuse.run), "nothing was thrown")
        let text = error.description
        for mention in misuse.mentions { #expect(text.contains(mention), "\(text)") }
        #expect(text.contains("\n  fix: ") && text.hasSuffix("."), "\(text)")
        // The body may have a line or three of its own.
        let lines = (misuse.line...misuse.line + 3).map { "AdjointCoreTests/MisuseTable.swift:\($0) in" }
        #expect(lines.contains { text.contains($0) }, "line \(misuse.line): \(text)")
    }

    @Test(arguments: [0, 3, 14, 28, 32, 60, 71, 80, 93])
    func outsideTheProgramStopsWithTheMessage(_ index: Int) async throws {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { [index] in
            misuses[index].run()
        }
        let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
        let misuse = misuses[index]
        for mention in misuse.mentions { #expect(text.contains(mention), "\(misuse.name): \(text)") }
        #expect(text.contains("MisuseTable.swift:") && text.contains("fix: "), "\(misuse.name)")
    }
}

@Suite struct CheckedTests {
    private let x = Tensor.ones(2, 3)

    @Test func theFirstErrorWins() throws {
        let error = try #require(
            failure {
                let bad = x.matmul(x)
                _ = x + Tensor.ones(5)
                _ = bad.reshaped(7)
            })
        #expect(error.operation == "matmul")
    }

    @Test func whatFollowsAFailureIsAFailedTensor() throws {
        var seen: [Tensor] = []
        let error = try #require(
            failure {
                let bad = x + Tensor.ones(5)
                var changed = x
                changed[0] = bad[0]
                var sum = x
                sum += bad
                seen = [
                    bad, bad * 2, x - bad, bad.sum(axis: 0), bad.T, bad.reshaped(4), bad[1, .ellipsis], bad.exp(),
                    bad.matmul(x), x.matmul(bad), which(bad .> 0, x, x), concatenate([x, bad]), stack([bad, x]),
                    bad.softmax(), bad.requiringGrad(), bad.detach(), bad.mean(), bad.norm(3), bad.std(), bad.max(),
                    changed, sum, bad.cumulativeSum(axis: 0), bad.to(.float64),
                    bad.pow(2), bad.clamp(min: 0, max: 1), dot(bad, bad), outer(bad, bad), bad.floor(), bad.T.T,
                    bad.squeezed(), bad.expandedAxis(0), bad.broadcast(to: [2, 3]), bad.take(Tensor([0]), axis: 0),
                ]
                #expect(bad.shape == [] && bad.item().isNaN && bad.doubles == [] && bad.bytes == [])
                #expect(bad.description.contains("failed") && bad.description.contains("add"))
                for part in bad.split(2) { #expect(part.failure != nil) }
            })
        #expect(error.operation == "add")
        for (index, tensor) in seen.enumerated() { #expect(tensor.failure != nil, "\(index)") }
    }

    @Test func backwardFromAFailureAccumulatesNothing() throws {
        let w = x.requiringGrad()
        let error = try #require(
            failure {
                (w + Tensor.ones(5)).sum().backward()
                w.sum().backward(seed: w.reshaped(5).sum())
            })
        #expect(error.operation == "add" && w.grad == nil)
    }

    @Test func loopsOnAFailedValueEnd() throws {
        var rounds = 0
        let error = try #require(
            failure {
                var b = x + Tensor.ones(5)
                while b.norm() < 1000 {
                    b = b * 2
                    rounds += 1
                }
                if b.sum() > 0 { rounds += 100 }
            })
        #expect(error.operation == "add" && rounds == 0)
    }

    @Test func scopesNestAndEnd() throws {
        #expect(try checked { x.sum().item() } == 6)
        var inner: TensorError?
        let outer = failure {
            inner = failure { _ = x.reshaped(5) }
            _ = x.exp()
        }
        #expect(inner?.operation == "reshape" && outer == nil)
        struct Stop: Error {}
        #expect(throws: Stop.self) { try checked { throw Stop() } }
        #expect(throws: TensorError.self) {
            try checked {
                _ = x.reshaped(5)
                throw Stop()
            }
        }
        // A leaked failure stays one.
        var leaked = x
        _ = failure { leaked = x.reshaped(5) }
        #expect(leaked.failure?.operation == "reshape" && leaked.exp().failure != nil)
    }

    @Test func tasksStartedInsideReportToTheScope() async {
        await withTaskGroup(of: TensorError?.self) { group in
            for extent in 1...8 {
                group.addTask { failure { _ = Tensor.ones(extent).reshaped(extent + 1) } }
            }
            var count = 0
            for await error in group { count += error?.operation == "reshape" ? 1 : 0 }
            #expect(count == 8)
        }
    }
}
