import Adjoint
import AdjointCore
import AdjointRuntime

let networkAdapters: [String: Adapter] = [:]
