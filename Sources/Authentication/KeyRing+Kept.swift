import HTTPMessage

extension KeyRing {
    /// What is set for a secret key, and whose it is; nil if there is none of that id.
    package func webhook(ofKey id: String) -> (key: WebhookKey, tenant: Tenant)? {
        keys[id].map { ($0.webhook, $0.credential.tenant) }
    }

    /// Says who signed a request that was refused when it came, by the secrets of now.
    ///
    /// When it was signed is not judged again: it is old by now, and the operator has looked at it.
    /// - Parameter kept: the fields of the request.
    /// - Throws: ``AuthenticationError/refused(_:credentialID:)``
    package func verify(
        kept fields: HTTPFields, body: [UInt8], keyID: String, nowSeconds: Int64
    ) throws(AuthenticationError) -> Principal {
        guard let key = keys[keyID] else { throw .refused(.keyUnknown, credentialID: nil) }
        switch key.credential.standing(nowSeconds: nowSeconds) {
        case .good: break
        case .revoked: throw .refused(.keyRevoked, credentialID: keyID)
        case .expired: throw .refused(.keyExpired, credentialID: keyID)
        }
        let found: PresentedSignature?
        do { found = try key.scheme.read(fields) } catch { throw .refused(error.refusal, credentialID: keyID) }
        guard let presented = found else { throw .refused(.signatureMissing, credentialID: keyID) }
        for secret in key.secrets where secret.isLive(nowSeconds: nowSeconds) {
            guard secret.verifier.matches(presented, body: body) else { continue }
            let signature = VerifiedSignature(
                key: key.webhook, signedSeconds: secret.verifier.signsTimestamp ? presented.signedSeconds : nil,
                isByReplacedSecret: secret.isReplaced)
            return Principal(key: key.grant, signature: signature)
        }
        throw .refused(.signatureMismatch, credentialID: keyID)
    }
}
