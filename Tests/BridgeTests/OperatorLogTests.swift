import HTTPMessage
import Testing

@testable import Bridge

struct OperatorLogTests {
    @Test func `a refused request is one line with what the answer does not say`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token(scopes: ["status:read"])
        _ = try fixture.send(.post, "/fx/events/generic", "1", token: token, requestID: "5f0c")
        #expect(
            fixture.log.taken() == [
                "notice request refused credential=\(token.id) method=POST path=\"/fx/events/generic\" "
                    + "reason=scope-missing remote=192.0.2.7 request=5f0c status=403"
            ])
    }

    @Test func `a served request is no line here, the front server writes one`() throws {
        let fixture = try BridgeFixture()
        _ = try fixture.send(.post, "/fx/events/generic", "1", token: fixture.token())
        #expect(fixture.log.taken().isEmpty)
    }

    @Test func `no token, secret, signature or body is ever in the log`() throws {
        let fixture = try BridgeFixture()
        let (token, key) = (try fixture.token(scopes: ["status:read"]), try fixture.key(scopes: ["status:read"]))
        let body = #"{"event_source":"geheim","event_type":"geheim","payload":"geheim","geheim"}"#
        let signature = key.signature(of: body)
        fixture.disk.trouble.withLock { $0.isBroken = true }
        let sender = try fixture.token()
        for path in ["/fx/events", "/fx/events/generic", "/fx/events/webhook", "/fx/events/webhook/geheimnis", "/no"] {
            for (sent, with) in [(body, token), (body, sender), (#"{"payload":"geheim"}"#, sender), ("[1]", sender)] {
                _ = try fixture.send(.post, path, sent, token: with, fields: [("X-Correlation-ID", "geh eim")])
                _ = try fixture.send(.post, path, sent, token: with)
                _ = try fixture.send(.post, path, sent, fields: [("X-Hub-Signature-256", signature)])
                _ = try fixture.send(.post, path, sent, fields: [("X-Hub-Signature-256", "sha256=" + signature)])
                _ = try fixture.send(.post, path, sent, token: with, contentType: "geheim/text")
            }
        }
        let log = fixture.log.taken().joined(separator: "\n")
        #expect(log.contains("fdatasync"))
        #expect(!log.replacing("path=\"/fx/events/webhook/geheimnis\"", with: "").contains("geheim"))
        let tokens = [token.text.revealed, sender.text.revealed]
        let secrets = tokens + [key.secrets[0].value.revealed, String(signature.dropFirst(7))]
        for secret in secrets { #expect(!log.contains(secret)) }
    }

    @Test func `a sender's path cannot forge a line, and a long one is cut`() throws {
        let fixture = try BridgeFixture()
        _ = try fixture.send(.get, "/\nerror forged\u{1B}[2J\"", requestID: "")
        let line = try #require(fixture.log.taken().first)
        #expect(!line.contains("\n") && !line.contains("\u{1B}"))
        #expect(line.contains(#"path="/\nerror forged\u{1B}[2J\"""#))
        _ = try fixture.send(.other(String(repeating: "X", count: 9000)), String(repeating: "/x", count: 9000))
        #expect(try #require(fixture.log.taken().first).utf8.count < 500)
    }
}
