import Foundation
import Testing

/// How fx-bridge ends, and what is left then.
@Suite struct ShutdownTests {
    @Test func `SIGTERM ends an idle bridge with status 0`() throws {
        let site = try TestSite(startsBridge: false)
        let token = try site.makeToken().token
        try site.startBridge()
        let idle = try (0..<16).map { _ in
            let connection = try FastCGIConnection(site.socket)
            try connection.write(Self.request(token))
            #expect(try connection.readReply().status == 202)
            return connection
        }
        #expect(try site.stopBridge(seconds: 5) == .code(0))
        for connection in idle { #expect(try connection.isClosedByPeer()) }
    }

    @Test func `SIGTERM lets a request that has begun finish`() throws {
        let site = try TestSite(startsBridge: false)
        let token = try site.makeToken().token
        try site.startBridge()
        let bridge = try #require(site.bridge)
        let busy = try FastCGIConnection(site.socket)
        try busy.write(Self.request(token))
        #expect(try busy.readReply().status == 202)
        try busy.writeHead(Self.request(token))
        try busy.write(.input, Array("[1".utf8))
        // The bridge must have begun to read before the signal: a worker that waits in recv has taken it off the epoll.
        try waitUntil("the bridge has read what was sent") { busy.isAllReadByPeer }
        bridge.send(SIGTERM)
        try waitUntil("the bridge accepts no more") { (try? FastCGIConnection(site.socket)) == nil }
        #expect(!bridge.hasExited)
        try busy.write(.input, Array("]".utf8))
        try busy.write(.input, [])
        #expect(try busy.readReply().status == 202)
        #expect(try bridge.wait(seconds: 5) == .code(0))
        #expect(try site.spool.events().count == 2)
    }

    @Test(arguments: [SIGTERM, SIGKILL])
    func `what was answered 202 is on the spool, however the bridge ends`(signal: Int32) throws {
        let site = try TestSite(startsBridge: false)
        let token = try site.makeToken().token
        try site.startBridge()
        let bridge = try #require(site.bridge)
        let accepted = Tally()
        let senders = (0..<4).map { _ in
            let thread = Thread {
                while let reply = try? site.post("/fx/events/generic", "1", token: token), reply.status == 202 {
                    accepted.add(reply.json["cid"] as? String ?? "")
                }
                accepted.finish()
            }
            thread.start()
            return thread
        }
        try waitUntil("events flow") { accepted.count > 50 }
        bridge.send(signal)
        try bridge.wait()
        try waitUntil("the senders have noticed") { accepted.finished == senders.count }
        let stored = Set(try site.spool.events().filter(\.hasRightChecksum).compactMap { $0["correlationid"] })
        #expect(stored.isSuperset(of: accepted.values))

        try site.startBridge()
        let cid = try #require(accepted.values.last)
        #expect(try site.get("/fx/cid/" + cid, token: token).status == 200)
        let next = try site.post("/fx/events/generic", "1", token: token)
        #expect(next.status == 202)
        let sequences = try site.spool.events().compactMap { $0["sequence"] }
        #expect(Set(sequences).count == sequences.count)
        #expect(sequences == sequences.sorted())
    }

    @Test func `nginx finds the bridge again after a restart`() throws {
        let site = try TestSite(startsBridge: false)
        let token = try site.makeToken().token
        for _ in 0..<3 {
            try site.startBridge()
            #expect(try site.post("/fx/events/generic", "1", token: token).status == 202)
            try site.stopBridge()
            #expect(try site.post("/fx/events/generic", "1", token: token).status == 502)
        }
    }

    private static func request(_ token: String) -> FastCGIRequest {
        FastCGIRequest("POST", "/fx/events/generic", fields: [("X-API-KEY", token)], body: Array("[1]".utf8))
    }

    /// What several threads counted.
    private final class Tally: @unchecked Sendable {
        // Guards all below.
        private let lock = NSLock()
        private var cids: [String] = []
        private var ended = 0

        var values: [String] { lock.withLock { cids } }
        var count: Int { lock.withLock { cids.count } }
        var finished: Int { lock.withLock { ended } }
        func add(_ cid: String) { lock.withLock { cids.append(cid) } }
        func finish() { lock.withLock { ended += 1 } }
    }
}
