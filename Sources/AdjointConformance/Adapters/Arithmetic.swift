import Adjoint
import AdjointCore
import AdjointRuntime

let arithmeticAdapters: [String: Adapter] = [
    "add": { call in [.tensor(try sum(call, sign: 1))] },
    "__radd__": { call in [.tensor(try sum(call, sign: 1))] },
]

private func sum(_ call: Call, sign: Int) throws -> Tensor {
    let x = try call.x
    switch (try call.scalarOrTensor(0, "other"), try call.scalar(nil, "alpha", default: 1)) {
    case (.tensor(let y), .int(1)): return x + y
    case (.tensor(let y), let alpha): return x + alpha * y
    case (.scalar(let y), .int(1)): return x + y
    case (.scalar(let y), let alpha): return x + Tensor(y) * alpha
    }
}
