/// Who sent a request, and what they may do.
package struct Principal: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        case accessToken
        case secretKey
        /// Both were sent and both were good: only what both allow is allowed.
        case accessTokenAndSecretKey
    }

    package let tenant: Tenant
    /// The token's, where a token was sent.
    package let credentialID: String
    package let scopes: Scopes
    package let kind: Kind
    private let limits: Limits
    private let furtherLimits: Limits?

    private struct Limits: Sendable, Equatable {
        var sources: [Glob]
        var types: [Glob]

        func allow(source: String) -> Bool { sources.isEmpty || sources.contains { $0.matches(source) } }
        func allow(type: String) -> Bool { types.isEmpty || types.contains { $0.matches(type) } }
    }

    init(_ credential: Credential, kind: Kind) {
        tenant = credential.tenant
        credentialID = credential.id
        scopes = credential.scopes
        self.kind = kind
        limits = Limits(sources: credential.sources, types: credential.types)
        furtherLimits = nil
    }

    /// - Precondition: both are of the same tenant.
    init(token: Principal, key: Principal) {
        precondition(token.tenant == key.tenant, "two tenants are no principal")
        tenant = token.tenant
        credentialID = token.credentialID
        scopes = token.scopes.intersection(key.scopes)
        kind = .accessTokenAndSecretKey
        limits = token.limits
        furtherLimits = key.limits
    }

    /// - Throws: ``AuthenticationError/scopeMissing`` with those that are missing.
    package func allows(_ scope: Scopes) throws(AuthenticationError) {
        let missing = scope.subtracting(scopes)
        guard missing.isEmpty else { throw .scopeMissing(missing, credentialID: credentialID) }
    }

    /// - Throws: ``AuthenticationError/denied``, for the source before the type.
    package func allows(source: String, type: String) throws(AuthenticationError) {
        guard limits.allow(source: source), furtherLimits?.allow(source: source) ?? true else {
            throw .denied(.sourceNotAllowed, credentialID: credentialID)
        }
        guard limits.allow(type: type), furtherLimits?.allow(type: type) ?? true else {
            throw .denied(.typeNotAllowed, credentialID: credentialID)
        }
    }
}
