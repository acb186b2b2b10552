import AdjointCore
import AdjointRuntime
import AdjointTransforms
import Synchronization

/// A program that asks for something impossible.
struct Misuse: Sendable {
    let name: String
    let kind: TensorError.Kind
    /// What the message must say: shapes, types, numbers.
    let mentions: [String]
    /// The line in this file that makes the mistake.
    let line: Int
    let run: @Sendable () -> Void

    init(
        _ name: String, _ kind: TensorError.Kind, _ mentions: [String], line: Int = #line,
        _ run: @escaping @Sendable () -> Void
    ) {
        self.name = name
        self.kind = kind
        self.mentions = mentions
        self.line = line
        self.run = run
    }
}

/// Takes a value, so that the call that made it is not the last of its function: the frame of a last call is gone.
@inline(never) private func use<Value>(_ value: Value) {
    withExtendedLifetime(value) { _ = uses.wrappingAdd(1, ordering: .relaxed) }
}
private let uses = Atomic<Int>(0)

private let a23 = Tensor.ones(2, 3)
private let v2 = Tensor.ones(2)
private let leaf23 = Tensor.ones(2, 3).requiringGrad()
private func freed(_ x: Tensor) -> Tensor {
    let y = (x * x).sum()
    y.backward()
    return y
}

/// Errors of the catalogue that exist in this design, by their numbers, then the operations' own.
private let gradientMisuses: [Misuse] = [
    Misuse("E1 integer leaf", .gradient, ["int64[2]", "float32"]) { use(Tensor([1, 2]).requiringGrad()) },
    Misuse("E1 bool leaf", .gradient, ["bool[1]"]) { use(Tensor([true]).requiringGrad()) },
    Misuse("E2 unset on a computed tensor", .gradient, ["exp", "detach"]) {
        var y = leaf23.exp(); y.requiresGrad = false; use(a23)
    },
    Misuse("E4 root is no scalar", .gradient, ["float32[2, 3]", "seed"]) {
        leaf23.exp().backward(); use(a23)
    },
    Misuse("E4 output is no scalar", .gradient, ["[2, 3]", "seed"]) {
        use(leaf23.exp().gradient(withRespectTo: leaf23))
    },
    Misuse("E5 root is a constant", .gradient, ["float32[]", "requiringGrad"]) {
        a23.sum().backward(); use(a23)
    },
    Misuse("E5 root made in noGrad", .gradient, ["noGrad"]) {
        noGrad { leaf23.sum() }.backward(); use(a23)
    },
    Misuse("E7 input is a constant", .gradient, ["input 0", "[2, 3]"]) {
        use(gradients(of: [leaf23.sum()], withRespectTo: [a23]))
    },
    Misuse("E8 unused input", .gradient, ["input 0", "unused: .zero"]) {
        use(gradients(of: [leaf23.sum()], withRespectTo: [v2.requiringGrad()]))
    },
    Misuse("E9 no inputs", .argument, ["no inputs"]) { use(gradients(of: [leaf23.sum()], withRespectTo: [])) },
    Misuse("E9 no outputs", .argument, ["no outputs"]) { use(gradients(of: [], withRespectTo: [leaf23])) },
    Misuse("E12 too few seeds", .argument, ["2 outputs", "1 seeds"]) {
        use(gradients(of: [leaf23.sum(), leaf23.sum()], withRespectTo: [leaf23], seeds: [Tensor(1.0)]))
    },
    Misuse("E14 seed of another shape", .shape, ["float32[2, 3]", "float32[2]"]) {
        leaf23.exp().backward(seed: v2); use(a23)
    },
    Misuse("E15 seed of another type", .dtype, ["float64[2, 3]"]) {
        leaf23.exp().backward(seed: a23.to(.float64)); use(a23)
    },
    Misuse("E19 freed graph", .graphFreed, ["retainGraph: true"]) {
        freed(v2.requiringGrad()).backward(); use(a23)
    },
    Misuse("E25 requiresGrad off after detach is fine, on a view not", .gradient, ["permute"]) {
        var y = leaf23.T; y.requiresGrad = false; use(a23)
    },
    Misuse("E31 retainGrad of a constant", .gradient, ["constant"]) {
        a23.retainGrad(); use(a23)
    },
    Misuse("E32 grad of another shape", .shape, ["float32[2]", "float32[2, 3]"]) {
        Tensor.ones(2, 3).requiringGrad().grad = v2; use(a23)
    },
    Misuse("E33 grad of another type", .dtype, ["float64[2, 3]", "float32[2, 3]"]) {
        leaf23.grad = a23.to(.float64); use(a23)
    },
    Misuse("E35 itself as its grad", .gradient, ["its own gradient"]) {
        leaf23.grad = leaf23; use(a23)
    },
    Misuse("E35 grad of a computed tensor", .gradient, ["exp"]) {
        leaf23.exp().grad = a23; use(a23)
    },
    Misuse("E144 hook on a constant", .gradient, ["constant"]) {
        a23.registerHook { _ in nil }; use(a23)
    },
    Misuse("E145 hook changes the shape", .gradient, ["float32[2]", "float32[]"]) {
        let x = v2.requiringGrad()
        x.registerHook { $0.sum() }
        x.sum().backward()
        use(x)
    },
    Misuse("E82 tangent of another shape", .shape, ["float32[2, 3]", "float32[2]"]) {
        use(jvp({ $0 }, at: a23, along: v2))
    },
    Misuse("E83 tangent of another type", .dtype, ["float64[2, 3]"]) {
        use(jvp({ $0 }, at: a23, along: a23.to(.float64)))
    },
    Misuse("E90 tangent of integers", .dtype, ["int64[1]"]) { use(jvp({ $0 }, at: Tensor([1]), along: Tensor([1]))) },
]

