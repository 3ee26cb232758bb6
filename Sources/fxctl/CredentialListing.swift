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
    var created: String
    var expires: String?
    var revoked: String?
    /// `good`, `expired` or `revoked`.
    var status: String

    enum CodingKeys: String, CodingKey {
        case id, tenant, name, scopes, sources, types, provider, path, settings
        case isTriedOnBareURL = "bare_url"
        case created, expires, revoked, status
    }

    init(_ credential: Credential, nowSeconds: Int64) {
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
    }

    init(_ record: SecretKeyRecord, keyRing: KeyRing, nowSeconds: Int64) {
        self.init(record.credential, nowSeconds: nowSeconds)
        provider = record.provider.rawValue
        settings = record.settings == WebhookSettings() ? nil : WebhookSettingsDocument(record.settings)
        path = "/fx/events/webhook/\(record.credential.id)"
        isTriedOnBareURL = keyRing.isTriedOnBareURL(keyID: record.credential.id, nowSeconds: nowSeconds)
    }

    /// A table for a terminal; `-` stands for nothing.
    static func table(_ listings: [CredentialListing]) -> String {
        let isOfKeys = listings.contains { $0.path != nil }
        var header = ["ID", "TENANT", "NAME", "STATUS", "SCOPES", "SOURCES", "TYPES", "CREATED", "EXPIRES"]
        if isOfKeys { header += ["PROVIDER", "BARE URL"] }
        let rows = listings.map { listing in
            var row = [
                listing.id, listing.tenant, listing.name, listing.status, joined(listing.scopes),
                joined(listing.sources), joined(listing.types), listing.created, listing.expires ?? "-",
            ]
            if isOfKeys { row += [listing.provider ?? "-", listing.isTriedOnBareURL == true ? "yes" : "no"] }
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
