import AdjointCore
import AdjointRuntime
import Synchronization

/// The records that a checkpointed function made: each has given up what it would keep, and gets it back from one more
/// run of the function when a pass asks for the first of them.
final class CheckpointRegion: RecordingObserver {
    private struct Entry {
        let label: String
        let type: TensorType
        let callers: Callers
        let sample: UInt64?
        /// What the record would have kept; gone when the record is.
        var values: [WeakValue] = []
    }

    private struct WeakValue { weak var value: CheckpointedValue? }

    private struct Contents {
        var entries: [Entry] = []
        var draws = Draws()
        var outputs: [UInt64?] = []
        var recompute: (@Sendable () -> [Tensor])?
    }
    private let contents = Mutex(Contents())
    private let site = CallSite()
    private let innermost = Transforms.innermost

    func recorded(_ node: Node, _ result: TensorValue) {
        var entry = Entry(
            label: node.operation.label, type: node.type, callers: node.callers, sample: result.sampleHash)
        node.mapKept { kept in
            let value = CheckpointedValue(region: self)
            entry.values.append(WeakValue(value: value))
            return TensorValue(packed: PackedValue { () throws(TensorError) in try value.get() }, type: kept.type)
        }
        contents.withLock { [entry] in $0.entries.append(entry) }
    }

    func drew(_ count: Int, from generator: Generator, at place: UInt64) {
        contents.withLock { $0.draws.note(generator, place) }
    }

    /// The end of the first run.
    func close(_ outputs: [Tensor], _ recompute: @escaping @Sendable () -> [Tensor]) {
        contents.withLock {
            guard !$0.entries.isEmpty else { return }
            $0.outputs = outputs.map { $0.value.hash }
            $0.recompute = recompute
        }
    }

    /// Runs the function again and gives the records their values back.
    fileprivate func restore() throws(TensorError) {
        let (recompute, draws) = contents.withLock { ($0.recompute, $0.draws) }
        guard let recompute else {
            throw TensorError(
                .gradient, "checkpoint", "a saved value was read before the checkpointed function had returned",
                "differentiate outside the function, or leave that part out of it")
        }
        let again = Recomputation(draws)
        let outputs = Transforms.$innermost.withValue(innermost) {
            Recording.unobserved { enableGrad { Recording.observed(by: again) { recompute() } } }
        }
        if let failure = outputs.lazy.compactMap(\.failure).first { throw failure }
        let records = again.records
        try contents.withLock { contents throws(TensorError) in
            for (entry, record) in zip(contents.entries, records)
            where entry.label != record.label || entry.type != record.type || entry.values.count != record.kept.count {
                throw difference("ran \(record.label), where it had run \(entry.label)", entry.callers)
            }
            guard contents.entries.count == records.count else {
                throw difference("recorded \(records.count) operations, and \(contents.entries.count) the first time")
            }
            guard contents.outputs == outputs.map({ $0.value.hash }) else {
                let first = zip(contents.entries, records).first { $0.sample != $1.sample }?.0
                throw difference(
                    first.map { "gave other numbers, first in \($0.label)" } ?? "gave other numbers", first?.callers)
            }
            for (entry, record) in zip(contents.entries, records) {
                for (weak, kept) in zip(entry.values, record.kept) { weak.value?.set(kept) }
            }
        }
    }

    private func difference(_ what: String, _ callers: Callers? = nil) -> TensorError {
        TensorError(
            .gradient, "checkpoint",
            remedy: "make it compute the same each time: no state from outside, random numbers from a Generator"
        ) { [site] in
            let line = callers?.location.map { " at \($0)" } ?? ""
            return "the function\(site.phrase), run again, \(what)\(line)"
        }
    }
}

/// A value that a record of a checkpointed function keeps: nothing, until it is asked for.
private final class CheckpointedValue: Sendable {
    private let region: CheckpointRegion
    private let value = Mutex<TensorValue?>(nil)

    init(region: CheckpointRegion) { self.region = region }

    func set(_ restored: TensorValue) { value.withLock { $0 = restored } }

    func get() throws(TensorError) -> TensorValue {
        if let value = value.withLock({ $0 }) { return value }
        try region.restore()
        return value.withLock { $0 }!
    }
}

/// What a repeated run records and keeps.
private final class Recomputation: RecordingObserver {
    struct Record {
        let label: String
        let type: TensorType
        let sample: UInt64?
        let kept: [TensorValue]
    }
    private let made = Mutex<[Record]>([])
    private let replay: DrawReplay

    init(_ draws: Draws) { replay = DrawReplay(draws) }

    var records: [Record] { made.withLock { $0 } }

    func recorded(_ node: Node, _ result: TensorValue) {
        let record = Record(
            label: node.operation.label, type: node.type, sample: result.sampleHash, kept: node.kept)
        made.withLock { $0.append(record) }
    }

    func place(of generator: Generator, count: Int) -> UInt64? { replay.place(of: generator, count: count) }
}
