import HTTPMessage

extension KeyRing {
    /// How many other keys' secrets are tried.
    static let diagnosisKeysLimit = 64
    /// How many bytes are hashed for one diagnosis: about 0.15 s of one processor.
    static let diagnosisBytesLimit = 64 << 20

    /// Says what is wrong with a request's signature by trying the usual suspects.
    ///
    /// A look at what has been refused, never a way in: whatever it finds, the request stays refused.
    /// - Parameter fields: those of the request; only those in which the key's provider signs are looked at.
    /// - Parameter nowSeconds: when the request arrived.
    package func diagnose(
        keyID: String, fields: HTTPFields, body: [UInt8], nowSeconds: Int64
    ) -> SignatureDiagnosis {
        guard let key = keys[keyID] else {
            return SignatureDiagnosis(.keyUnknown, "There is no secret key \(keyID.prefix(64)).")
        }
        switch key.credential.standing(nowSeconds: nowSeconds) {
        case .good: break
        case .revoked: return SignatureDiagnosis(.keyRevoked, "The key is revoked; its secrets are forgotten.")
        case .expired: return SignatureDiagnosis(.keyExpired, "The key has expired.")
        }
        let presented: PresentedSignature
        do {
            guard let found = try key.scheme.read(fields) else { return Self.missing(key.scheme, fields) }
            presented = found
        } catch {
            return SignatureDiagnosis(error)
        }
        var suspects = SuspectSearch(presented: presented, bytesLimit: Self.diagnosisBytesLimit)
        for secret in key.secrets.reversed() where suspects.matches(secret.verifier, body) {
            return judge(presented, matching: secret, of: key, nowSeconds: nowSeconds)
        }
        if let other = otherKey(than: key, &suspects, body) {
            return SignatureDiagnosis(
                .otherKey,
                "It is signed with the secret of key \(other) of the same tenant: two secrets or two URLs are mixed up.",
                otherKeyID: other)
        }
        for secret in key.secrets.reversed() {
            for end in ["\n", "\r\n", " "] {
                let bytes = Array(secret.value.utf8) + Array(end.utf8)
                guard
                    let verifier = SecretVerifier(
                        bytes, provider: key.webhook.provider, scheme: key.webhook.settings.scheme),
                    suspects.matches(verifier, body)
                else { continue }
                return SignatureDiagnosis(
                    .secretWithNewline,
                    "It is signed with the key's secret and a line's end behind it: the sender has read it from a file "
                        + "or a variable without trimming it.")
            }
        }
        for suspect in BodySuspect.all(of: body) {
            for secret in key.secrets.reversed() where suspects.matches(secret.verifier, suspect.body) {
                return SignatureDiagnosis(suspect.reason, suspect.reason.sentenceOfBody)
            }
        }
        guard key.hasLiveSecret(nowSeconds: nowSeconds) else {
            return SignatureDiagnosis(.secretsExpired, "Each of the key's secrets has run out; rotate it.")
        }
        var sentence =
            "It is well formed and signed with another secret, or over other bytes: compare the secrets at both ends, and "
            + "look for something between that changes the body."
        if body.count > BodySuspect.rewritingBytesLimit {
            sentence += " The body is too large to try in what other way it may have been written."
        }
        return SignatureDiagnosis(.unexplained, sentence)
    }

    private func judge(
        _ presented: PresentedSignature, matching secret: PreparedSecret, of key: Key, nowSeconds: Int64
    ) -> SignatureDiagnosis {
        guard secret.isLive(nowSeconds: nowSeconds) else {
            return SignatureDiagnosis(
                .previousSecret,
                "It is signed with the secret that the key had before, whose time is over: the sender has not taken over "
                    + "the new one.")
        }
        if secret.verifier.signsTimestamp, let signed = presented.signedSeconds,
            !key.scheme.tolerates(signed, nowSeconds: nowSeconds)
        {
            // Of twelve digits at most: the difference cannot overflow.
            let skew = nowSeconds - signed
            return SignatureDiagnosis(
                .clockOff,
                "It is signed well, \(abs(skew)) s \(skew < 0 ? "after" : "before") it arrived, where "
                    + "\(key.scheme.toleranceSeconds) s are tolerated: a clock is off, or this is an old request sent "
                    + "again.",
                skewSeconds: skew)
        }
        return SignatureDiagnosis(
            .valid,
            secret.isReplaced
                ? "The signature is good; it is made with the secret that a newer one replaces."
                : "The signature is good.")
    }

