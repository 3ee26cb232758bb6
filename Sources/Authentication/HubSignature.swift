import Crypto

/// The scheme of `X-Hub-Signature-256`: `sha256=` and the HMAC-SHA256 of the signed bytes as 64 hex digits.
///
/// The key is the secret's UTF-8 bytes. A POST signs its body as sent; a GET, which has none, signs its raw path
/// without the query.
package enum HubSignature {
    private static let prefix = Array("sha256=".utf8)

    /// The value of the header for these bytes: `sha256=5d61…`.
    package static func sign(_ bytes: [UInt8], secret: Secret) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: bytes, using: SymmetricKey(data: Array(secret.utf8)))
        let digits = Array("0123456789abcdef".utf8)
        let hex = code.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 0xF)]] }
        return String(decoding: prefix + hex, as: UTF8.self)
    }

    /// The 32 bytes of a code; nil if the value is anything but `sha256=` and 64 hex digits of either case.
    static func decode(_ value: ArraySlice<UInt8>) -> [UInt8]? {
        guard value.count == prefix.count + SHA256.byteCount * 2, value.starts(with: prefix) else { return nil }
        var code: [UInt8] = []
        code.reserveCapacity(SHA256.byteCount)
        var index = value.startIndex + prefix.count
        while index < value.endIndex {
            guard let high = nibble(value[index]), let low = nibble(value[index + 1]) else { return nil }
            code.append(high << 4 | low)
            index += 2
        }
        return code
    }

    private static func nibble(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
