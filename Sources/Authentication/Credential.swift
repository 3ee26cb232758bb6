/// What tokens and secret keys have in common: whose they are, what they allow, how long they last.
package struct Credential: Sendable, Equatable {
    package var id: String
    package var tenant: Tenant
    /// The operator's own words for it.
    package var name: String
    package var scopes: Scopes
    /// Sources it may name; empty allows all.
    package var sources: [Glob]
    /// Event types it may name; empty allows all.
    package var types: [Glob]
    package var createdSeconds: Int64
    /// The first second in which it is no longer good.
    package var expiresSeconds: Int64?
    package var revokedSeconds: Int64?

    package init(
        id: String, tenant: Tenant, name: String, scopes: Scopes, sources: [Glob] = [], types: [Glob] = [],
        createdSeconds: Int64, expiresSeconds: Int64? = nil, revokedSeconds: Int64? = nil
    ) {
        self.id = id
        self.tenant = tenant
        self.name = name
        self.scopes = scopes
        self.sources = sources
        self.types = types
        self.createdSeconds = createdSeconds
        self.expiresSeconds = expiresSeconds
        self.revokedSeconds = revokedSeconds
    }

    package enum Standing: String, Sendable {
        case good, expired, revoked
    }

    /// A revoked credential is revoked at once, whatever the clock says.
    package func standing(nowSeconds: Int64) -> Standing {
        if revokedSeconds != nil { return .revoked }
        if let expiresSeconds, nowSeconds >= expiresSeconds { return .expired }
        return .good
    }
}

/// A stored access token.
package struct AccessTokenRecord: Sendable, Equatable {
    package var credential: Credential
    /// SHA-256 of the token's text, 32 bytes.
    package var digest: [UInt8]

    package init(credential: Credential, digest: [UInt8]) {
        self.credential = credential
        self.digest = digest
    }
}

/// A stored secret key: the secrets that a webhook provider signs with.
package struct SecretKeyRecord: Sendable, Equatable {
    /// The one in use and the one it replaces. A replaced one is kept after its end, though it is good for nothing any
    /// more: it tells who still signs with it.
    package static let secretsLimit = 2

    package struct LiveSecret: Sendable, Equatable {
        package var value: Secret
        package var createdSeconds: Int64
        /// The first second in which it is no longer good.
        package var expiresSeconds: Int64?

        package init(value: Secret, createdSeconds: Int64, expiresSeconds: Int64? = nil) {
            self.value = value
            self.createdSeconds = createdSeconds
            self.expiresSeconds = expiresSeconds
        }
    }

    package var credential: Credential
    package var provider: WebhookProvider
    package var settings: WebhookSettings
    /// The oldest first.
    package var secrets: [LiveSecret]

    package init(
        credential: Credential, provider: WebhookProvider, settings: WebhookSettings = WebhookSettings(),
        secrets: [LiveSecret]
    ) {
        self.credential = credential
        self.provider = provider
        self.settings = settings
        self.secrets = secrets
    }
}