private let shapeMisuses: [Misuse] = [
    Misuse("add", .shape, ["[2, 3]", "[2]", "add"]) { use(a23 + v2) },
    Misuse("compare", .shape, ["[2, 3]", "[2]"]) { use(a23 .< v2) },
    Misuse("in place", .shape, ["[2, 3]", "[2]"]) {
        var x = a23; x += v2; use(a23)
    },
    Misuse("which", .shape, ["[2]", "[2, 3]"]) { use(which(v2 .> 0, a23, a23)) },
    Misuse("matmul inner", .shape, ["[2, 3]", "3 and 2 differ"]) { use(a23.matmul(a23)) },
    Misuse("matmul scalar", .shape, ["[]", "[2, 3]"]) { use(Tensor(1.0).matmul(a23)) },
    Misuse("matmul stacks", .shape, ["[2, 2, 2]", "[3, 2, 2]"]) {
        use(Tensor.ones(2, 2, 2).matmul(Tensor.ones(3, 2, 2)))
    },
    Misuse("dot", .shape, ["[2]", "[3]"]) { use(dot(v2, Tensor.ones(3))) },
    Misuse("dot of matrices", .shape, ["[2, 3]"]) { use(dot(a23, a23)) },
    Misuse("outer", .shape, ["[2, 3]", "[2]"]) { use(outer(a23, v2)) },
    Misuse("reshape", .shape, ["[2, 3]", "[4, 2]", "6", "8"]) { use(a23.reshaped(4, 2)) },
    Misuse("reshape, no divisor", .shape, ["[2, 3]", "[4, -1]"]) { use(a23.reshaped(4, -1)) },
    Misuse("reshape, two unknown", .shape, ["[-1, -1]"]) { use(a23.reshaped(-1, -1)) },
    Misuse("reshape, negative", .shape, ["[-2, -3]"]) { use(a23.reshaped(-2, -3)) },
    Misuse("transpose", .axis, ["[0, 0]", "[2, 3]"]) { use(a23.transposed(0, 0)) },
    Misuse("transpose of a vector", .shape, ["[2]"]) { use(v2.T) },
    Misuse("swap", .axis, ["axis 2", "[2, 3]", "-2 ..< 2"]) { use(a23.swappedAxes(0, 2)) },
    Misuse("move", .axis, ["axis -3"]) { use(a23.movedAxis(-3, to: 0)) },
    Misuse("expand", .axis, ["axis 4", "-3 ..< 3"]) { use(a23.expandedAxis(4)) },
    Misuse("expand to eleven axes", .shape, ["10 axes"]) {
        use(Tensor.ones(1, 1, 1, 1, 1, 1, 1, 1, 1, 1).expandedAxis(0))
    },
    Misuse("squeeze", .shape, ["axis 0", "[2, 3]", "extent 2"]) { use(a23.squeezed(0)) },
    Misuse("broadcast", .shape, ["[2, 3]", "[2, 4]"]) { use(a23.broadcast(to: [2, 4])) },
    Misuse("broadcast to fewer", .shape, ["[2, 3]", "[3]"]) { use(a23.broadcast(to: [3])) },
    Misuse("flip", .axis, ["axis 5"]) { use(a23.flipped(5)) },
    Misuse("split", .shape, ["axis 1", "2 equal parts"]) { use(a23.split(2, axis: 1)) },
    Misuse("split in 0", .shape, ["0 equal parts"]) { use(a23.split(0)) },
    Misuse("concatenate nothing", .argument, ["no tensors"]) { use(concatenate([])) },
    Misuse("concatenate ranks", .shape, ["[2, 3]", "[2]"]) { use(concatenate([a23, v2])) },
    Misuse("concatenate extents", .shape, ["[2, 3]", "[2, 4]"]) { use(concatenate([a23, Tensor.ones(2, 4)])) },
    Misuse("stack", .shape, ["[1, 2, 3]", "[1, 3, 2]"]) { use(stack([a23, a23.T])) },
    Misuse("sum of a wrong axis", .axis, ["axis 2", "[2, 3]"]) { use(a23.sum(axis: 2)) },
    Misuse("sum of an axis twice", .axis, ["twice", "[1, -1]"]) { use(a23.sum(axis: 1, -1)) },
    Misuse("softmax of a scalar", .axis, ["scalar has no axes"]) { use(Tensor(1.0).softmax(axis: 1)) },
    Misuse("cumulative sum", .axis, ["axis 1"]) { use(v2.cumulativeSum(axis: 1)) },
    Misuse("array of another count", .shape, ["[2, 2]", "4", "3"]) {
        use(Tensor([1, 2, 3] as [Double], shape: [2, 2]))
    },
    Misuse("ragged lists", .shape, ["ragged"]) { use(Tensor([[1, 2], [3]])) },
    Misuse("lists of different depth", .shape, ["ragged"]) { use(Tensor([[1, 2], 3])) },
    Misuse("bytes", .shape, ["float32[2]", "8 bytes", "7"]) {
        use(Tensor(bytes: [0, 0, 0, 0, 0, 0, 0], shape: [2], dtype: .float32))
    },
    Misuse("item of many", .shape, ["[2, 3]", "6 elements"]) { use(a23.item()) },
    Misuse("comparison of many", .shape, ["[2]"]) { use(v2 > 0) },
    Misuse("negative extent", .shape, ["[-1]"]) { use(Tensor.zeros(-1)) },
    Misuse("eleven axes", .shape, ["10 axes"]) { use(Tensor.zeros([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1])) },
]

