#if canImport(Darwin)
internal import Darwin
#elseif canImport(Musl)
internal import Musl
#else
internal import Glibc
#endif

/// The error thrown when the operating system refuses to read or write a file.
public struct FileSystemError: Error, Hashable, Sendable {
    /// What was being done, for example `open`.
    public var operation: String

    /// The path of the file it was done to.
    public var path: String

    /// The error number the operating system gave.
    public var code: Int32

    /// Creates an error.
    public init(operation: String, path: String, code: Int32) {
        self.operation = operation
        self.path = path
        self.code = code
    }
}

extension FileSystemError: CustomStringConvertible {
    /// What was being done to which file, and why it failed in the words of the operating system.
    public var description: String {
        "cannot \(operation) '\(printable(path))': \(String(cString: strerror(code))) (error \(code))"
    }
}
