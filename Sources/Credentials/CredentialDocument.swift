import Authentication
import FoundationEssentials

/// The format of `credentials.json`, version 1. Members it does not name are ignored, and gone after the next change.
///
/// ```json
/// {"version": 1,
///  "tokens": [{"id": "k3v9x0q2m1zt", "tenant": "acme", "name": "build server",
///    "scopes": ["events:write"], "sources": ["/ci/*"], "types": [], "sha256": "<64 hex digits of the token's text>",
///    "created": "2026-01-02T03:04:05Z", "expires": "2027-01-02T03:04:05Z", "revoked": "2026-03-01T00:00:00Z"}],
///  "secrets": [{"id": "q8w2n5c7b4ya", "tenant": "acme", "name": "repository", "provider": "github",
///    "scopes": ["events:write", "status:read"], "sources": [], "types": [],
///    "secrets": [{"value": "<the text the provider signs with>", "created": "2026-01-02T03:04:05Z"}],
///    "settings": {"tolerance_seconds": 60, "idempotency": false}, "created": "2026-01-02T03:04:05Z"}]}
/// ```
/// `sources`, `types`, `settings`, `expires`, `revoked` may be left out. A key has two `secrets` once one has replaced
/// another, the older one with its end as `expires`, and none once it is revoked. For `settings` see
/// ``WebhookSettingsDocument``.
struct CredentialDocument: Codable {
    static let version = 1

    /// Read before the rest: another version may have another shape.
    struct Head: Codable {
        var version: Int
    }

    struct Token: Codable {
        var id, tenant, name: String
        var scopes: [String]
        var sources, types: [String]?
        var sha256: String
        var created: String
        var expires, revoked: String?
    }

    struct Key: Codable {
        struct Value: Codable {
            var value: String
            var created: String
            var expires: String?
        }

        var id, tenant, name, provider: String
        var scopes: [String]
        var sources, types: [String]?
        var secrets: [Value]
        var created: String
        var expires, revoked: String?
        var settings: WebhookSettingsDocument?
    }

    var version: Int
    var tokens: [Token]
    var secrets: [Key]
}

extension CredentialSet {
    /// - Parameter path: named in errors.
    /// - Throws: ``CredentialsError`` that says where the document is wrong and never what stands there.
    init(json bytes: [UInt8], path: String) throws(CredentialsError) {
        let document: CredentialDocument
        do {
            let data = Data(bytes)
            let version = try JSONDecoder().decode(CredentialDocument.Head.self, from: data).version
            guard version == CredentialDocument.version else {
                throw CredentialsError.unknownVersion(path: path, version: version)
            }
            document = try JSONDecoder().decode(CredentialDocument.self, from: data)
        } catch let error as CredentialsError {
            throw error
        } catch {
            throw Self.located(error, path: path)
        }
        guard document.tokens.count + document.secrets.count <= Self.countLimit else {
            throw .tooManyCredentials(limit: Self.countLimit)
        }
        var ids: Set<String> = []
        for (position, token) in document.tokens.enumerated() {
            let reader = MemberReader(path: path, place: "tokens[\(position)]")
            guard ids.insert(token.id).inserted else { throw reader.invalid("id") }
            tokens.append(try reader.token(token))
        }
        for (position, key) in document.secrets.enumerated() {
            let reader = MemberReader(path: path, place: "secrets[\(position)]")
            guard ids.insert(key.id).inserted else { throw reader.invalid("id") }
            secretKeys.append(try reader.key(key))
        }
    }

    /// The document's text, one member a line, so that two versions can be compared.
    func json() -> [UInt8] {
        let document = CredentialDocument(
            version: CredentialDocument.version, tokens: tokens.map(CredentialDocument.Token.init),
            secrets: secretKeys.map(CredentialDocument.Key.init))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(document) else { preconditionFailure("strings and arrays always encode") }
        return Array(data) + [UInt8(ascii: "\n")]
    }

    private static func located(_ error: any Error, path: String) -> CredentialsError {
        let codingPath: [any CodingKey]
        switch error as? DecodingError {
        case .typeMismatch(_, let context), .valueNotFound(_, let context): codingPath = context.codingPath
        case .keyNotFound(let key, let context): codingPath = context.codingPath + [key]
        default: return .notJSON(path: path)
        }
        let member = codingPath.reduce("") { text, key in
            if let index = key.intValue { return "\(text)[\(index)]" }
            return text.isEmpty ? key.stringValue : "\(text).\(key.stringValue)"
        }
        return member.isEmpty ? .notJSON(path: path) : .invalidMember(path: path, member: member)
    }
}

/// Turns one entry of the document into a record, or says which member is wrong.
private struct MemberReader {
    let path: String
    let place: String

    func invalid(_ member: String) -> CredentialsError { .invalidMember(path: path, member: "\(place).\(member)") }

