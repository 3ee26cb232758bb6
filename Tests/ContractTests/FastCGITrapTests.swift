import Foundation
import Testing

/// What goes wrong with kept-alive FastCGI connections and bodies that are not what was announced, without nginx
/// between: it would never send most of this.
@Suite struct FastCGITrapTests {
    @Test(arguments: [0, 1, 200_000])
    func `a refused request's body is read to its end`(bytes: Int) throws {
        let shared = try SharedSite.current
        let connection = try FastCGIConnection(shared.site.socket)
        let body = [UInt8](repeating: UInt8(ascii: " "), count: bytes)
        let refused: [(Int, FastCGIRequest)] = [
            (401, FastCGIRequest("POST", "/fx/events/generic", fields: [("X-API-KEY", "wrong")], body: body)),
            (404, FastCGIRequest("POST", "/fx/nowhere", body: body)),
            (405, FastCGIRequest("PUT", "/fx/events/generic", body: body)),
            (403, FastCGIRequest("POST", "/fx/events/generic", fields: [("X-API-KEY", shared.reader)], body: body)),
        ]
        for (status, request) in refused {
            try connection.write(request)
            #expect(try connection.readReply().status == status)
            try expectAccepted(connection, shared)
        }
    }

    @Test func `a body over the limit is read to its end`() throws {
        let shared = try SharedSite.current
        let connection = try FastCGIConnection(shared.site.socket)
        let body = [UInt8](repeating: UInt8(ascii: " "), count: (10 << 20) + 1)
        let fields = [("X-API-KEY", shared.token)]
        try connection.write(FastCGIRequest("POST", "/fx/events/generic", fields: fields, body: body))
        #expect(try connection.readReply().status == 413)
        try expectAccepted(connection, shared)
    }

    @Test(arguments: [-1, 1, -7, 1000])
    func `a body of another length than announced is 400 and not stored`(difference: Int) throws {
        let shared = try SharedSite.current
        let connection = try FastCGIConnection(shared.site.socket)
        let cid = freshCID()
        // Each prefix of it is JSON too: only the lengths tell.
        let body = Array("12345678".utf8)
        let fields = [("X-API-KEY", shared.token), ("X-Correlation-ID", cid)]
        try connection.write(
            FastCGIRequest(
                "POST", "/fx/events/generic", fields: fields, body: body, announcedLength: body.count + difference))
        #expect(try connection.readReply().status == 400)
        #expect(try shared.site.spool.events(cid: cid).isEmpty)
        try expectAccepted(connection, shared)
    }

    @Test(arguments: ["x", "-1", "1e3", "99999999999999999999", " 1"])
    func `an announced length that is no number is 400`(length: String) throws {
        let shared = try SharedSite.current
        let connection = try FastCGIConnection(shared.site.socket)
        var request = FastCGIRequest(
            "POST", "/fx/events/generic", fields: [("X-API-KEY", shared.token)], body: Array("1".utf8))
        request.parameters.removeAll { $0.name == "CONTENT_LENGTH" }
        request.parameters.append(("CONTENT_LENGTH", length))
        try connection.write(request)
        #expect([400, 413].contains(try connection.readReply().status))
        try expectAccepted(connection, shared)
    }

    @Test(arguments: ["X-API-KEY", "X-Hub-Signature-256"])
    func `a credential that comes twice is 400`(name: String) throws {
        let shared = try SharedSite.current
        let connection = try FastCGIConnection(shared.site.socket)
        let fields = [("X-API-KEY", shared.token), (name, "first"), (name, "second")]
        try connection.write(FastCGIRequest("POST", "/fx/events/generic", fields: fields, body: Array("1".utf8)))
        #expect(try connection.readReply().status == 400)
    }

    @Test func `a connection that is not to be kept is closed after the answer`() throws {
        let shared = try SharedSite.current
        let connection = try FastCGIConnection(shared.site.socket)
        var request = FastCGIRequest(
            "POST", "/fx/events/generic", fields: [("X-API-KEY", shared.token)], body: Array("1".utf8))
        request.isKept = false
        try connection.write(request)
        #expect(try connection.readReply().status == 202)
        #expect(try connection.isClosedByPeer())
    }

