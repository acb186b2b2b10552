import AdjointRuntime

extension Tensor {
    /// eˣ / Σ eˣ along an axis. x̄ = y (ȳ − Σ ȳ y).
    public func softmax(axis: Int = -1) -> Tensor { alongLast("softmax", axis) { bind(Softmax(log: false), $0) } }
    /// x − ln Σ eˣ along an axis. x̄ = ȳ − eʸ Σ ȳ.
    public func logSoftmax(axis: Int = -1) -> Tensor { alongLast("logSoftmax", axis) { bind(Softmax(log: true), $0) } }

    private func alongLast(_ name: String, _ axis: Int, _ body: (Tensor) -> Tensor) -> Tensor {
        attempt { () throws(TensorError) in
            if failure != nil { return self }
            // A tensor of rank 0 is its own only axis.
            if rank == 0, axis == 0 || axis == -1 { return body(floating.reshaped(1)).reshaped([]) }
            let place = try self.axis(axis, name)
            if place == rank - 1 { return body(floating) }
            return body(floating.swappedAxes(place, -1)).swappedAxes(place, -1)
        }
    }
}
