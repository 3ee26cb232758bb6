import Crypto

/// Evidence of what was received: the digest of a body, as a `Content-Digest` field writes it (RFC 9530 §2).
package enum BodyDigest {
    /// `sha-256=:<base64>:`
    package static func field(of body: [UInt8]) -> String {
        var text: [UInt8] = Array("sha-256=:".utf8)
        text.reserveCapacity(64)
        appendBase64(Array(SHA256.hash(data: body)), to: &text)
        text.append(UInt8(ascii: ":"))
        return String(decoding: text, as: UTF8.self)
    }

    /// RFC 4648 §4, padded.
    private static func appendBase64(_ bytes: [UInt8], to text: inout [UInt8]) {
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let rest = bytes.count - start
            let group =
                UInt32(bytes[start]) << 16 | (rest > 1 ? UInt32(bytes[start + 1]) << 8 : 0)
                | (rest > 2 ? UInt32(bytes[start + 2]) : 0)
            for digit in 0..<4 {
                let isPadding = digit > rest
                text.append(isPadding ? UInt8(ascii: "=") : alphabet[Int(group >> UInt32(18 - 6 * digit)) & 0x3F])
            }
        }
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
}
