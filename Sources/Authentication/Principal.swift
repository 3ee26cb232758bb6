/// Who sent a request, and what they may do.
///
/// A value of few words: what it tells lies in the key ring's own objects, so that making and handing on one costs a
/// few counts of references and no allocation.
package struct Principal: Sendable {
    package enum Kind: Sendable, Equatable {
        case accessToken
        case secretKey
        /// Both were sent and both were good: only what both allow is allowed.
        case accessTokenAndSecretKey
    }

    /// What one credential allows. Made once for every key ring.
    final class Grant: Sendable {
        let credential: Credential

        init(_ credential: Credential) { self.credential = credential }

        func allows(source: String) -> Bool {
            credential.sources.isEmpty || credential.sources.contains { $0.matches(source) }
        }

        func allows(type: String) -> Bool {
            credential.types.isEmpty || credential.types.contains { $0.matches(type) }
        }
    }

    private let grant: Grant
    private let furtherGrant: Grant?
    package let scopes: Scopes
    package let kind: Kind
    /// Which key has signed, and when; nil where only a token was sent.
    package let signature: VerifiedSignature?

    package var tenant: Tenant { grant.credential.tenant }
    /// The token's, where a token was sent.
    package var credentialID: String { grant.credential.id }

    /// Who sent a token and nothing else.
    init(token grant: Grant) {
        self.grant = grant
        furtherGrant = nil
        scopes = grant.credential.scopes
        kind = .accessToken
        signature = nil
    }

    /// Who signed with a secret key.
    init(key grant: Grant, signature: VerifiedSignature) {
        self.grant = grant
        furtherGrant = nil
        scopes = grant.credential.scopes
        kind = .secretKey
        self.signature = signature
    }

    /// - Precondition: both are of the same tenant.
    init(token: Principal, key: Principal) {
        precondition(token.tenant == key.tenant, "two tenants are no principal")
        grant = token.grant
        furtherGrant = key.grant
        scopes = token.scopes.intersection(key.scopes)
        kind = .accessTokenAndSecretKey
        signature = key.signature
    }

    /// - Throws: ``AuthenticationError/scopeMissing`` with those that are missing.
    package func allows(_ scope: Scopes) throws(AuthenticationError) {
        let missing = scope.subtracting(scopes)
        guard missing.isEmpty else { throw .scopeMissing(missing, credentialID: credentialID) }
    }

    /// - Throws: ``AuthenticationError/denied``, for the source before the type.
    package func allows(source: String, type: String) throws(AuthenticationError) {
        guard grant.allows(source: source), furtherGrant?.allows(source: source) ?? true else {
            throw .denied(.sourceNotAllowed, credentialID: credentialID)
        }
        guard grant.allows(type: type), furtherGrant?.allows(type: type) ?? true else {
            throw .denied(.typeNotAllowed, credentialID: credentialID)
        }
    }
}
