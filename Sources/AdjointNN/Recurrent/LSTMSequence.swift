import AdjointCore
import AdjointRuntime
import CKernels

/// Long short-term memory over a sequence: from the steps' projected inputs p [steps, samples, 4 units], the hidden weight W
/// [units, 4 units], and the state before the first step, h and c [samples, units], to h, c and the gates i, f, g, o of each step,
/// [steps, samples, 6 units].
///
/// z = p + h W in four parts, i = σ, f = σ, g = tanh, o = σ of them; c′ = f c + i g; h′ = o tanh c′. Backwards, with h̄ and c̄ from the
/// step after: c̄ + h̄ o (1 − tanh² c) goes to i, g, f and the cell before, h̄ tanh c to o, z̄ Wᵀ to the state before, and W̄ = Σ hᵀ z̄.
package struct LSTMSequence: Primitive {
    package static let name = "lstm"

    package init() {}

    package func resultType(_ inputs: [TensorType]) throws(TensorError) -> TensorType {
        let (p, w) = (inputs[0].shape, inputs[1].shape)
        let state = Shape([p[1], w[0]])
        guard w[1] == 4 * w[0], p[2] == w[1], inputs[2].shape == state, inputs[3].shape == state else {
            throw TensorError(
                .shape, "lstm",
                "projected inputs \(p), a hidden weight \(w) and states \(inputs[2].shape), \(inputs[3].shape)",
                "give [steps, samples, 4 units], [units, 4 units] and twice [samples, units]")
        }
        return TensorType(p.replacing(2, with: 6 * w[0]), inputs[0].dtype)
    }

    package func execute(_ inputs: [TensorValue], _ type: TensorType) throws(TensorError) -> TensorValue {
        let y = try TensorValue(uninitialized: type)
        let steps = try Steps(inputs, y)
        let product = try TensorValue(uninitialized: TensorType([steps.samples, 4 * steps.units], type.dtype))
        Parallel.run(count: steps.samples, grain: steps.grain) { rows in
            for step in 0..<steps.count {
                let before = steps.before(step)
                steps.multiply(before.hidden, before.leading, rows, steps.weight, into: product)
                adj_lstm_step(
                    steps.dtype, steps.row(of: steps.projected, step), product.elements, before.cell,
                    Int64(before.leading), steps.row(of: y, step), Int64(steps.units), Int64(rows.lowerBound),
                    Int64(rows.upperBound))
            }
        }
        return y
    }

    package func workspace(_ inputs: [TensorValue], _ type: TensorType) -> Int {
        inputs.reduce(type.shape[1] * inputs[1].shape[1] * type.dtype.size) {
            $1.isContiguous ? $0 : $0 + $1.type.byteCount
        }
    }

    package func reads(for needs: InputSet) -> Reads {
        Reads(inputs: [.second, .input(2), .input(3)], output: true)
    }

    package func pullback(_ g: Tensor, _ saved: borrowing Saved, _ send: inout CotangentSink) {
        let inputs = [saved.output, saved.input(1), saved.input(2), saved.input(3)]
        let isPlain = ([g] + inputs).allSatisfy { $0.node == nil && $0.value.isStored }
        let found =
            isPlain ? Self.cotangents(g, inputs) : Self.composedCotangents(g, inputs[0], inputs[1], inputs[3])
        if saved.needs(0) { send.add(found.z, to: 0, of: saved) }
        let units = inputs[1].shape[0]
        if saved.needs(1) {
            let hidden = concatenate(
                [inputs[2].expandedAxis(0), inputs[0][..<(g.shape[0] - 1), 0..., ..<units]], axis: 0)
            let rows = g.shape[0] * g.shape[1]
            send.add(
                hidden.reshaped(rows, units).transposed().matmul(found.z.reshaped(rows, 4 * units)), to: 1, of: saved)
        }
        if saved.needs(2) { send.add(found.z[0].matmul(inputs[1].transposed()), to: 2, of: saved) }
        if saved.needs(3) { send.add(found.cell, to: 3, of: saved) }
    }
}

extension LSTMSequence {
    /// The memory of a run, step by step.
    private struct Steps {
        let projected: TensorValue
        let weight: TensorValue
        let hidden: TensorValue
        let cell: TensorValue
        let y: TensorValue
        let (count, samples, units): (Int, Int, Int)
        let dtype: Int32

