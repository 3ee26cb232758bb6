import Testing

@testable import Authentication

@Suite("A principal")
struct PrincipalTests {
    private func principal(scopes: Scopes = .eventsWrite, sources: [String] = [], types: [String] = []) throws
        -> Principal
    {
        let record = try makeToken(scopes: scopes, sources: sources, types: types).record
        return Principal(token: Principal.Grant(record.credential))
    }

    @Test("without a scope is told which kind of thing is missing")
    func scopes() throws {
        let writer = try principal(scopes: .eventsWrite)
        try writer.allows(.eventsWrite)
        let refusal = error { try writer.allows(.statusRead) }
        #expect(refusal == .scopeMissing(.statusRead, credentialID: writer.credentialID))
        #expect(refusal?.reason == "scope-missing")
        #expect(refusal?.credentialID == writer.credentialID)
    }

    @Test("without globs may name any source and type")
    func unlimited() throws {
        try principal().allows(source: "", type: "x")
    }

    @Test("with globs may name what one of them matches")
    func globs() throws {
        let limited = try principal(sources: ["/ci/*", "/cd/*"], types: ["build.*"])
        try limited.allows(source: "/ci/a", type: "build.done")
        try limited.allows(source: "/cd/b", type: "build.")
        #expect(error { try limited.allows(source: "/x", type: "build.done") }?.reason == "source-not-allowed")
        #expect(error { try limited.allows(source: "/ci/a", type: "deploy") }?.reason == "type-not-allowed")
        #expect(error { try limited.allows(source: "/x", type: "deploy") }?.reason == "source-not-allowed")
    }

    @Test("of a token and a key may do only what both may")
    func intersection() throws {
        let token = try principal(scopes: [.eventsWrite, .statusRead], sources: ["/ci/*"])
        let record = try makeKey(
            "keykeykeykey", secrets: [], scopes: [.eventsWrite, .executionsWrite], sources: ["*/main"])
        let webhook = WebhookKey(id: "keykeykeykey", provider: .stripe, settings: WebhookSettings())
        let key = Principal(
            key: Principal.Grant(record.credential),
            signature: VerifiedSignature(key: webhook, signedSeconds: noon, isByReplacedSecret: false))
        let both = Principal(token: token, key: key)
        #expect(both.credentialID == token.credentialID)
        #expect(both.scopes == .eventsWrite)
        #expect(both.kind == .accessTokenAndSecretKey)
        #expect(both.signature?.key === webhook)
        #expect(both.signature?.signedSeconds == noon)
        try both.allows(source: "/ci/main", type: "t")
        #expect(error { try both.allows(source: "/ci/dev", type: "t") }?.reason == "source-not-allowed")
        #expect(error { try both.allows(source: "/cd/main", type: "t") }?.reason == "source-not-allowed")
    }
}
