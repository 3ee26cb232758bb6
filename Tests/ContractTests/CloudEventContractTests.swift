import Foundation
import Testing

/// CloudEvents as other tools send them, through real nginx.
@Suite struct CloudEventContractTests {
    private func send(
        _ fields: [(String, String)], _ body: String, path: String = "/fx/events/generic"
    ) throws -> HTTPReply {
        let shared = try SharedSite.current
        return try shared.site.send(
            "POST", path, fields: [("Authorization", "Bearer " + shared.token)] + fields, body: Array(body.utf8))
    }

    @Test func `a structured event keeps its names and comes with a bearer token`() throws {
        let shared = try SharedSite.current
        let body = #"{"specversion":"1.0","id":"e-1","source":"/s","type":"com.x","partner":"p","data":{"a":1E400}}"#
        let reply = try send([("Content-Type", "application/cloudevents+json")], body)
        #expect(reply.status == 202)
        let event = try shared.spooled(reply)
        #expect(event["id"] == "e-1")
        #expect(event["partner"] == "p")
        #expect(event.data == Array(#"{"a":1E400}"#.utf8))
        #expect(event.hasRightChecksum)
    }

    @Test func `a binary event has its attributes in headers`() throws {
        let shared = try SharedSite.current
        let fields = [
            ("ce-specversion", "1.0"), ("ce-id", "e%20%E2%82%AC"), ("ce-source", "/s"), ("ce-type", "com.x"),
            ("Content-Type", "text/plain"), ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        ]
        let reply = try send(fields, "hey \"you\"")
        #expect(reply.status == 202)
        let event = try shared.spooled(reply)
        #expect(event["id"] == "e €")
        #expect(event["traceparent"] == "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        #expect(event.data == Array(#""hey \"you\"""#.utf8))
    }

    @Test func `a batch is on the spool as a whole, or not at all`() throws {
        let shared = try SharedSite.current
        let cid = freshCID()
        let event = #"{"specversion":"1.0","id":"1","source":"/s","type":"com.x","data":1}"#
        let fields = [("Content-Type", "application/cloudevents-batch+json"), ("X-Correlation-ID", cid)]
        let refused = try send(fields, "[\(event),{}]")
        #expect(refused.status == 400)
        #expect(try shared.site.spool.events(cid: cid).isEmpty)
        let reply = try send(fields, "[\(event),\(event),\(event)]")
        #expect(reply.status == 202)
        #expect((reply.json["events"] as? [Any])?.count == 3)
        let stored = try shared.site.spool.events(cid: cid)
        #expect(stored.map(\.data) == Array(repeating: Array("1".utf8), count: 3))
        #expect(stored.allSatisfy { $0.hasRightChecksum })
    }

    @Test func `the handshake goes through nginx`() throws {
        let fields = [("WebHook-Request-Origin", "eventgrid.azure.net"), ("WebHook-Request-Rate", "120")]
        let reply = try SharedSite.current.site.send("OPTIONS", "/fx/events/webhook", fields: fields)
        #expect(reply.field("WebHook-Allowed-Origin") == "eventgrid.azure.net")
        #expect(reply.field("WebHook-Allowed-Rate") == "120")
        #expect(reply.field("Allow")?.contains("POST") == true)
    }
}
