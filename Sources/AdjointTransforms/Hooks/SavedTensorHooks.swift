import AdjointCore
import AdjointRuntime

/// Runs `body` with what its operations save for the backward pass handed to `pack`, and got back by `unpack` when a reverse
/// rule reads it: to keep it elsewhere, in fewer bits, or to count it.
///
/// A value that is also held by something else stays in memory. Scopes nest: the inner one packs. Values of other
/// transforms (forward mode, `vmap`) are kept as they are.
///
///     let y = savingTensors(pack: { $0.to(.float16) }, unpack: { $0.to(.float32) }) { model(x) }
///
/// - Parameters:
///   - pack: what to keep in place of a saved tensor; it is not recorded.
///   - unpack: the tensor, of the saved one's shape and type.
/// - Fails: in the backward pass, if `unpack` gives a tensor of another shape or type.
public func savingTensors<Packed: Sendable, Result>(
    pack: @escaping @Sendable (Tensor) -> Packed, unpack: @escaping @Sendable (Packed) -> Tensor,
    _ body: () throws -> Result
) rethrows -> Result {
    try Recording.observed(by: SavedTensorPacker(pack: pack, unpack: unpack), body)
}

private final class SavedTensorPacker<Packed: Sendable>: RecordingObserver {
    private let pack: @Sendable (Tensor) -> Packed
    private let unpack: @Sendable (Packed) -> Tensor
    private let site = CallSite()

    init(pack: @escaping @Sendable (Tensor) -> Packed, unpack: @escaping @Sendable (Packed) -> Tensor) {
        self.pack = pack
        self.unpack = unpack
    }

    func recorded(_ node: Node, _ result: TensorValue) {
        let (pack, unpack, site) = (pack, unpack, site)
        node.mapKept { kept in
            // What is packed already is unpacked by whoever packed it; a transform's value is more than its numbers.
            guard kept.isStored else { return kept }
            let packed = Recording.unobserved { noGrad { pack(Tensor(kept)) } }
            let type = kept.type
            let value = PackedValue { () throws(TensorError) in
                let tensor = Recording.unobserved { noGrad { unpack(packed) } }
                if let failure = tensor.failure { throw failure }
                guard tensor.type == type else {
                    throw TensorError(
                        tensor.shape == type.shape ? .dtype : .shape, "savingTensors",
                        "unpack, given\(site.phrase), gave \(tensor.type) for a saved tensor of type \(type)",
                        "give back what was packed")
                }
                return tensor.value
            }
            return TensorValue(packed: value, type: type)
        }
    }
}
