import Foundation
import Testing

/// What is accepted, what the answer says, and what lies on the spool then.
@Suite struct EventSubmissionTests {
    static let request = #"{"event_source":"/contract/test","event_type":"com.example.made","payload":{"n":1}}"#

    @Test func `an event request is answered 202 with its cid and type`() throws {
        let shared = try SharedSite.current
        let reply = try shared.post("/fx/events", Self.request)
        #expect(reply.status == 202)
        #expect(reply.field("Content-Type") == "application/json")
        #expect(Set(reply.json.keys) == ["cid", "eventType"])
        #expect(reply.json["eventType"] as? String == "com.example.made")
        let cid = try #require(reply.json["cid"] as? String)
        #expect(reply.field("Location") == "/fx/cid/" + cid)
    }

    @Test func `a cid that nobody named is a version 7 UUID`() throws {
        let reply = try SharedSite.current.post("/fx/events", Self.request)
        let cid = try #require(reply.json["cid"] as? String)
        let pattern = "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
        #expect(cid.range(of: pattern, options: .regularExpression) != nil)
    }

    @Test func `the event is on the spool as a CloudEvent when its answer comes`() throws {
        let shared = try SharedSite.current
        let event = try shared.accepted("/fx/events", Self.request)
        #expect(event["specversion"] == "1.0")
        #expect(event["source"] == "/contract/test")
        #expect(event["type"] == "com.example.made")
        #expect(event["datacontenttype"] == "application/json")
        #expect(event["fxtenant"] == "acme")
        #expect(event["id"]?.isEmpty == false)
        #expect(event["sequence"]?.count == 20)
        #expect(event["authid"].map { shared.token.contains($0) } == true)
        let moment = #"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$"#
        for name in ["time", "recordedtime"] {
            #expect(event[name]?.range(of: moment, options: .regularExpression) != nil, "\(name)")
        }
        #expect(event.data == Array(#"{"n":1}"#.utf8))
        #expect(event.hasRightChecksum)
        #expect(event.attributes.keys.allSatisfy { $0.allSatisfy { $0.isLowercase || $0.isNumber } })
    }

    @Test(arguments: [
        ("/fx/events/generic", "fx.events.generic.incoming"), ("/fx/events/webhook", "fx.events.webhook.incoming"),
    ])
    func `any JSON value is an event of the route's own type`(path: String, type: String) throws {
        let shared = try SharedSite.current
        for json in [#"{"a":[1,2]}"#, "[]", #""text""#, "0", "true", "null"] {
            let reply = try shared.post(path, json)
            #expect(reply.json["eventType"] as? String == type)
            #expect(try shared.spooled(reply).data == Array(json.utf8), "\(json)")
        }
    }

    @Test func `a signed body is accepted on each route that takes events`() throws {
        let shared = try SharedSite.current
        let secret = SharedSecret(shared.secret.secret)
        for path in ["/fx/events", "/fx/events/generic", "/fx/events/webhook", shared.secret.path] {
            let body = Array(Self.request.utf8)
            let reply = try shared.site.send(
                "POST", path, fields: [("Content-Type", "application/json"), secret.field(for: body)], body: body)
            #expect(reply.status == 202, "\(path)")
            #expect(try shared.spooled(reply)["fxtenant"] == "acme")
        }
    }

    @Test func `the sender's cid is kept`() throws {
        let shared = try SharedSite.current
        for cid in [freshCID(), "ABCDEF1234_01", "a.b:c-d_e", String(repeating: "x", count: 128)] {
            let reply = try shared.post("/fx/events", Self.request, fields: [("X-Correlation-ID", cid)])
            #expect(reply.json["cid"] as? String == cid)
            #expect(reply.field("Location") == "/fx/cid/" + cid)
        }
    }

    @Test func `several events may share a cid`() throws {
        let shared = try SharedSite.current
        let cid = freshCID()
        for _ in 0..<3 { _ = try shared.post("/fx/events", Self.request, fields: [("X-Correlation-ID", cid)]) }
        let events = try shared.site.spool.events(cid: cid)
        #expect(events.count == 3)
        #expect(Set(events.map { $0["id"] }).count == 3)
        #expect(events.map { $0["sequence"] ?? "" } == events.map { $0["sequence"] ?? "" }.sorted())
    }

