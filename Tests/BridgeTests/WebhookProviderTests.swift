import Authentication
import Credentials
import Foundation
import HTTPMessage
import Testing

@testable import Bridge

struct WebhookProviderTests {
    @Test(arguments: WebhookProvider.allCases)
    func `a webhook of each provider is taken at its key's own URL, and nowhere else`(provider: WebhookProvider) throws
    {
        let fixture = try BridgeFixture()
        let key = try fixture.key(provider: provider)
        let body = #"{"id":"evt_1","type":"thing.happened"}"#
        let fields = try RequestSigner(key).fields(
            signing: Array(body.utf8), messageID: "msg_1", nowSeconds: moment / 1_000_000)
        let path = "/fx/events/webhook/\(key.credential.id)"
        #expect(try fixture.send(.post, path, body, fields: fields).status == 202)
        #expect(try fixture.lastEvent()["authid"] as? String == key.credential.id)
        #expect(try fixture.send(.post, path, body).status == 401)
        // GitLab's token covers no body.
        #expect(try fixture.send(.post, path, body + " ", fields: fields).status == (provider == .gitlab ? 202 : 401))
        guard provider != .gitlab else { return }
        let twice = try fixture.send(.post, path, body, fields: fields + [fields[0]])
        #expect(twice.status == 400 && twice.problem == "duplicated-credential")
        #expect(
            try fixture.send(.post, "/fx/events/webhook", body, fields: fields).status
                == (provider == .github ? 202 : 401))
    }

    @Test func `a timestamp is judged by the moment of arrival`() throws {
        let fixture = try BridgeFixture()
        let key = try fixture.key(provider: .slack)
        let path = "/fx/events/webhook/\(key.credential.id)"
        for (skew, status) in [(Int64(-301), 401), (-300, 202), (300, 202), (301, 401)] {
            let fields = try RequestSigner(key).fields(
                signing: Array("1".utf8), messageID: "", nowSeconds: moment / 1_000_000 + skew)
            #expect(try fixture.send(.post, path, "1", fields: fields).status == status)
        }
        #expect(fixture.log.taken().contains { $0.contains("timestamp-outside-tolerance") })
    }

    @Test func `who fails too often is told to wait, and who is good gets in from the same address`() throws {
        let fixture = try BridgeFixture(failuresPerMinute: 60, failuresBurst: 3)
        let (key, token) = (try fixture.key(), try fixture.token())
        let wrong = [("X-Hub-Signature-256", key.signature(of: "another body"))]
        let path = "/fx/events/webhook/\(key.credential.id)"
        for _ in 0..<3 { #expect(try fixture.send(.post, path, "1", fields: wrong).status == 401) }
        let limited = try fixture.send(.post, path, "1", fields: wrong)
        #expect(limited.status == 429 && limited.problem == "too-many-failures" && limited.field("Retry-After") == "1")
        #expect(try fixture.send(.get, "/fx/cid/x").status == 429, "on every route")
        #expect(try fixture.send(.post, "/fx/events/generic", "1", token: token).status == 202)
        let right = [("X-Hub-Signature-256", key.signature(of: "1"))]
        #expect(try fixture.send(.post, path, "1", fields: right).status == 202)
        fixture.clock.withLock { $0 += 1_000_000 }
        #expect(try fixture.send(.post, path, "1", fields: wrong).status == 401)
    }
}
