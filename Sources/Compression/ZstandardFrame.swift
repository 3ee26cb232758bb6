import CZstd

/// Zstandard frames (RFC 8878), each compressed and decompressed on its own, with its content's size and checksum inside.
package enum ZstandardFrame {
    /// zstd's own default: a third of the size of JSON events at some 200 MB/s.
    private static let level: Int32 = 3

    /// - Returns: nil where the machine has no memory for it.
    package static func compress(_ content: [UInt8]) -> [UInt8]? {
        guard let context = unsafe ZSTD_createCCtx() else { return nil }
        defer { unsafe ZSTD_freeCCtx(context) }
        unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
        unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
        var isWritten = false
        let frame = unsafe [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(content.count)) { bytes, count in
            let size = unsafe content.withUnsafeBytes { content in
                unsafe ZSTD_compress2(context, bytes.baseAddress, bytes.count, content.baseAddress, content.count)
            }
            isWritten = ZSTD_isError(size) == 0
            count = isWritten ? size : 0
        }
        return isWritten ? frame : nil
    }

    /// - Parameter contentBytes: how many bytes the frame holds.
    /// - Returns: nil if it is damaged, or holds another number of bytes.
    package static func decompress(_ frame: [UInt8], contentBytes: Int) -> [UInt8]? {
        var isRead = false
        let content = unsafe [UInt8](unsafeUninitializedCapacity: contentBytes) { bytes, count in
            let size = unsafe frame.withUnsafeBytes { frame in
                unsafe ZSTD_decompress(bytes.baseAddress, contentBytes, frame.baseAddress, frame.count)
            }
            isRead = ZSTD_isError(size) == 0 && size == contentBytes
            count = isRead ? size : 0
        }
        return isRead ? content : nil
    }
}