        /// - Parameter inputs: those of the operation.
        init(_ inputs: [TensorValue], _ y: TensorValue) throws(TensorError) {
            projected = try inputs[0].contiguous()
            weight = try inputs[1].contiguous()
            hidden = try inputs[2].contiguous()
            cell = try inputs[3].contiguous()
            self.y = y
            (count, samples, units) = (y.shape[0], y.shape[1], weight.shape[0])
            dtype = Int32(y.dtype.rawValue)
        }

        /// Samples of a piece of work, which goes through all steps: as long as the weight stays in a core's cache, products
        /// of a part of the samples are as fast as those of all.
        var grain: Int { weight.shape.count <= Self.cachedWeight ? Self.fewSamples : samples }

        private static let cachedWeight = 1 << 17
        private static let fewSamples = 16

        /// The first element of a step.
        func row(of value: TensorValue, _ step: Int) -> UnsafeMutableRawPointer {
            value.elements + step * value.shape[1] * value.shape[2] * value.dtype.size
        }

        /// The state before a step, whose rows are `leading` elements apart.
        func before(_ step: Int) -> (hidden: UnsafeMutableRawPointer, cell: UnsafeMutableRawPointer, leading: Int) {
            guard step > 0 else { return (hidden.elements, cell.elements, units) }
            let last = row(of: y, step - 1)
            return (last, last + units * y.dtype.size, 6 * units)
        }

        /// Some rows of values [samples, k], which are `leading` elements apart, times a matrix [k, n].
        func multiply(
            _ values: UnsafeMutableRawPointer, _ leading: Int, _ rows: Range<Int>, _ matrix: TensorValue,
            into product: TensorValue
        ) {
            let (k, n, size) = (matrix.shape[0], matrix.shape[1], y.dtype.size)
            let first = values + rows.lowerBound * leading * size
            BLAS.multiply(
                y.dtype, m: rows.count, n: n, k: k, BLAS.Matrix(elements: first, transposed: false, leading: leading),
                BLAS.Matrix(elements: matrix.elements, transposed: false, leading: n),
                into: product.elements + rows.lowerBound * n * size)
        }
    }

    /// The cotangents of z [steps, samples, 4 units] and of the first cell, by the kernels.
    /// - Parameter inputs: y, W, h, c.
    private static func cotangents(_ g: Tensor, _ inputs: [Tensor]) -> (z: Tensor, cell: Tensor) {
        var found: (Tensor, Tensor)?
        let failed = attempt { () throws(TensorError) in
            let (g, y) = (try g.value.contiguous(), try inputs[0].value.contiguous())
            // The pullback reads no projected inputs.
            let steps = try Steps([y] + inputs.dropFirst().map(\.value), y)
            let state = TensorType([steps.samples, steps.units], y.dtype)
            let z = try TensorValue(
                uninitialized: TensorType([steps.count, steps.samples, 4 * steps.units], y.dtype))
            let hidden = try Kernels.fill(state, 0)
            let cell = try Kernels.fill(state, 0)
            // Once, and not by each product.
            let transposed = try inputs[1].value.view(
                Shape([4 * steps.units, steps.units]), strides: Strides([1, 4 * steps.units])
            ).contiguous()
            Parallel.run(count: steps.samples, grain: steps.grain) { rows in
                for step in (0..<steps.count).reversed() {
                    let before = steps.before(step)
                    adj_lstm_step_pullback(
                        steps.dtype, steps.row(of: g, step), steps.row(of: y, step), before.cell,
                        Int64(before.leading), hidden.elements, cell.elements, steps.row(of: z, step),
                        Int64(steps.units), Int64(rows.lowerBound), Int64(rows.upperBound))
                    if step > 0 {
                        steps.multiply(steps.row(of: z, step), 4 * steps.units, rows, transposed, into: hidden)
                    }
                }
            }
            found = (Tensor(z), Tensor(cell))
            return Tensor(z)
        }
        return found ?? (failed, failed)
    }

