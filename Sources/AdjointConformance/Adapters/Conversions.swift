import Adjoint
import AdjointCore
import AdjointRuntime

let conversionAdapters: [String: Adapter] = [
    "double": converted("float64"),
    "float": converted("float32"),
    "half": converted("float16"),
    "bfloat16": converted("bfloat16"),
    "cfloat": converted("complex64"),
    "cdouble": converted("complex128"),
    "to": { call in
        // A dtype, or another tensor whose dtype is taken; copying changes nothing, as tensors are values.
        switch call.argument(0, "dtype") ?? call.argument(0, "other") {
        case .dtype(let dtype)?: return [.tensor(try call.x.to(dtype))]
        case .tensor(let other)?: return [.tensor(try call.x.to(other.dtype))]
        default: return [.tensor(try call.x)]
        }
    },
]

private func converted(_ name: String) -> Adapter {
    { call in [.tensor(try call.x.to(try DType(named: name)))] }
}
