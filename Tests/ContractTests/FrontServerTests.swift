import Foundation
import Testing

/// What the shipped nginx site hands to the bridge, and what it makes of its answers: seen from where the bridge stands.
@Suite struct FrontServerTests {
    private static let accepted = "Status: 202 Accepted\r\nContent-Type: application/json\r\n\r\n{}"

    @Test func `the bridge gets the parameters it reads, the path as it was sent`() throws {
        let site = try TestSite(startsBridge: false)
        let recorder = try FastCGIRecorder(socket: site.socket) { _ in Self.accepted }
        let path = "/fx/cid/a%3Ab%20c?x=%2F..&y=/fx//events"
        let reply = try site.send("POST", path, fields: [("Content-Type", "text/x")], body: Array("abc".utf8))
        #expect(reply.status == 202)
        let request = try #require(recorder.requests.first)
        #expect(request.values("REQUEST_METHOD") == ["POST"])
        #expect(request.values("REQUEST_URI") == [path])
        #expect(request.values("CONTENT_TYPE") == ["text/x"])
        #expect(request.values("CONTENT_LENGTH") == ["3"])
        #expect(request.values("REMOTE_ADDR") == ["127.0.0.1"])
        #expect(request.values("FX_LISTENER") == ["public"])
        #expect(request.values("REQUEST_ID").first?.count == 32)
        #expect(request.body == Array("abc".utf8))
        let others = request.parameters.map(\.name).filter { !$0.hasPrefix("HTTP_") }
        #expect(Set(others).count == 7)
    }

