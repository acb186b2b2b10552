#if canImport(Darwin)
internal import Darwin
#elseif canImport(Musl)
internal import Musl
#else
internal import Glibc
#endif

/// An open file that is closed at the end of its life.
struct FileDescriptor: ~Copyable {
    private let number: Int32
    private let path: String

    /// The largest number of bytes handed to the operating system in one call.
    private static let chunk = 1 << 30

    /// Opens the file at `path`; `permissions` are those of a file that is created.
    init(_ path: String, flags: Int32, permissions: mode_t = 0) throws(FileSystemError) {
        number = try FileDescriptor.retry("open", path) { open(path, flags | O_CLOEXEC, permissions) }
        self.path = path
    }

    deinit {
        close(number)
    }

    /// The properties of the file.
    func status() throws(FileSystemError) -> stat {
        var status = stat()
        _ = try FileDescriptor.retry("examine", path) { fstat(number, &status) }
        return status
    }

    /// Reads up to `buffer.count` bytes and returns their number, zero at the end of the file.
    func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(FileSystemError) -> Int {
        let count = min(buffer.count, FileDescriptor.chunk)
        return try FileDescriptor.retry("read", path) { read(number, buffer.baseAddress, count) }
    }

    /// Writes all bytes.
    func writeAll(_ bytes: UnsafeRawBufferPointer) throws(FileSystemError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = UnsafeRawBufferPointer(rebasing: rest.prefix(FileDescriptor.chunk))
            let count = try FileDescriptor.retry("write", path) { write(number, part.baseAddress, part.count) }
            rest = rest.dropFirst(count)
        }
    }

    /// Sets the permissions of the file.
    func setPermissions(_ permissions: mode_t) throws(FileSystemError) {
        _ = try FileDescriptor.retry("set the permissions of", path) { fchmod(number, permissions) }
    }

    /// Waits until everything written has reached the disk.
    func synchronize() throws(FileSystemError) {
        _ = try FileDescriptor.retry("flush", path) { fsync(number) }
    }

    /// Calls the operating system again for as long as a signal interrupts it.
    private static func retry<Result: SignedInteger>(
        _ operation: String, _ path: String, _ call: () -> Result
    ) throws(FileSystemError) -> Result {
        while true {
            let result = call()
            if result >= 0 {
                return result
            }
            if errno != EINTR {
                throw FileSystemError(operation: operation, path: path, code: errno)
            }
        }
    }
}
