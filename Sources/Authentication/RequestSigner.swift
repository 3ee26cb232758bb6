import Crypto

/// Signs bodies as the provider of a key does: for `fxctl sign` and for tests.
package struct RequestSigner: Sendable {
    private let record: SecretKeyRecord

    package init(_ record: SecretKeyRecord) {
        self.record = record
    }

    /// Why nothing can be signed.
    package enum Failure: Error, Equatable {
        /// Each of the key's secrets has run out, or the key was revoked.
        case noLiveSecret
        /// The key has only what is good for checking.
        case publicKeyOnly
    }

    /// The header fields that make a request authentic.
    ///
    /// - Parameter messageID: of Standard Webhooks; without a dot.
    /// - Parameter nowSeconds: the moment that is signed, where the scheme signs one.
    package func fields(
        signing body: [UInt8], messageID: String, nowSeconds: Int64
    ) throws(Failure) -> [(name: String, value: String)] {
        guard record.credential.standing(nowSeconds: nowSeconds) == .good,
            let secret = record.secrets.last(where: { $0.expiresSeconds.map { nowSeconds < $0 } ?? true })?.value
        else { throw .noLiveSecret }
        let time = String(nowSeconds)
        let header = SignatureScheme(provider: record.provider, settings: record.settings).header.name
        switch record.provider {
        case .github: return [(header, HubSignature.sign(body, secret: secret))]
        case .gitlab:
            if SecretFormat(Array(secret.utf8)) == .text { return [(header, secret.revealed)] }
            return try standard(body, secret, messageID, time)
        case .stripe:
            let code = Self.code(Array("\(time).".utf8) + body, key: Array(secret.utf8), .sha256)
            return [(header, "t=\(time),v1=\(Hex.encode(code))")]
        case .slack:
            let code = Self.code(Array("v0:\(time):".utf8) + body, key: Array(secret.utf8), .sha256)
            return [(header, "v0=" + Hex.encode(code)), (CredentialHeader.slackTimestamp.name, time)]
        case .shopify: return [(header, Base64.encode(Self.code(body, key: Array(secret.utf8), .sha256)))]
        case .standard: return try standard(body, secret, messageID, time)
        case .generic: return generic(body, secret, time)
        }
    }

    private func standard(
        _ body: [UInt8], _ secret: Secret, _ id: String, _ time: String
    ) throws(Failure) -> [(name: String, value: String)] {
        guard case .symmetric(let key) = SecretFormat(Array(secret.utf8)) else { throw .publicKeyOnly }
        let code = Self.code(Array("\(id).\(time).".utf8) + body, key: key, .sha256)
        return [
            (CredentialHeader.standardID.name, id), (CredentialHeader.standardTimestamp.name, time),
            (CredentialHeader.standardSignature.name, "v1," + Base64.encode(code)),
        ]
    }

    private func generic(_ body: [UInt8], _ secret: Secret, _ time: String) -> [(name: String, value: String)] {
        guard let scheme = record.settings.scheme else { return [] }
        let template = scheme.template
        var signed = template.beforeTimestamp
        if let afterTimestamp = template.afterTimestamp { signed += Array(time.utf8) + afterTimestamp }
        let code = Self.code(signed + body + template.afterBody, key: Array(secret.utf8), scheme.algorithm)
        let text = scheme.encoding == .hex ? Hex.encode(code) : Base64.encode(code)
        let fields = [(name: scheme.header, value: scheme.prefix + text)]
        return scheme.timestampHeader.map { fields + [(name: $0, value: time)] } ?? fields
    }

    private static func code(_ bytes: [UInt8], key: [UInt8], _ algorithm: GenericScheme.Algorithm) -> [UInt8] {
        let key = SymmetricKey(data: key)
        return switch algorithm {
        case .sha1: Array(HMAC<Insecure.SHA1>.authenticationCode(for: bytes, using: key))
        case .sha256: Array(HMAC<SHA256>.authenticationCode(for: bytes, using: key))
        case .sha512: Array(HMAC<SHA512>.authenticationCode(for: bytes, using: key))
        }
    }
}