    private static func missing(_ scheme: SignatureScheme, _ fields: HTTPFields) -> SignatureDiagnosis {
        var sentence = "\(scheme.header.name) did not come, in which \(scheme.provider.rawValue) signs."
        let others = WebhookProvider.allCases.filter { $0 != scheme.provider && $0 != .generic }
            .filter { fields.first(SignatureScheme(provider: $0, settings: WebhookSettings()).header.field) != nil }
        if let other = others.first {
            sentence += " There is a signature as \(other.rawValue) makes them: is the key of the right provider?"
        } else if scheme.provider == .github, fields.first(HTTPFieldName("X-Hub-Signature")) != nil {
            sentence += " There is X-Hub-Signature, the older one with SHA-1, which is not taken."
        } else {
            sentence += " Is a secret set at the sender?"
        }
        return SignatureDiagnosis(.headerMissing, sentence)
    }

    /// The key of the same tenant whose secret makes this signature in this key's scheme.
    private func otherKey(than key: Key, _ suspects: inout SuspectSearch, _ body: [UInt8]) -> String? {
        let others = keys.values.filter { other in
            other.credential.tenant == key.credential.tenant && other.credential.id != key.credential.id
        }
        .sorted { $0.credential.id < $1.credential.id }
        for other in others.prefix(Self.diagnosisKeysLimit) {
            for secret in other.secrets.reversed() {
                guard
                    let verifier = SecretVerifier(
                        secret.value, provider: key.webhook.provider, scheme: key.webhook.settings.scheme)
                else { continue }
                if suspects.matches(verifier, body) { return other.credential.id }
            }
        }
        return nil
    }
}

/// Tries secrets and bodies on one signature until its work is used up.
private struct SuspectSearch {
    let presented: PresentedSignature
    private var bytesLeft: Int

    init(presented: PresentedSignature, bytesLimit: Int) {
        self.presented = presented
        bytesLeft = bytesLimit
    }

    mutating func matches(_ verifier: SecretVerifier, _ body: [UInt8]) -> Bool {
        guard bytesLeft > 0 else { return false }
        // An HMAC over nothing costs some blocks too.
        bytesLeft -= body.count + 256
        return verifier.matches(presented, body: body)
    }
}

extension SignatureDiagnosis {
    fileprivate init(_ fault: SignatureFault) {
        switch fault {
        case .duplicated(let header):
            self.init(.headerDuplicated, "\(header.name) came more than once, or two of them were joined by a comma.")
        case .malformed(let header):
            self.init(.headerMalformed, "\(header.name) is not as its provider writes it.")
        case .timestampMissing(let header):
            self.init(.timestampMissing, "The signed time is missing; it belongs into \(header.name).")
        case .timestampMalformed(let header):
            self.init(.timestampMalformed, "The time in \(header.name) is not a number of seconds since 1970.")
        }
    }
}

extension SignatureDiagnosis.Reason {
    /// Of those that a ``BodySuspect`` has.
    fileprivate var sentenceOfBody: String {
        switch self {
        case .newlineStripped: "The body was signed with a line's end behind it, which did not arrive."
        case .newlineAdded: "A line's end has come to the body after it was signed."
        case .newlinesConverted: "The line ends of the body were converted after it was signed."
        case .formDecoded:
            "The body was signed in another form than it arrived: a form was decoded, or made, between signing and here."
        case .reencoded:
            "The body is the JSON that was signed, written in another way: something between has decoded and encoded it, or "
                + "the sender signs another text than it sends."
        case .bodyMissing: "It is signed over nothing: the sender signs before it has a body."
        case .valid, .keyUnknown, .keyRevoked, .keyExpired, .secretsExpired, .headerMissing, .headerDuplicated,
            .headerMalformed, .timestampMissing, .timestampMalformed, .clockOff, .previousSecret, .otherKey,
            .secretWithNewline, .unexplained:
            rawValue
        }
    }
}
