import Crypto
import Foundation

/// Signs as GitHub does, to be checked by code that is not its own.
struct SharedSecret {
    private let key: SymmetricKey

    init(_ secret: String) {
        key = SymmetricKey(data: Data(secret.utf8))
    }

    /// The header field that signs these bytes.
    func field(for bytes: [UInt8]) -> (String, String) {
        let code = HMAC<SHA256>.authenticationCode(for: bytes, using: key)
        let hex = code.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return ("X-Hub-Signature-256", "sha256=" + hex)
    }
}