    func token(_ token: CredentialDocument.Token) throws(CredentialsError) -> AccessTokenRecord {
        let credential = try credential(
            (token.id, token.tenant, token.name), token.scopes, (token.sources, token.types),
            (token.created, token.expires, token.revoked))
        guard let digest = Hex.decode(Array(token.sha256.utf8)[...]), digest.count == 32,
            Hex.encode(digest) == token.sha256
        else { throw invalid("sha256") }
        return AccessTokenRecord(credential: credential, digest: digest)
    }

    func key(_ key: CredentialDocument.Key) throws(CredentialsError) -> SecretKeyRecord {
        let credential = try credential(
            (key.id, key.tenant, key.name), key.scopes, (key.sources, key.types),
            (key.created, key.expires, key.revoked))
        guard let provider = WebhookProvider(rawValue: key.provider) else { throw invalid("provider") }
        guard key.secrets.count <= SecretKeyRecord.secretsLimit else { throw invalid("secrets") }
        var secrets: [SecretKeyRecord.LiveSecret] = []
        for secret in key.secrets {
            guard CredentialStore.secretBytes.contains(secret.value.utf8.count),
                provider.accepts(Secret(secret.value))
            else { throw invalid("secrets.value") }
            secrets.append(
                .init(
                    value: Secret(secret.value), createdSeconds: try moment(secret.created, "secrets.created"),
                    expiresSeconds: try secret.expires.map { text throws(CredentialsError) in
                        try moment(text, "secrets.expires")
                    }))
        }
        let settings: WebhookSettings
        do {
            settings = try (key.settings ?? WebhookSettingsDocument()).settings(provider: provider)
        } catch {
            throw invalid("settings." + error.member)
        }
        return SecretKeyRecord(credential: credential, provider: provider, settings: settings, secrets: secrets)
    }

    private func credential(
        _ names: (id: String, tenant: String, name: String), _ scopes: [String],
        _ globs: (sources: [String]?, types: [String]?),
        _ moments: (created: String, expires: String?, revoked: String?)
    ) throws(CredentialsError) -> Credential {
        guard CredentialID.isWellFormed(names.id.utf8) else { throw invalid("id") }
        guard let tenant = Tenant(names.tenant) else { throw invalid("tenant") }
        guard CredentialRequest.isName(names.name) else { throw invalid("name") }
        var allScopes: Scopes = []
        for name in scopes {
            guard let scope = Scopes(name: name) else { throw invalid("scopes") }
            allScopes.formUnion(scope)
        }
        return Credential(
            id: names.id, tenant: tenant, name: names.name, scopes: allScopes,
            sources: try patterns(globs.sources, "sources"), types: try patterns(globs.types, "types"),
            createdSeconds: try moment(moments.created, "created"),
            expiresSeconds: try moments.expires.map { text throws(CredentialsError) in try moment(text, "expires") },
            revokedSeconds: try moments.revoked.map { text throws(CredentialsError) in try moment(text, "revoked") })
    }

    private func patterns(_ texts: [String]?, _ member: String) throws(CredentialsError) -> [Glob] {
        guard let texts else { return [] }
        let globs = texts.compactMap(Glob.init)
        // A pattern left out would allow everything where it was the only one.
        guard globs.count == texts.count, globs.count <= CredentialRequest.globsLimit else { throw invalid(member) }
        return globs
    }

    private func moment(_ text: String, _ member: String) throws(CredentialsError) -> Int64 {
        guard let seconds = CalendarTime.parse(text) else { throw invalid(member) }
        return seconds
    }
}

extension CredentialDocument.Token {
    fileprivate init(_ record: AccessTokenRecord) {
        let credential = record.credential
        self.init(
            id: credential.id, tenant: credential.tenant.name, name: credential.name, scopes: credential.scopes.names,
            sources: credential.sources.map(\.pattern), types: credential.types.map(\.pattern),
            sha256: Hex.encode(record.digest), created: CalendarTime.format(credential.createdSeconds),
            expires: credential.expiresSeconds.map(CalendarTime.format),
            revoked: credential.revokedSeconds.map(CalendarTime.format))
    }
}

extension CredentialDocument.Key {
    fileprivate init(_ record: SecretKeyRecord) {
        let credential = record.credential
        self.init(
            id: credential.id, tenant: credential.tenant.name, name: credential.name,
            provider: record.provider.rawValue, scopes: credential.scopes.names,
            sources: credential.sources.map(\.pattern), types: credential.types.map(\.pattern),
            secrets: record.secrets.map { secret in
                Value(
                    value: secret.value.revealed, created: CalendarTime.format(secret.createdSeconds),
                    expires: secret.expiresSeconds.map(CalendarTime.format))
            },
            created: CalendarTime.format(credential.createdSeconds),
            expires: credential.expiresSeconds.map(CalendarTime.format),
            revoked: credential.revokedSeconds.map(CalendarTime.format),
            settings: record.settings == WebhookSettings() ? nil : WebhookSettingsDocument(record.settings))
    }
}
