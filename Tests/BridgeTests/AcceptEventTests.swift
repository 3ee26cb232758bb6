import Authentication
import Foundation
import HTTPMessage
import Testing

@testable import Bridge

struct AcceptEventTests {
    private let orders = #"{"event_source":"/partner/orders","event_type":"com.example.order","payload":{"n":1}}"#

    @Test func `an event is answered with 202, its cid and its type, byte for byte`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        let answer = try fixture.send(.post, "/fx/events", orders, token: token)
        let cid = "019b7ca9-8f2e-7001-8000-000000000002"
        #expect(answer.status == 202)
        #expect(answer.body == #"{"cid":"\#(cid)","eventType":"com.example.order"}"#)
        #expect(
            answer.fields == [
                "Location: /fx/cid/\(cid)", "FX-Body-Digest: \(BodyDigest.field(of: Array(orders.utf8)))",
                "Cache-Control: no-store", "Content-Type: application/json", "Content-Length: 78",
            ])
        #expect(!answer.isBodyOmitted)
    }

    @Test func `an event is one line on the spool, byte for byte, its data passed through`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        let body = """
            {"payload": {"big": 123456789012345678901234567890,
              "huge":1E400, "text":"\\u0041\\/"} , "event\\u005ftype":"com.example.\\"x\\"","event_source":"/a"}
            """
        _ = try fixture.send(.post, "/fx/events", body, token: token)
        let checked =
            #"{"specversion":"1.0","id":"019b7ca9-8f2e-7003-8000-000000000004","source":"/a","#
            + #""type":"com.example.\"x\"","time":"2026-01-02T03:04:05.678901Z","datacontenttype":"application/json","#
            + #""correlationid":"019b7ca9-8f2e-7001-8000-000000000002","sequence":"00000000000000000001","#
            + #""fxtenant":"acme","authid":"\#(token.id)","recordedtime":"2026-01-02T03:04:05.678901Z","#
            + #""data":{"big": 123456789012345678901234567890,  "huge":1E400, "text":"\u0041\/"}"#
        #expect(try fixture.spoolLines() == [checked + #","crc32c":"\#(referenceChecksum(checked))"}"#])
    }

    @Test func `a sender may name the cid, and several events may share one`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        for cid in ["ABCDEF1234_01", "a", String(repeating: "z", count: 128), "A-Za.z0:9_"] {
            for _ in 0..<2 {
                let answer = try fixture.send(
                    .post, "/fx/events", orders, token: token, fields: [("X-Correlation-ID", cid)])
                #expect(answer.status == 202)
                #expect(answer.cid == cid)
                #expect(answer.field("Location") == "/fx/cid/\(cid)")
                #expect(try fixture.lastEvent()["correlationid"] as? String == cid)
            }
        }
        let lines = try fixture.spoolLines()
        #expect(lines.count == 8)
        #expect(Set(lines.map { $0.prefix(70) }).count == 8, "every event has an id of its own")
    }

    @Test func `a cid outside the alphabet is refused, and nothing is stored`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        for cid in ["", "a b", "a/b", "é", String(repeating: "z", count: 129), "a,b", "x\u{7F}"] {
            let answer = try fixture.send(
                .post, "/fx/events/generic", "1", token: token, fields: [("X-Correlation-ID", cid)])
            #expect(answer.status == 400)
            #expect(answer.problem == "invalid-correlation-id")
            #expect(answer.json["member"] as? String == "X-Correlation-ID")
        }
        let twice = [("X-Correlation-ID", "a"), ("x-correlation-id", "a")]
        let answer = try fixture.send(.post, "/fx/events/generic", "1", token: token, fields: twice)
        #expect(answer.status == 400)
        #expect(answer.problem == "invalid-correlation-id")
        #expect(try fixture.spoolLines().isEmpty)
    }

    @Test(
        arguments: [
            ("Stripe Hook", "Stripe%20Hook"), ("a b:c", "a%20b%3Ac"), ("http://[bad", "http://%5Bbad"),
            ("100%", "100%25"), ("https://shop.example/a?b=c#d", "https://shop.example/a?b=c#d"),
            ("größe", "gr%C3%B6%C3%9Fe"), (#"a\"b\\"#, "a%22b%5C"),
        ])
    func `a source that is no URI-reference is percent-encoded`(sent: String, stored: String) throws {
        let fixture = try BridgeFixture()
        let body = #"{"event_source":"\#(sent)","event_type":"t","payload":null}"#
        let answer = try fixture.send(.post, "/fx/events", body, token: fixture.token())
        #expect(answer.status == 202)
        #expect(try fixture.lastEvent()["source"] as? String == stored)
    }

    @Test(
        arguments: [
            ("/fx/events/generic", "/fx/generic", "fx.events.generic.incoming"),
            ("/fx/events/webhook", "/fx/webhook", "fx.events.webhook.incoming"),
        ])
    func `an event without a source and a type of its own gets those of the settings`(
        path: String, source: String, type: String
    ) throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        for body in [#"{"event_source":"x","a":[1,2]}"#, "[]", "\"text\"", " 0 ", "null", "true"] {
            let answer = try fixture.send(.post, path, body, token: token)
            #expect(answer.status == 202)
            #expect(answer.json["eventType"] as? String == type)
            let event = try fixture.lastEvent()
            #expect(event["source"] as? String == source)
            #expect(event["type"] as? String == type)
            let line = try #require(try fixture.spoolLines().last)
            #expect(line.contains(#","data":\#(body.trimmingCharacters(in: .whitespaces)),"crc32c""#))
        }
    }

    @Test func `the path of a secret key takes the same events as the bare one`() throws {
        let fixture = try BridgeFixture()
        let key = try fixture.key()
        let body = #"{"zen":"Design for failure."}"#
        let answer = try fixture.send(
            .post, "/fx/events/webhook/\(key.credential.id)", body,
            fields: [("X-Hub-Signature-256", key.signature(of: body))])
        #expect(answer.status == 202)
        let event = try fixture.lastEvent()
        #expect(event["authid"] as? String == key.credential.id)
        #expect(event["type"] as? String == "fx.events.webhook.incoming")
    }

    @Test func `events get consecutive sequence numbers in the order of their answers`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        for number in 1...50 { _ = try fixture.send(.post, "/fx/events/generic", "\(number)", token: token) }
        for (index, line) in try fixture.spoolLines().enumerated() {
            #expect(line.contains(#""sequence":"\#(String(repeating: "0", count: index < 9 ? 19 : 18))\#(index + 1)""#))
            #expect(line.contains(#","data":\#(index + 1),"#))
        }
    }
}

/// CRC-32C bit by bit, from the polynomial alone, as 8 hexadecimal digits.
private func referenceChecksum(_ text: String) -> String {
    var crc: UInt32 = .max
    for byte in text.utf8 {
        crc ^= UInt32(byte)
        for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1 }
    }
    let digits = String(~crc, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
}
