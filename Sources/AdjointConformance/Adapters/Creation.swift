import Adjoint
import AdjointCore
import AdjointRuntime

let creationAdapters: [String: Adapter] = [:]
