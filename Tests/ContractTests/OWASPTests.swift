import Foundation
import Testing

/// The OWASP API Security Top 10 (2023), item by item, with the tenants `acme` and `other`.
///
/// API6, sensitive business flows, is left out: a machine that sends many events is what the product is for. What bounds
/// it is API4's, and the globs of API5.
@Suite struct OWASPTests {
    @Test func `API1 object level: nothing of one tenant is read, written to or told apart by another`() throws {
        let site = try Self.site()
        let cid = freshCID()
        _ = try site.acme.post("/fx/events/generic", "1", [("X-Correlation-ID", cid)])
        let report = #"{"cid":"\#(cid)","execution_id":"\#(cid)","service":"s","status":"completed"}"#
        #expect(try site.acme.post("/fx/executions", report).status == 202)
        try waitUntil("the report is in the index") { try site.acme.get("/fx/executions/" + cid).status == 200 }

        for path in ["/fx/cid/", "/fx/executions/"] {
            let foreign = try site.other.get(path + cid)
            let unknown = try site.other.get(path + freshCID())
            #expect(foreign.status == 404)
            #expect(foreign.problem?.type == unknown.problem?.type)
            #expect(foreign.problem?.detail == unknown.problem?.detail)
        }
        #expect(try site.other.post("/fx/executions", report).status == 404)
        let key = try site.site.makeSecret(tenant: "acme")
        #expect(try site.other.post(key.path, "1").status == 404)
        // The same cid is another one to another tenant.
        #expect(try site.other.post("/fx/events/generic", "2", [("X-Correlation-ID", cid)]).status == 202)
        #expect(try site.acme.get("/fx/cid/" + cid).text.contains(#""execution_id":"\#(cid)""#))
        #expect(try site.other.get("/fx/cid/" + cid).text == #"{"cid":"\#(cid)","executions":[]}"#)
    }

    @Test func `API2 authentication: a credential counts where it belongs, whole, alone and until it is revoked`()
        throws
    {
        let site = try Self.site()
        let token = site.acme.token
        for path in ["/fx/cid/x?X-API-KEY=\(token)", "/fx/cid/x?token=\(token)", "/fx/cid/x?access_token=\(token)"] {
            #expect(try site.site.get(path, token: nil).status == 401)
        }
        for field in [("Authorization", "Basic " + token), ("Cookie", "X-API-KEY=" + token), ("X_API_KEY", token)] {
            #expect(try site.site.get("/fx/cid/x", token: nil, fields: [field]).status == 401)
        }
        for wrong in [String(token.dropLast()), token + "A", token.uppercased(), " "] {
            #expect(try site.site.get("/fx/cid/x", token: wrong).status == 401)
        }
        // Two at once are no choice of ours, in one field or in two.
        #expect(try site.site.get("/fx/cid/x", token: token + "," + site.other.token).status == 400)
        let grant = try site.site.makeToken(tenant: "acme")
        #expect(try site.site.get("/fx/cid/x", token: grant.token).status == 404)
        #expect(try site.site.fxctl(["token", "revoke", grant.id]).exit == .code(0))
        try waitUntil("the token is revoked") { try site.site.get("/fx/cid/x", token: grant.token).status == 401 }
    }

    @Test func `API3 object properties: a sender sets none that are the bridge's, and is told none that are inside`()
        throws
    {
        let site = try Self.site()
        let cid = freshCID()
        let mine = #""fxtenant":"other","authid":"x","sequence":"1","correlationid":"x","id":"x","crc32c":"00000000""#
        let body = #"{"event_source":"/s","event_type":"t","payload":{\#(mine)},\#(mine)}"#
        let sent = try site.acme.post("/fx/events", body, [("X-Correlation-ID", cid)])
        if sent.status == 202 {
            let event = try #require(try site.site.spool.events(cid: cid).last)
            #expect(event["fxtenant"] == "acme")
            #expect(event["correlationid"] == cid)
            #expect(event["id"] != "x")
            #expect(event.hasRightChecksum)
            #expect(Set(sent.json.keys) == ["cid", "eventType"])
        } else {
            #expect(sent.status == 400)
        }
        let report =
            #"{"cid":"\#(cid)","execution_id":"\#(cid)","service":"s","status":"failed","fxtenant":"other","writer":"x"}"#
        _ = try site.acme.post("/fx/events/generic", "1", [("X-Correlation-ID", cid)])
        if try site.acme.post("/fx/executions", report).status == 202 {
            let told = try eventually("the report is in the index") {
                let reply = try site.acme.get("/fx/executions/" + cid)
                return reply.status == 200 ? reply : nil
            }
            let members: Set = ["data", "datetime", "execution_id", "execution_time", "service", "status"]
            #expect(Set(told.json.keys) == members)
        }
        #expect(try site.other.get("/fx/executions/" + cid).status == 404)
    }

