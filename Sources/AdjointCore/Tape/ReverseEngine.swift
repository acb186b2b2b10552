import AdjointRuntime

/// What a reverse rule sees of the operation that it differentiates.
package struct Saved: ~Copyable {
    /// The node under way, which the pass holds.
    unowned(unsafe) let node: Node
    let links: Links
    private let intermediates: Intermediates?
    /// The nodes from which a target can be reached; nil when they all are.
    let reachable: Reachable?
    /// Whether the rule's own operations are to be recorded.
    package let recordsRules: Bool

    init(_ node: Node, _ links: consuming Links, _ reachable: Reachable?, recordsRules: Bool) {
        self.node = node
        intermediates =
            links.rest != nil && type(of: node.operation).keepsIntermediates
            ? Intermediates(parts: links.rest.take()!.map(\.value)) : nil
        self.links = links
        self.reachable = reachable
        self.recordsRules = recordsRules
    }

    /// The node of an input.
    package func node(_ index: Int) -> Node? { links.node(index) }

    /// Whether input `index` needs a cotangent.
    package func needs(_ index: Int) -> Bool {
        guard links.isRecorded(index) else { return false }
        guard let reachable else { return true }
        return reachable.contains(links.node(index)!)
    }

    /// A forward input that the operation declared in `reads`.
    package func input(_ index: Int) -> Tensor {
        restored(links.value(index), recordsRules ? links.node(index) : nil)
    }

    /// The forward result, if the operation declared it in `reads`.
    package var output: Tensor { restored(links.output!, recordsRules ? node : nil) }

    @inline(__always) private func restored(_ value: TensorValue, _ node: Node?) -> Tensor {
        value.kind == .packed
            ? attempt { () throws(TensorError) in Tensor(try value.unpacked(), node) } : Tensor(value, node)
    }

    /// Takes what the kernel of an operation that keeps intermediates left (`Primitive.executeKeeping`), once; where the pass
    /// frees the graph and nobody else holds it, its memory may be written. nil where there is nothing, as in a node that
    /// stands for a value of a transform.
    package func takeIntermediate(_ index: Int) throws(TensorError) -> TensorValue? {
        guard let value = intermediates?.take(index) else { return nil }
        return value.kind == .packed ? try value.unpacked() : value
    }

    /// The type of an input that needs a cotangent.
    package func inputType(_ index: Int) -> TensorType { links.node(index)!.type }
}

/// What a kernel left for its reverse rule, to be taken part by part.
private final class Intermediates {
    private var parts: [TensorValue?]

    init(parts: [TensorValue?]) { self.parts = parts }

    func take(_ index: Int) -> TensorValue? { parts[index].take() }
}

/// Where reverse rules send cotangents.
package struct CotangentSink {
    var frontier = Frontier()

    /// Sends a cotangent to an input. Inputs that need none are passed over.
    package mutating func add(_ cotangent: consuming Tensor, to index: Int, of saved: borrowing Saved) {
        guard saved.needs(index) else { return }
        let node = saved.links.node(index)!
        precondition(
            cotangent.value.kind == .failed || cotangent.type == node.type,
            "the reverse rule of \(saved.node.operation.label) gave \(cotangent.type) for an input of \(node.type)")
        frontier.add(cotangent, to: consume node)
    }

    /// Lets `body` add to what has arrived at an input already; false if nothing has, its memory is not its own, or `body`
    /// has added nothing.
    mutating func add(to index: Int, of saved: borrowing Saved, _ body: (TensorValue) -> Bool) -> Bool {
        guard saved.needs(index) else { return true }
        return frontier.change(saved.links.node(index)!) { sum in
            guard sum.node == nil, sum.value.isStored, sum.value.isUniquelyHeld() else { return false }
            return body(sum.value)
        }
    }
}

/// One pass of reverse accumulation.
struct ReversePass {
    /// The name that messages show.
    let caller: String
    var retainsGraph: Bool
    var createsGraph: Bool
    /// The nodes whose cotangents are wanted; nil: all leaves and the nodes that retain theirs.
    var targets: NodeTable?
    /// Whether nothing is sent on from a target.
    var stopsAtTargets = false

    /// Propagates the seeds; gives the cotangent of each target that one of them reaches, in the order of arrival.
    func run(_ seeds: [(node: Node, cotangent: Tensor)]) throws(TensorError) -> [(node: Node, cotangent: Tensor)] {
        try run(seeds, targets.map { targets in Reachable(from: seeds.map(\.node), to: targets) })
    }

