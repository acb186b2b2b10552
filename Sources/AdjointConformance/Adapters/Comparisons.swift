import Adjoint
import AdjointCore
import AdjointRuntime

let comparisonAdapters: [String: Adapter] = [:]
