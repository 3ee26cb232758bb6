import Authentication

/// Everything that `credentials.json` holds.
package struct CredentialSet: Sendable, Equatable {
    /// Tokens and secret keys together; revoked ones count.
    package static let countLimit = 10_000

    package var tokens: [AccessTokenRecord] = []
    package var secretKeys: [SecretKeyRecord] = []

    package init() {}

    package var keyRing: KeyRing { keyRing(replacing: nil, useNotice: nil) }

    func keyRing(replacing previous: KeyRing?, useNotice: UseNotice?) -> KeyRing {
        KeyRing(tokens: tokens, secretKeys: secretKeys, replacing: previous, useNotice: useNotice)
    }

    var count: Int { tokens.count + secretKeys.count }

    /// One that no credential of either kind has.
    func freshID(using randomness: inout some RandomNumberGenerator) -> String {
        let taken = Set(tokens.map(\.credential.id) + secretKeys.map(\.credential.id))
        while true {
            // 36¹² ids for 10,000 credentials: a second round is news.
            let id = CredentialID.make(using: &randomness)
            if !taken.contains(id) { return id }
        }
    }
}
