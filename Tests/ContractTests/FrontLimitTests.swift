import Foundation
import Testing

/// What nginx refuses by itself: always 4xx where the sender is to blame, always a problem that says so.
@Suite struct FrontLimitTests {
    @Test(arguments: [8_300, 30_000, 100_000])
    func `a header field that is too long is 400`(bytes: Int) throws {
        let reply = try SharedSite.current.site.send(
            "GET", "/fx/cid/x", fields: [("X-Long", String(repeating: "a", count: bytes))])
        expectProblem(reply, 400)
    }

    @Test func `too many header fields are 400`() throws {
        let fields = (0..<2_000).map { ("X-Field-\($0)", String(repeating: "a", count: 100)) }
        expectProblem(try SharedSite.current.site.send("GET", "/fx/cid/x", fields: fields), 400)
    }

    @Test(arguments: ["/fx/cid/", "/fx/events/webhook/", "/", "/fx/cid/x?"])
    func `a path that is too long is 414`(prefix: String) throws {
        let path = prefix + String(repeating: "a", count: 9_000)
        expectProblem(try SharedSite.current.site.send("GET", path), 414)
    }

    @Test(arguments: [
        ("GARBAGE\r\n\r\n", 400), ("get /fx/events HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET /fx/events HTTP/1.1\r\n\r\n", 400), ("GET /fx/events HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400),
        ("GET /fx/../../x HTTP/1.1\r\nHost: x\r\n\r\n", 400), ("GET /fx/%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET /fx/cid/%00 HTTP/1.1\r\nHost: x\r\n\r\n", 400), ("GET /fx/cid/\u{01} HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET /fx/events HTTP/3.0\r\nHost: x\r\n\r\n", 505), ("\u{16}\u{03}\u{01}\u{02}\u{00}\u{01}\r\n\r\n", 400),
        ("POST /fx/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        ("POST /fx/events HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n", 400),
        ("POST /fx/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        ("POST /fx/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        ("POST /fx/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 501),
        ("POST /fx/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501),
        ("CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", 400), ("TRACE /fx/events HTTP/1.1\r\nHost: x\r\n\r\n", 405),
    ])
    func `a request that is none is refused with a problem`(request: String, status: Int) throws {
        let connection = try HTTPConnection(port: SharedSite.current.site.port)
        try connection.write(Array(request.utf8))
        expectProblem(try connection.readReply(), status)
    }

    @Test func `a length and chunks together are 400, and no second request hides behind`() throws {
        let shared = try SharedSite.current
        let cid = freshCID()
        let hidden = """
            POST /fx/events/generic HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-API-KEY: \(shared.token)\r
            X-Correlation-ID: \(cid)\r\nContent-Length: 1\r\n\r\n1
            """
        for order in [
            "Content-Length: \(hidden.utf8.count + 5)\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: chunked\r\nContent-Length: 5",
        ] {
            let connection = try HTTPConnection(port: shared.site.port)
            let head = "POST /fx/events/generic HTTP/1.1\r\nHost: x\r\n\(order)\r\n\r\n"
            try connection.write(Array((head + "0\r\n\r\n" + hidden).utf8))
            expectProblem(try connection.readReply(), 400)
        }
        #expect(try shared.site.spool.events(cid: cid).isEmpty)
    }

    @Test func `a body beyond nginx's own limit is 413 before it is sent`() throws {
        let connection = try HTTPConnection(port: SharedSite.current.site.port)
        let head = "POST /fx/events HTTP/1.1\r\nHost: x\r\nContent-Length: \((26 << 20) + 1)\r\n\r\n"
        try connection.write(Array(head.utf8))
        expectProblem(try connection.readReply(), 413)
    }

    @Test func `beyond rate and burst it is 429 with Retry-After, and for that key alone`() throws {
        let site = try TestSite(startsBridge: false)
        let recorder = try FastCGIRecorder(socket: site.socket) { _ in "Status: 200 OK\r\n\r\n" }
        var refused: HTTPReply?
        // 1,000 may come at once and 500 more each second: unless a thousand requests take two seconds, it is reached.
        for _ in 0..<20 where refused == nil {
            let connection = try HTTPConnection(port: site.port)
            let request = "GET /fx/cid/x HTTP/1.1\r\nHost: x\r\nX-API-KEY: greedy\r\n\r\n"
            for _ in 0..<9 where refused == nil {
                try connection.write(Array(String(repeating: request, count: 100).utf8))
                for _ in 0..<100 {
                    let reply = try connection.readReply()
                    if reply.status != 200 { refused = reply }
                }
            }
        }
        let reply = try #require(refused, "the machine was too slow for 500 requests a second")
        expectProblem(reply, 429)
        #expect(reply.field("Retry-After").flatMap { Int($0) } != nil)
        #expect(try site.get("/fx/cid/x", token: "modest").status == 200)
        #expect(try site.get("/fx/cid/x", token: nil).status == 200)
        #expect(!recorder.requests.isEmpty)
    }

    @Test func `without a bridge it is 502 with Retry-After, and the next answer is the bridge's again`() throws {
        let site = try TestSite(startsBridge: false)
        let reply = try site.get("/fx/cid/x", token: nil)
        expectProblem(reply, 502)
        #expect(reply.field("Retry-After").flatMap { Int($0) } != nil)
        let recorder = try FastCGIRecorder(socket: site.socket) { _ in "Status: 200 OK\r\n\r\n" }
        #expect(try site.get("/fx/cid/x", token: nil).status == 200)
        #expect(recorder.requests.count == 1)
    }

    @Test func `the access log is JSON, has the request's id, and neither query nor credential`() throws {
        let site = try TestSite(startsBridge: false)
        let recorder = try FastCGIRecorder(socket: site.socket) { _ in "Status: 200 OK\r\n\r\n" }
        let fields = [
            ("X-Hub-Signature-256", "sha256=secret1"), ("Referer", "http://x/?secret2"), ("Cookie", "secret3"),
        ]
        _ = try site.get("/fx/cid/x%20\"y?key=secret4", token: "secret5", fields: fields)
        let refusal = try site.get("/nowhere?key=secret6", token: nil)
        let lines = try eventually("both requests are logged") {
            let lines = site.accessLog.split(separator: "\n").map {
                (try? JSONSerialization.jsonObject(with: Data($0.utf8))) as? [String: Any] ?? [:]
            }
            // nginx's two workers write in no order.
            return lines.count == 2 ? lines.sorted { "\($0["path"] ?? "")" < "\($1["path"] ?? "")" } : nil
        }
        #expect(lines[0]["path"] as? String == "/fx/cid/x%20\"y")
        #expect(lines[0]["status"] as? Int == 200)
        #expect(lines[0]["request_id"] as? String == recorder.requests.first?.values("REQUEST_ID").first)
        #expect(lines[1]["path"] as? String == "/nowhere")
        let id = try #require(lines[1]["request_id"] as? String)
        #expect(refusal.json["instance"] as? String == "urn:fx-bridge:request:" + id)
        #expect(!site.accessLog.contains("secret"))
    }

    private func expectProblem(
        _ reply: HTTPReply, _ status: Int, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(reply.status == status, sourceLocation: sourceLocation)
        #expect(reply.problem != nil, "\(reply.text)", sourceLocation: sourceLocation)
    }
}
