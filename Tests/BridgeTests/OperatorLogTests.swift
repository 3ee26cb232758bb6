import HTTPMessage
import Testing

@testable import Bridge

struct OperatorLogTests {
    @Test func `a refused request is one line with what the answer does not say`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token(scopes: ["status:read"])
        let answer = try fixture.send(.post, "/fx/events/generic", "1", token: token, requestID: "5f0c")
        #expect(
            fixture.log.taken().map(withoutTimes) == [
                "notice request refused id=5f0c remote=192.0.2.7 method=POST route=events_generic "
                    + "path=/fx/events/generic status=403 bytes_in=1 bytes_out=\(answer.body.utf8.count) us=N tenant=acme "
                    + "credential=\(token.id) reason=scope-missing"
            ])
    }

    @Test func `a served request is one line, with the time it waited for the disk`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        let fields = [("X-Correlation-ID", "nightly")]
        let answer = try fixture.send(.post, "/fx/events/generic", "[1]", token: token, fields: fields, requestID: "7a")
        _ = try fixture.send(.get, "/fx/executions/none", token: token)
        #expect(
            fixture.log.taken().map(withoutTimes) == [
                "info request id=7a remote=192.0.2.7 method=POST route=events_generic status=202 bytes_in=3 "
                    + "bytes_out=\(answer.body.utf8.count) us=N disk_us=N tenant=acme credential=\(token.id) cid=nightly "
                    + "type=fx.events.generic.incoming",
                "notice request refused remote=192.0.2.7 method=GET route=execution path=/fx/executions/none status=404 "
                    + "bytes_in=0 bytes_out=165 us=N tenant=acme credential=\(token.id) reason=unknown-execution",
            ])
    }

    @Test func `the operator's own questions are for who looks closely`() throws {
        let fixture = try BridgeFixture()
        fixture.log.sink.level = .info
        for path in ["/healthz", "/readyz", "/metrics"] { _ = try fixture.send(.get, path, listener: .operator) }
        #expect(fixture.log.taken().isEmpty)
        fixture.log.sink.level = .debug
        _ = try fixture.send(.get, "/metrics", listener: .operator)
        #expect(
            try #require(fixture.log.taken().first).hasPrefix("debug request remote=192.0.2.7 method=GET route=metrics")
        )
    }

    @Test func `with samples only, a refusal still has its line`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        fixture.log.sink.setSampling(0)
        _ = try fixture.send(.post, "/fx/events/generic", "1", token: token)
        _ = try fixture.send(.post, "/fx/events/generic", "{", token: token)
        #expect(fixture.log.taken().map { $0.contains("reason=malformed-json") } == [true])
    }

    /// The line with all durations replaced.
    private func withoutTimes(_ line: String) -> String {
        line.split(separator: " ").map { part in
            for name in ["us=", "disk_us="] where part.hasPrefix(name) && Int(part.dropFirst(name.count)) != nil {
                return name + "N"
            }
            return String(part)
        }.joined(separator: " ")
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
        #expect(!log.replacing("path=/fx/events/webhook/geheimnis ", with: "").contains("geheim"))
        let tokens = [token.text.revealed, sender.text.revealed]
        let secrets = tokens + [key.secrets[0].value.revealed, String(signature.dropFirst(7))]
        for secret in secrets { #expect(!log.contains(secret)) }
    }

    @Test func `a sender's path cannot forge a line, and a long one is cut`() throws {
        let fixture = try BridgeFixture()
        _ = try fixture.send(.get, "/\nerror forged\u{1B}[2J\"", requestID: "")
        let line = try #require(fixture.log.taken().first)
        #expect(!line.contains("\n") && !line.contains("\u{1B}"))
        #expect(line.contains(#"path="/\u000aerror forged\u001b[2J\"""#))
        _ = try fixture.send(.other(String(repeating: "X", count: 9000)), String(repeating: "/x", count: 9000))
        #expect(try #require(fixture.log.taken().first).utf8.count < 1300)
    }
}
