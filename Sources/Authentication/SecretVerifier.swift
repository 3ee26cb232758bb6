import Crypto

/// One secret of a key, ready to check signatures with.
enum SecretVerifier: Sendable {
    /// Both pads are hashed already; each use works on a copy.
    case sha1(HMAC<Insecure.SHA1>)
    case sha256(HMAC<SHA256>)
    case sha512(HMAC<SHA512>)
    /// SHA-256 of a secret that is sent as it is: digests of one length compare without telling the secret's.
    case token(SHA256Digest)
    case publicKey(Curve25519.Signing.PublicKey)

    /// A presented token that is longer is hashed up to here: its sender would choose what it costs.
    private static let tokenBytesLimit = 4096

    /// Returns nil for a secret that a provider of this kind cannot have: see ``SecretFormat``.
    init?(_ secret: Secret, provider: WebhookProvider, scheme: GenericScheme?) {
        self.init(Array(secret.utf8), provider: provider, scheme: scheme)
    }

    init?(_ bytes: [UInt8], provider: WebhookProvider, scheme: GenericScheme?) {
        switch provider {
        case .github, .stripe, .slack, .shopify: self = .sha256(HMAC(key: SymmetricKey(data: bytes)))
        case .gitlab, .standard:
            switch SecretFormat(bytes) {
            case .symmetric(let key): self = .sha256(HMAC(key: SymmetricKey(data: key)))
            case .publicKey(let key) where provider == .standard:
                guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: key) else { return nil }
                self = .publicKey(key)
            case .text, .publicKey:
                guard provider == .gitlab else { return nil }
                self = .token(SHA256.hash(data: bytes))
            case .broken: return nil
            }
        case .generic:
            let key = SymmetricKey(data: bytes)
            switch scheme?.algorithm {
            case .sha1: self = .sha1(HMAC(key: key))
            case .sha256, nil: self = .sha256(HMAC(key: key))
            case .sha512: self = .sha512(HMAC(key: key))
            }
        }
    }

    /// A secret that nobody has.
    static let nobody = SecretVerifier.sha256(HMAC(key: SymmetricKey(data: [UInt8](repeating: 0, count: 32))))

    /// Whether the signature covers a moment, too.
    var signsTimestamp: Bool { if case .token = self { false } else { true } }

    /// Whether one of the presented codes is this secret's. The work does not depend on which one is, if any.
    func matches(_ presented: PresentedSignature, body: [UInt8]) -> Bool {
        switch self {
        case .sha1(let prepared): return Self.isCode(prepared, presented, body)
        case .sha256(let prepared): return Self.isCode(prepared, presented, body)
        case .sha512(let prepared): return Self.isCode(prepared, presented, body)
        case .token(let digest):
            guard let token = presented.token else { return false }
            // swift-crypto's `==` on a digest takes constant time.
            return SHA256.hash(data: token.prefix(Self.tokenBytesLimit)) == digest
        case .publicKey(let key):
            guard !presented.publicKeySignatures.isEmpty else { return false }
            let signed = presented.before + body + presented.after
            var isAuthentic = false
            for signature in presented.publicKeySignatures where key.isValidSignature(signature, for: signed) {
                isAuthentic = true
            }
            return isAuthentic
        }
    }

    private static func isCode<Hash: HashFunction>(
        _ prepared: HMAC<Hash>, _ presented: PresentedSignature, _ body: [UInt8]
    ) -> Bool {
        var authenticator = prepared
        if !presented.before.isEmpty { authenticator.update(data: presented.before) }
        authenticator.update(data: body)
        if !presented.after.isEmpty { authenticator.update(data: presented.after) }
        let expected = authenticator.finalize()
        var isAuthentic = false
        // swift-crypto's `==` on an authentication code takes constant time.
        for code in presented.codes where expected == code { isAuthentic = true }
        return isAuthentic
    }
}
