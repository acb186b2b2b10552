import Adjoint
import AdjointCore
import AdjointRuntime

let indexingAdapters: [String: Adapter] = [:]
