import Adjoint
import AdjointCore
import AdjointRuntime

let elementwiseAdapters: [String: Adapter] = [:]
