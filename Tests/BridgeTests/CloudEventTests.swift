import Authentication
import Foundation
import HTTPMessage
import Testing

@testable import Bridge

/// CloudEvents on the generic route, in the three modes of the HTTP binding.
struct CloudEventTests {
    private let structured = "application/cloudevents+json; charset=utf-8"
    private let batched = "application/cloudevents-batch+json"
    private let path = "/fx/events/generic"
    private let attributes = [("ce-specversion", "1.0"), ("ce-id", "e%201"), ("ce-source", "/s"), ("ce-type", "com.x")]

    private func sent(_ id: String, _ more: String = "") -> String {
        #"{"specversion":"1.0","id":"\#(id)","source":"/s","type":"com.x"\#(more)}"#
    }

    @Test func `a structured event keeps what its sender said and gets what is ours`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        let body = sent("e1", #","subject":"7","time":"2020-01-01T00:00:00Z","myext":true,"data":{"n":1E400}"#)
        let answer = try fixture.send(.post, path, body, token: token, contentType: structured)
        #expect(answer.status == 202)
        #expect(answer.json["eventType"] as? String == "com.x")
        let line = try #require(try fixture.spoolLines().first)
        let parts = [
            #"{"specversion":"1.0","id":"e1","source":"/s","type":"com.x","time":"2020-01-01T00:00:00Z","#,
            #""datacontenttype":"application/json","correlationid":"\#(answer.cid)","#,
            #""sequence":"00000000000000000001","fxtenant":"acme","authid":"\#(token.id)","#,
            #""recordedtime":"2026-01-02T03:04:05.678901Z","subject":"7","myext":true,"data":{"n":1E400},"crc32c""#,
        ]
        // What it is known again by is a hash.
        let claim = try #require(line.firstMatch(of: #/"fxclaim":"[0-9a-f]{64}",/#))
        #expect(line.replacing(claim.output, with: "").hasPrefix(parts.joined()))
    }

    @Test func `a binary event has its attributes in headers and any body`() throws {
        let fixture = try BridgeFixture()
        let fields = attributes + [("CE-MyExt", "x")]
        for (type, body, data) in [
            ("application/json", "[1]", #","data":[1],"#), ("text/plain", "hey", #","data":"hey","#),
            ("image/png", "png", #","data_base64":"cG5n","#), ("", "", #","myext":"x","crc32c""#),
        ] {
            // From one sender the same id with another body would be a conflict.
            let answer = try fixture.send(
                .post, path, body, token: fixture.token(), fields: fields, contentType: type)
            #expect(answer.status == 202)
            #expect(try fixture.spoolLines().last?.contains(data) == true)
            let event = try fixture.lastEvent()
            #expect(event["id"] as? String == "e 1")
            #expect(event["myext"] as? String == "x")
            #expect(event["datacontenttype"] as? String == (type.isEmpty ? nil : type))
        }
    }

    @Test func `an event may name its cid, and that comes before the header`() throws {
        let fixture = try BridgeFixture()
        let answer = try fixture.send(
            .post, path, sent("e1", #","correlationid":"mine""#), token: fixture.token(),
            fields: [("X-Correlation-ID", "other")], contentType: structured)
        #expect(answer.cid == "mine")
        #expect(answer.field("Location") == "/fx/cid/mine")
        #expect(try fixture.lastEvent()["correlationid"] as? String == "mine")
    }

    @Test func `what is against the rules of CloudEvents is 400 and names the attribute`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        for (more, member) in [
            (#","fxtenant":"other""#, "fxtenant"), (#","sequence":"1""#, "sequence"), (#","time":"noon""#, "time"),
            (#","Ext":"1""#, "Ext"), (#","data":1,"data_base64":"""#, "data_base64"),
        ] {
            let answer = try fixture.send(.post, path, sent("e1", more), token: token, contentType: structured)
            #expect(answer.status == 400)
            #expect(answer.problem == "invalid-event")
            #expect(answer.json["member"] as? String == member)
        }
        let lacking = try fixture.send(.post, path, "1", token: token, fields: [("ce-id", "1")])
        #expect(lacking.status == 400)
        #expect(lacking.json["member"] as? String == "specversion")
        #expect(try fixture.spoolLines().isEmpty)
    }

    @Test(
        arguments: [
            "application/cloudevents", "application/cloudevents+avro", "Application/CloudEvents+XML",
            "application/cloudevents-batch+avro", "application/cloudevents+json;charset=latin1",
        ])
    func `a format of CloudEvents that is not taken is 415 and tells which are`(type: String) throws {
        let fixture = try BridgeFixture()
        let answer = try fixture.send(.post, path, sent("e1"), token: fixture.token(), contentType: type)
        #expect(answer.status == 415)
        #expect(answer.field("Accept-Post") == "application/cloudevents+json, application/cloudevents-batch+json")
    }

    @Test func `what the credential does not allow is 403 whatever mode it comes in`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token(sources: ["/s"], types: ["com.x"])
        #expect(try fixture.send(.post, path, sent("e1"), token: token, contentType: structured).status == 202)
        let foreign = sent("e1").replacingOccurrences(of: "com.x", with: "com.y")
        #expect(try fixture.send(.post, path, foreign, token: token, contentType: structured).status == 403)
        let batch = try fixture.send(
            .post, path, "[\(sent("e2")),\(foreign)]", token: token, contentType: batched)
        #expect(batch.status == 403)
        #expect(batch.problem == "type-not-allowed")
        #expect(batch.json["index"] as? Int == 1)
        #expect(try fixture.spoolLines().count == 1)
    }

    @Test func `a batch is one commit, one cid but for events with their own, and one answer for all`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        let body = "[\(sent("e1")),\(sent("e2", #","correlationid":"own""#)),\n\(sent("e3"))]"
        let answer = try fixture.send(
            .post, path, body, token: token, fields: [("X-Correlation-ID", "b-1")], contentType: batched)
        #expect(answer.status == 202)
        let parts = [
            #"{"cid":"b-1","events":[{"id":"e1","cid":"b-1","eventType":"com.x"},"#,
            #"{"id":"e2","cid":"own","eventType":"com.x"},{"id":"e3","cid":"b-1","eventType":"com.x"}]}"#,
        ]
        #expect(answer.body == parts.joined())
        #expect(answer.field("Location") == "/fx/cid/b-1")
        #expect(answer.field("FX-Body-Digest") == BodyDigest.field(of: Array(body.utf8)))
        let lines = try fixture.spoolLines()
        #expect(lines.count == 3)
        for (index, line) in lines.enumerated() {
            #expect(line.contains(#""id":"e\#(index + 1)""#))
            #expect(line.contains(#""sequence":"0000000000000000000\#(index + 1)""#))
        }
        for cid in ["b-1", "own"] {
            #expect(try fixture.send(.get, "/fx/cid/\(cid)", token: token).status == 200)
        }
    }

    @Test func `an empty batch is accepted and stores nothing`() throws {
        let fixture = try BridgeFixture()
        let answer = try fixture.send(.post, path, "[]", token: fixture.token(), contentType: batched)
        #expect(answer.status == 202)
        #expect(answer.body == #"{"events":[]}"#)
        #expect(answer.field("Location") == nil)
        #expect(try fixture.spoolLines().isEmpty)
    }

    @Test func `one wrong event refuses the batch, and every wrong one is named by its index`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        let answer = try fixture.send(
            .post, path, "[\(sent("e1")),{},\(sent("e3")),\(sent("")),7]", token: token, contentType: batched)
        #expect(answer.status == 400)
        #expect(answer.problem == "invalid-batch")
        let errors = [
            #""errors":[{"index":1,"detail":"specversion is missing.","member":"specversion"},"#,
            #"{"index":3,"detail":"id must not be empty.","member":"id"},"#,
            #"{"index":4,"detail":"the body must be an object, found a number."}]"#,
        ]
        #expect(answer.body.contains(errors.joined()))
        let many = "[" + Array(repeating: "{}", count: 100).joined(separator: ",") + "]"
        let shortened = try fixture.send(.post, path, many, token: token, contentType: batched)
        #expect((shortened.json["errors"] as? [Any])?.count == 16)
        #expect(shortened.detail.hasPrefix("100 of 100 events"))
        #expect(try fixture.spoolLines().isEmpty)
    }

    @Test func `a batch beyond the limit is 400 and says the limit`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        let thousand = (0..<1000).map { sent("e\($0)") }
        let answer = try fixture.send(
            .post, path, "[\(thousand.joined(separator: ","))]", token: token, contentType: batched)
        #expect(answer.status == 202)
        let more = try fixture.send(
            .post, path, "[\((thousand + [sent("x")]).joined(separator: ","))]", token: token, contentType: batched)
        #expect(more.status == 400)
        #expect(more.detail == "the batch has more than 1000 events.")
        #expect(try fixture.spoolLines().count == 1000)
    }