    @Test func `API4 resources: size, depth, number and rate of what a sender asks have limits`() throws {
        let site = try Self.site()
        let large = "\"" + String(repeating: "x", count: 10 << 20) + "\""
        #expect(try site.acme.post("/fx/events/generic", large).status == 413)
        let deep = String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000)
        #expect(try site.acme.post("/fx/events/generic", deep).status == 400)
        let members = (0..<2000).map { "\"m\($0)\":1" }.joined(separator: ",")
        let crowd = #"{"event_source":"/s","event_type":"t","payload":1,\#(members)}"#
        #expect(try site.acme.post("/fx/events", crowd).status == 400)
        let reports = [String](
            repeating: #"{"cid":"a","execution_id":"b","service":"s","status":"failed"}"#, count: 1001)
        #expect(try site.acme.post("/fx/executions", "[" + reports.joined(separator: ",") + "]").status == 413)
        #expect(try site.acme.get("/fx/cid/" + String(repeating: "x", count: 129)).status != 200)
        // How often: FrontLimitTests, `beyond rate and burst it is 429`. How long: FastCGIPressureTests.
        let config = text(of: site.site.home + "/run/nginx/fx-bridge.conf")
        #expect(config.contains("limit_req zone=fx_bridge ") && config.contains("limit_req zone=fx_bridge_address "))
    }

