import Crypto

extension KeyRing {
    /// Says who sent a request.
    ///
    /// Every way to be refused takes the same work: a token costs one SHA-256 and one comparison, known or not; a
    /// signature costs an HMAC for each secret that is tried, and one with a key of nobody where none could be.
    /// - Parameter presented: A token and a signature may come together; then both must be good and of one tenant.
    /// - Parameter signed: What a signature covers: the body of a POST, the raw path of a GET.
    /// - Throws: ``AuthenticationError/duplicatedHeader`` before anything is checked, else
    ///   ``AuthenticationError/refused``.
    package func authenticate(
        _ presented: PresentedCredentials, signed: [UInt8], nowSeconds: Int64
    ) throws(AuthenticationError) -> Principal {
        let token = try Self.single(presented.apiKey, .apiKey)
        let signature = try Self.single(presented.hubSignature, .hubSignature)

        // Both before either may throw: the token's fault must not show by the missing HMAC.
        let tokenVerdict = token.map { judge(token: $0, nowSeconds: nowSeconds) }
        let signatureVerdict = signature.map {
            judge(signature: $0, keyID: presented.keyID, signed: signed, nowSeconds: nowSeconds)
        }

        switch (try tokenVerdict?.get(), try signatureVerdict?.get()) {
        case (nil, nil): throw .refused(.credentialMissing, credentialID: nil)
        case (let principal?, nil), (nil, let principal?): return principal
        case (let byToken?, let bySignature?):
            guard byToken.tenant == bySignature.tenant else {
                throw .refused(.tenantsDiffer, credentialID: byToken.credentialID)
            }
            return Principal(token: byToken, key: bySignature)
        }
    }

    private typealias Verdict = Result<Principal, AuthenticationError>

    private static func single(
        _ header: PresentedHeader, _ name: CredentialHeader
    ) throws(AuthenticationError) -> ArraySlice<UInt8>? {
        switch header {
        case .absent: nil
        case .single(let value): value
        case .duplicated: throw .duplicatedHeader(name)
        }
    }

    private static let tokenOfNobody = [UInt8](repeating: UInt8(ascii: "0"), count: AccessToken.bytesCount)
    private static let digestOfNobody = [UInt8](repeating: 0, count: SHA256.byteCount)

    private func judge(token text: ArraySlice<UInt8>, nowSeconds: Int64) -> Verdict {
        let reading = AccessToken.read(text)
        let known: Token? = if case .wellFormed(let id) = reading { tokens[id] } else { nil }
        // A text of another length is not hashed: its sender would choose what it costs.
        let digest = SHA256.hash(data: text.count == AccessToken.bytesCount ? text : Self.tokenOfNobody[...])
        // swift-crypto's `==` on a digest takes constant time.
        let isSecretRight = digest == known?.digest ?? Self.digestOfNobody

        guard let known else {
            switch reading {
            case .malformed: return .failure(.refused(.tokenMalformed, credentialID: nil))
            case .checksumWrong: return .failure(.refused(.tokenChecksumWrong, credentialID: nil))
            case .wellFormed: return .failure(.refused(.tokenUnknown, credentialID: nil))
            }
        }
        let id = known.credential.id
        guard isSecretRight else { return .failure(.refused(.tokenSecretWrong, credentialID: id)) }
        switch known.credential.standing(nowSeconds: nowSeconds) {
        case .good: return .success(known.principal)
        case .revoked: return .failure(.refused(.tokenRevoked, credentialID: id))
        case .expired: return .failure(.refused(.tokenExpired, credentialID: id))
        }
    }

    private static let codeOfNobody = HMAC<SHA256>(key: SymmetricKey(data: digestOfNobody))

    private func judge(
        signature value: ArraySlice<UInt8>, keyID: String?, signed: [UInt8], nowSeconds: Int64
    ) -> Verdict {
        let decoded = HubSignature.decode(value)
        let code = decoded ?? Self.digestOfNobody
        let matching =
            if let keyID {
                firstMatch(keys[keyID].map { CollectionOfOne($0) }, code, signed: signed, nowSeconds: nowSeconds)
            } else {
                firstMatch(usableBareKeys(nowSeconds: nowSeconds), code, signed: signed, nowSeconds: nowSeconds)
            }
        let named = keyID.flatMap { keys[$0] }
        let id = named?.credential.id

        if decoded == nil { return .failure(.refused(.signatureMalformed, credentialID: id)) }
        if keyID != nil {
            guard let named else { return .failure(.refused(.keyUnknown, credentialID: nil)) }
            switch named.credential.standing(nowSeconds: nowSeconds) {
            case .good: break
            case .revoked: return .failure(.refused(.keyRevoked, credentialID: id))
            case .expired: return .failure(.refused(.keyExpired, credentialID: id))
            }
            guard named.hasLiveSecret(nowSeconds: nowSeconds) else {
                return .failure(.refused(.keySecretsExpired, credentialID: id))
            }
        }
        guard let matching else { return .failure(.refused(.signatureMismatch, credentialID: id)) }
        let signature = VerifiedSignature(key: matching.webhook, signedSeconds: nil, isByReplacedSecret: false)
        return .success(Principal(key: matching.grant, signature: signature))
    }

    private func usableBareKeys(nowSeconds: Int64) -> some Sequence<Key> {
        bareKeys.lazy.filter { $0.isUsable(nowSeconds: nowSeconds) }.prefix(Self.bareKeysLimit)
    }

    /// The first key with a live secret that gives `code`; every live secret of every key is tried, matched or not.
    private func firstMatch(
        _ candidates: (some Sequence<Key>)?, _ code: [UInt8], signed: [UInt8], nowSeconds: Int64
    ) -> Key? {
        var match: Key?
        var triedCount = 0
        if let candidates {
            for key in candidates {
                for secret in key.secrets where secret.isLive(nowSeconds: nowSeconds) {
                    triedCount += 1
                    if Self.isCode(code, of: signed, by: secret.code), match == nil { match = key }
                }
            }
        }
        if triedCount == 0 { _ = Self.isCode(code, of: signed, by: Self.codeOfNobody) }
        return match
    }

    private static func isCode(_ code: [UInt8], of signed: [UInt8], by prepared: HMAC<SHA256>) -> Bool {
        var authenticator = prepared
        authenticator.update(data: signed)
        // swift-crypto's `==` on an authentication code takes constant time.
        return authenticator.finalize() == code
    }
}
