import AdjointCore
import AdjointRuntime
import Synchronization

/// A graph over inputs of which some extents are free: it is built for each size that it is run with, and kept.
///
///     let f = GraphTemplate([.init("x", ["n", 3]), .init("w", [3])]) { g, inputs in
///         let loss = inputs[0].matmul(inputs[1]).sum()
///         return [loss, g.gradient(of: loss, withRespectTo: inputs[1])]
///     }
///     let results = try f(x, w)
///
/// Shapes are known while the graph is built, so every operation may be used and every error is one of building.
public final class GraphTemplate: Sendable {
    /// An extent: a number, or a name that stands for whatever number a run brings, the same wherever it stands.
    public enum Extent: Sendable, Hashable, ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
        /// This number.
        case fixed(Int)
        /// Any number.
        case free(String)

        /// A number.
        public init(integerLiteral value: Int) { self = .fixed(value) }
        /// A name.
        public init(stringLiteral value: String) { self = .free(value) }
    }

    /// An input.
    public struct Input: Sendable {
        let name: String
        let extents: [Extent]
        let dtype: DType

        /// An input of a name, extents and an element type.
        public init(_ name: String, _ extents: [Extent] = [], _ dtype: DType = .float32) {
            self.name = name
            self.extents = extents
            self.dtype = dtype
        }
    }

    private let inputs: [Input]
    private let passes: [GraphPass]
    private let executor: any Executor
    private let body: @Sendable (GraphBuilder, [Tensor]) -> [Tensor]
    private let functions = Mutex<[[String: Int]: GraphFunction]>([:])

    /// A template.
    /// - Parameters:
    ///   - passes: how each graph is rewritten, as those of `GraphBuilder.function`.
    ///   - body: builds the outputs from the inputs.
    public init(
        _ inputs: [Input], passes: [GraphPass] = GraphPass.standard, executor: any Executor = GraphInterpreter(),
        _ body: @escaping @Sendable (GraphBuilder, [Tensor]) -> [Tensor]
    ) {
        self.inputs = inputs
        self.passes = passes
        self.executor = executor
        self.body = body
    }

    /// The sizes for which it has been built.
    public var sizes: [[String: Int]] { functions.withLock { Array($0.keys) } }

    /// The function for given sizes.
    /// - Throws: if a free extent has no size, and what building throws.
    public func function(for sizes: [String: Int]) throws(TensorError) -> GraphFunction {
        if let known = functions.withLock({ $0[sizes] }) { return known }
        let builder = GraphBuilder()
        var tensors: [Tensor] = []
        for input in inputs {
            var shape: [Int] = []
            for extent in input.extents {
                switch extent {
                case .fixed(let number): shape.append(number)
                case .free(let name):
                    guard let number = sizes[name] else {
                        throw TensorError(
                            .argument, "GraphTemplate", "the extent \"\(name)\" of \"\(input.name)\" has no size",
                            "give a number for each free extent")
                    }
                    shape.append(number)
                }
            }
            tensors.append(try throwing { builder.input(input.name, shape, input.dtype) })
        }
        let outputs = try throwing { body(builder, tensors) }
        let function = try builder.function(tensors, outputs, unused: .ignore, passes: passes, executor: executor)
        functions.withLock { $0[sizes] = function }
        return function
    }

    /// The outputs for arguments of any fitting sizes.
    /// - Throws: for arguments of the wrong number, rank, type or sizes, and what building and running throw.
    public func callAsFunction(_ arguments: Tensor...) throws(TensorError) -> [Tensor] {
        guard arguments.count == inputs.count else {
            throw TensorError(
                .argument, "run", "a graph of \(inputs.count) inputs was given \(arguments.count) tensors",
                "give one tensor each for \(inputs.map(\.name).joined(separator: ", "))")
        }
        var sizes: [String: Int] = [:]
        for (input, argument) in zip(inputs, arguments) {
            if let failure = argument.failure { throw failure }
            guard argument.rank == input.extents.count, argument.dtype == input.dtype else {
                throw TensorError(
                    argument.dtype == input.dtype ? .shape : .dtype, "run",
                    "input \"\(input.name)\" of \(input.extents.count) axes of \(input.dtype) was given \(argument.type)",
                    "reshape or convert it")
            }
            for (axis, extent) in input.extents.enumerated() {
                let given = argument.shape[axis]
                let expected =
                    switch extent {
                    case .fixed(let number): number
                    case .free(let name): sizes[name] ?? given
                    }
                guard given == expected else {
                    let what =
                        if case .free(let name) = extent { "\"\(name)\" is \(expected)" } else {
                            "\(expected) is expected"
                        }
                    throw TensorError(
                        .shape, "run", "axis \(axis) of input \"\(input.name)\" has \(given) elements where \(what)",
                        "give tensors whose sizes agree")
                }
                if case .free(let name) = extent { sizes[name] = given }
            }
        }
        return try function(for: sizes)(arguments)
    }
}
