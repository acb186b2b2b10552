import AdjointRuntime

// Shapes and axes. Negative axes count from the end. Results share the elements where they can.
extension Tensor {
    /// The same elements in row-major order under another shape; one extent may be −1 and is worked out.
    /// - Fails: if the numbers of elements differ.
    public func reshaped(_ extents: Int...) -> Tensor { reshaped(extents) }
    /// The same elements under a shape given as an array.
    public func reshaped(_ extents: [Int]) -> Tensor {
        attempt { () throws(TensorError) in
            var extents = extents
            if let free = extents.firstIndex(of: -1) {
                let known = extents.enumerated().reduce(1) { $1.offset == free ? $0 : $0 &* $1.element }
                guard known > 0, count % known == 0 else {
                    throw TensorError(
                        .shape, "reshape", "\(shape) does not divide into \(extents)",
                        "the known extents must multiply to a divisor of \(count)")
                }
                extents[free] = count / known
            }
            let target = try Tensor.checkedShape(extents, "reshape")
            return target == shape ? self : bind(Reshape(shape: target), self)
        }
    }

    /// All elements along one axis.
    public func flattened() -> Tensor { reshaped([count]) }

    /// The axes in reverse order, or in the order given: axis i of the result is axis `order[i]` of this tensor.
    /// - Fails: if `order` is not a permutation of the axes.
    public func transposed(_ order: Int...) -> Tensor {
        transposed(order.isEmpty ? Array((0..<rank).reversed()) : order)
    }

    /// The axes in an order given as an array.
    /// - Fails: if `order` is not a permutation of the axes.
    public func transposed(_ order: [Int]) -> Tensor {
        attempt { () throws(TensorError) in
            var axes: [Int] = []
            for axis in order { axes.append(try self.axis(axis, "transpose")) }
            guard axes.sorted() == Array(0..<rank) else {
                throw TensorError(
                    .axis, "transpose", "\(order) does not name each of the \(rank) axes of \(shape) once",
                    "list every axis once, or use swappedAxes for two")
            }
            return axes == Array(0..<rank) ? self : bind(Permute(order: axes), self)
        }
    }

    /// The tensor with two axes exchanged.
    public func swappedAxes(_ first: Int, _ second: Int) -> Tensor {
        attempt { () throws(TensorError) in
            var order = Array(0..<rank)
            order.swapAt(try axis(first, "swapAxes"), try axis(second, "swapAxes"))
            return bind(Permute(order: order), self)
        }
    }

    /// The tensor with one axis moved to another place.
    public func movedAxis(_ source: Int, to destination: Int) -> Tensor {
        attempt { () throws(TensorError) in
            let (from, to) = (try axis(source, "moveAxis"), try axis(destination, "moveAxis"))
            var order = (0..<rank).filter { $0 != from }
            order.insert(from, at: to)
            return from == to ? self : bind(Permute(order: order), self)
        }
    }

    /// The transposed matrix, or the stack of transposed matrices.
    /// - Fails: for fewer than two axes.
    public func matrixTransposed() -> Tensor {
        attempt { () throws(TensorError) in
            guard rank >= 2 else {
                throw TensorError(
                    .shape, "matrixTranspose", "\(shape) has fewer than two axes", "reshape it to a matrix first")
            }
            var order = Array(0..<rank)
            order.swapAt(rank - 1, rank - 2)
            return bind(Permute(order: order), self)
        }
    }

    /// The transposed matrix.
    public var T: Tensor { matrixTransposed() }

    /// A new axis of extent 1 at `axis`.
    public func expandedAxis(_ axis: Int) -> Tensor {
        attempt { () throws(TensorError) in
            let place = axis < 0 ? axis + rank + 1 : axis
            guard (0...rank).contains(place) else { throw axisError(axis, "expandAxis", limit: rank + 1) }
            var extents = shape.extents
            extents.insert(1, at: place)
            return bind(Reshape(shape: try Tensor.checkedShape(extents, "expandAxis")), self)
        }
    }

    /// The tensor without an axis of extent 1, or without all of them.
    /// - Fails: if the named axis has another extent.
    public func squeezed(_ axis: Int? = nil) -> Tensor {
        attempt { () throws(TensorError) in
            guard let axis else { return bind(Reshape(shape: Shape(shape.extents.filter { $0 != 1 })), self) }
            let place = try self.axis(axis, "squeeze")
            guard shape[place] == 1 else {
                throw TensorError(
                    .shape, "squeeze", "axis \(axis) of \(shape) has extent \(shape[place]), not 1",
                    "squeeze only axes of extent 1, or index that axis")
            }
            return bind(Reshape(shape: shape.removing(place)), self)
        }
    }