    @Test(arguments: [
        "1E400", "-0", "0.1000000000000000055511151231257827", "123456789012345678901234567890", "1e-400",
        #""é\u00e9\/\ud83d\ude00""#, #"{ "a" : [ 1 , 2 ] }"#, #"{"a":1,"a":2}"#, "\"\u{7F}\"", "[\t]",
    ])
    func `the payload is stored as it was sent`(json: String) throws {
        let shared = try SharedSite.current
        let event = try shared.accepted("/fx/events/generic", json)
        #expect(event.data == Array(json.utf8))
        let request = #"{"event_source":"/s","event_type":"t","payload":\#(json)}"#
        #expect(try shared.accepted("/fx/events", request).data == Array(json.utf8))
    }

    @Test func `newlines between tokens are dropped and nothing else`() throws {
        let shared = try SharedSite.current
        let event = try shared.accepted("/fx/events/generic", "{\r\n  \"a\": [\n1,\r\n 2 ],\n\t\"b\": \"x\\ny\"}")
        #expect(event.data.map { String(decoding: $0, as: UTF8.self) } == "{  \"a\": [1, 2 ],\t\"b\": \"x\\ny\"}")
        #expect(event.hasRightChecksum)
    }

    @Test func `member names may be written with escapes and come in any order`() throws {
        let shared = try SharedSite.current
        let json =
            #"{"payload":[1], "more":{"event_type":"no"}, "event\u005ftype":"t\u0065st", "\u0065vent_source":"/x"}"#
        let event = try shared.accepted("/fx/events", json)
        #expect(event["type"] == "test")
        #expect(event["source"] == "/x")
        #expect(event.data == Array("[1]".utf8))
    }

    @Test(arguments: [("two words", "two%20words"), ("ä", "%C3%A4"), ("<x>", "%3Cx%3E"), ("/a/b?c=d#e", "/a/b?c=d#e")])
    func `a source that is no URI reference is percent-encoded`(sent: String, stored: String) throws {
        let json = #"{"event_source":"\#(sent)","event_type":"t","payload":0}"#
        #expect(try SharedSite.current.accepted("/fx/events", json)["source"] == stored)
    }

    @Test func `the longest source and type are taken`() throws {
        let source = "/" + String(repeating: "s", count: 1023)
        let type = String(repeating: "t", count: 255)
        let json = #"{"event_source":"\#(source)","event_type":"\#(type)","payload":0}"#
        let event = try SharedSite.current.accepted("/fx/events", json)
        #expect(event["source"] == source)
        #expect(event["type"] == type)
    }

    @Test(arguments: [
        "application/json; charset=utf-8", "application/json;charset=UTF-8", "application/vnd.github.v3+json",
        #"application/vnd.example+json; charset="utf-8"; v=1"#, "Application/JSON",
    ])
    func `JSON media types are taken`(type: String) throws {
        let shared = try SharedSite.current
        let reply = try shared.site.send(
            "POST", "/fx/events/generic", fields: [("Content-Type", type), ("X-API-KEY", shared.token)],
            body: Array("{}".utf8))
        #expect(reply.status == 202)
    }

    @Test func `a chunked body is accepted`() throws {
        let shared = try SharedSite.current
        let connection = try HTTPConnection(port: shared.site.port)
        let head = """
            POST /fx/events/generic HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-API-KEY: \(shared.token)\r
            Transfer-Encoding: chunked\r\n\r\n
            """
        try connection.write(Array((head + "4\r\n[1,2\r\n3\r\n,3]\r\n0\r\n\r\n").utf8))
        let event = try shared.spooled(connection.readReply())
        #expect(event.data == Array("[1,2,3]".utf8))
    }

    @Test func `a connection carries one event after another`() throws {
        let shared = try SharedSite.current
        let connection = try HTTPConnection(port: shared.site.port)
        for n in 0..<20 {
            let reply = try connection.send(
                "POST", "/fx/events/generic",
                fields: [("Content-Type", "application/json"), ("X-API-KEY", shared.token)], body: Array("\(n)".utf8))
            #expect(try shared.spooled(reply).data == Array("\(n)".utf8))
        }
    }

    @Test func `the largest body is accepted`() throws {
        let site = try TestSite(startsBridge: false)
        let token = try site.makeToken().token
        try site.startBridge()
        let body = [UInt8](repeating: UInt8(ascii: " "), count: (10 << 20) - 2) + Array("[]".utf8)
        let reply = try site.send(
            "POST", "/fx/events/generic", fields: [("Content-Type", "application/json"), ("X-API-KEY", token)],
            body: body)
        #expect(reply.status == 202)
    }
}
