import Crypto

/// Every credential at one moment, ready for use: an immutable snapshot, shared by all workers.
///
/// What can be derived is derived here, once: a request costs look-ups and hashes of what it brought.
package final class KeyRing: Sendable {
    /// How many secrets are tried where the path names no key: bounds what a forged body costs (2.3 µs per KiB and
    /// secret). The oldest come first, so that a new one never takes the place of one that works.
    package static let bareSecretsLimit = 8

    /// All that is asked of a token, behind one reference.
    final class Token: Sendable {
        let credential: Credential
        let principal: Principal
        let digest: [UInt8]
        let lastUse: LastUse

        init(_ record: AccessTokenRecord, lastUse: LastUse) {
            credential = record.credential
            principal = Principal(token: Principal.Grant(record.credential))
            digest = record.digest
            self.lastUse = lastUse
        }
    }

    final class Key: Sendable {
        let credential: Credential
        let grant: Principal.Grant
        let webhook: WebhookKey
        let scheme: SignatureScheme
        /// The oldest first.
        let secrets: [PreparedSecret]

        init(_ record: SecretKeyRecord, lastUse: (Int64) -> LastUse) {
            let (provider, settings) = (record.provider, record.settings)
            credential = record.credential
            grant = Principal.Grant(record.credential)
            webhook = WebhookKey(id: record.credential.id, provider: provider, settings: settings)
            scheme = SignatureScheme(provider: provider, settings: settings)
            let kept = record.secrets.suffix(SecretKeyRecord.secretsLimit)
            secrets = kept.enumerated().compactMap { index, secret in
                SecretVerifier(secret.value, provider: provider, scheme: settings.scheme).map { verifier in
                    PreparedSecret(
                        value: secret.value, verifier: verifier, createdSeconds: secret.createdSeconds,
                        expiresSeconds: secret.expiresSeconds, isReplaced: index + 1 < kept.count,
                        lastUse: lastUse(secret.createdSeconds))
                }
            }
        }

        func isUsable(nowSeconds: Int64) -> Bool {
            credential.standing(nowSeconds: nowSeconds) == .good && hasLiveSecret(nowSeconds: nowSeconds)
        }

        func hasLiveSecret(nowSeconds: Int64) -> Bool {
            secrets.contains { $0.isLive(nowSeconds: nowSeconds) }
        }
    }

    struct PreparedSecret: Sendable {
        /// Only for the question whose secret it was that another key's sender has used.
        let value: Secret
        let verifier: SecretVerifier
        let createdSeconds: Int64
        let expiresSeconds: Int64?
        /// There is a newer one of the same key.
        let isReplaced: Bool
        let lastUse: LastUse

        func isLive(nowSeconds: Int64) -> Bool { expiresSeconds.map { nowSeconds < $0 } ?? true }
    }

    /// A secret that the bare webhook URL may try.
    struct BareSecret: Sendable {
        let key: Key
        let secret: PreparedSecret

        func isUsable(nowSeconds: Int64) -> Bool {
            secret.isLive(nowSeconds: nowSeconds) && key.credential.standing(nowSeconds: nowSeconds) == .good
        }
    }

    let tokens: [String: Token]
    let keys: [String: Key]
    /// The oldest first; those of revoked keys are gone, expired ones are skipped later.
    let bareSecrets: [BareSecret]
    /// Told when a credential is used in a second in which it was not used before.
    let useNotice: UseNotice?

    /// - Parameter previous: the ring that this one replaces; when a credential was last used is handed on.
    package init(
        tokens: [AccessTokenRecord], secretKeys: [SecretKeyRecord], replacing previous: KeyRing? = nil,
        useNotice: UseNotice? = nil
    ) {
        self.useNotice = useNotice ?? previous?.useNotice
        self.tokens = Dictionary(
            tokens.map { record in
                let id = record.credential.id
                return (id, Token(record, lastUse: previous?.tokens[id]?.lastUse ?? LastUse()))
            }, uniquingKeysWith: { first, _ in first })
        let keys = secretKeys.map { record in
            let former = previous?.keys[record.credential.id]?.secrets ?? []
            return Key(record) { created in
                former.first { $0.createdSeconds == created }?.lastUse ?? LastUse()
            }
        }
        self.keys = Dictionary(keys.map { ($0.credential.id, $0) }, uniquingKeysWith: { first, _ in first })
        bareSecrets =
            keys
            .filter { $0.webhook.provider == .github && $0.credential.revokedSeconds == nil }
            .flatMap { key in key.secrets.map { BareSecret(key: key, secret: $0) } }
            // A stable sort: of two secrets made in one second the store's order tells the older one.
            .sorted { $0.secret.createdSeconds < $1.secret.createdSeconds }
    }

    package var tokensCount: Int { tokens.count }
    package var secretKeysCount: Int { keys.count }

    /// Whether a tenant has a secret key of that id, good or not.
    package func hasSecretKey(id: String, tenant: Tenant) -> Bool { keys[id]?.credential.tenant == tenant }

    /// Whether the bare webhook URL tries the newest secret of this key.
    package func isTriedOnBareURL(keyID: String, nowSeconds: Int64) -> Bool {
        guard let newest = keys[keyID]?.secrets.last else { return false }
        return usableBareSecrets(nowSeconds: nowSeconds).contains {
            $0.key.credential.id == keyID && $0.secret.createdSeconds == newest.createdSeconds
        }
    }

    func usableBareSecrets(nowSeconds: Int64) -> some Sequence<BareSecret> {
        bareSecrets.lazy.filter { $0.isUsable(nowSeconds: nowSeconds) }.prefix(Self.bareSecretsLimit)
    }
}