    @Test func `connections to the bridge are kept`() throws {
        let site = try TestSite(startsBridge: false)
        let recorder = try FastCGIRecorder(socket: site.socket) { _ in Self.accepted }
        let connection = try HTTPConnection(port: site.port)
        for _ in 0..<5 { #expect(try connection.send("GET", "/fx/cid/x").status == 202) }
        #expect(recorder.requests.count == 5)
        #expect(recorder.requests.allSatisfy { $0.isKept })
        #expect(Set(recorder.requests.map { $0.connection }).count == 1)
    }

    @Test func `a sender's Proxy field does not become HTTP_PROXY`() throws {
        let site = try TestSite(startsBridge: false)
        let recorder = try FastCGIRecorder(socket: site.socket) { _ in Self.accepted }
        _ = try site.get("/fx/cid/x", token: nil, fields: [("Proxy", "http://evil.example")])
        #expect(recorder.requests.first?.values("HTTP_PROXY").filter { !$0.isEmpty } == [])
    }

    @Test func `a field spelt with underscores is dropped`() throws {
        let site = try TestSite(startsBridge: false)
        let recorder = try FastCGIRecorder(socket: site.socket) { _ in Self.accepted }
        let fields = [("X_API_KEY", "a"), ("X.API.KEY", "b"), ("X-API-KEY", "c")]
        _ = try site.get("/fx/cid/x", token: nil, fields: fields)
        #expect(recorder.requests.first?.values("HTTP_X_API_KEY") == ["c"])
    }

    @Test func `a sender cannot claim the operator's listener or another address`() throws {
        let site = try TestSite(startsBridge: false)
        let recorder = try FastCGIRecorder(socket: site.socket) { _ in Self.accepted }
        let fields = [("FX-Listener", "operator"), ("X-Forwarded-For", "10.0.0.1"), ("Request-Id", "mine")]
        _ = try site.get("/fx/cid/x", token: nil, fields: fields)
        let request = try #require(recorder.requests.first)
        #expect(request.values("FX_LISTENER") == ["public"])
        #expect(request.values("REMOTE_ADDR") == ["127.0.0.1"])
        #expect(request.values("REQUEST_ID") != ["mine"])
    }

    @Test func `the operator's listener says that it is`() throws {
        let site = try TestSite(startsBridge: false)
        let recorder = try FastCGIRecorder(socket: site.socket) { _ in Self.accepted }
        _ = try site.operatorReply("/readyz")
        #expect(recorder.requests.first?.values("FX_LISTENER") == ["operator"])
    }

    @Test func `a chunked body comes with its length`() throws {
        let site = try TestSite(startsBridge: false)
        let recorder = try FastCGIRecorder(socket: site.socket) { _ in Self.accepted }
        let connection = try HTTPConnection(port: site.port)
        let head = "POST /fx/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        try connection.write(Array((head + "3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n").utf8))
        #expect(try connection.readReply().status == 202)
        let request = try #require(recorder.requests.first)
        #expect(request.values("CONTENT_LENGTH") == ["7"])
        #expect(request.values("HTTP_TRANSFER_ENCODING").allSatisfy { $0.isEmpty || $0 == "chunked" })
        #expect(request.body == Array("abcdefg".utf8))
    }

    @Test func `an event whose connection died is not sent again`() throws {
        let site = try TestSite(startsBridge: false)
        let recorder = try FastCGIRecorder(socket: site.socket) { request in
            request.values("REQUEST_METHOD") == ["POST"] ? nil : Self.accepted
        }
        let connection = try HTTPConnection(port: site.port)
        // On a fresh connection to the bridge, and on one that was kept.
        for _ in 0..<2 {
            let reply = try connection.send("POST", "/fx/events", body: Array("{}".utf8))
            #expect(reply.status == 502)
            #expect(reply.problem != nil)
            #expect(reply.field("Retry-After") != nil)
            #expect(try connection.send("GET", "/fx/cid/x").status == 202)
        }
        #expect(recorder.requests.filter { $0.values("REQUEST_METHOD") == ["POST"] }.count == 2)
    }

    @Test(arguments: [
        "X-Accel-Redirect: /fx/openapi.json", "X-Accel-Expires: 3600", "X-Accel-Limit-Rate: 1", "X-Accel-Buffering: no",
        "X-Accel-Charset: utf-7",
    ])
    func `no field of an answer steers nginx`(field: String) throws {
        let site = try TestSite(startsBridge: false)
        let recorder = try FastCGIRecorder(socket: site.socket) { _ in
            "Status: 200 OK\r\nContent-Type: text/plain\r\n\(field)\r\n\r\nthe answer itself"
        }
        let reply = try site.get("/fx/cid/x", token: nil)
        #expect(reply.text == "the answer itself")
        #expect(reply.field("Content-Type") == "text/plain")
        #expect(recorder.requests.count == 1)
    }

    @Test(arguments: [400, 401, 404, 405, 413, 429, 500, 503])
    func `the bridge's own errors pass as they are`(status: Int) throws {
        let site = try TestSite(startsBridge: false)
        let recorder = try FastCGIRecorder(socket: site.socket) { _ in
            "Status: \(status) X\r\nContent-Type: application/problem+json\r\nRetry-After: 77\r\n\r\n{\"own\":true}"
        }
        let reply = try site.get("/fx/cid/x", token: nil)
        #expect(reply.status == status)
        #expect(reply.field("Content-Type") == "application/problem+json")
        #expect(reply.field("Retry-After") == "77")
        #expect(reply.text == #"{"own":true}"#)
        #expect(recorder.requests.count == 1)
    }

    @Test(arguments: [
        "/fx/events", "/fx/events/generic", "/fx/events/webhook", "/fx/events/webhook/k", "/fx/cid/c", "/fx/executions",
        "/fx/executions/e", "/fx/openapi.json", "/fx/openapi.json?x",
    ])
    func `each route reaches the bridge with any method`(path: String) throws {
        let site = try TestSite(startsBridge: false)
        let recorder = try FastCGIRecorder(socket: site.socket) { _ in Self.accepted }
        let methods = ["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH", "FOO"]
        for method in methods { #expect(try site.send(method, path).status == 202) }
        #expect(recorder.requests.flatMap { $0.values("REQUEST_METHOD") } == methods)
        #expect(recorder.requests.allSatisfy { $0.values("REQUEST_URI") == [path] })
    }

    @Test(arguments: [
        "/", "/fx", "/fx/", "/fx/other", "/fx/events/", "/fx/events/webhook/", "/fx/cid/", "/fx/cid/a/b", "/fx//events",
        "/healthz", "/readyz", "/metrics", "/.fx-problem", "/fx/events.php",
    ])
    func `nothing else reaches it`(path: String) throws {
        let site = try TestSite(startsBridge: false)
        let recorder = try FastCGIRecorder(socket: site.socket) { _ in Self.accepted }
        #expect(try site.send("GET", path).status == 404)
        #expect(recorder.requests.isEmpty)
    }
}
