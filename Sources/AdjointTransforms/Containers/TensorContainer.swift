import AdjointCore
import AdjointRuntime

/// A value made of tensors: a tensor, an array, a dictionary or an optional of such values, or a struct of them.
///
/// Transforms take and give containers. A struct needs no code of its own: its tensors are found, and new ones put in
/// their places, by way of `Codable`; everything else in it (numbers, strings, options) passes through unchanged.
///
///     struct Layer: TensorContainer { var weight: Tensor; var bias: Tensor }
///     struct Model: TensorContainer { var layers: [Layer]; var rate = 0.1 }
public protocol TensorContainer: Codable, Sendable {
    /// The tensors in order, each with its path, as in "layers.0.weight".
    var namedTensors: [NamedTensor] { get }

    /// The tensors in order.
    var tensors: [Tensor] { get }

    /// The same value with each tensor replaced, in the order of `namedTensors`.
    func mapTensors(_ transform: (Tensor) throws -> Tensor) rethrows -> Self
}

/// A tensor in a container, with the path that leads to it.
public struct NamedTensor: Sendable {
    /// The path: names of properties and numbers of elements with points between them; empty for the value itself.
    public let name: String
    /// The tensor.
    public let tensor: Tensor

    /// A tensor under a name.
    public init(name: String, tensor: Tensor) {
        self.name = name
        self.tensor = tensor
    }

    func under(_ prefix: String) -> NamedTensor {
        NamedTensor(name: name.isEmpty ? prefix : "\(prefix).\(name)", tensor: tensor)
    }
}

extension TensorContainer {
    /// The tensors in order.
    public var tensors: [Tensor] { namedTensors.map(\.tensor) }

    /// The tensors in order, each with its path, found by encoding the value.
    /// - Fails: if the value's own `encode(to:)` throws.
    public var namedTensors: [NamedTensor] { ContainerTree(of: self)?.namedTensors ?? [] }

    /// The same value with each tensor replaced, by encoding and decoding it.
    /// - Fails: if the value's own `encode(to:)` or `init(from:)` throws.
    public func mapTensors(_ transform: (Tensor) throws -> Tensor) rethrows -> Self {
        guard let tree = ContainerTree(of: self) else { return self }
        return try tree.map(transform).decoded(as: Self.self) ?? self
    }
}

extension TensorContainer {
    /// What tells two values apart besides their tensors, as text: the places of tensors, and all else that the value holds.
    package var structure: String {
        switch self {
        case is Tensor: "T"
        case let tensors as [Tensor]: "[\(tensors.count)]"
        default: ContainerTree(of: self)?.structure ?? ""
        }
    }
}

extension Tensor: TensorContainer {
    /// The tensor itself, without a name.
    public var namedTensors: [NamedTensor] { [NamedTensor(name: "", tensor: self)] }

    /// The tensor itself.
    public var tensors: [Tensor] { [self] }

    /// The tensor that takes this one's place.
    public func mapTensors(_ transform: (Tensor) throws -> Tensor) rethrows -> Tensor { try transform(self) }
}

extension Array: TensorContainer where Element: TensorContainer {
    /// The elements' tensors; each name starts with the element's number.
    public var namedTensors: [NamedTensor] {
        enumerated().flatMap { index, element in element.namedTensors.map { $0.under("\(index)") } }
    }

    /// The elements' tensors.
    public var tensors: [Tensor] {
        // Most arrays are of tensors, and a cast would ask each element. A key path would be made anew in each call, being generic.
        Element.self == Tensor.self ? unsafeBitCast(self, to: [Tensor].self) : flatMap { $0.tensors }
    }

    /// The array with the tensors of its elements replaced.
    public func mapTensors(_ transform: (Tensor) throws -> Tensor) rethrows -> [Element] {
        guard Element.self == Tensor.self else { return try map { try $0.mapTensors(transform) } }
        return unsafeBitCast(try unsafeBitCast(self, to: [Tensor].self).map(transform), to: [Element].self)
    }
}

extension Dictionary: TensorContainer where Key == String, Value: TensorContainer {
    /// The values' tensors in the order of the sorted keys; each name starts with the key.
    public var namedTensors: [NamedTensor] {
        keys.sorted().flatMap { key in self[key]!.namedTensors.map { $0.under(key) } }
    }

    /// The values' tensors in the order of the sorted keys.
    public var tensors: [Tensor] { keys.sorted().flatMap { self[$0]!.tensors } }

    /// The dictionary with the tensors of its values replaced.
    public func mapTensors(_ transform: (Tensor) throws -> Tensor) rethrows -> [String: Value] {
        var result = self
        for key in keys.sorted() { result[key] = try self[key]!.mapTensors(transform) }
        return result
    }
}

extension Optional: TensorContainer where Wrapped: TensorContainer {
    /// The wrapped value's tensors, none for nil.
    public var namedTensors: [NamedTensor] { self?.namedTensors ?? [] }

    /// The wrapped value's tensors, none for nil.
    public var tensors: [Tensor] { self?.tensors ?? [] }

    /// The value with its tensors replaced, nil for nil.
    public func mapTensors(_ transform: (Tensor) throws -> Tensor) rethrows -> Wrapped? {
        try map { try $0.mapTensors(transform) }
    }
}
