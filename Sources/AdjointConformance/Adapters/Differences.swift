import Adjoint
import AdjointCore
import AdjointRuntime

let differenceAdapters: [String: Adapter] = [
    "gradient": { call in
        let x = try call.x
        let axes = try call.ints(nil, "dim") ?? Array(0..<x.rank)
        let order = try call.int(nil, "edge_order", default: 1)
        // One spacing for all axes, a number an axis, or the positions along each axis.
        let spacings: [Argument]
        switch call.argument(nil, "spacing") {
        case nil, .null?: spacings = axes.map { _ in .int(1) }
        case .list(let list)?, .tuple(let list)?: spacings = list
        case .tensor(let positions)? where positions.rank == 1: spacings = [.tensor(positions)]
        case let single?: spacings = axes.map { _ in single }
        }
        guard spacings.count == axes.count else { throw CaseError("there is not one spacing an axis") }
        return try zip(axes, spacings).map { axis, spacing in
            if case .tensor(let positions) = spacing, positions.rank == 1 {
                return .tensor(x.finiteDifferences(axis: axis, positions: positions, edgeOrder: order))
            }
            return .tensor(x.finiteDifferences(axis: axis, spacing: try spacing.asDouble("spacing"), edgeOrder: order))
        }
    }
]
