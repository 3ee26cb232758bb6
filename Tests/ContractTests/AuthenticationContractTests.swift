import Foundation
import Testing

/// Who may do what, as it looks from outside.
@Suite struct AuthenticationContractTests {
    @Test func `every refused credential gets the same answer`() throws {
        let shared = try SharedSite.current
        let body = Array(#"{"event_source":"/s","event_type":"t","payload":1}"#.utf8)
        let right = SharedSecret(shared.secret.secret).field(for: body).1
        let wrong = SharedSecret("not the secret").field(for: body).1
        let tampered = shared.token.dropLast() + (shared.token.hasSuffix("A") ? "B" : "A")
        let attempts: [[(String, String)]] = [
            [], [("X-API-KEY", "")], [("X-API-KEY", "nonsense")], [("X-API-KEY", String(tampered))],
            [("X-API-KEY", "fxt_unknown_0000000000000000000000000000000000000000000")],
            [("X-API-KEY", String(repeating: "x", count: 4000))], [("Authorization", "Bearer " + tampered)],
            [("X-Hub-Signature-256", wrong)], [("X-Hub-Signature-256", "sha256=")],
            [("X-Hub-Signature-256", "sha1=" + right.dropFirst(7))],
            [("X-Hub-Signature-256", String(right.dropLast()))],
            [("X-Hub-Signature-256", right + "00")], [("X-Hub-Signature-256", "nonsense")],
        ]
        var faces: Set<String> = []
        for path in ["/fx/events", "/fx/events/webhook", "/fx/events/webhook/unknown-key", shared.secret.path] {
            for credential in attempts {
                let reply = try shared.site.send(
                    "POST", path, fields: [("Content-Type", "application/json")] + credential, body: body)
                #expect(reply.status == 401, "\(path) \(credential)")
                #expect(reply.problem?.detail == nil)
                faces.insert(face(reply))
            }
        }
        for credential in attempts {
            let reply = try shared.site.send("GET", "/fx/cid/some-cid", fields: credential)
            #expect(reply.status == 401)
            faces.insert(face(reply))
        }
        #expect(faces.count == 1, "\(faces)")
    }

    @Test func `an address that fails too often is told to wait, and gets in with a good credential`() throws {
        let site = try TestSite(settings: ["limits.failures_burst": "3"], startsBridge: false)
        let token = try site.makeToken().token
        try site.startBridge()
        let replies = try (0..<5).map { _ in try site.post("/fx/events/generic", "1", token: "nonsense") }
        #expect(replies.map(\.status) == [401, 401, 401, 429, 429])
        #expect(replies[4].field("Retry-After") == "1")
        #expect(try site.post("/fx/events/generic", "1", token: token).status == 202)
    }

    @Test func `who may not write is 403 and learns which scope is missing`() throws {
        let shared = try SharedSite.current
        let reply = try shared.site.post("/fx/events/generic", "{}", token: shared.reader)
        #expect(reply.status == 403)
        #expect(reply.problem?.detail?.contains("events:write") == true)
    }

    @Test func `who may not read is 403 and learns which scope is missing`() throws {
        let site = try TestSite(startsBridge: false)
        let token = try site.makeToken(scopes: ["events:write"]).token
        try site.startBridge()
        let reply = try site.get("/fx/cid/some-cid", token: token)
        #expect(reply.status == 403)
        #expect(reply.problem?.detail?.contains("status:read") == true)
        #expect(try site.post("/fx/events/generic", "{}", token: token).status == 202)
    }

    @Test func `a token limited to sources and types is 403 for others`() throws {
        let site = try TestSite(startsBridge: false)
        let limits = ["--source", "/allowed/*", "--type", "com.example.*"]
        let token = try site.makeToken(options: limits).token
        try site.startBridge()
        func status(source: String, type: String) throws -> Int {
            let json = #"{"event_source":"\#(source)","event_type":"\#(type)","payload":1}"#
            return try site.post("/fx/events", json, token: token).status
        }
        #expect(try status(source: "/allowed/x", type: "com.example.made") == 202)
        #expect(try status(source: "/other/x", type: "com.example.made") == 403)
        #expect(try status(source: "/allowed/x", type: "org.example.made") == 403)
        #expect(try status(source: "/allowed", type: "com.example.made") == 403)
        #expect(try site.post("/fx/events/generic", "{}", token: token).status == 403)
    }

    @Test(arguments: ["X-API-KEY", "X-Hub-Signature-256"])
    func `a credential that comes twice is 400`(name: String) throws {
        let shared = try SharedSite.current
        let body = Array("{}".utf8)
        let value = name == "X-API-KEY" ? shared.token : SharedSecret(shared.secret.secret).field(for: body).1
        let reply = try shared.site.send(
            "POST", "/fx/events/generic", fields: [("Content-Type", "application/json"), (name, value), (name, value)],
            body: body)
        #expect(reply.status == 400)
        #expect(reply.problem != nil)
    }

    @Test func `a signature covers each byte of the body`() throws {
        let shared = try SharedSite.current
        let body = Array(#"{"a":1}"#.utf8)
        let field = SharedSecret(shared.secret.secret).field(for: body)
        func status(_ body: [UInt8]) throws -> Int {
            let fields = [("Content-Type", "application/json"), field]
            return try shared.site.send("POST", "/fx/events/webhook", fields: fields, body: body).status
        }
        #expect(try status(body) == 202)
        #expect(try status(body + [0x20]) == 401)
        #expect(try status(Array(#"{"a":2}"#.utf8)) == 401)
    }

    @Test func `a key has a URL of its own, and no other key opens it`() throws {
        let site = try TestSite(startsBridge: false)
        let first = try site.makeSecret()
        let second = try site.makeSecret()
        try site.startBridge()
        let body = Array("{}".utf8)
        for (key, path, status) in [
            (first, first.path, 202), (second, second.path, 202), (first, second.path, 401),
            (second, "/fx/events/webhook", 202),
        ] {
            let fields = [("Content-Type", "application/json"), SharedSecret(key.secret).field(for: body)]
            #expect(try site.send("POST", path, fields: fields, body: body).status == status)
        }
    }

    @Test func `beyond eight keys the bare URL tries no more`() throws {
        let site = try TestSite(startsBridge: false)
        let keys = try (0..<9).map { _ in try site.makeSecret() }
        try site.startBridge()
        let body = Array("{}".utf8)
        let statuses = try keys.map { key in
            let fields = [("Content-Type", "application/json"), SharedSecret(key.secret).field(for: body)]
            #expect(try site.send("POST", key.path, fields: fields, body: body).status == 202)
            return try site.send("POST", "/fx/events/webhook", fields: fields, body: body).status
        }
        #expect(statuses.filter { $0 == 202 }.count <= 8)
        #expect(statuses.allSatisfy { $0 == 202 || $0 == 401 })
    }

    @Test func `a status may be asked for with a signature over the path`() throws {
        let shared = try SharedSite.current
        let cid = freshCID()
        _ = try shared.post("/fx/events/generic", "1", fields: [("X-Correlation-ID", cid)])
        let path = "/fx/cid/" + cid
        let secret = SharedSecret(shared.secret.secret)
        #expect(try shared.site.get(path, token: nil, fields: [secret.field(for: Array(path.utf8))]).status == 200)
        #expect(try shared.site.get(path, token: nil, fields: [secret.field(for: [])]).status == 401)
    }

    @Test func `what one tenant sent is unknown to another`() throws {
        let shared = try SharedSite.current
        let cid = freshCID()
        _ = try shared.post("/fx/events/generic", "1", fields: [("X-Correlation-ID", cid)])
        #expect(try shared.site.get("/fx/cid/" + cid, token: shared.token).status == 200)
        #expect(try shared.site.get("/fx/cid/" + cid, token: shared.reader).status == 200)
        let foreign = try shared.site.get("/fx/cid/" + cid, token: shared.stranger)
        let unknown = try shared.site.get("/fx/cid/" + freshCID(), token: shared.stranger)
        #expect(foreign.status == 404)
        #expect(foreign.problem?.type == unknown.problem?.type)
    }

    @Test func `no credential is in a log`() throws {
        let shared = try SharedSite.current
        let body = Array("{}".utf8)
        let signature = SharedSecret(shared.secret.secret).field(for: body)
        for credential in [("X-API-KEY", shared.token), ("X-API-KEY", shared.token + "x"), signature] {
            _ = try shared.site.send(
                "POST", "/fx/events/generic?X-API-KEY=\(shared.token)",
                fields: [("Content-Type", "application/json"), credential], body: body)
        }
        let logs = shared.site.bridgeLog + shared.site.accessLog
        let tokenSecret = shared.token.components(separatedBy: "_").last ?? shared.token
        for secret in [shared.token, tokenSecret, shared.secret.secret, signature.1, String(signature.1.dropFirst(7))] {
            #expect(!logs.contains(secret))
        }
    }

    /// The whole answer but for what differs from request to request.
    private func face(_ reply: HTTPReply) -> String {
        var body = reply.json
        body["instance"] = nil
        let fields = reply.fields.filter { !["date", "content-length"].contains($0.name.lowercased()) }
        return "\(reply.status) \(fields.map { "\($0.name): \($0.value)" }.sorted()) "
            + "\(body.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })"
    }
}
