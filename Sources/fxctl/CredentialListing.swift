import Authentication
import Credentials

/// A credential as lists and answers show it: everything but what is secret.
struct CredentialListing: Encodable {
    var id: String
    var tenant: String
    var name: String
    var scopes: [String]
    var sources: [String]
    var types: [String]
    /// Of secret keys only.
    var provider: String?
    /// Of secret keys only: where the provider sends to.
    var path: String?
    /// Of secret keys only: whether `/fx/events/webhook` tries it too.
    var isTriedOnBareURL: Bool?
    /// Of secret keys only: what is not as by default.
    var settings: WebhookSettingsDocument?
    /// Of secret keys only: the oldest first.
    var secrets: [SecretListing]?
    var created: String
    var expires: String?
    var revoked: String?
    /// `good`, `expired` or `revoked`.
    var status: String
    var lastUsed: String?

    /// One secret of a key, without the secret.
    struct SecretListing: Encodable {
        var created: String
        /// When it ends, or has ended.
        var expires: String?
        /// `current`, `replaced` while it is still good beside a newer one, or `ended`.
        var status: String
        var lastUsed: String?

        enum CodingKeys: String, CodingKey {
            case created, expires, status
            case lastUsed = "last_used"
        }
    }

    enum CodingKeys: String, CodingKey {
        case id, tenant, name, scopes, sources, types, provider, path, settings
        case isTriedOnBareURL = "bare_url"
        case secrets, created, expires, revoked, status
        case lastUsed = "last_used"
    }

    init(_ credential: Credential, uses: [CredentialUse] = [], nowSeconds: Int64) {
        id = credential.id
        tenant = credential.tenant.name
        name = credential.name
        scopes = credential.scopes.names
        sources = credential.sources.map(\.pattern)
        types = credential.types.map(\.pattern)
        created = CalendarTime.format(credential.createdSeconds)
        expires = credential.expiresSeconds.map(CalendarTime.format)
        revoked = credential.revokedSeconds.map(CalendarTime.format)
        status = credential.standing(nowSeconds: nowSeconds).rawValue
        let own = uses.filter { $0.credentialID == credential.id }
        lastUsed = own.compactMap(\.lastUsedSeconds).max().map(CalendarTime.format)
    }

    init(_ record: SecretKeyRecord, keyRing: KeyRing, uses: [CredentialUse] = [], nowSeconds: Int64) {
        self.init(record.credential, uses: uses, nowSeconds: nowSeconds)
        secrets = record.secrets.enumerated().map { index, secret in
            let isLive = secret.expiresSeconds.map { nowSeconds < $0 } ?? true
            let use = uses.first {
                $0.credentialID == record.credential.id && $0.secretCreatedSeconds == secret.createdSeconds
            }
            return SecretListing(
                created: CalendarTime.format(secret.createdSeconds),
                expires: secret.expiresSeconds.map(CalendarTime.format),
                status: !isLive ? "ended" : index + 1 < record.secrets.count ? "replaced" : "current",
                lastUsed: use?.lastUsedSeconds.map(CalendarTime.format))
        }
        provider = record.provider.rawValue
        settings = record.settings == WebhookSettings() ? nil : WebhookSettingsDocument(record.settings)
        path = "/fx/events/webhook/\(record.credential.id)"
        isTriedOnBareURL = keyRing.isTriedOnBareURL(keyID: record.credential.id, nowSeconds: nowSeconds)
    }

    /// Whether secrets come from the provider, who takes none.
    var isSecretMadeByProvider: Bool {
        switch provider.flatMap(WebhookProvider.init) {
        case .stripe, .slack, .shopify: true
        case .github, .gitlab, .standard, .generic, nil: false
        }
    }

    /// What the secret that a newer one replaces is still used for: `until 2026-01-02T…, used 2026-01-01T…`.
    private var formerSecret: String? {
        guard let secrets, secrets.count > 1, let former = secrets.first else { return nil }
        let end = former.status == "ended" ? "ended" : former.expires.map { "until \($0)" } ?? "good"
        return "\(end), \(former.lastUsed.map { "used \($0)" } ?? "not used")"
    }

    /// A table for a terminal; `-` stands for nothing.
    static func table(_ listings: [CredentialListing]) -> String {
        let isOfKeys = listings.contains { $0.path != nil }
        var header = [
            "ID", "TENANT", "NAME", "STATUS", "SCOPES", "SOURCES", "TYPES", "CREATED", "EXPIRES", "LAST USED",
        ]
        if isOfKeys { header += ["PROVIDER", "BARE URL", "FORMER SECRET"] }
        let rows = listings.map { listing in
            var row = [
                listing.id, listing.tenant, listing.name, listing.status, joined(listing.scopes),
                joined(listing.sources), joined(listing.types), listing.created, listing.expires ?? "-",
                listing.lastUsed ?? "-",
            ]
            if isOfKeys {
                let isOnBareURL = listing.isTriedOnBareURL == true ? "yes" : "no"
                row += [listing.provider ?? "-", isOnBareURL, listing.formerSecret ?? "-"]
            }
            return row
        }
        return TextTable.text([header] + rows)
    }

    private static func joined(_ texts: [String]) -> String {
        texts.isEmpty ? "-" : texts.joined(separator: ",")
    }
}

/// What revoking answers.
struct RevocationAnswer: Encodable {
    var id: String
    var revoked: String?

    init(_ credential: Credential) {
        id = credential.id
        revoked = credential.revokedSeconds.map(CalendarTime.format)
    }
}
