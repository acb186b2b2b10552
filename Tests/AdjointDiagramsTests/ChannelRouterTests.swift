@testable import AdjointDiagrams
import Testing

@Suite struct ChannelRouterTests {
    @Test func straightLineNeedsNoTrack() {
        #expect(ChannelRouter(nets: [.init(top: 4, bottoms: [4])]).trackCount == 0)
    }

    @Test func neighboursWithTheSameDirectionNest() {
        let router = ChannelRouter(nets: [.init(top: 0, bottoms: [10]), .init(top: 3, bottoms: [13])])
        #expect(router.horizontals.map(\.net) == [1, 0])
        #expect(router.horizontals.map(\.track) == [0, 1])
    }

    @Test func exchangeOfColumnsTakesADetour() {
        let nets: [ChannelRouter.Net] = [.init(top: 0, bottoms: [8]), .init(top: 8, bottoms: [0])]
        expectSound(nets)
        #expect(ChannelRouter(nets: nets).horizontals.count == 3)
    }

    @Test(arguments: 1...200)
    func linesStayApart(seed: UInt64) {
        var random = Xorshift(state: seed &* 0x2545_F491_4F6C_DD1D | 1)
        var tops = Array(0..<24)
        var bottoms = Array(0..<24)
        var nets: [ChannelRouter.Net] = []
        for _ in 0..<8 {
            let top = tops.remove(at: random.next(tops.count))
            let ends = (0...random.next(3)).map { _ in bottoms.remove(at: random.next(bottoms.count)) }
            nets.append(.init(top: top, bottoms: ends))
        }
        expectSound(nets)
    }

    /// Checks that lines only ever cross at right angles and that each connects its top to its bottoms.
    private func expectSound(_ nets: [ChannelRouter.Net]) {
        struct Cell: Hashable {
            let row: Int
            let column: Int
        }
        struct Use: Hashable {
            let net: Int
            let isVertical: Bool
        }
        let router = ChannelRouter(nets: nets)
        var uses: [Cell: Set<Use>] = [:]
        for line in router.horizontals {
            for column in line.columns {
                uses[Cell(row: line.track, column: column), default: []].insert(Use(net: line.net, isVertical: false))
            }
        }
        for line in router.verticals {
            for row in (line.from ?? -1)...(line.to ?? router.trackCount) {
                uses[Cell(row: row, column: line.column), default: []].insert(Use(net: line.net, isVertical: true))
            }
        }
        for (cell, here) in uses where Set(here.map(\.net)).count > 1 {
            #expect(here.count == 2 && Set(here.map(\.isVertical)).count == 2, "lines share \(cell)")
        }
        for (index, net) in nets.enumerated() {
            let own = Set(uses.filter { $0.value.contains { $0.net == index } }.keys)
            var reached: Set<Cell> = [Cell(row: -1, column: net.top)]
            var frontier = Array(reached)
            while let cell = frontier.popLast() {
                for (row, column) in [(1, 0), (-1, 0), (0, 1), (0, -1)] {
                    let neighbour = Cell(row: cell.row + row, column: cell.column + column)
                    if own.contains(neighbour), reached.insert(neighbour).inserted { frontier.append(neighbour) }
                }
            }
            #expect(reached == own)
            let ends = Set(own.filter { $0.row == router.trackCount }.map(\.column))
            #expect(ends == Set(net.bottoms))
        }
    }
}
