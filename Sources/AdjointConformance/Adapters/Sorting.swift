import Adjoint
import AdjointCore
import AdjointRuntime

let sortingAdapters: [String: Adapter] = [:]
