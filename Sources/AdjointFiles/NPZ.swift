/// Reading and writing of `.npz` files: archives of named NumPy arrays.
public enum NPZ {
    /// An array and its name in the archive, without the `.npy` at the end.
    public typealias NamedArray = (name: String, array: NPYArray)

    /// Reads the contents of a whole `.npz` file.
    ///
    /// - Parameters:
    ///   - file: The contents of the file.
    ///   - limit: The largest sum of the sizes of all arrays in bytes to accept.
    /// - Returns: The arrays in the order of the archive; no two have the same name.
    public static func read(_ file: [UInt8], limit: Int = .max) throws(FileFormatError) -> [NamedArray] {
        let archive = try ZipArchive(parsing: file, limit: limit)
        var arrays: [NamedArray] = []
        var names: Set<String> = []
        for entry in archive.entries {
            let name = entry.name.hasSuffix(suffix) ? String(entry.name.dropLast(suffix.count)) : entry.name
            guard names.insert(name).inserted else {
                throw FileFormatError(
                    .npz, .duplicateName, entry: entry.name, "two arrays have the name '\(printable(name))'",
                    advice: "Make the archive again with unique names.")
            }
            let contents = try archive.contents(of: entry)
            do {
                arrays.append((name, try NPYArray(parsing: contents)))
            } catch {
                throw error.inEntry(entry.name)
            }
        }
        return arrays
    }

    /// The contents of an `.npz` file holding the arrays.
    ///
    /// Without compression they are byte for byte those NumPy's `savez` writes.
    public static func serialize(
        _ arrays: [NamedArray], compressed: Bool = false
    ) throws(FileFormatError) -> [UInt8] {
        var writer = ZipWriter()
        for (name, array) in arrays {
            let entry = name + suffix
            let header: [UInt8]
            do {
                header = try array.serializedHeader()
            } catch {
                throw error.inEntry(entry)
            }
            try writer.add(name: entry, contents: [header, array.bytes], compressed: compressed)
        }
        return writer.finish()
    }

    private static let suffix = ".npy"
}
