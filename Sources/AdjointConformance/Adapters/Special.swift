import Adjoint
import AdjointCore
import AdjointRuntime

let specialAdapters: [String: Adapter] = [:]
