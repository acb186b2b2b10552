import AdjointFiles
import AdjointRuntime

// NumPy's files. Whole numbers of widths that tensors do not have are widened; float16, unsigned integers above 8 bits
// and complex numbers are refused by name.
extension Tensor {
    /// The tensor in an `.npy` file.
    /// - Throws: `TensorError` of kind `.file` if the file cannot be read, is damaged, or holds another element type.
    public static func load(npy path: String) throws(TensorError) -> Tensor {
        try reading(path) { bytes throws(TensorError) in try Tensor(npy: bytes) }
    }

    /// The tensors in an `.npz` archive, by name.
    /// - Throws: `TensorError` of kind `.file` if the file cannot be read or is damaged, or holds another element type.
    public static func load(npz path: String) throws(TensorError) -> [String: Tensor] {
        try reading(path) { bytes throws(TensorError) in try tensors(npz: bytes) }
    }

    /// The tensor in the bytes of an `.npy` file.
    public init(npy bytes: [UInt8]) throws(TensorError) {
        do {
            self = try Tensor.tensor(try NPYArray(parsing: bytes))
        } catch let error as TensorError {
            throw error
        } catch {
            throw Tensor.fileError("npy", "\(error)")
        }
    }

    /// The tensors in the bytes of an `.npz` archive, by name.
    public static func tensors(npz bytes: [UInt8]) throws(TensorError) -> [String: Tensor] {
        do {
            var tensors: [String: Tensor] = [:]
            for (name, array) in try NPZ.read(bytes) { tensors[name] = try tensor(array) }
            return tensors
        } catch let error as TensorError {
            throw error
        } catch {
            throw fileError("npz", "\(error)")
        }
    }

    /// Writes the tensor to an `.npy` file: whole or not at all.
    public func save(npy path: String) throws(TensorError) {
        do {
            try AtomicFile.write(try npyArray().serialized(), to: path)
        } catch let error as TensorError {
            throw error
        } catch {
            throw Tensor.fileError("npy", "\(error)")
        }
    }

    /// Writes named tensors to an `.npz` archive, in the order of their names: whole or not at all.
    public static func save(_ tensors: [String: Tensor], npz path: String, compressed: Bool = false) throws(TensorError)
    {
        do {
            var arrays: [NPZ.NamedArray] = []
            for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
                arrays.append((name, try tensor.npyArray()))
            }
            try AtomicFile.write(try NPZ.serialize(arrays, compressed: compressed), to: path)
        } catch let error as TensorError {
            throw error
        } catch {
            throw fileError("npz", "\(error)")
        }
    }

    private static func reading<Result>(
        _ path: String, _ body: ([UInt8]) throws(TensorError) -> Result
    ) throws(TensorError) -> Result {
        let bytes: [UInt8]
        do {
            bytes = try FileBytes.read(path)
        } catch {
            throw fileError("load", "\(error)")
        }
        return try body(bytes)
    }

    private static func tensor(_ array: NPYArray) throws(TensorError) -> Tensor {
        let array = array.rowMajor()
        guard Shape(checking: array.shape) != nil else {
            throw fileError("npy", "the array of shape \(array.shape) has more axes or elements than a tensor")
        }
        func stored(_ dtype: DType) -> Tensor { Tensor(bytes: array.bytes, shape: array.shape, dtype: dtype) }
        func widened<Narrow: FixedWidthInteger & BitwiseCopyable>(_: Narrow.Type) -> Tensor {
            let numbers = array.bytes.withUnsafeBytes { bytes in
                (0..<bytes.count / MemoryLayout<Narrow>.size).map {
                    Int32(bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Narrow>.size, as: Narrow.self))
                }
            }
            return Tensor(numbers, shape: array.shape)
        }
        switch array.descr {
        case .bool: return stored(.bool)
        case .uint8: return stored(.uint8)
        case .int32: return stored(.int32)
        case .int64: return stored(.int64)
        case .float16: return stored(.float16)
        case .float32: return stored(.float32)
        case .float64: return stored(.float64)
        case .complex64: return stored(.complex64)
        case .complex128: return stored(.complex128)
        case .int8: return widened(Int8.self)
        case .int16: return widened(Int16.self)
        case .uint16: return widened(UInt16.self)
        default:
            throw fileError("npy", "tensors have no element type for NumPy's \(array.descr.rawValue)")
        }
    }

    private func npyArray() throws(TensorError) -> NPYArray {
        if let failure { throw failure }
        let descr: NPYArray.ElementType =
            switch dtype {
            case .bool: .bool
            case .uint8: .uint8
            case .int32: .int32
            case .int64: .int64
            case .float16: .float16
            case .bfloat16:
                throw TensorError(
                    .dtype, "npy", "NumPy's files have no element type for bfloat16", "convert it with to(.float32)")
            case .float32: .float32
            case .float64: .float64
            case .complex64: .complex64
            case .complex128: .complex128
            }
        return NPYArray(descr: descr, shape: shape.extents, bytes: bytes)
    }

    private static func fileError(_ operation: String, _ problem: String) -> TensorError {
        var problem = problem
        if problem.hasSuffix(".") { problem.removeLast() }
        return TensorError(.file, operation, problem, "check the path, and that NumPy can read the file")
    }
}
