import AdjointCore
import Dispatch
import Synchronization
import Testing

/// Searches for what leads to a target share marks on nodes: they must not see each other's.
@Suite struct SearchTests {
    /// 40 layers y = y a + b sin y, of which only some leaves are targets.
    private static func graph(_ leaves: [Tensor]) -> Tensor {
        var y = leaves[0]
        for layer in 0..<40 { y = y * leaves[1 + layer % 3] + leaves[2] * y.sin() * 0.1 }
        return y.sum()
    }

    private static func leaves() -> [Tensor] {
        (0..<4).map { Tensor([0.3 + 0.2 * Double($0), 0.9], shape: [2]).requiringGrad() }
    }

    private static func all(_ y: Tensor, _ leaves: [Tensor]) -> [[Double]] {
        gradients(of: [y], withRespectTo: leaves, retainGraph: true).map(\.doubles)
    }

    @Test func aPassInsideAHookOfAPassFindsItsOwnTargets() {
        let leaves = Self.leaves()
        let y = Self.graph(leaves)
        let wanted = Self.all(y, leaves)
        let other = Self.leaves()
        let z = Self.graph(other)
        let found = Mutex([[Double]]())
        let middle = leaves[0] * 2
        let handle = middle.registerHook { _ in
            let inner = gradients(of: [z], withRespectTo: [other[3]], retainGraph: true)
            found.withLock { $0 += inner.map(\.doubles) }
            return nil
        }
        defer { handle.remove() }
        let sum = y + middle.sum()
        for index in leaves.indices {
            let outer = gradients(of: [sum], withRespectTo: [leaves[0], leaves[index]], retainGraph: true)
            #expect(outer[1].doubles == wanted[index].map { index == 0 ? $0 + 2 : $0 })
        }
        #expect(found.withLock { $0 } == Array(repeating: wanted[3], count: 4))
    }

    @Test func passesOnSeveralThreadsOverOneGraphGiveTheSame() {
        let leaves = Self.leaves()
        let y = Self.graph(leaves)
        let wanted = Self.all(y, leaves)
        let failures = Mutex(0)
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for round in 0..<200 {
                let index = (thread + round) % leaves.count
                let found = gradients(of: [y], withRespectTo: [leaves[index]], retainGraph: true)
                if found[0].doubles != wanted[index] { failures.withLock { $0 += 1 } }
            }
        }
        #expect(failures.withLock { $0 } == 0)
    }

    @Test func whatLeadsToNoTargetIsLeftOut() {
        let leaves = Self.leaves()
        let target = leaves[1] * 3
        let apart = leaves[2].exp() + leaves[3]
        // A hook on a tensor that leads to no target would be called if its branch were followed.
        let called = Mutex(false)
        let handle = apart.registerHook { _ in
            called.withLock { $0 = true }
            return nil
        }
        defer { handle.remove() }
        let found = gradients(of: [(target * apart).sum()], withRespectTo: [leaves[1]])
        #expect(found[0].doubles == apart.doubles.map { 3 * $0 })
        #expect(called.withLock { !$0 })
    }
}
