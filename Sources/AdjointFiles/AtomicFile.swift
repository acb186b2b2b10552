#if canImport(Darwin)
internal import Darwin
#elseif canImport(Musl)
internal import Musl
#else
internal import Glibc
#endif

/// Writing of whole files that either succeeds completely or leaves everything as it was.
public enum AtomicFile {
    /// Writes a file, replacing the one at `path` if there is one.
    ///
    /// The bytes go to a temporary file in the same folder, which takes the place of the old file only when all of
    /// them have reached the disk. A symbolic link keeps pointing at the file, and the permissions of the old file are
    /// kept. If anything fails the temporary file is removed. Only regular files can be replaced.
    public static func write(_ bytes: [UInt8], to path: String) throws(FileSystemError) {
        let target = resolvingLinks(path)
        let oldPermissions = try permissionsOfFile(target)
        let folder = target.lastIndex(of: "/").map { String(target[...$0]) } ?? "./"
        let temporary = folder + ".adjoint-" + String(UInt64.random(in: 0...UInt64.max), radix: 36) + ".tmp"
        let flags = O_WRONLY | O_CREAT | O_EXCL
        let file = try FileDescriptor(temporary, flags: flags, permissions: oldPermissions ?? 0o666)
        do throws(FileSystemError) {
            try bytes.withUnsafeBytes { buffer in
                Result { () throws(FileSystemError) in try file.writeAll(buffer) }
            }.get()
            if let oldPermissions {
                try file.setPermissions(oldPermissions)
            }
            try file.synchronize()
            guard rename(temporary, target) == 0 else {
                throw FileSystemError(operation: "replace", path: path, code: errno)
            }
        } catch {
            unlink(temporary)
            throw error
        }
        // The file is in place; a folder that cannot be flushed only delays when the disk knows.
        try? FileDescriptor(folder, flags: O_RDONLY).synchronize()
    }

    /// The path of the file itself if `path` names a symbolic link to an existing one.
    private static func resolvingLinks(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else {
            return path
        }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// The permissions of the file at `path`, nil if there is none, and an error if it is not a regular file.
    private static func permissionsOfFile(_ path: String) throws(FileSystemError) -> mode_t? {
        var status = stat()
        guard stat(path, &status) == 0 else {
            return nil
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            let isFolder = status.st_mode & S_IFMT == S_IFDIR
            throw FileSystemError(operation: "replace", path: path, code: isFolder ? EISDIR : ENOTSUP)
        }
        return status.st_mode & 0o7777
    }
}
