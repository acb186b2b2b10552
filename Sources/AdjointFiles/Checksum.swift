/// Checksums of bytes.
public enum Checksum {
    /// The CRC-32 checksum, as ZIP and PNG have it.
    public static func crc32(_ bytes: ArraySlice<UInt8>) -> UInt32 { ZStream.checksum(CollectionOfOne(bytes)) }
}