    @Test func `parameters may come in pieces`() throws {
        let shared = try SharedSite.current
        let connection = try FastCGIConnection(shared.site.socket)
        var request = FastCGIRequest(
            "POST", "/fx/events/generic", fields: [("X-API-KEY", shared.token)], body: Array("[1]".utf8))
        request.parameters.append(("HTTP_X_LONG", String(repeating: "v", count: 5_000)))
        try connection.write(.begin, [0, 1, 1, 0, 0, 0, 0, 0])
        let parameters = request.encodedParameters
        for start in stride(from: 0, to: parameters.count, by: 7) {
            try connection.write(.parameters, Array(parameters[start..<min(start + 7, parameters.count)]))
        }
        try connection.write(.parameters, [])
        for byte in request.body { try connection.write(.input, [byte]) }
        try connection.write(.input, [])
        #expect(try connection.readReply().status == 202)
        try expectAccepted(connection, shared)
    }

    @Test func `what one request carried is not seen by the next`() throws {
        let shared = try SharedSite.current
        let connection = try FastCGIConnection(shared.site.socket)
        let cid = freshCID()
        try connection.write(
            FastCGIRequest(
                "POST", "/fx/events/generic", fields: [("X-API-KEY", shared.token), ("X-Correlation-ID", cid)],
                body: Array("1".utf8)))
        #expect(try connection.readReply().json["cid"] as? String == cid)
        try connection.write(FastCGIRequest("POST", "/fx/events/generic", body: Array("1".utf8)))
        #expect(try connection.readReply().status == 401)
        let next = FastCGIRequest(
            "POST", "/fx/events/generic", fields: [("X-API-KEY", shared.token)], body: Array("1".utf8))
        try connection.write(next)
        #expect(try connection.readReply().json["cid"] as? String != cid)
    }

    @Test func `a peer that goes away leaves nothing behind`() throws {
        let site = try TestSite(startsBridge: false)
        let token = try site.makeToken().token
        try site.startBridge()
        let body = [UInt8](repeating: UInt8(ascii: "1"), count: 100_000)
        let request = FastCGIRequest("POST", "/fx/events/generic", fields: [("X-API-KEY", token)], body: body)
        for round in 0..<60 {
            let connection = try FastCGIConnection(site.socket)
            switch round % 6 {
            case 0: break
            case 1: try connection.write(.begin, [0, 1, 1, 0, 0, 0, 0, 0])
            case 2: try connection.writeRaw([1, 4, 0])
            case 3: try connection.writeHead(request)
            case 4:
                try connection.writeHead(request)
                try connection.writeInput(Array(body[..<50_000]))
            // A whole request, and nobody to hear the answer.
            default: try connection.write(request)
            }
        }
        #expect(try site.post("/fx/events/generic", "2", token: token).status == 202)
        try waitUntil("the bridge lets go of the connections") {
            let names = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(site.bridge?.pid ?? 0)/fd")
            return names.count < 60
        }
        // The ten whole requests may be there or not; the broken ones must not.
        let stored = try site.spool.events()
        #expect(stored.allSatisfy { $0.data == body || $0.data == [UInt8(ascii: "2")] })
    }

    @Test(arguments: [
        [UInt8](repeating: 0xFF, count: 64), Array("GET / HTTP/1.1\r\n\r\n".utf8), [1, 9, 0, 0, 0, 0, 0, 0],
        [1, 1, 0, 1, 0, 8, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0], [1, 2, 0, 1, 0, 0, 0, 0], [2, 1, 0, 1, 0, 8, 0, 0],
        [1, 1, 0, 1, 0, 8, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 4, 0, 1, 0, 2, 0, 0, 200, 200, 1, 4, 0, 1, 0, 0, 0, 0],
    ])
    func `bytes that are no request do no harm`(bytes: [UInt8]) throws {
        let shared = try SharedSite.current
        do {
            let connection = try FastCGIConnection(shared.site.socket)
            try connection.writeRaw(bytes)
        }
        let connection = try FastCGIConnection(shared.site.socket)
        try expectAccepted(connection, shared)
    }

    private func expectAccepted(_ connection: FastCGIConnection, _ shared: SharedSite) throws {
        let request = FastCGIRequest(
            "POST", "/fx/events/generic", fields: [("X-API-KEY", shared.token)], body: Array("[2]".utf8))
        try connection.write(request)
        #expect(try connection.readReply().status == 202)
    }
}
