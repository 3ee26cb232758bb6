/// How a provider writes its secrets (Standard Webhooks 1.0.0, "Signature scheme").
enum SecretFormat: Equatable {
    /// `whsec_<base64>`: an HMAC key.
    case symmetric([UInt8])
    /// `whpk_<base64>`: an Ed25519 public key, 32 bytes.
    case publicKey([UInt8])
    /// Any other text, to be taken as it is.
    case text
    /// One of these prefixes, and behind it no key.
    case broken

    /// The specification's 24 to 64 bytes, and down to 16 for senders that are older than it.
    static let symmetricBytes = 16...64

    init(_ secret: [UInt8]) {
        if secret.starts(with: "whsec_".utf8) {
            guard let key = Base64.decode(secret[6...]), Self.symmetricBytes.contains(key.count) else {
                self = .broken
                return
            }
            self = .symmetric(key)
        } else if secret.starts(with: "whpk_".utf8) {
            guard let key = Base64.decode(secret[5...]), key.count == 32 else {
                self = .broken
                return
            }
            self = .publicKey(key)
        } else {
            self = secret.starts(with: "whsk_".utf8) ? .broken : .text
        }
    }
}

extension WebhookProvider {
    /// Whether a secret has the form that this provider's secrets have.
    package func accepts(_ secret: Secret) -> Bool {
        SecretVerifier(secret, provider: self, scheme: nil) != nil
    }

    /// A secret in this provider's form.
    package func makeSecret(using randomness: inout some RandomNumberGenerator) -> Secret {
        let bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &randomness) }
        switch self {
        case .standard: return Secret("whsec_" + Base64.encode(bytes))
        case .github, .gitlab, .stripe, .slack, .shopify, .generic: return Secret(Hex.encode(bytes))
        }
    }
}