    /// The same by operations that have derivatives.
    private static func composedCotangents(
        _ g: Tensor, _ y: Tensor, _ w: Tensor, _ firstCell: Tensor
    ) -> (z: Tensor, cell: Tensor) {
        var hidden = Tensor.zeros(like: firstCell)
        var cell = hidden
        var all: [Tensor] = []
        for step in (0..<y.shape[0]).reversed() {
            let (sent, now) = (g[step].split(evenly: 6, axis: -1), y[step].split(evenly: 6, axis: -1))
            let before = step > 0 ? y[step - 1].split(evenly: 6, axis: -1)[1] : firstCell
            let (i, f, change, o) = (now[2], now[3], now[4], now[5])
            let t = now[1].tanh()
            let h = sent[0] + hidden
            let c = sent[1] + cell + h * o * (1 - t.square())
            let z = concatenate(
                [
                    (sent[2] + c * change) * i * (1 - i), (sent[3] + c * before) * f * (1 - f),
                    (sent[4] + c * i) * (1 - change.square()), (sent[5] + h * t) * o * (1 - o),
                ], axis: -1)
            hidden = z.matmul(w.matrixTransposed())
            cell = c * f
            all.append(z)
        }
        return (stack(all.reversed()), cell)
    }

    package func jvp(_ inputs: [Tensor], _ tangents: [Tensor?], _ result: Tensor) -> Tensor? {
        guard tangents.contains(where: { $0 != nil }) else { return nil }
        var (h, c) = (inputs[2], inputs[3])
        var (dh, dc) = (tangents[2] ?? Tensor.zeros(like: h), tangents[3] ?? Tensor.zeros(like: c))
        var all: [Tensor] = []
        for step in 0..<result.shape[0] {
            let now = result[step].split(evenly: 6, axis: -1)
            let (i, f, change, o) = (now[2], now[3], now[4], now[5])
            var z = dh.matmul(inputs[1])
            if let weight = tangents[1] { z = z + h.matmul(weight) }
            if let projected = tangents[0] { z = z + projected[step] }
            let parts = z.split(evenly: 4, axis: -1)
            let (di, df) = (parts[0] * i * (1 - i), parts[1] * f * (1 - f))
            let (dg, dO) = (parts[2] * (1 - change.square()), parts[3] * o * (1 - o))
            dc = df * c + f * dc + di * change + i * dg
            (h, c) = (now[0], now[1])
            let t = c.tanh()
            dh = dO * t + o * (1 - t.square()) * dc
            all.append(concatenate([dh, dc, di, df, dg, dO], axis: -1))
        }
        return stack(all)
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        let (steps, samples) = (inputs[0].shape[mapped[0] ? 1 : 0], inputs[0].shape[mapped[0] ? 2 : 1])
        // [size, steps, …] with the examples beside the samples.
        let p = inputs[0].repeated(mapped[0], size).swappedAxes(0, 1)
        let (h, c) = (inputs[2].repeated(mapped[2], size), inputs[3].repeated(mapped[3], size))
        if mapped[1] { return Self.composed(p, inputs[1], h, c).swappedAxes(0, 1) }
        let units = inputs[1].shape[0]
        let y = bind(
            self,
            [
                p.reshaped(steps, size * samples, 4 * units), inputs[1], h.reshaped(size * samples, units),
                c.reshaped(size * samples, units),
            ])
        return y.reshaped(steps, size, samples, 6 * units).swappedAxes(0, 1)
    }

    /// The operation by others: of states with more axes, of complex numbers.
    static func composed(_ p: Tensor, _ w: Tensor, _ hidden: Tensor, _ cell: Tensor) -> Tensor {
        var (h, c) = (hidden, cell)
        var all: [Tensor] = []
        for step in 0..<p.shape[0] {
            let parts = Self.step(p[step] + h.matmul(w), c)
            (h, c) = (parts[0], parts[1])
            all.append(concatenate(parts, axis: -1))
        }
        return stack(all)
    }

    /// h, c, i, f, g, o after a step, from z and the cell before it.
    static func step(_ z: Tensor, _ cell: Tensor) -> [Tensor] {
        let parts = z.split(evenly: 4, axis: -1)
        guard parts.count == 4 else { return Array(repeating: parts[0], count: 6) }
        let (i, f, change, o) = (parts[0].sigmoid(), parts[1].sigmoid(), parts[2].tanh(), parts[3].sigmoid())
        let c = f * cell + i * change
        return [o * c.tanh(), c, i, f, change, o]
    }
}
