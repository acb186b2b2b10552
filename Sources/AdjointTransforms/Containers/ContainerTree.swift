import AdjointCore
import AdjointRuntime

/// A value taken apart by `Codable`: where its tensors are, and all the rest as it was.
indirect enum ContainerTree {
    case tensor(Tensor)
    /// A value that takes itself apart, with its tensors.
    case container(any TensorContainer, [NamedTensor])
    /// A value without tensors.
    case value(any Encodable)
    case null
    case keyed([(key: String, tree: ContainerTree)])
    case list([ContainerTree])

    /// nil, and a failure, if the value's own encoding throws.
    init?(of value: some TensorContainer) {
        do {
            let box = TreeBox()
            try value.encode(to: TreeEncoder(box: box, codingPath: []))
            self = box.tree
        } catch {
            complain(
                TensorError(
                    .argument, "\(type(of: value))", "its tensors were not found: encoding it threw \(error)",
                    "let the compiler write encode(to:), or write namedTensors and mapTensors(_:)"))
            return nil
        }
    }

    var namedTensors: [NamedTensor] {
        switch self {
        case .tensor(let tensor): [NamedTensor(name: "", tensor: tensor)]
        case .container(_, let tensors): tensors
        case .value, .null: []
        case .keyed(let entries): entries.flatMap { entry in entry.tree.namedTensors.map { $0.under(entry.key) } }
        case .list(let trees):
            trees.enumerated().flatMap { index, tree in tree.namedTensors.map { $0.under("\(index)") } }
        }
    }

    /// The value with everything that is no tensor spelled out.
    var structure: String {
        switch self {
        case .tensor: "T"
        case .container(let container, _): container.structure
        case .value(let value): "\(type(of: value)) \(value)"
        case .null: "nil"
        case .keyed(let entries): "{" + entries.map { "\($0.key):\($0.tree.structure)" }.joined(separator: ",") + "}"
        case .list(let trees): "[" + trees.map(\.structure).joined(separator: ",") + "]"
        }
    }

    func map(_ transform: (Tensor) throws -> Tensor) rethrows -> ContainerTree {
        switch self {
        case .tensor(let tensor): .tensor(try transform(tensor))
        case .container(let container, _):
            .container(try container.mapTensors(transform), [])
        case .value, .null: self
        case .keyed(let entries): .keyed(try entries.map { ($0.key, try $0.tree.map(transform)) })
        case .list(let trees): .list(try trees.map { try $0.map(transform) })
        }
    }

    /// The value put together again; nil, and a failure, if its own decoding throws.
    func decoded<Value: TensorContainer>(as type: Value.Type) -> Value? {
        do {
            return try Value(from: TreeDecoder(tree: self, codingPath: []))
        } catch {
            complain(
                TensorError(
                    .argument, "\(type)", "it was not put together from new tensors: decoding it threw \(error)",
                    "let the compiler write init(from:), or write namedTensors and mapTensors(_:)"))
            return nil
        }
    }

    /// Whether there is a tensor in it.
    fileprivate var hasTensors: Bool {
        switch self {
        case .tensor: true
        case .container(_, let tensors): !tensors.isEmpty
        case .value, .null: false
        case .keyed(let entries): entries.contains { $0.tree.hasTensors }
        case .list(let trees): trees.contains { $0.hasTensors }
        }
    }

    /// A value inside another one.
    fileprivate static func encoding(_ value: some Encodable, _ path: [any CodingKey]) throws -> ContainerTree {
        if let tensor = value as? Tensor { return .tensor(tensor) }
        if let container = value as? any TensorContainer { return .container(container, container.namedTensors) }
        let box = TreeBox()
        try value.encode(to: TreeEncoder(box: box, codingPath: path))
        // What has no tensors goes through as it is, whatever its coding would make of it.
        return box.tree.hasTensors ? box.tree : .value(value)
    }

    fileprivate func decode<Value: Decodable>(_ type: Value.Type, _ path: [any CodingKey]) throws -> Value {
        switch self {
        case .tensor(let tensor): if let value = tensor as? Value { return value }
        case .container(let container, _): if let value = container as? Value { return value }
        case .value(let any): if let value = any as? Value { return value }
        case .null, .keyed, .list: break
        }
        return try Value(from: TreeDecoder(tree: self, codingPath: path))
    }
}

/// Where an encoder leaves what it was given.
private final class TreeBox {
    private enum Form {
        case nothing
        case one(ContainerTree)
        case keyed([(key: String, box: TreeBox)])
        case list([TreeBox])
    }
    private var form = Form.nothing

    var tree: ContainerTree {
        switch form {
        case .nothing: .keyed([])
        case .one(let tree): tree
        case .keyed(let entries): .keyed(entries.map { ($0.key, $0.box.tree) })
        case .list(let boxes): .list(boxes.map(\.tree))
        }
    }

    var count: Int { if case .list(let boxes) = form { boxes.count } else { 0 } }

    func set(_ tree: ContainerTree) { form = .one(tree) }
    func becomeKeyed() { if case .nothing = form { form = .keyed([]) } }
    func becomeList() { if case .nothing = form { form = .list([]) } }

    func child(_ key: String) -> TreeBox {
        let box = TreeBox()
        if case .keyed(let entries) = form {
            form = .keyed(entries + [(key, box)])
        } else {
            form = .keyed([(key, box)])
        }
        return box
    }

    func next() -> TreeBox {
        let box = TreeBox()
        if case .list(let boxes) = form { form = .list(boxes + [box]) } else { form = .list([box]) }
        return box
    }
}