    /// The tensor repeated along axes of extent 1 and new leading axes, without copying.
    /// - Fails: if the shape does not broadcast to `extents`.
    public func broadcast(to extents: [Int]) -> Tensor {
        attempt { () throws(TensorError) in
            broadcastUnchecked(try Tensor.checkedShape(extents, "broadcast"))
        }
    }

    /// The tensor with the elements along axes in reverse order; all axes if none is named.
    public func flipped(_ axes: Int...) -> Tensor {
        attempt { () throws(TensorError) in
            var region = Region(whole: shape)
            for axis in axes.isEmpty ? Array(0..<rank) : axes {
                let place = try self.axis(axis, "flip")
                region.starts[place] = Swift.max(shape[place] - 1, 0)
                region.steps[place] = -1
            }
            return bind(Slice(region: region), self)
        }
    }

    /// Equal parts along an axis.
    /// - Fails: if the extent is not a multiple of `parts`.
    public func split(_ parts: Int, axis: Int = 0) -> [Tensor] {
        do throws(TensorError) {
            let place = try self.axis(axis, "split")
            guard parts > 0, shape[place] % parts == 0 else {
                throw TensorError(
                    .shape, "split", "axis \(axis) of \(shape) does not split into \(parts) equal parts",
                    "choose a divisor of \(shape[place])")
            }
            let extent = shape[place] / parts
            return (0..<parts).map { part in
                var region = Region(whole: shape)
                region.starts[place] = part * extent
                region.shape = shape.replacing(place, with: extent)
                return bind(Slice(region: region), self)
            }
        } catch {
            return Array(repeating: raise(error), count: Swift.max(parts, 1))
        }
    }

    /// The elements converted to another type. Gradients pass between floating-point types.
    public func to(_ dtype: DType) -> Tensor { self.dtype == dtype ? self : bind(Cast(dtype: dtype), self) }

    /// The value without its history: a constant, in every mode.
    public func detach() -> Tensor { node == nil && value.isStored ? self : bind(StopGradient(), self) }

    /// An axis counted from the front.
    package func axis(_ axis: Int, _ operation: String) throws(TensorError) -> Int {
        let place = axis < 0 ? axis + rank : axis
        guard (0..<rank).contains(place) else { throw axisError(axis, operation, limit: rank) }
        return place
    }

    private func axisError(_ axis: Int, _ operation: String, limit: Int) -> TensorError {
        TensorError(
            .axis, operation, "axis \(axis) is out of range for a tensor of shape \(shape)",
            limit == 0 ? "a scalar has no axes" : "use an axis in \(-limit) ..< \(limit)")
    }
}

extension Region {
    /// All of a shape.
    init(whole shape: Shape) {
        self.init(
            starts: Array(repeating: 0, count: shape.rank), steps: Array(repeating: 1, count: shape.rank), shape: shape)
    }
}

/// Tensors joined along an axis.
/// - Fails: for no tensors, or if extents other than the axis's differ.
public func concatenate(_ tensors: [Tensor], axis: Int = 0) -> Tensor {
    attempt { () throws(TensorError) in
        if let failed = tensors.first(where: { $0.failure != nil }) { return failed }
        guard let first = tensors.first else {
            throw TensorError(.argument, "concatenate", "no tensors were given", "give at least one tensor")
        }
        let place = try first.axis(axis, "concatenate")
        let dtype = tensors.reduce(first.dtype) { DType.promoted($0, $1.dtype) }
        guard tensors.allSatisfy({ $0.rank == first.rank }) else {
            throw TensorError(
                .shape, "concatenate", "the tensors have \(tensors.map { "\($0.shape)" }.joined(separator: ", "))",
                "all must have the same number of axes; stack adds one")
        }
        return bind(Concatenate(axis: place, extents: tensors.map { $0.shape[place] }), tensors.map { $0.to(dtype) })
    }
}

/// Tensors of one shape joined along a new axis.
public func stack(_ tensors: [Tensor], axis: Int = 0) -> Tensor {
    concatenate(tensors.map { $0.expandedAxis(axis) }, axis: axis)
}