    func run(
        _ seeds: [(node: Node, cotangent: Tensor)], _ reachable: Reachable?
    ) throws(TensorError) -> [(node: Node, cotangent: Tensor)] {
        let reachable = reachable?.isEverything == true ? nil : reachable
        let call = BackwardCall()
        var groups = HookGroupArrivals()
        var arrived: [(node: Node, cotangent: Tensor)] = []
        if let targets { arrived.reserveCapacity(targets.count) }
        var sink = CotangentSink()
        for seed in seeds {
            sink.frontier.add(createsGraph ? seed.cotangent : Tensor(seed.cotangent.value), to: seed.node)
        }

        while let (node, arrivedCotangent) = sink.frontier.popFirst() {
            var cotangent = consume arrivedCotangent
            let stops = stopsAtTargets && targets![node] != nil
            var (visited, attachment) =
                stops ? (nil, node.attachment) : try node.visit(call, retain: retainsGraph, caller: caller)
            if let attachment {
                for hook in attachment.hooks { cotangent = try apply(hook, to: cotangent) }
                for membership in attachment.groups { groups.arrived(cotangent, membership) }
            }
            if let failure = cotangent.failure { throw failure }
            if isTarget(node, attachment) { arrived.append((node, cotangent)) }
            guard let links = visited.take() else { continue }
            links.fetchNodes()
            let saved = Saved(node, consume links, reachable, recordsRules: createsGraph)
            node.operation.pullback(consume cotangent, saved, &sink)
        }
        groups.finish()
        for (_, cotangent) in arrived {
            if let failure = cotangent.failure { throw failure }
        }
        return arrived
    }

    private func isTarget(_ node: Node, _ attachment: Attachment?) -> Bool {
        if targets != nil { return targets![node] != nil }
        return node.isLeaf || attachment?.retainsGradient == true
    }

    private func apply(_ hook: GradientHook, to cotangent: Tensor) throws(TensorError) -> Tensor {
        guard let replacement = hook(cotangent) else { return cotangent }
        guard replacement.type == cotangent.type else {
            throw TensorError(
                .gradient, caller, "a hook changed the gradient from \(cotangent.type) to \(replacement.type)",
                "return a gradient of the same shape and type, or nil to leave it")
        }
        return createsGraph ? replacement : Tensor(replacement.value)
    }
}

extension Node {
    /// Takes (or, with `retain`, copies) the links for a pass.
    fileprivate func visit(
        _ call: BackwardCall, retain: Bool, caller: String
    ) throws(TensorError) -> (Links?, Attachment?) {
        if isLeaf { return (nil, attachment) }
        let (links, attachment, earlier) = state.withLock { state -> (Links?, Attachment?, BackwardCall?) in
            if retain { return (state.links, state.attachment, state.freedBy) }
            if state.freedBy != nil { return (nil, nil, state.freedBy) }
            state.freedBy = call
            return (state.links.take(), state.attachment, nil)
        }
        if let earlier { throw freedError(by: earlier, caller) }
        return (links, attachment)
    }

    private func freedError(by earlier: BackwardCall, _ caller: String) -> TensorError {
        TensorError(
            .graphFreed, caller, remedy: "pass retainGraph: true to the earlier pass, or compute the value again"
        ) { [operation, type, callers] in
            let place = earlier.callers.location.map { " at \($0)" } ?? ""
            let made = callers.location.map { ", recorded at \($0)" } ?? ""
            return "the graph below \(operation.label)\(type.shape)\(made) was freed by the backward pass\(place)"
        }
    }

    /// The error of a pass from these roots that missed something, if a part of the graph on the way was freed.
    static func freedError(below roots: [Node], _ caller: String) -> TensorError? {
        var seen = NodeTable()
        var stack = roots
        while let node = stack.popLast() {
            guard seen[node] == nil else { continue }
            seen.insert(node, 1)
            let (links, earlier) = node.state.withLock { ($0.links, $0.freedBy) }
            if let earlier { return node.freedError(by: earlier, caller) }
            guard let links else { continue }
            for index in 0..<links.count { if let input = links[index].node { stack.append(input) } }
        }
        return nil
    }
}

extension Tensor {
    /// Whether a kernel of real numbers may read the elements, and nothing is recorded by doing so.
    var isPlainReal: Bool { node == nil && value.isStored && (dtype == .float32 || dtype == .float64) }

    /// self += other, in place where this tensor's memory is its own.
    mutating func addCotangent(_ other: Tensor) {
        if node == nil, other.node == nil, other.value.isStored, value.type == other.value.type, value.isUniquelyHeld()
        {
            Add.compiled.run(value, other.value, into: value, Parameters())
        } else if value.kind == .tuple, other.value.kind == .tuple {
            self = CotangentTuple.sum(self, other)
        } else {
            self = self + other
        }
    }
}
