import Adjoint
import AdjointCore
import AdjointRuntime

// Complex numbers and pairs of real ones; functions of their elements are in Elementwise.swift.
let complexAdapters: [String: Adapter] = [
    "view_as_complex": unary { $0.viewAsComplex() },
    "view_as_real": unary { $0.viewAsReal() },
    "imag": unary { $0.imaginary },
]
