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
        let token: ArraySlice<UInt8>? =
            switch presented.apiKey {
            case .absent: nil
            case .single(let value): value
            case .duplicated: throw .duplicatedHeader(.apiKey)
            }
        let key = presented.keyID.flatMap { keys[$0] }
        let claim = try Self.claim(of: presented, key: key)

        // Both before either may throw: the token's fault must not show by the missing HMAC.
        let tokenVerdict = token.map { judge(token: $0, nowSeconds: nowSeconds) }
        let signatureVerdict: Verdict? =
            if case .none = claim, token != nil || presented.keyID == nil {
                nil
            } else if presented.keyID != nil {
                judge(claim, of: key, signed: signed, nowSeconds: nowSeconds)
            } else {
                judgeBare(claim, signed: signed, nowSeconds: nowSeconds)
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

    /// What a request says of its signature.
    private enum Claim {
        case none
        case faulty(RefusalReason)
        case signed(PresentedSignature)
    }

    private static let bareScheme = SignatureScheme(provider: .github, settings: WebhookSettings())

    private static func claim(of presented: PresentedCredentials, key: Key?) throws(AuthenticationError) -> Claim {
        // Where the path names a key that is not there, or none at all, GitHub's header is the one that counts.
        let scheme = key?.scheme ?? bareScheme
        do throws(SignatureFault) {
            return try scheme.read(presented.fields).map(Claim.signed) ?? .none
        } catch {
            if case .duplicated(let header) = error { throw .duplicatedHeader(header) }
            return .faulty(error.refusal)
        }
    }

    // MARK: - Tokens

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
        case .good: break
        case .revoked: return .failure(.refused(.tokenRevoked, credentialID: id))
        case .expired: return .failure(.refused(.tokenExpired, credentialID: id))
        }
        if known.lastUse.note(nowSeconds) { useNotice?.tell() }
        return .success(known.principal)
    }

    // MARK: - Signatures

    /// Judges by the one key that the path names.
    private func judge(_ claim: Claim, of key: Key?, signed: [UInt8], nowSeconds: Int64) -> Verdict {
        let id = key?.credential.id
        var presented = PresentedSignature()
        if case .signed(let found) = claim { presented = found }

        var matching: PreparedSecret?
        var hmacsCount = 0
        for secret in key?.secrets ?? [] where secret.isLive(nowSeconds: nowSeconds) {
            if case .token = secret.verifier {} else { hmacsCount += 1 }
            // Every live secret is tried, matched or not.
            if secret.verifier.matches(presented, body: signed), matching == nil { matching = secret }
        }
        if matching == nil, hmacsCount == 0 { _ = SecretVerifier.nobody.matches(presented, body: signed) }

        guard let key else { return .failure(.refused(.keyUnknown, credentialID: nil)) }
        switch claim {
        case .none: return .failure(.refused(.signatureMissing, credentialID: id))
        case .faulty(let reason): return .failure(.refused(reason, credentialID: id))
        case .signed: break
        }
        switch key.credential.standing(nowSeconds: nowSeconds) {
        case .good: break
        case .revoked: return .failure(.refused(.keyRevoked, credentialID: id))
        case .expired: return .failure(.refused(.keyExpired, credentialID: id))
        }
        guard key.hasLiveSecret(nowSeconds: nowSeconds) else {
            return .failure(.refused(.keySecretsExpired, credentialID: id))
        }
        guard let matching else { return .failure(.refused(.signatureMismatch, credentialID: id)) }
        return accept(presented, by: key, with: matching, nowSeconds: nowSeconds)
    }

    /// Judges by every key that may be meant where the path names none.
    private func judgeBare(_ claim: Claim, signed: [UInt8], nowSeconds: Int64) -> Verdict {
        var presented = PresentedSignature()
        if case .signed(let found) = claim { presented = found }
        var matching: BareSecret?
        var triedCount = 0
        for bare in usableBareSecrets(nowSeconds: nowSeconds) {
            triedCount += 1
            if bare.secret.verifier.matches(presented, body: signed), matching == nil { matching = bare }
        }
        if triedCount == 0 { _ = SecretVerifier.nobody.matches(presented, body: signed) }
        if case .faulty(let reason) = claim { return .failure(.refused(reason, credentialID: nil)) }
        guard let matching else { return .failure(.refused(.signatureMismatch, credentialID: nil)) }
        return accept(presented, by: matching.key, with: matching.secret, nowSeconds: nowSeconds)
    }

    private func accept(
        _ presented: PresentedSignature, by key: Key, with secret: PreparedSecret, nowSeconds: Int64
    ) -> Verdict {
        let signedSeconds = secret.verifier.signsTimestamp ? presented.signedSeconds : nil
        // After the signature was checked: a wrong one and an old one cost the same, and the log can tell them apart.
        if let signedSeconds, !key.scheme.tolerates(signedSeconds, nowSeconds: nowSeconds) {
            return .failure(.refused(.timestampOutsideTolerance, credentialID: key.credential.id))
        }
        if secret.lastUse.note(nowSeconds) { useNotice?.tell() }
        let signature = VerifiedSignature(
            key: key.webhook, signedSeconds: signedSeconds, isByReplacedSecret: secret.isReplaced)
        return .success(Principal(key: key.grant, signature: signature))
    }
}

extension SignatureScheme {
    func tolerates(_ signedSeconds: Int64, nowSeconds: Int64) -> Bool {
        // Our own clock on both sides: nothing can overflow, whatever was signed.
        (nowSeconds - toleranceSeconds...nowSeconds + toleranceSeconds).contains(signedSeconds)
    }
}
