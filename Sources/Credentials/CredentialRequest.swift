import Authentication

/// What an operator asks a new credential to be, checked.
package struct CredentialRequest: Sendable, Equatable {
    package static let nameBytesLimit = 128
    /// For sources and for types each; every one is matched against every event.
    package static let globsLimit = 32

    package let tenant: Tenant
    package let name: String
    package let scopes: Scopes
    package let sources: [Glob]
    package let types: [Glob]
    package let expiresSeconds: Int64?

    /// - Throws: ``CredentialsError`` for the first of the arguments that is not allowed.
    package init(
        tenant: String, name: String, scopes: [String], sources: [String] = [], types: [String] = [],
        expiresSeconds: Int64? = nil
    ) throws(CredentialsError) {
        guard let tenantName = Tenant(tenant) else { throw .tenantInvalid(tenant) }
        guard Self.isName(name) else { throw .nameInvalid }
        guard !scopes.isEmpty else { throw .scopeMissing }
        var allScopes: Scopes = []
        for name in scopes {
            guard let scope = Scopes(name: name) else { throw .scopeUnknown(name) }
            allScopes.formUnion(scope)
        }
        self.tenant = tenantName
        self.name = name
        self.scopes = allScopes
        self.sources = try Self.globs(sources)
        self.types = try Self.globs(types)
        self.expiresSeconds = expiresSeconds
    }

    static func isName(_ text: String) -> Bool {
        (1...nameBytesLimit).contains(text.utf8.count) && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }

    func credential(id: String, nowSeconds: Int64) -> Credential {
        Credential(
            id: id, tenant: tenant, name: name, scopes: scopes, sources: sources, types: types,
            createdSeconds: nowSeconds, expiresSeconds: expiresSeconds)
    }

    private static func globs(_ patterns: [String]) throws(CredentialsError) -> [Glob] {
        guard patterns.count <= globsLimit else { throw .tooManyGlobs(limit: globsLimit) }
        var globs: [Glob] = []
        for pattern in patterns {
            guard let glob = Glob(pattern) else { throw .globInvalid(pattern) }
            globs.append(glob)
        }
        return globs
    }
}
