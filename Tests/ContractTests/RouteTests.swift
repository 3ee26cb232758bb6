import Foundation
import Testing

/// Paths and methods: what there is, what there is not, and who says so.
@Suite struct RouteTests {
    static let eventPaths = ["/fx/events", "/fx/events/generic", "/fx/events/webhook", "/fx/events/webhook/some-key"]
    static let statusPaths = ["/fx/cid/some-cid", "/fx/executions/some-id"]

    @Test(arguments: [
        "/", "/fx", "/fx/", "/fx/event", "/fx/events/", "/fx/events/other", "/fx/events/webhook/", "/fx/cid",
        "/fx/cid/",
        "/fx/cid/a/b", "/fx/executions/a/b", "/fx/openapi", "/FX/events", "/fx//events", "/fx/events/webhook/a/b",
        "/fx/cid/../events", "/fx/./events", "/fx/cid/a%2Fb", "/.fx-problem", "/index.php", "/healthz", "/readyz",
        "/metrics",
    ])
    func `a path that leads nowhere is 404 with a problem`(path: String) throws {
        let shared = try SharedSite.current
        for method in ["GET", "POST"] {
            let isPost = method == "POST"
            let fields = [("X-API-KEY", shared.token)] + (isPost ? [("Content-Type", "application/json")] : [])
            let reply = try shared.site.send(method, path, fields: fields, body: isPost ? Array("{}".utf8) : nil)
            #expect(reply.status == 404, "\(method)")
            #expect(reply.problem != nil, "\(method)")
        }
    }

    @Test(arguments: ["GET", "HEAD", "PUT", "PATCH", "DELETE", "PROPFIND"], eventPaths)
    func `another method on an event route is 405 with Allow`(method: String, path: String) throws {
        let shared = try SharedSite.current
        let reply = try shared.site.send(method, path, fields: [("X-API-KEY", shared.token)])
        #expect(reply.status == 405)
        #expect(allowed(reply) == ["OPTIONS", "POST"])
        if method != "HEAD" { #expect(reply.problem != nil) }
    }

    @Test(arguments: ["POST", "PUT", "DELETE"], statusPaths + ["/fx/openapi.json"])
    func `another method on a route to read from is 405 with Allow`(method: String, path: String) throws {
        let shared = try SharedSite.current
        let reply = try shared.site.send(
            method, path, fields: [("X-API-KEY", shared.token), ("Content-Type", "application/json")],
            body: Array("{}".utf8))
        #expect(reply.status == 405)
        #expect(allowed(reply) == ["GET", "HEAD", "OPTIONS"])
    }

    @Test func `TRACE is 405 by nginx`() throws {
        let reply = try SharedSite.current.site.send("TRACE", "/fx/events")
        #expect(reply.status == 405)
        #expect(reply.problem != nil)
        #expect(reply.field("Allow") != nil)
    }

    @Test(arguments: eventPaths + statusPaths + ["/fx/openapi.json"])
    func `OPTIONS tells the methods without credentials`(path: String) throws {
        let reply = try SharedSite.current.site.send("OPTIONS", path)
        #expect([200, 204].contains(reply.status))
        #expect(reply.body.isEmpty)
        #expect(allowed(reply).contains("OPTIONS"))
        #expect(allowed(reply).contains(Self.eventPaths.contains(path) ? "POST" : "GET"))
    }

    @Test func `HEAD answers as GET does, without the body`() throws {
        let shared = try SharedSite.current
        let cid = freshCID()
        _ = try shared.post("/fx/events/generic", "1", fields: [("X-Correlation-ID", cid)])
        for path in ["/fx/cid/" + cid, "/fx/cid/unknown", "/fx/openapi.json"] {
            let connection = try HTTPConnection(port: shared.site.port)
            let fields = [("X-API-KEY", shared.token)]
            let head = try connection.send("HEAD", path, fields: fields)
            // Read on the same connection: a body sent by mistake would be taken for this answer.
            let get = try connection.send("GET", path, fields: fields)
            #expect(head.status == get.status)
            #expect(head.field("Content-Type") == get.field("Content-Type"))
            #expect(head.field("Content-Length") == get.field("Content-Length"))
            #expect(!get.body.isEmpty)
        }
    }

    @Test func `the OpenAPI document is there without credentials`() throws {
        let reply = try SharedSite.current.site.send("GET", "/fx/openapi.json")
        #expect(reply.status == 200)
        #expect(reply.field("Content-Type")?.hasPrefix("application/") == true)
        #expect((reply.json["openapi"] as? String)?.hasPrefix("3.1") == true)
    }

    @Test func `the document names each route`() throws {
        let document = try SharedSite.current.site.send("GET", "/fx/openapi.json").json
        let paths = Set((document["paths"] as? [String: Any] ?? [:]).keys)
        for path in [
            "/fx/events", "/fx/events/generic", "/fx/events/webhook", "/fx/cid/{cid}", "/fx/executions/{execution_id}",
            "/fx/executions",
            "/fx/openapi.json",
        ] {
            #expect(paths.contains(path), "\(path)")
        }
    }

    @Test func `health and readiness are on the operator's listener only`() throws {
        let site = try SharedSite.current.site
        for path in ["/healthz", "/readyz"] {
            #expect(try site.operatorReply(path).status == 200)
            #expect(try site.send("GET", path).status == 404)
        }
        for path in ["/fx/events", "/fx/openapi.json", "/"] {
            let reply = try site.operatorReply(path)
            #expect(reply.status == 404)
            #expect(reply.problem != nil)
        }
    }

    private func allowed(_ reply: HTTPReply) -> Set<String> {
        Set((reply.field("Allow") ?? "").components(separatedBy: ", "))
    }
}
