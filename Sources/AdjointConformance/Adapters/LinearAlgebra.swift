import Adjoint
import AdjointCore
import AdjointRuntime

let linearAlgebraAdapters: [String: Adapter] = [:]
