import AdjointFiles

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Files that commands write.
enum OutputFile {
    /// Writes the whole text or nothing; a failure is reported and thrown.
    static func write(_ text: String, to path: String) throws {
        do throws(FileSystemError) {
            try AtomicFile.write(Array(text.utf8), to: path)
        } catch {
            throw failure("write", path, error.code)
        }
    }

    /// Makes a folder unless it exists.
    static func makeFolder(_ path: String) throws {
        guard mkdir(path, 0o777) != 0, errno != EEXIST else { return }
        throw failure("make the folder", path, errno)
    }

    private static func failure(_ operation: String, _ path: String, _ code: Int32) -> Error {
        Console.failure("error: \(FileSystemError(operation: operation, path: path, code: code))")
    }
}