private let otherMisuses: [Misuse] = [
    Misuse("zeros(1 << 40)", .outOfMemory, ["1099511627776"]) { use(Tensor.zeros(1 << 40)) },
    Misuse("more than the machine has", .outOfMemory, ["1048576, 1048576"]) { use(Tensor.zeros(1 << 20, 1 << 20)) },
    Misuse("more than can be counted", .outOfMemory, ["4294967295"]) {
        use(Tensor.zeros(4_294_967_295, 4_294_967_295))
    },
    Misuse("outer product too large", .outOfMemory, ["bytes"]) {
        let x = Tensor.ones(1 << 21); use(outer(x, x))
    },
    Misuse("broadcast overflow", .outOfMemory, ["4294967295"]) {
        use(v2.broadcast(to: [4_294_967_295, 4_294_967_295, 2]))
    },
    Misuse("eye", .outOfMemory, ["bytes"]) { use(Tensor.eye(1 << 21)) },
    Misuse("arange", .outOfMemory, ["arange"]) { use(Tensor.arange(0, 1e18)) },
    Misuse("arange, no step", .argument, ["steps of 0"]) { use(Tensor.arange(0, 5, step: 0)) },
    Misuse("arange, infinite", .argument, ["inf"]) { use(Tensor.arange(0, Double.infinity)) },
    Misuse("linspace", .shape, ["[-2]"]) { use(Tensor.linspace(0, 1, -2)) },
    Misuse("index", .index, ["index 2", "axis 0", "[2, 3]", "-2 ..< 2"]) { use(a23[2]) },
    Misuse("negative index", .index, ["index -4", "axis 1"]) { use(a23[0, -4]) },
    Misuse("too many indices", .index, ["3 indices", "[2, 3]"]) { use(a23[0, 0, 0]) },
    Misuse("two ellipses", .index, ["ellipsis"]) { use(a23[.ellipsis, .ellipsis]) },
    Misuse("range", .index, ["0..<4", "axis 1", "[2, 3]"]) { use(a23[0, 0..<4]) },
    Misuse("closed range to the end of Int", .index, ["axis 0"]) { use(a23[0...Int.max]) },
    Misuse("stride 0", .index, ["by 0"]) { use(a23[.stride(by: 0)]) },
    Misuse("downwards from outside", .index, ["axis 1", "5"]) { use(a23[0, .stride(from: 5, by: -1)]) },
    Misuse("downwards from below", .index, ["axis 1", "-9"]) { use(a23[0, .stride(from: -9, by: -1)]) },
    Misuse("index tensor", .index, ["index 5", "position 1", "extent 3"]) { use(a23[.all, Tensor([0, 5])]) },
    Misuse("index tensor of floats", .dtype, ["float32"]) { use(a23[Tensor([0.5])]) },
    Misuse("index tensors that do not fit", .index, ["[2]", "[3]"]) { use(a23[Tensor([0, 1]), Tensor([0, 1, 2])]) },
    Misuse("mask", .index, ["[3]", "axis 0", "[2, 3]"]) { use(a23[Tensor([true, false, true])]) },
    Misuse("take", .index, ["index 3"]) { use(a23.take(Tensor([3]), axis: 1)) },
    Misuse("write of another shape", .shape, ["[2]", "[3]"]) {
        var x = a23; x[0] = v2; use(a23)
    },
    Misuse("write of another type", .dtype, ["float32", "int64"]) {
        var x = Tensor([1, 2]); x[0] = Tensor(0.5); use(a23)
    },
    Misuse("write outside", .index, ["index 7"]) {
        var x = a23; x[7] = v2; use(a23)
    },
    Misuse("write to eleven axes", .shape, ["10 axes"]) {
        var x = Tensor.ones(1, 1, 1, 1, 1, 1, 1, 1, 1, 1)
        x[.newAxis, .ellipsis] = v2[0]
        use(x)
    },
    Misuse("clamp", .argument, ["2", "1"]) { use(a23.clamp(min: 2, max: 1)) },
    Misuse("max of nothing", .empty, ["[0]"]) { use(Tensor.zeros(0).max()) },
    Misuse("argmin of nothing", .empty, ["[0]"]) { use(Tensor.zeros(0).argmin(axis: 0)) },
    Misuse("mean of nothing", .empty, ["[2, 0]"]) { use(Tensor.zeros(2, 0).mean(axis: 1)) },
    Misuse("std of nothing", .empty, ["[0]"]) { use(Tensor.zeros(0).std()) },
    Misuse("logSumExp of nothing", .empty, ["elements"]) { use(Tensor.zeros(2, 0).logSumExp(axis: 1)) },
    Misuse("infinity norm of nothing", .empty, ["[0]"]) { use(Tensor.zeros(0).norm(.infinity)) },
    Misuse("rand of integers", .dtype, ["int64"]) { use(Tensor.rand(2, dtype: .int64)) },
    Misuse("randint of nothing", .argument, ["3..<3"]) { use(Tensor.randint(3..<3, 2)) },
]

let misuses: [Misuse] = gradientMisuses + shapeMisuses + otherMisuses
