#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif
#if canImport(Runtime)
import Runtime
import Synchronization
#endif

/// A place in a source file.
public struct SourceLocation: Sendable, Hashable, CustomStringConvertible {
    /// The file's path when it was compiled.
    public let file: String
    /// The line in the file, from 1.
    public let line: Int
    /// The function that the line is in.
    public let function: String

    /// The value as text.
    public var description: String { "\(file):\(line) in \(function)" }
}

extension SourceLocation {
    /// The library's own modules; a caller in one of them is not the user. The command and the benchmarks use the
    /// library as users do.
    private static let ownModules = [
        "AdjointRuntime", "AdjointFiles", "AdjointCore", "AdjointTransforms",
        "AdjointGraph", "AdjointLinearAlgebra", "AdjointNN", "AdjointFourier", "AdjointTesting", "CKernels",
    ]

    private var isOwn: Bool {
        Self.ownModules.contains { file.hasPrefix("Sources/\($0)/") || file.contains("/Sources/\($0)/") }
    }

    package static func firstOutsideAdjoint(_ returnAddresses: [UInt]) -> SourceLocation? {
        symbolicated(returnAddresses.prefix { $0 != 0 }).first {
            $0.line > 0 && !$0.isOwn && !$0.file.contains("<compiler-generated>")
        }
    }

    #if canImport(Runtime)
    private static func symbolicated(_ addresses: ArraySlice<UInt>) -> [SourceLocation] {
        guard #available(macOS 26, *), let backtrace = CapturedBacktrace(addresses).decoded,
            let symbols = backtrace.symbolicated()
        else { return [] }
        return symbols.frames.compactMap { frame in
            guard let symbol = frame.symbol, let source = symbol.sourceLocation else { return nil }
            return SourceLocation(file: source.path, line: source.line, function: symbol.name)
        }
    }
    #else
    private static func symbolicated(_ addresses: ArraySlice<UInt>) -> [SourceLocation] { [] }
    #endif
}

#if canImport(Runtime)
/// Return addresses in the form from which the system's `Backtrace` can be decoded: it has no initializer for
/// addresses that were captured earlier, but its compact coded form is documented
/// (swift/docs/Backtracing, "Compact backtrace format").
@available(macOS 26, *)
private struct CapturedBacktrace: Encodable {
    let architecture: String
    let backtrace: String
    private let addresses: ArraySlice<UInt>

    private enum CodingKeys: CodingKey { case architecture, backtrace }

    /// The images as they were captured last. Capturing reads all memory that is mapped to a file, which is slow, and fails
    /// where another thread unmaps some of it meanwhile: it is done again only for an address that no image holds.
    private static let captured = Mutex<ImageMap?>(nil)

    private static let wordSize64: UInt8 = 0x02
    private static let returnAddress: UInt8 = 0x20

    init(_ addresses: ArraySlice<UInt>) {
        self.addresses = addresses
        #if arch(arm64)
        architecture = "arm64"
        #else
        architecture = "x86_64"
        #endif
        // Each address as its difference from the one before, big-endian, all eight bytes.
        var bytes: [UInt8] = [Self.wordSize64]
        var previous: UInt = 0
        for address in addresses {
            bytes.append(Self.returnAddress | 7)
            let difference = address &- previous
            for shift in stride(from: 56, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: difference >> UInt(shift)))
            }
            previous = address
        }
        bytes.append(0)
        backtrace = Data(bytes).base64EncodedString()
    }

    var decoded: Backtrace? {
        guard let coded = try? JSONEncoder().encode(self),
            var backtrace = try? JSONDecoder().decode(Backtrace.self, from: coded)
        else { return nil }
        backtrace.images = images
        return backtrace
    }

    private var images: ImageMap {
        Self.captured.withLock { captured in
            if let captured,
                addresses.allSatisfy({ captured.indexOfImage(at: Backtrace.Address(UInt64($0))) != nil })
            {
                return captured
            }
            let images = ImageMap.capture()
            captured = images
            return images
        }
    }
}
#endif
