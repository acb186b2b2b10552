/// The cotangents that have arrived at nodes which reverse mode has not visited yet.
///
/// Nodes are visited by falling depth, ties in the order of arrival: then every consumer of a node has been visited
/// before it, and the order is the same every time. The memory is that of the frontier, not of the graph. The
/// deepest entry waits outside the heap, so that a chain touches no heap; the table is for more than a few entries.
struct Frontier {
    private struct Entry {
        let node: Node
        var cotangent: Tensor
        let arrival: Int

        func isBefore(_ other: Entry) -> Bool {
            node.depth != other.node.depth ? node.depth > other.node.depth : arrival < other.arrival
        }
    }

    /// Where an entry stands in the order, and its slot: numbers, so that the heap counts no references.
    private struct Place {
        let depth: UInt32
        let slot: Int
        let arrival: Int
        let node: UInt

        func isBefore(_ other: Place) -> Bool {
            isBefore(other.depth, other.arrival)
        }

        func isBefore(_ otherDepth: UInt32, _ otherArrival: Int) -> Bool {
            depth != otherDepth ? depth > otherDepth : arrival < otherArrival
        }
    }

    private var deepest: Entry?
    private var slots: [Entry?] = []
    private var freeSlots: [Int] = []
    private var heap: [Place] = []
    /// The slot of each node in the heap, while there are more than `few`.
    private var table = NodeTable()
    private static let few = 8
    private var arrivals = 0

    /// Adds a cotangent to what has arrived at a node.
    mutating func add(_ cotangent: consuming Tensor, to target: consuming Node) {
        let node = consume target
        if deepest?.node === node {
            deepest!.cotangent.addCotangent(cotangent)
            return
        }
        if let slot = slot(of: node) {
            slots[slot]!.cotangent.addCotangent(cotangent)
            return
        }
        arrivals += 1
        let entry = Entry(node: node, cotangent: cotangent, arrival: arrivals)
        if deepest != nil {
            if entry.isBefore(deepest!) {
                push(deepest.take()!)
                deepest = entry
            } else {
                push(entry)
            }
        } else if let top = heap.first, top.isBefore(entry.node.depth, entry.arrival) {
            push(entry)
        } else {
            deepest = entry
        }
    }

    /// Lets `body` change what has arrived at a node; false if nothing has.
    mutating func change(_ node: Node, _ body: (inout Tensor) -> Bool) -> Bool {
        if deepest?.node === node { return body(&deepest!.cotangent) }
        guard let slot = slot(of: node) else { return false }
        return body(&slots[slot]!.cotangent)
    }

    private func slot(of node: Node) -> Int? {
        guard heap.count <= Self.few else { return table[node] }
        let address = NodeTable.address(node)
        for place in heap where place.node == address { return place.slot }
        return nil
    }

    /// Takes the next node to visit and all that has arrived at it.
    mutating func popFirst() -> (node: Node, cotangent: Tensor)? {
        if let entry = deepest.take() { return (entry.node, entry.cotangent) }
        guard let top = heap.first?.slot else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            siftDown()
        }
        let entry = slots[top].take()!
        freeSlots.append(top)
        if heap.count > Self.few {
            table.remove(entry.node)
        } else if heap.count == Self.few {
            table.removeAll()
        }
        return (entry.node, entry.cotangent)
    }

    private mutating func push(_ new: consuming Entry) {
        let entry = consume new
        let (depth, arrival) = (entry.node.depth, entry.arrival)
        let slot = freeSlots.last ?? slots.count
        if slots.isEmpty {
            slots.reserveCapacity(Self.few)
            heap.reserveCapacity(Self.few)
        }
        heap.append(Place(depth: depth, slot: slot, arrival: arrival, node: NodeTable.address(entry.node)))
        if heap.count == Self.few + 1 {
            for place in heap { table.insert(place.node, place.slot) }
        } else if heap.count > Self.few {
            table.insert(entry.node, slot)
        }
        if freeSlots.popLast() != nil {
            slots[slot] = entry
        } else {
            slots.append(entry)
        }
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].isBefore(heap[parent]) else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func siftDown() {
        var parent = 0
        while true {
            var first = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && heap[child].isBefore(heap[first]) {
                first = child
            }
            guard first != parent else { return }
            heap.swapAt(parent, first)
            parent = first
        }
    }
}

/// A map from nodes to numbers by identity, with open addressing: hashing an address takes one multiplication.
struct NodeTable {
    /// A key of 0 is a free place.
    private var places: [(key: UInt, value: Int)] = []
    private(set) var count = 0

    static func address(_ node: Node) -> UInt { UInt(bitPattern: Unmanaged.passUnretained(node).toOpaque()) }

    private func home(_ key: UInt) -> Int {
        Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 32) & (places.count - 1)
    }

    private func find(_ key: UInt) -> (index: Int, found: Bool) {
        var index = home(key)
        while places[index].key != 0 {
            if places[index].key == key { return (index, true) }
            index = (index + 1) & (places.count - 1)
        }
        return (index, false)
    }

    subscript(node: Node) -> Int? {
        guard count > 0 else { return nil }
        let (index, found) = find(Self.address(node))
        return found ? places[index].value : nil
    }

    mutating func insert(_ node: Node, _ value: Int) { insert(Self.address(node), value) }

    mutating func insert(_ address: UInt, _ value: Int) {
        if 2 * (count + 1) > places.count { grow() }
        let (index, found) = find(address)
        if !found { count += 1 }
        places[index] = (address, value)
    }

    mutating func removeAll() {
        for index in places.indices { places[index].key = 0 }
        count = 0
    }

    mutating func remove(_ node: Node) {
        guard count > 0 else { return }
        var (hole, found) = find(Self.address(node))
        guard found else { return }
        count -= 1
        // Later entries of the same run move up, so that no gap hides them.
        var index = hole
        while true {
            index = (index + 1) & (places.count - 1)
            guard places[index].key != 0 else { break }
            let distance = (index - home(places[index].key)) & (places.count - 1)
            if distance >= (index - hole) & (places.count - 1) {
                places[hole] = places[index]
                hole = index
            }
        }
        places[hole].key = 0
    }

    private mutating func grow() {
        let old = places
        places = Array(repeating: (0, 0), count: max(32, 2 * old.count))
        for place in old where place.key != 0 { places[find(place.key).index] = place }
    }
}
