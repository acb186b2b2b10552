#if canImport(Darwin)
internal import Darwin
#elseif canImport(Musl)
internal import Musl
#else
internal import Glibc
#endif

/// Reading of whole files.
public enum FileBytes {
    /// The contents of the file at `path`.
    public static func read(_ path: String) throws(FileSystemError) -> [UInt8] {
        let file = try FileDescriptor(path, flags: O_RDONLY)
        let size = Int(try file.status().st_size)
        // One byte more than the size, so that the end of the file is seen without growing the array.
        var bytes = [UInt8](repeating: 0, count: max(size + 1, 1 << 12))
        var count = 0
        while true {
            let free = count..<bytes.count
            let result = bytes.withUnsafeMutableBytes { buffer in
                Result { () throws(FileSystemError) in
                    try file.fill(UnsafeMutableRawBufferPointer(rebasing: buffer[free]))
                }
            }
            let received = try result.get()
            if received == 0 {
                break
            }
            count += received
            if count == bytes.count {
                bytes.append(contentsOf: repeatElement(0, count: count))
            }
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }
}
