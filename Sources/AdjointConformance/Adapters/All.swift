/// The adapters of all families, by PyTorch's name of the operator with its variant (`div.floor_rounding`).
let adapters: [String: Adapter] = merged([
    arithmeticAdapters, specialAdapters, activationAdapters, elementwiseAdapters, comparisonAdapters,
    conversionAdapters, creationAdapters, shapeViewAdapters, gatheringAdapters, maskedAdapters, splitJoinAdapters,
    indexingAdapters, sortingAdapters, reductionAdapters, linearAlgebraAdapters, tensorProductAdapters,
    networkAdapters, poolingAdapters, lossAdapters, fourierAdapters, dropoutAdapters,
    complexAdapters,
])

/// The adapter of an operator, or of one that has another name for it.
func findAdapter(named name: String, _ aliases: [String]) -> Adapter? {
    ([name] + aliases).lazy.compactMap { adapters[$0] }.first
}

private func merged(_ families: [[String: Adapter]]) -> [String: Adapter] {
    var all: [String: Adapter] = [:]
    for (name, adapter) in families.joined() {
        precondition(all.updateValue(adapter, forKey: name) == nil, "two adapters are named \(name)")
    }
    return all
}
