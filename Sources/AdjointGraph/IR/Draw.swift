import AdjointCore
import AdjointRuntime

/// A draw of random numbers as a step of a graph: each run draws new ones, in the order in which the program drew.
package final class Draw: Sendable {
    package let name: String
    package let shape: [Int]
    private let plain: @Sendable ([Int]) -> Tensor

    init(_ name: String, _ shape: [Int], _ plain: @escaping @Sendable ([Int]) -> Tensor) {
        self.name = name
        self.shape = shape
        self.plain = plain
    }

    /// New numbers, as the transforms around the run want them.
    func callAsFunction() -> Tensor { Transforms.innermost?.draw(name, shape, plain) ?? plain(shape) }
}

/// Lets a draw happen without moving its generator on: staging only wants to know the type.
final class DrawRehearsal: RecordingObserver {
    func place(of generator: Generator, count: Int) -> UInt64? { 0 }
}
