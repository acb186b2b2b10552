import AdjointRuntime
import CKernels

/// Watches what one thread records and draws: checkpoints and hooks of saved values do.
package protocol RecordingObserver: AnyObject, Sendable {
    /// Sees a new record; `node.mapKept` may give it other values to keep.
    func recorded(_ node: Node, _ result: TensorValue)
    /// The place from which a generator is to draw; nil for its own.
    func place(of generator: Generator, count: Int) -> UInt64?
    /// Sees from where a generator drew.
    func drew(_ count: Int, from generator: Generator, at place: UInt64)
}

extension RecordingObserver {
    package func recorded(_ node: Node, _ result: TensorValue) {}
    package func place(of generator: Generator, count: Int) -> UInt64? { nil }
    package func drew(_ count: Int, from generator: Generator, at place: UInt64) {}
}

/// The observers of this thread's recording.
package enum Recording {
    /// What the thread's word of recording counts an observer as; below it stand the `noGrad` scopes. So that recording
    /// asks one question where nobody watches: is the word 0?
    static let observed: Int32 = 1 << 16

    @TaskLocal private static var observers: [any RecordingObserver] = []

    /// Runs `body` on this thread with an observer more.
    package static func observed<Result>(
        by observer: any RecordingObserver, _ body: () throws -> Result
    ) rethrows -> Result {
        adj_no_grad_set(adj_no_grad_get() + observed)
        defer { adj_no_grad_set(adj_no_grad_get() - observed) }
        return try $observers.withValue(observers + [observer]) { try body() }
    }

    /// Runs `body` as if nobody watched: a recomputation is no business of those who watch the pass that needs it.
    package static func unobserved<Result>(_ body: () throws -> Result) rethrows -> Result {
        let word = adj_no_grad_get()
        adj_no_grad_set(word % observed)
        defer { adj_no_grad_set(word) }
        return try $observers.withValue([]) { try body() }
    }

    /// Shows a record to the observers, the innermost first.
    @inline(never) static func show(_ result: Tensor) {
        for observer in observers.reversed() { observer.recorded(result.node!, result.value) }
    }

    /// The place of a draw: an observer's, if one has it, else the generator's own.
    static func draw(_ count: Int, from generator: Generator, own: () -> UInt64) -> UInt64 {
        guard adj_no_grad_get() >= observed else { return own() }
        let observers = observers
        var found: UInt64?
        for observer in observers.reversed() where found == nil { found = observer.place(of: generator, count: count) }
        let place = found ?? own()
        for observer in observers { observer.drew(count, from: generator, at: place) }
        return place
    }
}

/// A forward value that is kept somewhere else until a reverse rule reads it.
package final class PackedValue: Sendable {
    private let unpack: @Sendable () throws(TensorError) -> TensorValue

    package init(_ unpack: @escaping @Sendable () throws(TensorError) -> TensorValue) { self.unpack = unpack }

    func value() throws(TensorError) -> TensorValue { try unpack() }
}

extension TensorValue {
    /// What stands in a node for a value that is kept elsewhere.
    package init(packed: PackedValue, type: TensorType) { self.init(.packed, type: type, owner: packed) }

    /// The value itself, got back if it is kept elsewhere.
    package func unpacked() throws(TensorError) -> TensorValue {
        var value = self
        while value.kind == .packed { value = try unsafeDowncast(value.owner!, to: PackedValue.self).value() }
        return value
    }
}

extension Node {
    /// Replaces each forward value that the node keeps: the inputs' in order, then the result's.
    package func mapKept(_ transform: (TensorValue) -> TensorValue) {
        state.withLock { $0.links?.mapKept(transform) }
    }

    /// The forward values that the node keeps, in the order of `mapKept`.
    package var kept: [TensorValue] {
        guard let links else { return [] }
        return (0..<links.count).compactMap { links[$0].value } + (links.output.map { [$0] } ?? [])
    }
}

extension Links {
    fileprivate mutating func mapKept(_ transform: (TensorValue) -> TensorValue) {
        first.value = first.value.map(transform)
        second.value = second.value.map(transform)
        if rest != nil {
            for index in rest!.indices { rest![index].value = rest![index].value.map(transform) }
        }
        output = output.map(transform)
    }
}
