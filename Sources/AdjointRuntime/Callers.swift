import CKernels

/// The return addresses of the nearest callers, kept with what an operation records so that an error can name the
/// user's line later. Taking them costs a few nanoseconds; they are turned into lines only when one is printed.
package struct Callers: Sendable {
    private var addresses: (UInt, UInt, UInt, UInt, UInt, UInt) = (0, 0, 0, 0, 0, 0)

    @inline(__always) package init() {
        withUnsafeMutableBytes(of: &addresses) {
            adj_capture_callers($0.baseAddress!.assumingMemoryBound(to: UInt.self), 6)
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
            adj_capture_callers(buffer.baseAddress!, Int32(depth))
            count = depth
        }
    }
}
