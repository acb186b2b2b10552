import Adjoint
import AdjointCore
import AdjointRuntime

let activationAdapters: [String: Adapter] = [:]
