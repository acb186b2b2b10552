import Adjoint
import AdjointCore
import AdjointRuntime

/// The smooth functions that a case composes with the operator, where results are unique only up to a sign or rotation
/// or inputs are constrained.
struct Composition {
    let pre: String?
    let processed: String?

    func apply(_ adapter: Adapter, to call: Call) throws -> [Output] {
        let call = try pre.map { try Self.prepared(call, $0) } ?? call
        let outputs = try adapter(call)
        return try processed.map { try Self.process(outputs, call, $0) } ?? outputs
    }

    // MARK: Before the operator

    private static func prepared(_ original: Call, _ name: String) throws -> Call {
        var call = original
        func change(_ body: (Tensor) -> Tensor) throws { call.input = .tensor(body(try original.x)) }
        func changeFirst(_ body: (Tensor) -> Tensor) throws {
            guard !call.positional.isEmpty else { throw CaseError("\(name) needs a positional argument") }
            call.positional[0] = .tensor(body(try call.positional[0].asTensor("args[0]")))
        }
        switch name {
        case "symmetrize_input": try change { $0 + $0.matrixTransposed().conj() }
        case "tril_input": try change { $0.tril() }
        case "triu_input": try change { $0.triu() }
        case "tril_arg0": try changeFirst { $0.tril() }
        case "triu_arg0": try changeFirst { $0.triu() }
        case "log_softmax_dim2_input": try change { $0.logSoftmax(axis: 2) }
        case "matmul_input_arg0T":
            guard let factor = try call.positional.first?.asTensor("args[0]") else {
                throw CaseError("\(name) needs a positional argument")
            }
            try change { $0.matmul(factor.matrixTransposed()) }
            call.positional = []
            call.positionalNames = nil
        default: throw CaseError("the runner has no composition \(name)")
        }
        return call
    }

    // MARK: After the operator

    private static func process(_ outputs: [Output], _ call: Call, _ name: String) throws -> [Output] {
        let results = try outputs.map { output in
            guard case .tensor(let tensor) = output else { throw CaseError("\(name) needs tensors") }
            return tensor
        }
        func expect(_ count: Int) throws {
            guard results.count >= count else {
                throw CaseError("\(name) needs \(count) results, not \(results.count)")
            }
            if let error = results.lazy.compactMap(\.failure).first { throw error }
        }
        let processed: [Tensor]
        switch name {
        case "eigh_abs_vectors":
            try expect(2)
            processed = [results[0], results[1].abs()]
        case "svd_abs_U", "svd_S", "svd_S_abs_Vh", "svd_UVh_S", "svdV_abs_U", "svdV_S", "svdV_S_abs_Vh", "svdV_UVh_S",
            "lowrank_UVh_S":
            try expect(3)
            processed = try singular(results, name)
        case "eigvals_power_sums":
            try expect(1)
            processed = powerSums(results[0])
        case "eig_power_sums_and_square":
            try expect(2)
            let (w, v) = (results[0], results[1])
            processed = powerSums(w) + [(v * (w * w).expandedAxis(-2)).matmul(v.inverse()).real]
        case "qr_positive_diagonal":
            try expect(2)
            processed = positiveDiagonal(results[0], results[1])
        case "masked_out_to_zero":
            try expect(1)
            processed = try maskedOut(results, call)
        case "masked_out_to_zero_pointwise":
            try expect(1)
            let masks = try ["input_mask", "other_mask"].compactMap { try call.optionalTensor(nil, $0) }
            processed = results.map { result in
                masks.reduce(result) { which($1, $0, Tensor.zeros(like: $0)) }
            }
        default: throw CaseError("the runner has no composition \(name)")
        }
        return processed.map { .tensor($0) }
    }

    private static func singular(_ results: [Tensor], _ name: String) throws -> [Tensor] {
        let s = results[1]
        let count = s.shape[s.rank - 1]
        let u = results[0][.ellipsis, 0..<count]
        // Vh, or V, whose columns are cut before it is turned.
        let vh =
            name.hasPrefix("svd_")
            ? results[2][.ellipsis, 0..<count, .all] : results[2][.ellipsis, 0..<count].matrixTransposed().conj()
        switch name.drop(while: { $0 != "_" }) {
        case "_abs_U": return [u.abs()]
        case "_S": return [s]
        case "_S_abs_Vh": return [s, vh.abs()]
        case "_UVh_S": return [u.matmul(vh), s]
        default: throw CaseError("the runner has no composition \(name)")
        }
    }

    /// Re Σ wᵖ for p = 1, 2, 3.
    private static func powerSums(_ w: Tensor) -> [Tensor] {
        [w, w * w, w * w * w].map { $0.sum(axis: -1).real }
    }

    /// Column j of Q and row j of R times the sign of Rⱼⱼ.
    private static func positiveDiagonal(_ q: Tensor, _ r: Tensor) -> [Tensor] {
        let sign = r.diagonal(axis1: -2, axis2: -1).sign().detach()
        let count = sign.shape[sign.rank - 1]
        // What is beyond the diagonal of a full Q keeps its sign.
        func padded(_ extent: Int) -> Tensor {
            guard extent > count else { return sign }
            let ones = Tensor.ones(sign.shape.extents.dropLast() + [extent - count], dtype: sign.dtype)
            return concatenate([sign, ones], axis: -1)
        }
        return [
            q * padded(q.shape[q.rank - 1]).expandedAxis(-2), r * padded(r.shape[r.rank - 2]).conj().expandedAxis(-1),
        ]
    }

    /// Scans and normalizations keep each unmasked element, reductions what an unmasked element contributes to.
    private static func maskedOut(_ results: [Tensor], _ call: Call) throws -> [Tensor] {
        guard let mask = try call.optionalTensor(nil, "mask") else { return results }
        let x = try call.x
        var kept = mask.broadcast(to: x.shape.extents)
        let keepsShape: Set = ["cumsum", "cumprod", "softmax", "log_softmax", "softmin", "normalize"]
        if !keepsShape.contains(String(call.operation.drop { $0 != "." }.dropFirst())) {
            let position = ["masked.norm": 1][call.operation] ?? 0
            let axes = try call.ints(position, "dim") ?? []
            let keepDims = try call.bool(nil, "keepdim", default: false)
            let places = axes.isEmpty || x.rank == 0 ? Array(0..<x.rank) : axes.map { $0 < 0 ? $0 + x.rank : $0 }
            for axis in Set(places).sorted(by: >) { kept = kept.any(axis: axis, keepDims: keepDims) }
        }
        return results.map { which(kept, $0, Tensor(0, dtype: $0.dtype)) }
    }
}
