import AdjointRuntime
import CKernels

/// The product over axes. x̄ᵢ = ȳ Πⱼ≠ᵢ xⱼ, by running products from both ends: nothing is divided, so factors 0 are right.
package struct Product: UnaryPrimitive {
    package static let name = "product"
    let axes: AxisSet

    package func resultType(_ x: TensorType) throws(TensorError) -> TensorType {
        TensorType(axes.removed(from: x.shape), x.dtype)
    }

    package func execute(_ x: TensorValue, _ type: TensorType) throws(TensorError) -> TensorValue {
        guard x.dtype.isComplex else { return try Reduction.run(ADJ_REDUCE_PROD, x, axes, type) }
        let factors = Tensor(x).movedLast(axes)
        let count = factors.shape[factors.rank - 1]
        guard count > 0 else { return try Kernels.fill(type, 1) }
        return factors.cumulativeProduct(axis: -1).part(factors.rank - 1, from: count - 1).reshaped(type.shape.extents)
            .value
    }

    package func workspace(_ inputs: [TensorValue], _ type: TensorType) -> Int {
        Reduction.workspace(ADJ_REDUCE_PROD, inputs[0], axes, type)
    }

    package func reads(for needs: InputSet) -> Reads { Reads(inputs: .first) }

    package func vjp(_ g: Tensor, _ saved: borrowing Saved) -> Tensor? {
        let x = saved.input(0)
        return bind(Gate(), g.expanded(over: axes, to: x.shape), others(x).conj())
    }

    package func jvp(_ t: Tensor, x: Tensor, y: Tensor) -> Tensor? {
        bind(Sum(axes: axes), bind(Gate(), t, others(x)))
    }

    package func batched(_ inputs: [Tensor], _ mapped: [Bool], _ size: Int) -> Tensor? {
        bind(Product(axes: axes.batched), inputs[0])
    }

    /// For each element the product of all others.
    private func others(_ x: Tensor) -> Tensor {
        let factors = x.movedLast(axes)
        let axis = factors.rank - 1
        let count = factors.shape[axis]
        guard count > 0 else { return x }
        func running(reversed: Bool) -> Tensor {
            // The product of what is before: 1 at the start, then times the neighbour.
            var start = Region(whole: factors.shape)
            start.shape = factors.shape.replacing(axis, with: 1)
            start.starts[axis] = reversed ? count - 1 : 0
            let one = bind(
                Place(region: start, shape: factors.shape), Tensor.repeating(1, TensorType(start.shape, x.dtype)))
            return bind(
                LinearRecurrence(axis: axis, reversed: reversed), factors.shifted(axis, by: reversed ? -1 : 1), one)
        }
        return (running(reversed: false) * running(reversed: true)).movedBack(axes, x.shape)
    }
}

extension Tensor {
    /// The named axes joined as the last one.
    func movedLast(_ axes: AxisSet) -> Tensor {
        let order = axes.lastOrder(rank)
        let moved = order == Array(0..<rank) ? self : bind(Permute(order: order), self)
        let joined = (0..<rank).reduce(1) { axes.contains($1) ? $0 * shape[$1] : $0 }
        return moved.reshaped(axes.removed(from: shape).extents + [joined])
    }

    /// The inverse of `movedLast` of a tensor of this shape.
    fileprivate func movedBack(_ axes: AxisSet, _ shape: Shape) -> Tensor {
        let order = axes.lastOrder(shape.rank)
        var inverse = order
        for (position, axis) in order.enumerated() { inverse[axis] = position }
        let split = reshaped(order.map { shape[$0] })
        return order == inverse && order == Array(0..<shape.rank) ? split : bind(Permute(order: inverse), split)
    }
}

extension AxisSet {
    /// The order of axes in which these are the last ones.
    fileprivate func lastOrder(_ rank: Int) -> [Int] {
        (0..<rank).filter { !contains($0) } + (0..<rank).filter { contains($0) }
    }
}
