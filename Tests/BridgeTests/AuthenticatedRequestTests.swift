import Authentication
import Foundation
import HTTPMessage
import Testing

@testable import Bridge

struct AuthenticatedRequestTests {
    private static let signatureField = "X-Hub-Signature-256"
    private static let posts = [
        ("/fx/events", #"{"event_source":"s","event_type":"t","payload":1}"#), ("/fx/events/generic", "[1]"),
        ("/fx/events/webhook", "[2]"),
    ]

    @Test func `a token lets in on every route`() throws {
        let fixture = try BridgeFixture()
        let (token, key) = (try fixture.token(), try fixture.key())
        for (path, body) in Self.posts + [("/fx/events/webhook/\(key.credential.id)", "[3]")] {
            #expect(try fixture.send(.post, path, body, token: token).status == 202)
            #expect(try fixture.lastEvent()["authid"] as? String == token.id)
        }
        let cid = try fixture.send(.post, "/fx/events/generic", "1", token: token).cid
        #expect(try fixture.send(.get, "/fx/cid/\(cid)", token: token).status == 200)
        try fixture.waitForIndex(of: cid)
        #expect(try fixture.send(.get, "/fx/executions/none", token: token).problem == "unknown-execution")
    }

    @Test func `a signature over the body lets in on every route that takes one`() throws {
        let fixture = try BridgeFixture()
        let key = try fixture.key()
        for (path, body) in Self.posts + [("/fx/events/webhook/\(key.credential.id)", "[3]")] {
            let fields = [(Self.signatureField, key.signature(of: body))]
            #expect(try fixture.send(.post, path, body, fields: fields).status == 202)
            #expect(try fixture.lastEvent()["authid"] as? String == key.credential.id)
            #expect(try fixture.send(.post, path, body + " ", fields: fields).status == 401, "of another body")
        }
    }

    @Test func `where there is no body, a signature over the path as it was sent lets in`() throws {
        let fixture = try BridgeFixture()
        let (key, token) = (try fixture.key(), try fixture.token())
        _ = try fixture.send(
            .post, "/fx/events/generic", "1", token: token, fields: [("X-Correlation-ID", "a:b")])
        for path in ["/fx/cid/a:b", "/fx/cid/a%3ab"] {
            let fields = [(Self.signatureField, key.signature(of: path))]
            let answer = try fixture.send(.get, path, fields: fields)
            #expect(answer.status == 200)
            #expect(answer.cid == "a:b")
            #expect(try fixture.send(.head, path, fields: fields).status == 200)
            #expect(try fixture.send(.get, "/fx/cid/a:c", fields: fields).status == 401)
        }
        let ofNothing = [(Self.signatureField, key.signature(of: ""))]
        #expect(try fixture.send(.get, "/fx/cid/a:b", fields: ofNothing).status == 401)
    }

    @Test func `a token and a signature together must both be good and allow what both allow`() throws {
        let fixture = try BridgeFixture()
        let key = try fixture.key(scopes: ["events:write"])
        let (own, foreign) = (try fixture.token(), try fixture.token(tenant: "other"))
        let good = [(Self.signatureField, key.signature(of: "1"))]
        let wrong = [(Self.signatureField, key.signature(of: "2"))]
        #expect(try fixture.send(.post, "/fx/events/generic", "1", token: own, fields: good).status == 202)
        #expect(try fixture.lastEvent()["authid"] as? String == own.id)
        #expect(try fixture.send(.post, "/fx/events/generic", "1", token: own, fields: wrong).status == 401)
        #expect(try fixture.send(.post, "/fx/events/generic", "1", token: foreign, fields: good).status == 401)
        let reading = [(Self.signatureField, key.signature(of: "/fx/cid/c"))]
        #expect(try fixture.send(.get, "/fx/cid/c", token: own).status == 404)
        #expect(try fixture.send(.get, "/fx/cid/c", token: own, fields: reading).status == 403)
    }

    @Test func `a credential header that came twice is 400 and names it`() throws {
        let fixture = try BridgeFixture()
        let (token, key) = (try fixture.token(), try fixture.key())
        let value = token.text.revealed
        let signature = key.signature(of: "1")
        for fields in [[("X-API-KEY", value), ("x-api-key", value)], [("X-API-KEY", "\(value), \(value)")]] {
            let answer = try fixture.send(.post, "/fx/events/generic", "1", fields: fields)
            #expect(answer.status == 400)
            #expect(answer.problem == "duplicated-credential")
            #expect(answer.json["member"] as? String == "X-API-KEY")
            #expect(try fixture.send(.get, "/fx/cid/c", fields: fields).status == 400)
        }
        let answer = try fixture.send(
            .post, "/fx/events/webhook", "1",
            fields: [(Self.signatureField, signature), (Self.signatureField, signature)])
        #expect(answer.status == 400)
        #expect(answer.json["member"] as? String == Self.signatureField)
    }

    @Test func `every 401 is the same answer, and the log alone knows the reason`() throws {
        let fixture = try BridgeFixture()
        let now = moment / 1_000_000
        let (token, revoked) = (try fixture.token(), try fixture.token())
        let (expiring, foreign) = (try fixture.token(expiresSeconds: now + 5), try fixture.token(tenant: "other"))
        let (key, gone) = (try fixture.key(), try fixture.key(expiresSeconds: now + 5))
        try fixture.revoke(token: revoked)
        fixture.clock.withLock { $0 += 5_000_000 }
        let text = token.text.revealed
        var dice = SeededGenerator(state: 99)
        let unknown = AccessToken.make(id: CredentialID.make(using: &dice), using: &dice).text.revealed
        let otherSecret = AccessToken.make(id: token.id, using: &dice).text.revealed
        let wrongChecksum = String(text.dropLast()) + (text.hasSuffix("0") ? "1" : "0")
        let good = key.signature(of: "1")
        let cases: [(path: String, fields: [(String, String)], reason: String, id: String?)] = [
            ("", [], "credential-missing", nil), ("", [("X-API-KEY", "")], "credential-missing", nil),
            ("", [("X-API-KEY", "secret")], "token-malformed", nil),
            ("", [("X-API-KEY", wrongChecksum)], "token-checksum-wrong", nil),
            ("", [("X-API-KEY", unknown)], "token-unknown", nil),
            ("", [("X-API-KEY", otherSecret)], "token-secret-wrong", token.id),
            ("", [("X-API-KEY", revoked.text.revealed)], "token-revoked", revoked.id),
            ("", [("X-API-KEY", expiring.text.revealed)], "token-expired", expiring.id),
            ("", [(Self.signatureField, "sha1=00")], "signature-malformed", nil),
            ("", [(Self.signatureField, key.signature(of: "2"))], "signature-mismatch", nil),
            ("/nosuchkey", [(Self.signatureField, good)], "key-unknown", nil),
            (
                "/\(gone.credential.id)", [(Self.signatureField, gone.signature(of: "1"))], "key-expired",
                gone.credential.id
            ),
            ("", [("X-API-KEY", foreign.text.revealed), (Self.signatureField, good)], "tenants-differ", foreign.id),
        ]
        _ = fixture.log.taken()
        var answers: [Answer] = []
        for entry in cases {
            answers.append(try fixture.send(.post, "/fx/events/webhook" + entry.path, "1", fields: entry.fields))
            let lines = fixture.log.taken()
            #expect(lines.count == 1)
            let line = try #require(lines.first) + " "
            #expect(line.hasPrefix("notice request refused "))
            #expect(line.contains(" reason=\(entry.reason) "), "\(line)")
            #expect(line.contains(" credential=") == (entry.id != nil), "\(line)")
            if let id = entry.id { #expect(line.contains(" credential=\(id) ")) }
            for (_, value) in entry.fields where !value.isEmpty { #expect(!line.contains(value)) }
        }
        #expect(Set(cases.map(\.reason)).count == 12)
        #expect(answers.allSatisfy { $0 == answers[0] })
        #expect(
            answers[0].body
                == #"{"type":"urn:fx-bridge:problem:unauthorized","title":"The request is not authenticated","#
                + #""status":401}"#)
        #expect(answers[0].field("WWW-Authenticate") == "ApiKey, Bearer")
        #expect(try fixture.spoolLines().isEmpty)
    }

    @Test func `a credential without the scope is 403`() throws {
        let fixture = try BridgeFixture()
        let (reader, sender) = (try fixture.token(scopes: ["status:read"]), try fixture.token(scopes: ["events:write"]))
        for (path, body) in Self.posts {
            let answer = try fixture.send(.post, path, body, token: reader)
            #expect(answer.status == 403)
            #expect(answer.problem == "scope-missing")
        }
        for path in ["/fx/cid/c", "/fx/executions/e"] {
            #expect(try fixture.send(.get, path, token: sender).status == 403)
        }
        #expect(try fixture.spoolLines().isEmpty)
    }

    @Test func `a credential for other sources or types is 403, judged by what would be stored`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token(sources: ["/ci/*", "a%20b"], types: ["com.example.*"])
        func problem(_ source: String, _ type: String) throws -> String {
            try fixture.send(
                .post, "/fx/events", #"{"event_source":"\#(source)","event_type":"\#(type)","payload":1}"#, token: token
            ).problem
        }
        #expect(try problem("/ci/build", "com.example.x") == "")
        #expect(try problem("a b", "com.example.x") == "")
        #expect(try problem("/shop", "com.example.x") == "source-not-allowed")
        #expect(try problem("/ci/build", "org.example") == "type-not-allowed")
        #expect(try fixture.send(.post, "/fx/events/generic", "1", token: token).status == 403)
        #expect(try fixture.spoolLines().count == 2)
    }

    @Test func `a token is good to its last second, and a revoked one is not`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token(expiresSeconds: moment / 1_000_000 + 1)
        let lasting = try fixture.token()
        func status(_ token: AccessToken) throws -> Int {
            try fixture.send(.post, "/fx/events/generic", "1", token: token).status
        }
        #expect(try status(token) == 202)
        fixture.clock.withLock { $0 += 1_000_000 }
        #expect(try status(token) == 401)
        #expect(try status(lasting) == 202)
        try fixture.revoke(token: lasting)
        #expect(try status(lasting) == 401)
    }

    @Test func `the bare webhook path tries eight keys, the oldest, and every key has a path of its own`() throws {
        let fixture = try BridgeFixture()
        // Made in one second: then the order in which they were made counts.
        let keys = try (0..<10).map { _ in try fixture.key() }
        for (index, key) in keys.enumerated() {
            let fields = [(Self.signatureField, key.signature(of: "1"))]
            let bare = try fixture.send(.post, "/fx/events/webhook", "1", fields: fields)
            #expect(bare.status == (index < 8 ? 202 : 401))
            let path = "/fx/events/webhook/\(key.credential.id)"
            #expect(try fixture.send(.post, path, "1", fields: fields).status == 202)
            let other = "/fx/events/webhook/\(keys[(index + 1) % 10].credential.id)"
            #expect(try fixture.send(.post, other, "1", fields: fields).status == 401, "no other key is tried")
        }
    }

    @Test func `with a token the key in the path must be one of the tenant's`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        let (own, foreign) = (try fixture.key(), try fixture.key(tenant: "other"))
        func send(_ id: String) throws -> Answer {
            try fixture.send(.post, "/fx/events/webhook/\(id)", "1", token: token)
        }
        #expect(try send(own.credential.id).status == 202)
        #expect(try send("nosuchkey").problem == "unknown-key")
        #expect(try send("nosuchkey") == send(foreign.credential.id), "a key of another tenant does not exist")
        #expect(try send("nosuchkey").status == 404)
    }

    @Test func `what one tenant submitted does not exist for another`() throws {
        let fixture = try BridgeFixture()
        let (own, foreign) = (try fixture.token(), try fixture.token(tenant: "other"))
        let cid = try fixture.send(.post, "/fx/events/generic", "1", token: own).cid
        #expect(try fixture.send(.get, "/fx/cid/\(cid)", token: own).status == 200)
        let before = try fixture.send(.get, "/fx/cid/\(cid)", token: foreign)
        #expect(before.status == 404)
        #expect(before == (try fixture.send(.get, "/fx/cid/nothing", token: foreign)))
        try fixture.waitForIndex(of: cid)
        #expect(try fixture.send(.get, "/fx/cid/\(cid)", token: own).status == 200)
        #expect(try fixture.send(.get, "/fx/cid/\(cid)", token: foreign) == before)
    }
}