    @Test func `a batch that cannot be stored is refused once, as a whole`() throws {
        let fixture = try BridgeFixture(limits: .init(pendingBytes: 1 << 20, pendingRecords: 2))
        let answer = try fixture.send(
            .post, path, "[\(sent("e1")),\(sent("e2")),\(sent("e3"))]", token: fixture.token(), contentType: batched)
        #expect(answer.status >= 400)
        #expect(try fixture.spoolLines().isEmpty)
    }

    @Test func `the trace of a request is carried on every route, and an invalid one costs nothing`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        let fields = [("traceparent", parent), ("tracestate", "a=1"), ("tracestate", "b=2")]
        let named = #"{"event_source":"/a","event_type":"t","payload":1}"#
        for (path, body) in [("/fx/events", named), (path, "1"), ("/fx/events/webhook", "1")] {
            #expect(try fixture.send(.post, path, body, token: token, fields: fields).status == 202)
            let line = try #require(try fixture.spoolLines().last)
            #expect(line.contains(#","traceparent":"\#(parent)","tracestate":"a=1,b=2","data":1,"#))
        }
        let invalid = [("traceparent", "00-zz"), ("tracestate", "a=1")]
        #expect(try fixture.send(.post, path, "1", token: token, fields: invalid).status == 202)
        #expect(try fixture.lastEvent()["traceparent"] == nil)
        let own = sent("e1", #","traceparent":"of-the-start""#)
        _ = try fixture.send(.post, path, own, token: token, fields: fields, contentType: structured)
        #expect(try fixture.lastEvent()["traceparent"] as? String == "of-the-start")
        #expect(try fixture.lastEvent()["tracestate"] == nil)
    }

    @Test func `elsewhere the headers of CloudEvents mean nothing`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        _ = try fixture.send(.post, "/fx/events/webhook", "1", token: token, fields: attributes)
        #expect(try fixture.lastEvent()["type"] as? String == "fx.events.webhook.incoming")
    }
}
