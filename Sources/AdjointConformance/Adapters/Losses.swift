import Adjoint
import AdjointCore
import AdjointRuntime

let lossAdapters: [String: Adapter] = [:]
