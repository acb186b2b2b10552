import Adjoint
import AdjointCore
import AdjointRuntime

let dropoutAdapters: [String: Adapter] = [
    "nn.functional.dropout": { call in
        let (p, isTraining) = try options(call, true)
        return [.tensor(try call.x.dropout(p, isTraining: isTraining))]
    },
    "nn.functional.dropout2d": features,
    "nn.functional.dropout3d": features,
    "nn.functional.alpha_dropout": { call in
        let (p, isTraining) = try options(call, false)
        return [.tensor(try call.x.alphaDropout(p, isTraining: isTraining))]
    },
    "nn.functional.feature_alpha_dropout.with_train": alphaFeatures,
    "nn.functional.feature_alpha_dropout.without_train": alphaFeatures,
]

private func options(_ call: Call, _ isTraining: Bool) throws -> (Double, Bool) {
    (try call.double(0, "p", default: 0.5), try call.bool(1, "training", default: isTraining))
}

private func features(_ call: Call) throws -> [Output] {
    let (p, isTraining) = try options(call, true)
    return [.tensor(try call.x.featureDropout(p, isTraining: isTraining))]
}

private func alphaFeatures(_ call: Call) throws -> [Output] {
    let (p, isTraining) = try options(call, false)
    let x = try call.x
    // Elements of every type pass where nothing is dropped.
    return [.tensor(isTraining ? x.alphaDropout(p, wholeFeatures: true) : x)]
}
