import AdjointRuntime
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// What is probably a mistake but has a defined result is told here, once a line of the program.
public enum Warnings {
    /// Receives each warning; prints it on standard error unless it is replaced.
    public static var handler: @Sendable (String) -> Void {
        get { state.withLock { $0.handler } }
        set { state.withLock { $0.handler = newValue } }
    }

    private struct State {
        var handler: @Sendable (String) -> Void = { message in
            let line = Array("warning: \(message)\n".utf8)
            _ = write(STDERR_FILENO, line, line.count)
        }
        var told: Set<String> = []
    }
    private static let state = Mutex(State())

    /// Tells what is odd, at the caller's line, and what to do.
    package static func tell(_ operation: String, _ problem: String, _ remedy: String) {
        let message = TensorError(.gradient, operation, problem, remedy).description
        let handler = state.withLock { $0.told.insert(message).inserted ? $0.handler : nil }
        handler?(message)
    }
}
