import Foundation
import HTTPMessage
import Testing

@testable import Bridge

struct OperatorRouteTests {
    @Test func `health and readiness are on the operator's listener, and nothing else is`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        let health = try fixture.send(.get, "/healthz", listener: .operator)
        #expect(health.status == 200)
        #expect(health.body == #"{"status":"ok"}"#)
        #expect(health.field("Cache-Control") == "no-store")
        #expect(try fixture.send(.head, "/healthz", listener: .operator).isBodyOmitted)
        #expect(try fixture.send(.post, "/healthz", listener: .operator).field("Allow") == "GET, HEAD, OPTIONS")
        for path in ["/healthz", "/readyz"] { #expect(try fixture.send(.get, path, token: token).status == 404) }
        for path in ["/fx/events", "/fx/events/generic", "/fx/cid/c", "/fx/openapi.json"] {
            #expect(try fixture.send(.post, path, "1", token: token, listener: .operator).status == 404)
            #expect(try fixture.send(.get, path, token: token, listener: .operator).status == 404)
        }
    }

    @Test func `readiness names every check and what is wrong with those that fail`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        let cid = try fixture.send(.post, "/fx/events/generic", "1", token: token).cid
        try fixture.waitForIndex(of: cid)
        let ready = try fixture.send(.get, "/readyz", listener: .operator)
        #expect(ready.status == 200)
        #expect(
            ready.body
                == #"{"status":"ready","checks":[{"name":"spool","status":"ok"},{"name":"index","status":"ok"},"#
                + #"{"name":"credentials","status":"ok"}]}"#)

        fixture.disk.trouble.withLock { $0.isBroken = true }
        _ = try fixture.send(.post, "/fx/events/generic", "1", token: token)
        let failed = try fixture.send(.get, "/readyz", listener: .operator)
        #expect(failed.status == 503)
        #expect(failed.json["status"] as? String == "not ready")
        let checks = try #require(failed.json["checks"] as? [[String: String]])
        #expect(checks.map { $0["status"] } == ["failed", "ok", "ok"])
        #expect(try #require(checks[0]["reason"]).hasPrefix("fdatasync "))
        #expect(try fixture.send(.get, "/healthz", listener: .operator).status == 200, "it lives all the same")

        fixture.disk.trouble.withLock { $0.isBroken = false }
        _ = try fixture.send(.post, "/fx/events/generic", "1", token: token)
        #expect(try fixture.send(.get, "/readyz", listener: .operator).status == 200)
    }

    @Test func `readiness says that the credentials in force are not those of the file`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        try overwrite(fixture.directory.credentials, with: "{")
        fixture.credentials.reload()
        let failed = try fixture.send(.get, "/readyz", listener: .operator)
        #expect(failed.status == 503)
        let checks = try #require(failed.json["checks"] as? [[String: String]])
        #expect(checks.map { $0["name"] } == ["spool", "index", "credentials"])
        #expect(try #require(checks[2]["reason"]).contains("is not JSON"))
        #expect(try fixture.send(.post, "/fx/events/generic", "1", token: token).status == 202, "the last good ones")
    }
}