    @Test func `API5 function level: each scope opens its own routes, and none the operator's`() throws {
        let site = try Self.site()
        let event = #"{"event_source":"/s","event_type":"t","payload":1}"#
        let report = #"{"cid":"a","execution_id":"b","service":"s","status":"failed"}"#
        for scope in ["events:write", "status:read", "executions:write"] {
            let caller = Caller(site: site.site, token: try site.site.makeToken(tenant: "acme", scopes: [scope]).token)
            #expect((try caller.post("/fx/events", event).status == 202) == (scope == "events:write"), "\(scope)")
            #expect((try caller.get("/fx/cid/" + freshCID()).status == 404) == (scope == "status:read"), "\(scope)")
            #expect(
                (try caller.post("/fx/executions", report).status != 403) == (scope == "executions:write"), "\(scope)")
            for path in ["/metrics", "/readyz", "/healthz", "/fx/metrics", "/fx/tokens", "/fx/admin"] {
                #expect(try caller.get(path).status == 404)
            }
            for method in ["PUT", "DELETE", "PATCH"] {
                #expect(try site.site.send(method, "/fx/events", fields: [("X-API-KEY", caller.token)]).status == 405)
            }
        }
    }

    @Test func `API7 SSRF: no address that a sender names is ever called`() throws {
        let site = try Self.site()
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 8) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        try #require(isListening)
        let url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))/latest/meta-data"
        let fields = [
            ("Referer", url), ("Origin", url), ("WebHook-Request-Origin", url), ("WebHook-Request-Callback", url),
        ]
        let event = #"{"event_source":"\#(url)","event_type":"t","payload":{"url":"\#(url)","$ref":"\#(url)"}}"#
        #expect(try site.acme.post("/fx/events", event, fields).status == 202)
        let report =
            #"{"cid":"a","execution_id":"\#(freshCID())","service":"s","status":"failed","data":{"callback":"\#(url)"}}"#
        _ = try site.acme.post("/fx/executions", report, fields)
        #expect(accept(listener, nil, nil) < 0 && errno == EAGAIN)
    }

    @Test func `API8 configuration: nothing is told of the inside, browsers are told to be strict`() throws {
        let site = try Self.site()
        let replies = [
            try site.acme.get("/fx/openapi.json"), try site.acme.get("/fx/cid/x"), try site.acme.get("/nowhere"),
            try site.site.get("/fx/cid/x", token: nil), try site.acme.post("/fx/events", "{"),
            try site.site.send("TRACE", "/fx/events"),
        ]
        for reply in replies {
            #expect(reply.field("X-Content-Type-Options") == "nosniff")
            #expect(reply.field("Content-Security-Policy")?.contains("default-src 'none'") == true)
            #expect(reply.field("Server") == "nginx")
            #expect(reply.field("X-Powered-By") == nil)
            #expect(reply.field("Access-Control-Allow-Origin") == nil)
            for word in [".swift", "/src/", site.site.home, "Fatal", "sqlite"] { #expect(!reply.text.contains(word)) }
        }
        let origin = [("Origin", "https://evil.example"), ("Access-Control-Request-Method", "POST")]
        let preflight = try site.site.send("OPTIONS", "/fx/events", fields: origin)
        #expect(preflight.field("Access-Control-Allow-Origin") == nil)
    }

    @Test func `API9 inventory: what nginx lets through is what the document lists`() throws {
        let site = try Self.site()
        let paths = try #require(try site.acme.get("/fx/openapi.json").json["paths"] as? [String: Any])
        for path in paths.keys {
            // With the name left out it is another path.
            let filled = path.replacing(#/\{\w+\}/#, with: "x")
            #expect(try site.site.send("OPTIONS", filled).status != 404, "\(path)")
        }
        for path in [
            "/fx/v1/events", "/fx", "/fx/", "/v2/fx/events", "/fx/events.json", "/fx/swagger.json", "/debug", "/.env",
        ] {
            #expect(try site.acme.get(path).status == 404)
            #expect(try site.acme.post(path, "1").status == 404)
        }
    }

    @Test func `API10 what executors report is told as data and never becomes part of the answer's shape`() throws {
        let site = try Self.site()
        let cid = freshCID()
        _ = try site.acme.post("/fx/events/generic", "1", [("X-Correlation-ID", cid)])
        let data = #"{"executions":[],"</script>":"\"}]}","status":"completed","\u0000":"\u2028"}"#
        let report = #"{"cid":"\#(cid)","execution_id":"\#(cid)","service":"\"},{","status":"failed","data":\#(data)}"#
        #expect(try site.acme.post("/fx/executions", report).status == 202)
        let told = try eventually("the report is in the index") {
            let reply = try site.acme.get("/fx/cid/" + cid)
            return reply.text.contains(#""failed""#) ? reply : nil
        }
        let executions = try #require(told.json["executions"] as? [[String: Any]])
        #expect(executions.count == 1)
        #expect(executions.first?["service"] as? String == "\"},{")
        #expect(executions.first?["status"] as? String == "failed")
        #expect(told.text.contains(#""data":\#(data)"#))
        #expect(told.field("Content-Type") == "application/json")
    }

    // MARK: - Who calls

    /// One tenant, with a token of every scope.
    struct Caller {
        let site: TestSite
        let token: String

        func post(_ path: String, _ json: String, _ fields: [(String, String)] = []) throws -> HTTPReply {
            try site.post(path, json, token: token, fields: fields)
        }

        func get(_ path: String) throws -> HTTPReply { try site.get(path, token: token) }
    }

    private struct Tenants {
        let site: TestSite
        let acme: Caller
        let other: Caller
    }

    private static let shared = Result {
        let site = try TestSite(startsBridge: false)
        let scopes = ["events:write", "status:read", "executions:write"]
        let tenants = Tenants(
            site: site, acme: Caller(site: site, token: try site.makeToken(tenant: "acme", scopes: scopes).token),
            other: Caller(site: site, token: try site.makeToken(tenant: "other", scopes: scopes).token))
        try site.startBridge()
        return tenants
    }

    private static func site() throws -> Tenants { try shared.get() }
}
