import HTTPMessage
import Testing

@testable import Authentication

/// SplitMix64: the same draws in every run.
struct SeededRandomness: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

let noon: Int64 = 1_767_355_200

/// A token and its record, as the store would hold it.
func makeToken(
    seed: UInt64 = 1, tenant: String = "acme", scopes: Scopes = [.eventsWrite, .statusRead], sources: [String] = [],
    types: [String] = [], expires: Int64? = nil, revoked: Int64? = nil
) throws -> (text: [UInt8], record: AccessTokenRecord) {
    var randomness = SeededRandomness(state: seed)
    let id = CredentialID.make(using: &randomness)
    let token = AccessToken.make(id: id, using: &randomness)
    let credential = Credential(
        id: id, tenant: try #require(Tenant(tenant)), name: "token \(seed)", scopes: scopes,
        sources: sources.compactMap(Glob.init), types: types.compactMap(Glob.init), createdSeconds: noon - 60,
        expiresSeconds: expires, revokedSeconds: revoked)
    return (Array(token.text.utf8), AccessTokenRecord(credential: credential, digest: token.digest))
}

/// A secret key whose secrets are the given texts.
func makeKey(
    _ id: String, secrets: [String], tenant: String = "acme", scopes: Scopes = [.eventsWrite, .statusRead],
    sources: [String] = [], created: Int64 = noon - 60, expires: Int64? = nil, revoked: Int64? = nil,
    secretExpires: [Int64?] = [], provider: WebhookProvider = .github, settings: WebhookSettings = WebhookSettings()
) throws -> SecretKeyRecord {
    let credential = Credential(
        id: id, tenant: try #require(Tenant(tenant)), name: id, scopes: scopes, sources: sources.compactMap(Glob.init),
        createdSeconds: created, expiresSeconds: expires, revokedSeconds: revoked)
    return SecretKeyRecord(
        credential: credential, provider: provider, settings: settings,
        secrets: secrets.enumerated().map { position, text in
            .init(
                value: Secret(text), createdSeconds: created + Int64(position),
                expiresSeconds: position < secretExpires.count ? secretExpires[position] : nil)
        })
}

func single(_ text: String) -> PresentedHeader { .single(ArraySlice(text.utf8)) }
func single(_ bytes: [UInt8]) -> PresentedHeader { .single(bytes[...]) }

/// The fields of a request that GitHub would sign like this.
func hub(_ values: String...) -> HTTPFields { fields(values.map { ("X-Hub-Signature-256", $0) }) }

func fields(_ pairs: [(String, String)]) -> HTTPFields {
    var fields = HTTPFields()
    for (name, value) in pairs { fields.append(name, value) }
    return fields
}

/// The error that `body` throws.
func error(_ body: () throws -> some Any) -> AuthenticationError? {
    do {
        _ = try body()
        return nil
    } catch {
        return error as? AuthenticationError
    }
}
