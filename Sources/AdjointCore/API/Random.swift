import AdjointRuntime
import CKernels
import Synchronization

/// A source of random numbers: Philox 4×32-10 (Salmon et al. 2011), counted, so that a seed gives the same numbers on
/// every machine and at every number of threads.
public final class Generator: Sendable {
    private let key: UInt64
    private let counter = Mutex<UInt64>(0)

    /// The generator that is used where none is named. It starts with seed 0: programs repeat until they say otherwise.
    public static var `default`: Generator {
        get { shared.withLock { $0 } }
        set { shared.withLock { generator in generator = newValue } }
    }
    private static let shared = Mutex(Generator(seed: 0))

    /// A generator whose numbers are determined by the seed.
    public init(seed: UInt64) { key = seed }

    /// The first place of a draw of `count` numbers.
    func advance(_ count: Int) -> UInt64 {
        Recording.draw(count, from: self) {
            counter.withLock { counter in
                defer { counter &+= UInt64(count) }
                return counter
            }
        }
    }

    fileprivate var philoxKey: UInt64 { key }
}

extension Tensor {
    /// Numbers drawn uniformly from 0 ..< 1.
    public static func rand(_ shape: Int..., dtype: DType = .float32, generator: Generator = .default) -> Tensor {
        rand(shape, dtype: dtype, generator: generator)
    }
    /// Numbers drawn uniformly from 0 ..< 1, in a shape given as an array.
    public static func rand(_ shape: [Int], dtype: DType = .float32, generator: Generator = .default) -> Tensor {
        draw("rand", shape, dtype, generator) { adj_random_uniform($0, $1, $2, $3, 0, $4) }
    }

    /// Numbers drawn from the standard normal distribution.
    public static func randn(_ shape: Int..., dtype: DType = .float32, generator: Generator = .default) -> Tensor {
        draw("randn", shape, dtype, generator) { adj_random_normal($0, $1, $2, $3, 0, $4) }
    }

    /// Whole numbers drawn uniformly from a range.
    public static func randint(
        _ range: Range<Int>, _ shape: Int..., dtype: DType = .int64, generator: Generator = .default
    ) -> Tensor {
        draw("randint", shape) { (shape) throws(TensorError) in
            guard !range.isEmpty, dtype.isInteger else {
                throw TensorError(
                    range.isEmpty ? .argument : .dtype, "randint", "there is no \(dtype) to draw from \(range)",
                    "give a range that is not empty and an integer type")
            }
            let type = TensorType(try checkedShape(shape, "randint"), dtype)
            let value = try TensorValue(uninitialized: type)
            let count = type.shape.count
            adj_random_integers(
                Int32(dtype.rawValue), value.elements, Int64(range.lowerBound), UInt64(range.count),
                generator.philoxKey,
                generator.advance(count), 0, Int64(count))
            return Tensor(value)
        }
    }

    private static func draw(
        _ name: String, _ shape: [Int], _ dtype: DType, _ generator: Generator,
        _ body: @escaping @Sendable (Int32, UnsafeMutableRawPointer, UInt64, UInt64, Int64) -> Void
    ) -> Tensor {
        draw(name, shape) { (shape) throws(TensorError) in
            guard dtype.isFloatingPoint else {
                throw TensorError(
                    .dtype, name, "it draws real numbers with a fraction, not \(dtype)", "use randint for whole numbers"
                )
            }
            let type = TensorType(try checkedShape(shape, name), dtype.computing)
            let value = try TensorValue(uninitialized: type)
            let count = type.shape.count
            body(
                Int32(type.dtype.rawValue), value.elements, generator.philoxKey, generator.advance(count), Int64(count))
            return Tensor(value).to(dtype)
        }
    }

    /// Draws a shape as the transforms under way want it.
    private static func draw(
        _ name: String, _ shape: [Int], _ body: @escaping @Sendable ([Int]) throws(TensorError) -> Tensor
    ) -> Tensor {
        @Sendable func plain(_ shape: [Int]) -> Tensor { attempt { () throws(TensorError) in try body(shape) } }
        return Transforms.innermost?.draw(name, shape, plain) ?? plain(shape)
    }
}
