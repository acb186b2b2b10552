import Synchronization

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Ctrl-C as a request to stop soon.
enum Interrupt {
    /// Makes the first Ctrl-C set `isRequested`; a second one ends the program at once.
    static func watch() {
        // A signal handler must not be the first to touch a global variable.
        request.store(false, ordering: .relaxed)
        signal(SIGINT) { _ in
            request.store(true, ordering: .relaxed)
            signal(SIGINT, SIG_DFL)
        }
        // Whoever started the program may have blocked the signal, and programs inherit that.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }

    /// Whether Ctrl-C was pressed.
    static var isRequested: Bool { request.load(ordering: .relaxed) }
}

private let request = Atomic(false)
