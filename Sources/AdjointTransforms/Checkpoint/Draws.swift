import AdjointCore
import Synchronization

/// Places of generators, from which numbers are drawn again.
struct Draws: Sendable {
    private var places: [(generator: Generator, place: UInt64)] = []

    subscript(generator: Generator) -> UInt64? {
        get { places.first { $0.generator === generator }?.place }
        set {
            places.removeAll { $0.generator === generator }
            if let newValue { places.append((generator, newValue)) }
        }
    }

    /// Keeps the first place of each generator.
    mutating func note(_ generator: Generator, _ place: UInt64) {
        if self[generator] == nil { self[generator] = place }
    }

    /// These places, and the others' for generators that are not among them.
    func completed(by others: Draws) -> Draws {
        var all = self
        for (generator, place) in others.places { all.note(generator, place) }
        return all
    }
}

/// Lets generators draw again from where they once drew, without moving them.
final class DrawReplay: RecordingObserver {
    private let next: Mutex<Draws>

    init(_ draws: Draws) { next = Mutex(draws) }

    /// The places of the next draws.
    var draws: Draws { next.withLock { $0 } }

    func place(of generator: Generator, count: Int) -> UInt64? {
        next.withLock { draws in
            guard let place = draws[generator] else { return nil }
            draws[generator] = place &+ UInt64(count)
            return place
        }
    }
}
