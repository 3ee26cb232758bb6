import Crypto

/// The scheme of `X-Hub-Signature-256`: `sha256=` and the HMAC-SHA256 of the signed bytes as 64 hex digits.
///
/// The key is the secret's UTF-8 bytes. A POST signs its body as sent; a GET, which has none, signs its raw path
/// without the query.
package enum HubSignature {
    static let prefix = Array("sha256=".utf8)

    /// The value of the header for these bytes: `sha256=5d61…`.
    package static func sign(_ bytes: [UInt8], secret: Secret) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: bytes, using: SymmetricKey(data: Array(secret.utf8)))
        return "sha256=" + Hex.encode(code)
    }

    /// The 32 bytes of a code; nil if the value is anything but `sha256=` and 64 hex digits of either case.
    static func decode(_ value: ArraySlice<UInt8>) -> [UInt8]? {
        guard value.count == prefix.count + SHA256.byteCount * 2, value.starts(with: prefix) else { return nil }
        return Hex.decode(value.dropFirst(prefix.count))
    }
}
