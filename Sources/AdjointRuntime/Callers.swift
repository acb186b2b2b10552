import CKernels

/// The return addresses of the nearest callers, kept with what an operation records so that an error can name the
/// user's line later. Taking them costs a few nanoseconds; they are turned into lines only when one is printed.
package struct Callers: Sendable {
    private typealias Four = (UInt, UInt, UInt, UInt)
    #if DEBUG
    /// Nothing is inlined in debug builds, so the user is further away.
    private typealias Addresses = (Four, Four, Four, Four, Four, Four)
    private var addresses: Addresses = (
        (0, 0, 0, 0), (0, 0, 0, 0), (0, 0, 0, 0), (0, 0, 0, 0), (0, 0, 0, 0), (0, 0, 0, 0)
    )
    #else
    private typealias Addresses = Four
    private var addresses: Addresses = (0, 0, 0, 0)
    #endif

    /// This function's own frame and that of its caller, which is ours, are passed over: the user is never there.
    @inline(never) package init() {
        let count = MemoryLayout<Addresses>.size / MemoryLayout<UInt>.size
        withUnsafeMutablePointer(to: &addresses) {
            $0.withMemoryRebound(to: UInt.self, capacity: count) { adj_capture_callers($0, Int32(count), 2) }
        }
    }

    /// The line of the first caller outside Adjoint.
    package var location: SourceLocation? {
        withUnsafeBytes(of: addresses) {
            SourceLocation.firstOutsideAdjoint(Array($0.bindMemory(to: UInt.self)))
        }
    }

    static func capture(depth: Int) -> [UInt] {
        [UInt](unsafeUninitializedCapacity: depth) { buffer, count in
            adj_capture_callers(buffer.baseAddress!, Int32(depth), 0)
            count = depth
        }
    }
}

/// The return addresses of many callers, for what is called seldom and from deep inside the library.
package struct CallSite: Sendable {
    private let addresses: [UInt]

    package init() { addresses = Callers.capture(depth: 24) }

    /// The line of the first caller outside Adjoint.
    package var location: SourceLocation? { SourceLocation.firstOutsideAdjoint(addresses) }

    /// The line as the end of a phrase, with a blank in front; empty where the system cannot tell.
    package var phrase: String { location.map { " at \($0)" } ?? "" }
}
