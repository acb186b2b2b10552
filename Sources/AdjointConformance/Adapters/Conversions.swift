import Adjoint
import AdjointCore
import AdjointRuntime

let conversionAdapters: [String: Adapter] = [:]
