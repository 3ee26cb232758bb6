import Crypto

/// Every credential at one moment, ready for use: an immutable snapshot, shared by all workers.
///
/// What can be derived is derived here, once: a request costs look-ups and hashes of what it brought.
package final class KeyRing: Sendable {
    /// How many secret keys are tried where the path names none: bounds what a forged body costs (2.3 µs per KiB and
    /// secret). The oldest come first, so that a new key never takes the place of one that works.
    package static let bareKeysLimit = 8

    struct Token: Sendable {
        let credential: Credential
        let principal: Principal
        let digest: [UInt8]
    }

    struct Key: Sendable {
        let credential: Credential
        let grant: Principal.Grant
        let webhook: WebhookKey
        let secrets: [PreparedSecret]
    }

    struct PreparedSecret: Sendable {
        /// Both pads are hashed already; each use works on a copy.
        let code: HMAC<SHA256>
        let expiresSeconds: Int64?

        func isLive(nowSeconds: Int64) -> Bool { expiresSeconds.map { nowSeconds < $0 } ?? true }
    }

    let tokens: [String: Token]
    let keys: [String: Key]
    /// What the bare webhook URL may use, the oldest first; revoked ones are gone, expired ones are skipped later.
    let bareKeys: [Key]

    package init(tokens: [AccessTokenRecord], secretKeys: [SecretKeyRecord]) {
        self.tokens = Dictionary(
            tokens.map { record in
                let principal = Principal(token: Principal.Grant(record.credential))
                return (
                    record.credential.id,
                    Token(credential: record.credential, principal: principal, digest: record.digest)
                )
            }, uniquingKeysWith: { first, _ in first })
        keys = Dictionary(
            secretKeys.map { ($0.credential.id, Key($0)) }, uniquingKeysWith: { first, _ in first })
        bareKeys =
            secretKeys
            .filter { $0.provider == .github && $0.credential.revokedSeconds == nil }
            // A stable sort: of two keys made in one second the store's order tells the older one.
            .sorted { $0.credential.createdSeconds < $1.credential.createdSeconds }
            .map(Key.init)
    }

    package var tokensCount: Int { tokens.count }
    package var secretKeysCount: Int { keys.count }

    /// Whether a tenant has a secret key of that id, good or not.
    package func hasSecretKey(id: String, tenant: Tenant) -> Bool { keys[id]?.credential.tenant == tenant }

    /// The ids that the bare webhook URL tries, in this order.
    package func bareKeyIDs(nowSeconds: Int64) -> [String] {
        bareKeys.lazy.filter { $0.isUsable(nowSeconds: nowSeconds) }.prefix(Self.bareKeysLimit).map(\.credential.id)
    }
}

extension KeyRing.Key {
    fileprivate init(_ record: SecretKeyRecord) {
        credential = record.credential
        grant = Principal.Grant(record.credential)
        webhook = WebhookKey(id: record.credential.id, provider: record.provider, settings: record.settings)
        secrets = record.secrets.prefix(SecretKeyRecord.secretsLimit).map { secret in
            KeyRing.PreparedSecret(
                code: HMAC(key: SymmetricKey(data: Array(secret.value.utf8))), expiresSeconds: secret.expiresSeconds)
        }
    }

    func isUsable(nowSeconds: Int64) -> Bool {
        credential.standing(nowSeconds: nowSeconds) == .good && hasLiveSecret(nowSeconds: nowSeconds)
    }

    func hasLiveSecret(nowSeconds: Int64) -> Bool {
        secrets.contains { $0.isLive(nowSeconds: nowSeconds) }
    }
}
