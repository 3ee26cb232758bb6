import CChecksum

/// CRC-32C (Castagnoli), the checksum of every record: finds torn and rotten bytes, proves nothing against forgery.
package enum CRC32C {
    /// The checksum of `bytes`, or of what `previous` is the checksum of followed by `bytes`.
    package static func checksum(_ bytes: RawSpan, continuing previous: UInt32 = 0) -> UInt32 {
        unsafe bytes.withUnsafeBytes { buffer in
            unsafe fx_crc32c(previous, buffer.baseAddress, buffer.count)
        }
    }
}
