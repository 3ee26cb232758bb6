import Foundation
import Testing

/// Many connections and few workers, stalled peers, no descriptors left.
@Suite struct FastCGIPressureTests {
    @Test func `256 idle kept-alive connections cost no worker`() throws {
        let site = try TestSite(settings: ["fastcgi.workers": "4"], startsBridge: false)
        let token = try site.makeToken().token
        try site.startBridge()
        let request = Self.request(token)
        let idle = try (0..<256).map { _ in
            let connection = try FastCGIConnection(site.socket)
            try connection.write(request)
            #expect(try connection.readReply().status == 202)
            return connection
        }
        for _ in 0..<64 { #expect(try site.post("/fx/events/generic", "1", token: token).status == 202) }
        for connection in idle.reversed() {
            try connection.write(request)
            #expect(try connection.readReply().status == 202)
        }
    }

    @Test func `256 connections are answered when all ask at once`() throws {
        let site = try TestSite(settings: ["fastcgi.workers": "4"], startsBridge: false)
        let token = try site.makeToken().token
        try site.startBridge()
        let connections = try (0..<256).map { _ in try FastCGIConnection(site.socket) }
        for _ in 0..<4 {
            for connection in connections { try connection.write(Self.request(token)) }
            for connection in connections { #expect(try connection.readReply().status == 202) }
        }
        #expect(try site.spool.events().count == 4 * 256)
    }

    @Test func `peers that stall are let go after a while`() throws {
        let site = try TestSite(
            settings: ["fastcgi.workers": "2", "fastcgi.peer_timeout": "1s"], startsBridge: false)
        let token = try site.makeToken().token
        try site.startBridge()
        let stalled = try (0..<4).map { index in
            let connection = try FastCGIConnection(site.socket)
            if index % 2 == 0 {
                try connection.writeRaw([1, 1, 0])
            } else {
                try connection.writeHead(Self.request(token))
            }
            return connection
        }
        // More peers stall than there are workers, and yet:
        #expect(try site.post("/fx/events/generic", "1", token: token).status == 202)
        for connection in stalled { #expect(try connection.isClosedByPeer()) }
        #expect(try site.spool.events().count == 1)
    }

    @Test func `a slow sender holds nginx and no worker`() throws {
        let site = try TestSite(settings: ["fastcgi.workers": "1"], startsBridge: false)
        let token = try site.makeToken().token
        try site.startBridge()
        let slow = try (0..<8).map { _ in
            let connection = try HTTPConnection(port: site.port)
            let head = """
                POST /fx/events/generic HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-API-KEY: \(token)\r
                Content-Length: 3\r\n\r\n[
                """
            try connection.write(Array(head.utf8))
            return connection
        }
        #expect(try site.post("/fx/events/generic", "1", token: token).status == 202)
        for connection in slow {
            try connection.write(Array("1]".utf8))
            #expect(try connection.readReply().status == 202)
        }
    }

    @Test func `without descriptors accepting pauses and goes on`() throws {
        let site = try TestSite(startsBridge: false)
        let token = try site.makeToken().token
        try site.startBridge()
        let bridge = try #require(site.bridge)
        let kept = try FastCGIConnection(site.socket)
        try kept.write(Self.request(token))
        #expect(try kept.readReply().status == 202)

        let used = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(bridge.pid)/fd").count
        func limit(_ count: Int) throws {
            let result = try CommandResult.run("prlimit", ["--pid", "\(bridge.pid)", "--nofile=\(count):1024"])
            #expect(result.exit == .code(0), "\(result.errors)")
        }
        try limit(used + 8)
        do {
            // More than it can accept; the rest waits in the backlog.
            let flood = try (0..<64).map { _ in try FastCGIConnection(site.socket) }
            for _ in 0..<5 {
                try kept.write(Self.request(token))
                #expect(try kept.readReply().status == 202)
            }
            #expect(flood.count == 64)
        }
        try limit(1024)
        #expect(try site.post("/fx/events/generic", "1", token: token).status == 202)
        #expect(!bridge.hasExited)
    }

    private static func request(_ token: String) -> FastCGIRequest {
        FastCGIRequest("POST", "/fx/events/generic", fields: [("X-API-KEY", token)], body: Array("[1]".utf8))
    }
}
