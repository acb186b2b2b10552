import AdjointCore
import AdjointRuntime

/// A tensor of a case: its type and its numbers, or why the library has none like it.
struct RecordedTensor: Sendable {
    let shape: [Int]
    let typeName: String
    /// Row-major; the real and imaginary parts of complex numbers alternate.
    let numbers: FlatNumbers
    let requiresGrad: Bool

    var isComplex: Bool { typeName.hasPrefix("complex") }

    /// Reads `{"shape": ..., "dtype": ..., "data": ...}`.
    init(_ json: JSON) throws {
        guard case .object(let members) = json, case .array(let extents)? = members["shape"],
            case .string(let name)? = members["dtype"], let data = members["data"]
        else { throw CaseError("a tensor needs shape, dtype and data") }
        shape = try extents.map {
            guard case .int(let extent) = $0, extent >= 0 else { throw CaseError("an extent that is no count") }
            return extent
        }
        typeName = name
        numbers = try FlatNumbers(data)
        if case .bool(true)? = members["requires_grad"] { requiresGrad = true } else { requiresGrad = false }
        guard let checked = Shape(checking: shape) else { throw CaseError("\(shape) is not a shape") }
        guard numbers.count == checked.count * (isComplex ? 2 : 1) else {
            throw CaseError("a \(name) tensor of shape \(shape) has \(numbers.count) numbers")
        }
    }

    func tensor() throws -> Tensor { try numbers.tensor(shape: shape, dtype: try DType(named: typeName)) }
}

/// A flat array of numbers, whole ones exact.
struct FlatNumbers: Sendable {
    let doubles: [Double]
    /// The same as integers where all are.
    let ints: [Int]?

    var count: Int { doubles.count }

    init(_ doubles: [Double]) {
        self.doubles = doubles
        ints = nil
    }

    init(_ json: JSON) throws {
        guard case .array(let elements) = json else { throw CaseError("an array of numbers expected") }
        var doubles: [Double] = []
        var ints: [Int]? = []
        doubles.reserveCapacity(elements.count)
        for element in elements {
            switch element {
            case .int(let value):
                doubles.append(Double(value))
                ints?.append(value)
            case .bool(let value):
                doubles.append(value ? 1 : 0)
                ints?.append(value ? 1 : 0)
            case .double(let value):
                doubles.append(value)
                ints = nil
            case .string(let text):
                guard let value = Argument.nonFinite(text) else { throw CaseError("\"\(text)\" is no number") }
                doubles.append(value)
                ints = nil
            default: throw CaseError("an array of numbers expected")
            }
        }
        self.doubles = doubles
        self.ints = ints
    }

    /// A tensor of these numbers. Every element type holds the recorded numbers exactly.
    func tensor(shape: [Int], dtype: DType) throws -> Tensor {
        let extents = dtype.isComplex ? shape + [2] : shape
        guard let checked = Shape(checking: extents), checked.count == count else {
            throw CaseError("\(count) numbers do not make a \(dtype) tensor of shape \(shape)")
        }
        if dtype.isComplex {
            let bytes =
                dtype.size == 16
                ? doubles.withUnsafeBytes(Array.init) : doubles.map(Float.init).withUnsafeBytes(Array.init)
            return Tensor(bytes: bytes, shape: shape, dtype: dtype)
        }
        if let ints, !dtype.isFloatingPoint { return Tensor(ints, shape: shape).to(dtype) }
        return Tensor(doubles, shape: shape).to(dtype)
    }
}

extension DType {
    /// The element type that PyTorch calls `name`.
    init(named name: String) throws {
        guard let dtype = DType.allCases.first(where: { "\($0)" == name }) else {
            throw CaseError("unsupported dtype \(name)")
        }
        self = dtype
    }
}

extension Tensor {
    /// The numbers in row-major order; the real and imaginary parts of complex numbers alternate.
    func flatNumbers() -> [Double] {
        guard dtype.isComplex else { return to(.float64).doubles }
        let bytes = bytes
        return bytes.withUnsafeBytes { raw in
            dtype.size == 16
                ? (0..<raw.count / 8).map { raw.loadUnaligned(fromByteOffset: 8 * $0, as: Double.self) }
                : (0..<raw.count / 4).map { Double(raw.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self)) }
        }
    }
}
