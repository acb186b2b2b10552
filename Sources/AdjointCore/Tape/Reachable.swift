import AdjointRuntime
import Synchronization

/// The nodes on paths from roots to targets, found without recursion.
///
/// Nodes carry a mark for this, which one search at a time may use: the number of the search, and whether a target can
/// be reached. Another search at the same time, on another thread or inside a hook, keeps its marks in a table.
///
/// A function that is differentiated takes a number before it is called. Its inputs are marked with it, and a new node
/// whose recorded inputs all have one mark gets it too; so a root that has it leads to the function's inputs and to
/// nothing else, and nothing needs to be searched.
package final class Reachable {
    // One thread makes a search and reads it, so that accesses need not be watched.

    /// Whether recorded tensors that are no targets lead to the roots as well.
    @exclusivity(unchecked) private(set) var reachesOthers = false
    /// Whether all nodes that were found lead to a target.
    @exclusivity(unchecked) private(set) var isEverything = true

    /// The number of the search; nil: the marks are in the table.
    @exclusivity(unchecked) private var search: UInt64?
    @exclusivity(unchecked) private var table = NodeTable()

    private static let isTaken = Atomic<Bool>(false)
    private static let searches = Atomic<UInt64>(0)

    init(from roots: [Node], to targets: NodeTable, beyondTargets: Bool = true) {
        if Self.isTaken.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged {
            search = Self.next()
        }
        // Where all ends are targets, one visit of each node will do.
        visitAll(roots, targets, beyondTargets)
        guard !isEverything else { return }
        if search != nil { search = Self.next() } else { table = NodeTable() }
        findPaths(roots, targets, beyondTargets)
    }

    deinit {
        if search != nil { Self.isTaken.store(false, ordering: .releasing) }
    }

    /// The mark of a node that leads to a target of a search.
    static func leading(_ search: UInt64) -> UInt64 { search << 1 | 1 }

    /// The number of a new search.
    package static func next() -> UInt64 { searches.wrappingAdd(1, ordering: .relaxed).newValue }

    /// Whether nodes lead to inputs of a function that took this number, and to no other leaves.
    static func isEverything(from roots: [Node], in search: UInt64) -> Bool {
        roots.allSatisfy { $0.mark.load(ordering: .relaxed) == leading(search) }
    }

    /// Whether a target can be reached from a node.
    func contains(_ node: Node) -> Bool { mark(of: node) == 1 }

    /// 1 for a node that leads to a target, 0 for one that does not, nil for one that was not found.
    private func mark(of node: Node) -> Int? {
        guard let search else { return table[node] }
        let mark = node.mark.load(ordering: .relaxed)
        return mark >> 1 == search ? Int(mark & 1) : nil
    }

    private func set(_ node: Node, leads: Bool) {
        if let search {
            node.mark.store(leads ? Self.leading(search) : search << 1, ordering: .relaxed)
        } else {
            table.insert(node, leads ? 1 : 0)
        }
    }

    // The roots hold all nodes while a search lasts, so that none of them is counted.

    private func visitAll(_ roots: [Node], _ targets: NodeTable, _ beyondTargets: Bool) {
        var stack: [Unmanaged<Node>] = []
        stack.reserveCapacity(32)
        func find(_ node: Node) {
            guard mark(of: node) == nil else { return }
            set(node, leads: true)
            stack.append(.passUnretained(node))
        }
        for root in roots { find(root) }
        while let reference = stack.popLast() {
            reference._withUnsafeGuaranteedRef { node in
                let isTarget = targets[node] != nil
                if isTarget != node.isLeaf { reachesOthers = true }
                guard beyondTargets || !isTarget else { return }
                let hasLinks = node.forEachInput { input in
                    find(input)
                    return true
                }
                if !hasLinks, !isTarget { isEverything = false }
            }
        }
    }

    /// Each node is entered, then its inputs, then it is left, when all of them are marked.
    private func findPaths(_ roots: [Node], _ targets: NodeTable, _ beyondTargets: Bool) {
        var stack: [(node: Unmanaged<Node>, entered: Bool)] = []
        for root in roots { stack.append((.passUnretained(root), false)) }
        while let (reference, entered) = stack.popLast() {
            reference._withUnsafeGuaranteedRef { node in
                if entered {
                    leave(node)
                } else if mark(of: node) == nil {
                    let isTarget = targets[node] != nil
                    set(node, leads: isTarget)
                    guard beyondTargets || !isTarget else { return }
                    stack.append((reference, true))
                    _ = node.forEachInput { input in
                        if mark(of: input) == nil { stack.append((.passUnretained(input), false)) }
                        return true
                    }
                }
            }
        }
    }

    private func leave(_ node: Node) {
        guard mark(of: node) != 1 else { return }
        var leads = false
        _ = node.forEachInput { input in
            leads = mark(of: input) == 1
            return !leads
        }
        if leads { set(node, leads: true) }
    }
}
