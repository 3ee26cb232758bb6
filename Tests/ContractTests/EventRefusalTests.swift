import Foundation
import Testing

/// What is refused, with which status, and what the sender is told.
@Suite struct EventRefusalTests {
    @Test(arguments: [
        ("", 0), (" ", 1), ("{", 1), ("[1,]", 3), ("{} {}", 3), ("1 2", 2), ("NaN", 0), ("Infinity", 0), ("'a'", 0),
        ("{\"a\":1,}", 7), ("01", 1), ("\"\u{01}\"", 1), ("\u{FEFF}{}", 0), ("[1", 2), ("nul", 0), ("\"\\x\"", 1),
    ])
    func `a body that is no JSON text is 400 with the offset`(json: String, around: Int) throws {
        let reply = try SharedSite.current.post("/fx/events/generic", json)
        #expect(reply.status == 400)
        #expect(reply.problem?.detail?.isEmpty == false)
        let offset = try #require(reply.json["offset"] as? Int)
        // Which byte of a broken token is named, its first or the one that broke it, is the scanner's business.
        #expect(abs(offset - around) <= 3 && offset <= json.utf8.count, "offset \(offset), expected about \(around)")
    }

    @Test(arguments: [[0xFF], [0x22, 0xC3, 0x28, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xC0, 0xAF, 0x22]])
    func `a body that is no UTF-8 is 400 with the offset`(bytes: [UInt8]) throws {
        let shared = try SharedSite.current
        let reply = try shared.site.send(
            "POST", "/fx/events/generic", fields: [("Content-Type", "application/json"), ("X-API-KEY", shared.token)],
            body: bytes)
        #expect(reply.status == 400)
        #expect(reply.json["offset"] is Int)
    }

    @Test func `nesting is limited`() throws {
        let shared = try SharedSite.current
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(try shared.post("/fx/events/generic", nested(128)).status == 202)
        #expect(try shared.post("/fx/events/generic", nested(129)).status == 400)
        #expect(try shared.post("/fx/events/generic", nested(100_000)).status == 400)
    }

    @Test(arguments: ["event_source", "event_type", "payload"])
    func `a missing member is 400 and named`(member: String) throws {
        var request: [String: Any] = ["event_source": "/s", "event_type": "t", "payload": 1]
        request[member] = nil
        let json = String(decoding: try JSONSerialization.data(withJSONObject: request), as: UTF8.self)
        let reply = try SharedSite.current.post("/fx/events", json)
        #expect(reply.status == 400)
        #expect(reply.problem?.detail?.contains(member) == true)
    }

    @Test(arguments: ["event_source", "event_type"])
    func `a member that is empty, no text or too long is 400 and named`(member: String) throws {
        let limit = member == "event_source" ? 1024 : 255
        let values: [Any] = ["", 1, NSNull(), [String](), [String: Int](), String(repeating: "x", count: limit + 1)]
        for value in values {
            var request: [String: Any] = ["event_source": "/s", "event_type": "t", "payload": 1]
            request[member] = value
            let json = String(decoding: try JSONSerialization.data(withJSONObject: request), as: UTF8.self)
            let reply = try SharedSite.current.post("/fx/events", json)
            #expect(reply.status == 400, "\(value)")
            #expect(reply.problem?.detail?.contains(member) == true, "\(value)")
        }
    }

    @Test(arguments: [
        #"{"event_source":"/s","event_type":"t","event_type":"u","payload":1}"#,
        #"{"event_source":"/s","event_type":"t","event\u005ftype":"u","payload":1}"#,
    ])
    func `a member that comes twice is 400 and named`(json: String) throws {
        let reply = try SharedSite.current.post("/fx/events", json)
        #expect(reply.status == 400)
        #expect(reply.problem?.detail?.contains("event_type") == true)
    }

    @Test(arguments: ["[]", "1", "null", #""event_source""#])
    func `an event request that is no object is 400`(json: String) throws {
        #expect(try SharedSite.current.post("/fx/events", json).status == 400)
    }

    @Test(arguments: [#""\ud800""#, #""\udc00\ud800""#, #"{"a":"\ud83dx"}"#])
    func `a lone surrogate is 400`(json: String) throws {
        #expect(try SharedSite.current.post("/fx/events/generic", json).status == 400)
    }

    @Test(arguments: [
        nil, "", "text/plain", "application/x-www-form-urlencoded", "application/jsonx", "application/xml",
        "application/json; charset=latin1", "application/json; charset=utf-16", "json",
    ])
    func `a body of another media type is 415`(type: String?) throws {
        let shared = try SharedSite.current
        let fields = [("X-API-KEY", shared.token)] + (type.map { [("Content-Type", $0)] } ?? [])
        let reply = try shared.site.send("POST", "/fx/events/generic", fields: fields, body: Array("{}".utf8))
        #expect(reply.status == 415)
        #expect(reply.problem?.detail?.contains("application/json") == true)
    }

    @Test(arguments: ["", " ", "a b", "ä", "a/b", "a,b", String(repeating: "x", count: 129)])
    func `a cid outside its alphabet is 400`(cid: String) throws {
        let reply = try SharedSite.current.post("/fx/events/generic", "{}", fields: [("X-Correlation-ID", cid)])
        // nginx passes an empty field on; nobody can tell it from none.
        let isEmpty = cid.allSatisfy { $0 == " " }
        #expect(isEmpty ? [202, 400].contains(reply.status) : reply.status == 400)
        if !isEmpty { #expect(reply.problem?.detail?.contains("X-Correlation-ID") == true) }
    }

    @Test func `a body over the limit is 413, and the connection goes on`() throws {
        let shared = try SharedSite.current
        let connection = try HTTPConnection(port: shared.site.port)
        let fields = [("Content-Type", "application/json"), ("X-API-KEY", shared.token)]
        let reply = try connection.send(
            "POST", "/fx/events/generic", fields: fields, body: [UInt8](repeating: 0x20, count: (10 << 20) + 1))
        #expect(reply.status == 413)
        #expect(reply.problem?.detail?.contains("10485760") == true)
        let next = try connection.send("POST", "/fx/events/generic", fields: fields, body: Array("1".utf8))
        #expect(next.status == 202)
    }

    @Test func `nothing of a refused request reaches the spool`() throws {
        let shared = try SharedSite.current
        let cid = freshCID()
        for json in ["", "{", "{} {}", "NaN"] {
            _ = try shared.post("/fx/events/generic", json, fields: [("X-Correlation-ID", cid)])
        }
        _ = try shared.site.post("/fx/events/generic", "{}", token: "wrong", fields: [("X-Correlation-ID", cid)])
        _ = try shared.site.post("/fx/events/generic", "{}", token: shared.reader, fields: [("X-Correlation-ID", cid)])
        #expect(try shared.site.spool.events(cid: cid).isEmpty)
    }
}
