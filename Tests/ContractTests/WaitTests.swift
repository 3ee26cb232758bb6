import Foundation
import Testing

/// Waiting for executions, through nginx.
@Suite struct WaitTests {
    private static let scopes = ["events:write", "status:read", "executions:write"]

    private static func report(_ site: TestSite, _ token: String, cid: String, id: String = "run-1", _ status: String)
        throws
    {
        let body = #"{"cid":"\#(cid)","execution_id":"\#(id)","service":"s","status":"\#(status)"}"#
        let reply = try site.post("/fx/executions", body, token: token)
        #expect(reply.status == 202, "\(reply.text)")
    }

    private static func waiter(
        _ site: TestSite, _ path: String, _ token: String, fields: [(String, String)] = []
    ) throws -> HTTPConnection {
        let connection = try HTTPConnection(port: site.port)
        var head = "GET \(path) HTTP/1.1\r\nHost: bridge.test\r\nX-API-KEY: \(token)\r\nConnection: close\r\n"
        for (name, value) in fields { head += "\(name): \(value)\r\n" }
        try connection.write(Array((head + "\r\n").utf8))
        return connection
    }

    @Test func `who waits is answered when a report ends the execution`() throws {
        let site = try TestSite(startsBridge: false)
        let token = try site.makeToken(scopes: Self.scopes).token
        try site.startBridge()
        _ = try site.post("/fx/events/generic", "1", token: token, fields: [("X-Correlation-ID", "job")])
        let waiting = try Self.waiter(site, "/fx/cid/job?wait=60", token)
        let preferring = try Self.waiter(site, "/fx/cid/job", token, fields: [("Prefer", "wait=60")])
        try Self.report(site, token, cid: "job", "in_progress")
        try Self.report(site, token, cid: "job", "completed")
        for (connection, preference) in [(waiting, nil), (preferring, "wait=60")] {
            let reply = try connection.readReply()
            #expect(reply.status == 200)
            #expect(reply.text.contains(#""status":"completed""#))
            #expect(reply.field("Preference-Applied") == preference)
        }
        #expect(try site.get("/fx/executions/run-1?wait=60", token: token).status == 200)
    }

    @Test func `a stream comes unbuffered, piece by piece, to its end`() throws {
        let site = try TestSite(startsBridge: false)
        let token = try site.makeToken(scopes: Self.scopes).token
        try site.startBridge()
        _ = try site.post("/fx/events/generic", "1", token: token, fields: [("X-Correlation-ID", "job")])
        let stream = try Self.waiter(site, "/fx/cid/job", token, fields: [("Accept", "text/event-stream")])
        #expect(try stream.readText(until: "retry: 2000\n\n").contains("Content-Type: text/event-stream\r\n"))
        try Self.report(site, token, cid: "job", "pending")
        #expect(try stream.readText(until: "\n\n").contains("\"pending\""))
        try Self.report(site, token, cid: "job", "completed")
        #expect(try stream.readText(until: "event: end\ndata: {\"cid\":\"job\"}\n\n").contains("\"completed\""))
    }

    @Test func `SIGTERM answers who waits with what is known`() throws {
        let site = try TestSite(startsBridge: false)
        let token = try site.makeToken(scopes: Self.scopes).token
        try site.startBridge()
        _ = try site.post("/fx/events/generic", "1", token: token, fields: [("X-Correlation-ID", "job")])
        let waiting = try (0..<20).map { _ in
            let connection = try FastCGIConnection(site.socket)
            try connection.write(FastCGIRequest("GET", "/fx/cid/job?wait=60", fields: [("X-API-KEY", token)]))
            return connection
        }
        for connection in waiting { try waitUntil("the bridge has read the request") { connection.isAllReadByPeer } }
        let stream = try Self.waiter(site, "/fx/cid/job", token, fields: [("Accept", "text/event-stream")])
        _ = try stream.readText(until: "retry: 2000\n\n")
        #expect(try site.stopBridge(seconds: 8) == .code(0))
        for connection in waiting {
            let reply = try connection.readReply()
            #expect(reply.status == 200)
            #expect(reply.text == #"{"cid":"job","executions":[]}"#)
        }
    }

    @Test func `two thousand waiters and four workers do not slow a POST, and all are answered`() throws {
        let site = try TestSite(startsBridge: false)
        let token = try site.makeToken(scopes: Self.scopes).token
        try site.startBridge()
        _ = try site.post("/fx/events/generic", "1", token: token, fields: [("X-Correlation-ID", "job")])
        func medianMilliseconds() throws -> Double {
            let times = try (0..<60).map { _ -> Double in
                let start = ContinuousClock.now
                let reply = try site.post("/fx/events/generic", "1", token: token)
                #expect(reply.status == 202)
                return Double((ContinuousClock.now - start).components.attoseconds) / 1e15
            }
            return times.sorted()[30]
        }
        let before = try medianMilliseconds()
        // Straight to the bridge: the limit per token is nginx's, and not what is tried here.
        let request = FastCGIRequest("GET", "/fx/cid/job?wait=60", fields: [("X-API-KEY", token)])
        let waiting = try (0..<2000).map { _ in
            let connection = try FastCGIConnection(site.socket)
            try connection.write(request)
            return connection
        }
        let during = try medianMilliseconds()
        #expect(during < 10 * before + 20, "\(before) ms without and \(during) ms with waiters")
        try Self.report(site, token, cid: "job", "completed")
        for connection in waiting {
            let reply = try connection.readReply()
            #expect(reply.status == 200)
            #expect(reply.text.contains("completed"))
        }
    }
}
