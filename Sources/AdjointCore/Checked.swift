import AdjointRuntime
import Synchronization

/// Runs `body` so that a failing tensor operation throws instead of stopping the program.
///
/// The first failing operation is remembered; it and what is computed from it give failed tensors (shape `[]`, NaN
/// when read), and the scope throws the first error at its end.
///
///     let z = try checked { x.matmul(y) + 1 }
///
/// - Throws: the first `TensorError` of an operation inside, or what `body` throws.
public func checked<Result>(_ body: () throws -> Result) throws -> Result {
    let scope = CheckedScope()
    do {
        let result = try CheckedScope.$current.withValue(scope) { try body() }
        if let error = scope.first { throw error }
        return result
    } catch {
        throw scope.first ?? error
    }
}

/// Runs `body` so that the first failing tensor operation is thrown: what `checked` is where nothing else throws.
package func throwing<Result>(_ body: () -> Result) throws(TensorError) -> Result {
    let scope = CheckedScope()
    let result = CheckedScope.$current.withValue(scope) { body() }
    if let error = scope.first { throw error }
    return result
}

package final class CheckedScope: Sendable {
    @TaskLocal package static var current: CheckedScope?

    private let error = Mutex<TensorError?>(nil)

    var first: TensorError? { error.withLock { $0 } }

    func record(_ error: TensorError) {
        self.error.withLock { $0 = $0 ?? error }
    }
}

private final class Failure: Sendable {
    let error: TensorError
    init(_ error: TensorError) { self.error = error }
}

extension Tensor {
    fileprivate init(failed error: TensorError) {
        self.init(TensorValue(.failed, type: TensorType(Shape(), .float32), owner: Failure(error)))
    }

    /// The error of the operation that failed to compute this tensor or one that it depends on.
    public var failure: TensorError? {
        value.kind == .failed ? unsafeDowncast(value.owner!, to: Failure.self).error : nil
    }
}

/// Reports a failed operation: a failed tensor inside `checked`, the end of the program outside.
@inline(never) package func raise(_ error: TensorError) -> Tensor {
    complain(error)
    return Tensor(failed: error)
}

/// Reports a failure that has no tensor to stand for it.
@inline(never) package func complain(_ error: TensorError) {
    guard let scope = CheckedScope.current else { fatalError("\n\(error)") }
    scope.record(error)
}

/// Runs the part of an operation that checks its arguments.
@inline(__always) package func attempt(_ body: () throws(TensorError) -> Tensor) -> Tensor {
    do throws(TensorError) { return try body() } catch { return raise(error) }
}
