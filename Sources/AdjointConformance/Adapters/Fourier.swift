import Adjoint
import AdjointCore
import AdjointRuntime

let fourierAdapters: [String: Adapter] = [:]
