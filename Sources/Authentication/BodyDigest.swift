import Crypto

/// Evidence of what was received: the digest of a body, as a `Content-Digest` field writes it (RFC 9530 §2).
package struct BodyDigest: Sendable, Equatable {
    /// SHA-256, 32 bytes.
    package let bytes: [UInt8]

    package init(of body: [UInt8]) {
        // The digest's own bytes, copied at once: as a sequence it costs a call for each.
        bytes = unsafe SHA256.hash(data: body).withUnsafeBytes { unsafe [UInt8]($0) }
    }

    /// `sha-256=:<base64>:`
    package static func field(of body: [UInt8]) -> String { BodyDigest(of: body).field }

    /// `sha-256=:<base64>:`
    package var field: String {
        var text: [UInt8] = []
        text.reserveCapacity(64)
        text.append(contentsOf: "sha-256=:".utf8)
        Base64.append(bytes, to: &text)
        text.append(UInt8(ascii: ":"))
        return String(decoding: text, as: UTF8.self)
    }
}
