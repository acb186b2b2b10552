import Adjoint

/// Loops and branches that random programs are made of.
let controlOperations: [ProgramOperation] = [
    .unary("whileLarge") { x in
        whileLoop(x, while: { ($0 * $0).sum() .> 0.5 }, do: { $0 * 0.6 + $0.sin() * 0.1 })
    },
    ProgramOperation("whileCounted", 2) { x, choice in
        let bias = x[1].mean()
        return whileLoop(
            [x[0], Tensor.zeros([], dtype: .int64)], memory: choice % 2 == 0 ? .all : .logarithmic,
            while: { $0[1] .< 2 + choice % 5 }
        ) { state in
            [(state[0] * 0.9).tanh() + bias * 0.2, state[1] + 1]
        }[0]
    },
    ProgramOperation("bounded", 1) { x, choice in
        whileLoop(x[0], maximumIterations: choice % 4, while: { $0.sum() .< 3 }, do: { $0 + $0.square().mean() * 0.3 })
    },
    ProgramOperation("cond", 2) { x, _ in
        cond(x[0].sum() .> x[1].sum(), x[0], then: { $0.sin() * x[1].mean() }, else: { $0 * $0 })
    },
    ProgramOperation("switch", 2) { x, _ in
        let number = (x[0].sum() .> 0).to(.int32) + (x[1].sum() .> 0).to(.int32)
        return switchCase(number, x[0], [{ $0 * 2 }, { $0.tanh() + x[1].sum() }, { ($0 - x[1].mean()).square() }])
    },
    ProgramOperation("scan", 2) { x, choice in
        guard x[0].rank > 0 else { return nil }
        return scan(
            x[1].mean(), over: x[0], reversed: choice % 2 == 0, checkpointEvery: choice % 3 == 0 ? 2 : nil
        ) { carried, element in
            ((carried * 0.5 + element.sum()).tanh(), element * carried)
        }.outputs
    },
    ProgramOperation("scanWhile", 2) { x, _ in
        guard x[0].rank > 0 else { return nil }
        let (last, outputs) = scan([x[1].mean(), x[1].sum()], over: x[0]) { carried, element in
            let grown = whileLoop(
                carried[0], while: { $0.square() .< 1 }, do: { $0 * 1.4 + $0.sign().detach() * 0.3 + 0.01 })
            let next = cond(element.sum() .> 0, then: { grown.tanh() }, else: { grown * 0.3 })
            return ([next, carried[1] * 0.5 + next], element.sin() * next)
        }
        return outputs + last[1]
    },
    ProgramOperation("whileScan", 1) { x, choice in
        guard x[0].rank > 0 else { return nil }
        return whileLoop([x[0], Tensor.zeros([], dtype: .int64)], while: { $0[1] .< choice % 3 }) { state in
            let rows = scan(Tensor(0.1, dtype: .float64), over: state[0]) { c, row in
                (c + row.mean() * 0.2, row.tanh() + c)
            }
            return [rows.outputs, state[1] + 1]
        }[0]
    },
    ProgramOperation("associative", 1) { x, choice in
        guard x[0].rank > 0 else { return nil }
        return associativeScan(x[0].tanh(), reversed: choice % 2 == 0) { choice % 3 == 0 ? $0 * $1 : $0 + $1 }
    },
]
