import HTTPMessage
import Testing

@testable import Bridge

struct RefusedBodyTests {
    @Test(
        arguments: [
            ("", 0), ("   ", 3), ("1 2", 2), ("NaN", 0), ("[1,]", 3), ("{\"a\" 1}", 5), ("\"\u{1}\"", 1),
            ("\u{FEFF}{}", 0), ("01", 1), ("{\"a\":\"\\ud800\"}", 6), ("[1", 2), ("'a'", 0), ("\"\n\"", 1),
        ])
    func `a body that is no JSON is refused with the offset where it goes wrong`(body: String, offset: Int) throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        for path in ["/fx/events", "/fx/events/generic", "/fx/events/webhook"] {
            let answer = try fixture.send(.post, path, body, token: token)
            #expect(answer.status == 400)
            #expect(answer.problem == "malformed-json")
            #expect(answer.json["offset"] as? Int == offset, "\(answer.body)")
            #expect(answer.detail.hasSuffix(", at byte \(offset)."))
            #expect(answer.field("Content-Type") == "application/problem+json")
        }
        #expect(try fixture.spoolLines().isEmpty)
    }

    @Test func `bytes that are no UTF-8 are refused where they begin`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        let answer = try fixture.send(
            .post, "/fx/events/generic", body: .complete(Array("\"ab".utf8) + [0xC3, 0x28, 0x22]), token: token)
        #expect(answer.status == 400)
        #expect(answer.json["offset"] as? Int == 3)
    }

    @Test func `nesting is refused beyond the limit and taken at it`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(try fixture.send(.post, "/fx/events/generic", nested(128), token: token).status == 202)
        let answer = try fixture.send(.post, "/fx/events/generic", nested(129), token: token)
        #expect(answer.status == 400)
        #expect(answer.json["offset"] as? Int == 128)
    }

    @Test(
        arguments: [
            (#"{"event_type":"t","payload":1}"#, "event_source"), (#"{"event_source":"s","payload":1}"#, "event_type"),
            (#"{"event_source":"s","event_type":"t"}"#, "payload"),
            (#"{"event_source":"","event_type":"t","payload":1}"#, "event_source"),
            (#"{"event_source":"s","event_type":"","payload":1}"#, "event_type"),
            (#"{"event_source":1,"event_type":"t","payload":1}"#, "event_source"),
            (#"{"event_source":"s","event_type":null,"payload":1}"#, "event_type"),
            (#"{"event_source":"s","event_source":"s","event_type":"t","payload":1}"#, "event_source"),
            (#"{"event_source":"s","event\u005fsource":"s","event_type":"t","payload":1}"#, "event_source"),
            (#"{"event_source":"s","event_type":"a\nb","payload":1}"#, "event_type"),
            (#"{"event_source":"s","event_type":"t","payload":1,"x":1,"x":2}"#, "x"),
        ])
    func `an event request that lacks, repeats or garbles a member is refused with its name`(
        body: String, member: String
    ) throws {
        let fixture = try BridgeFixture()
        let answer = try fixture.send(.post, "/fx/events", body, token: fixture.token())
        #expect(answer.status == 400)
        #expect(answer.problem == "invalid-event")
        #expect(answer.json["member"] as? String == member)
        #expect(answer.detail.hasPrefix(member))
        #expect(try fixture.spoolLines().isEmpty)
    }

    @Test func `an event request that is no object is refused`() throws {
        let fixture = try BridgeFixture()
        let answer = try fixture.send(.post, "/fx/events", "[1]", token: fixture.token())
        #expect(answer.status == 400)
        #expect(answer.problem == "invalid-event")
        #expect(answer.detail == "the body must be an object, found an array.")
    }

    @Test func `source and type are taken up to their limits in bytes and refused beyond`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        func status(_ source: Int, _ type: Int) throws -> (Int, String?) {
            let (source, type) = (String(repeating: "s", count: source), String(repeating: "t", count: type))
            let answer = try fixture.send(
                .post, "/fx/events", #"{"event_source":"\#(source)","event_type":"\#(type)","payload":1}"#, token: token
            )
            return (answer.status, answer.json["member"] as? String)
        }
        #expect(try status(1024, 255) == (202, nil))
        #expect(try status(1025, 255) == (400, "event_source"))
        #expect(try status(1024, 256) == (400, "event_type"))
    }

    @Test func `a body over the limit is 413 and says the limit`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        for path in ["/fx/events", "/fx/events/generic", "/fx/events/webhook"] {
            let answer = try fixture.send(.post, path, body: .tooLarge(limit: 1234), token: token)
            #expect(answer.status == 413)
            #expect(answer.problem == "content-too-large")
            #expect(answer.detail == "At most 1234 bytes are taken.")
        }
    }

    @Test func `a body that is not of the announced length is 400 and says both lengths`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        let short = try fixture.send(
            .post, "/fx/events/generic", body: .wrongLength(announced: 10, received: 4), token: token)
        #expect(short.status == 400)
        #expect(short.problem == "incomplete-body")
        #expect(short.detail == "Content-Length announced 10 bytes, 4 came.")
        let wrong = try fixture.send(
            .post, "/fx/events/generic", body: .wrongLength(announced: -1, received: 0), token: token)
        #expect(wrong.status == 400)
        #expect(wrong.detail == "Content-Length is not a number.")
    }

    @Test(
        arguments: [
            ("application/json", 202), ("application/json; charset=utf-8", 202),
            ("application/vnd.partner+json;charset=UTF-8", 202), ("APPLICATION/JSON", 202), ("", 415),
            ("text/plain", 415), ("application/json; charset=latin1", 415), ("application/x-www-form-urlencoded", 415),
        ])
    func `a body that is not called JSON in UTF-8 is 415, with what to send`(type: String, status: Int) throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        for path in ["/fx/events/generic", "/fx/events/webhook"] {
            let answer = try fixture.send(.post, path, "1", token: token, contentType: type)
            #expect(answer.status == status)
            guard status == 415 else { continue }
            #expect(answer.problem == "unsupported-media-type")
            #expect(answer.field("Accept-Post") == "application/json")
            #expect(answer.detail.contains("application/json"))
        }
    }
}
