/// Routes the lines between two layers of a character drawing, in rows ("tracks") for their horizontal parts.
///
/// This is classic channel routing: lines share no piece of a track, and where one line leaves the upper layer in
/// the column in which another enters the lower layer, the former turns off above the latter. A cycle of such
/// demands is broken by a detour through a column that nothing else uses.
struct ChannelRouter {
    /// A line from one column of the upper layer to one or more columns of the lower layer.
    struct Net {
        var top: Int
        var bottoms: [Int]

        /// The columns that the horizontal part covers.
        var span: ClosedRange<Int> {
            min(top, bottoms.min() ?? top)...max(top, bottoms.max() ?? top)
        }
    }

    struct Horizontal {
        let net: Int
        let track: Int
        let columns: ClosedRange<Int>
    }

    /// A vertical line between two tracks; nil stands for the edge of the channel.
    struct Vertical {
        let net: Int
        let column: Int
        let from: Int?
        let to: Int?
    }

    private(set) var horizontals: [Horizontal] = []
    private(set) var verticals: [Vertical] = []
    private var spansOfTrack: [[ClosedRange<Int>]] = []

    /// The number of rows the horizontal lines need.
    var trackCount: Int { spansOfTrack.count }

    init(nets: [Net]) {
        var waiting: [Piece] = []
        for (index, net) in nets.enumerated() {
            if net.bottoms == [net.top] {
                verticals.append(Vertical(net: index, column: net.top, from: nil, to: nil))
            } else {
                waiting.append(Piece(index: index, net: net, start: nil))
            }
        }
        waiting.sort { $0.rank < $1.rank }
        var usedColumns = Set(nets.flatMap { [$0.top] + $0.bottoms })
        var unroutedTops = Set(waiting.map(\.net.top))
        var trackOfTop: [Int: Int] = [:]

        while !waiting.isEmpty {
            if let next = waiting.firstIndex(where: { $0.rivals.isDisjoint(with: unroutedTops) }) {
                let piece = waiting.remove(at: next)
                let above = piece.rivals.compactMap { trackOfTop[$0] }.max() ?? -1
                let track = reserveTrack(for: piece.net.span, below: max(above, piece.start ?? -1))
                draw(piece, on: track)
                unroutedTops.remove(piece.net.top)
                trackOfTop[piece.net.top] = track
            } else {
                let demanded = waiting.reduce(into: Set()) { $0.formUnion($1.rivals) }
                let index = waiting.firstIndex { demanded.contains($0.net.top) } ?? 0
                let piece = waiting[index]
                let detour = Self.freeColumn(near: piece.net.span, &usedColumns)
                let span = min(piece.net.top, detour)...max(piece.net.top, detour)
                let track = reserveTrack(for: span, below: -1)
                horizontals.append(Horizontal(net: piece.index, track: track, columns: span))
                verticals.append(Vertical(net: piece.index, column: piece.net.top, from: nil, to: track))
                unroutedTops.remove(piece.net.top)
                trackOfTop[piece.net.top] = track
                waiting[index] = Piece(
                    index: piece.index, net: Net(top: detour, bottoms: piece.net.bottoms), start: track)
            }
        }
    }

    /// A net, or what remains of it after a detour, that waits for its track.
    private struct Piece {
        let index: Int
        let net: Net
        /// The track in which the detour ends.
        let start: Int?
        /// The columns whose lines from above must turn off before this piece comes down in them.
        let rivals: Set<Int>

        init(index: Int, net: Net, start: Int?) {
            self.index = index
            self.net = net
            self.start = start
            rivals = Set(net.bottoms).subtracting([net.top])
        }

        /// Lines to the right are routed from right to left and lines to the left from left to right, so that
        /// neighbours with the same direction nest instead of crossing.
        var rank: (Int, Int) {
            let span = net.span
            return net.top - span.lowerBound <= span.upperBound - net.top ? (0, -net.top) : (1, net.top)
        }
    }

    private mutating func draw(_ piece: Piece, on track: Int) {
        horizontals.append(Horizontal(net: piece.index, track: track, columns: piece.net.span))
        verticals.append(Vertical(net: piece.index, column: piece.net.top, from: piece.start, to: track))
        for bottom in piece.net.bottoms {
            verticals.append(Vertical(net: piece.index, column: bottom, from: track, to: nil))
        }
    }

    private mutating func reserveTrack(for span: ClosedRange<Int>, below limit: Int) -> Int {
        var track = limit + 1
        while track < spansOfTrack.count, spansOfTrack[track].contains(where: { $0.overlaps(span) }) { track += 1 }
        while track >= spansOfTrack.count { spansOfTrack.append([]) }
        spansOfTrack[track].append(span)
        return track
    }

    private static func freeColumn(near span: ClosedRange<Int>, _ usedColumns: inout Set<Int>) -> Int {
        var column = (span.lowerBound + span.upperBound) / 2
        while !usedColumns.insert(column).inserted { column += 1 }
        return column
    }
}
