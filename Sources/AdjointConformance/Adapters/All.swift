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
    families.reduce(into: [:]) { all, family in
        all.merge(family) { first, _ in first }
    }
}