private struct TreeKey: CodingKey {
    let stringValue: String
    var intValue: Int? { Int(stringValue) }
    init(stringValue: String) { self.stringValue = stringValue }
    init(intValue: Int) { stringValue = "\(intValue)" }
}

private struct TreeEncoder: Encoder {
    let box: TreeBox
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy _: Key.Type) -> KeyedEncodingContainer<Key> {
        box.becomeKeyed()
        return KeyedEncodingContainer(KeyedTreeEncoder<Key>(box: box, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        box.becomeList()
        return ListTreeEncoder(box: box, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }
}

extension TreeEncoder: SingleValueEncodingContainer {
    func encodeNil() { box.set(.null) }
    func encode<T: Encodable>(_ value: T) throws {
        box.set(Self.isPlain(value) ? .value(value) : try .encoding(value, codingPath))
    }

    /// Whether a value would be encoded as itself again and again.
    static func isPlain(_ value: some Encodable) -> Bool {
        value is Bool || value is String || value is any BinaryInteger || value is any BinaryFloatingPoint
    }
}

private struct KeyedTreeEncoder<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let box: TreeBox
    let codingPath: [any CodingKey]

    private func at(_ key: some CodingKey) -> TreeEncoder {
        TreeEncoder(box: box.child(key.stringValue), codingPath: codingPath + [key])
    }

    func encodeNil(forKey key: Key) { at(key).encodeNil() }
    func encode<T: Encodable>(_ value: T, forKey key: Key) throws { try at(key).encode(value) }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> { at(key).container(keyedBy: type) }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { at(key).unkeyedContainer() }
    func superEncoder() -> any Encoder { at(TreeKey(stringValue: "super")) }
    func superEncoder(forKey key: Key) -> any Encoder { at(key) }
}

private struct ListTreeEncoder: UnkeyedEncodingContainer {
    let box: TreeBox
    let codingPath: [any CodingKey]
    var count: Int { box.count }

    private func next() -> TreeEncoder {
        let key = TreeKey(intValue: count)
        return TreeEncoder(box: box.next(), codingPath: codingPath + [key])
    }

    func encodeNil() { next().encodeNil() }
    func encode<T: Encodable>(_ value: T) throws { try next().encode(value) }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        next().container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { next().unkeyedContainer() }
    func superEncoder() -> any Encoder { next() }
}

private struct TreeDecoder: Decoder {
    let tree: ContainerTree
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    private func mismatch<Wanted>(_ wanted: Wanted.Type, _ what: String) -> DecodingError {
        .typeMismatch(wanted, .init(codingPath: codingPath, debugDescription: "\(what) was not encoded here"))
    }

    func container<Key: CodingKey>(keyedBy _: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .keyed(let entries) = tree else { throw mismatch([String: Any].self, "a keyed container") }
        return KeyedDecodingContainer(KeyedTreeDecoder<Key>(entries: entries, codingPath: codingPath))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        switch tree {
        case .list(let trees): return ListTreeDecoder(trees: trees, codingPath: codingPath)
        case .keyed(let entries) where entries.isEmpty: return ListTreeDecoder(trees: [], codingPath: codingPath)
        default: throw mismatch([Any].self, "a list")
        }
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { self }
}

extension TreeDecoder: SingleValueDecodingContainer {
    func decodeNil() -> Bool { if case .null = tree { true } else { false } }

    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        if case .value(let any) = tree, !(any is T) { throw mismatch(type, "a \(type)") }
        return try tree.decode(type, codingPath)
    }
}

private struct KeyedTreeDecoder<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let entries: [(key: String, tree: ContainerTree)]
    let codingPath: [any CodingKey]

    var allKeys: [Key] { entries.compactMap { Key(stringValue: $0.key) } }
    func contains(_ key: Key) -> Bool { entries.contains { $0.key == key.stringValue } }

    private func at(_ key: some CodingKey) throws -> TreeDecoder {
        guard let entry = entries.first(where: { $0.key == key.stringValue }) else {
            throw DecodingError.keyNotFound(
                key, .init(codingPath: codingPath, debugDescription: "\(key.stringValue) was not encoded"))
        }
        return TreeDecoder(tree: entry.tree, codingPath: codingPath + [key])
    }

    func decodeNil(forKey key: Key) throws -> Bool { try at(key).decodeNil() }
    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try at(key).decode(type) }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> { try at(key).container(keyedBy: type) }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try at(key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { try at(TreeKey(stringValue: "super")) }
    func superDecoder(forKey key: Key) throws -> any Decoder { try at(key) }
}

private struct ListTreeDecoder: UnkeyedDecodingContainer {
    let trees: [ContainerTree]
    let codingPath: [any CodingKey]
    private(set) var currentIndex = 0

    init(trees: [ContainerTree], codingPath: [any CodingKey]) {
        self.trees = trees
        self.codingPath = codingPath
    }

    var count: Int? { trees.count }
    var isAtEnd: Bool { currentIndex >= trees.count }

    private mutating func next() throws -> TreeDecoder {
        guard !isAtEnd else {
            throw DecodingError.valueNotFound(
                Any.self, .init(codingPath: codingPath, debugDescription: "the list has \(trees.count) elements"))
        }
        defer { currentIndex += 1 }
        return TreeDecoder(tree: trees[currentIndex], codingPath: codingPath + [TreeKey(intValue: currentIndex)])
    }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd, case .null = trees[currentIndex] else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try next().decode(type) }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws -> KeyedDecodingContainer<Nested>
    {
        try next().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try next().unkeyedContainer() }
    mutating func superDecoder() throws -> any Decoder { try next() }
}
