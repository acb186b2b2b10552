import Adjoint
import AdjointCore
import AdjointRuntime

let shapeViewAdapters: [String: Adapter] = [:]
