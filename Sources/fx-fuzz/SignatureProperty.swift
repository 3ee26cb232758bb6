import Authentication
import HTTPMessage

/// Nobody who does not know the secret is let in, whatever the header fields say; and who is let in by none of them
/// never crashes the way there.
enum SignatureProperty {
    private static let now: Int64 = 1_767_355_200
    private static let rings: [(id: String, ring: KeyRing)] = WebhookProvider.allCases.compactMap { provider in
        guard let tenant = Tenant("acme") else { return nil }
        let id = "key\(provider.rawValue.filter { $0.isLetter || $0.isNumber })"
        let credential = Credential(
            id: id, tenant: tenant, name: "fuzz", scopes: [.eventsWrite], sources: [], types: [], createdSeconds: 0)
        // 24 bytes, as Standard Webhooks asks; in no corpus.
        let secret = Secret("whsec_q83vEjRWeJASNFZ4kBI0VniQq83vEjRW")
        var settings = WebhookSettings()
        if provider == .generic {
            settings.scheme = try? GenericScheme(header: "X-Signature", timestampHeader: "X-Timestamp")
        }
        let record = SecretKeyRecord(
            credential: credential, provider: provider, settings: settings,
            secrets: [.init(value: secret, createdSeconds: 0)])
        return (id, KeyRing(tokens: [], secretKeys: [record]))
    }

    /// - Parameter input: a byte that chooses the provider, `Name: value` lines, an empty line, the body.
    static func check(_ input: [UInt8]) {
        guard let first = input.first else { return }
        let chosen = rings[Int(first) % rings.count]
        var fields = HTTPFields()
        var token: ArraySlice<UInt8>?
        var rest = input.dropFirst()
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")), end > rest.startIndex {
            let line = rest[..<end]
            rest = rest[(end + 1)...]
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
            let name = String(decoding: line[..<colon], as: UTF8.self)
            let value = String(decoding: line[(colon + 1)...].drop { $0 == UInt8(ascii: " ") }, as: UTF8.self)
            if name == "X-API-KEY" { token = ArraySlice(value.utf8) }
            fields.append(name, value)
        }
        let header = token.map { PresentedHeader.single($0) } ?? .absent
        for keyID in [nil, chosen.id, "another"] as [String?] {
            let presented = PresentedCredentials(apiKey: header, fields: fields, keyID: keyID)
            let principal = try? chosen.ring.authenticate(presented, signed: Array(rest), nowSeconds: now)
            precondition(principal == nil, "somebody was let in without the secret")
            if keyID == chosen.id {
                _ = chosen.ring.diagnose(keyID: chosen.id, fields: fields, body: Array(rest), nowSeconds: now)
            }
        }
    }
}
