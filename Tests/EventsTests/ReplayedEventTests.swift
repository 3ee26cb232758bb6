import Events
import JSONText
import Testing

struct ReplayedEventTests {
    private static let recordedTime = Timestamp(microseconds: 1_767_323_046_000_000)
    private static let replay = "019ab3c4-0000-7000-8000-000000000001"

    private func replayed(_ line: String) throws -> String {
        let event = try ReplayedEvent(line: Array(line.utf8))
        let again = event.spoolLine(id: "new", recordedTime: Self.recordedTime, replay: Self.replay)
        #expect(
            again.bytes[again.sequenceOffset...].prefix(20).elementsEqual(repeatElement(UInt8(ascii: "0"), count: 20)))
        return String(decoding: again.bytes, as: UTF8.self)
    }

    @Test func `identity and time of receipt are new, the rest is the same byte for byte`() throws {
        let line = try replayed(
            #"{"specversion":"1.0","id":"d \"1\"","source":"/s","type":"t","time":"2026-01-02T03:04:05+01:00","#
                + #""datacontenttype":"application/json","correlationid":"c1","sequence":"00000000000000000042","#
                + #""fxbatchrest":"0000000009","fxtenant":"acme","authid":"k1","fxclaim":"00","fxreleased":"r","#
                + #""recordedtime":"2026-01-02T03:04:06.000000Z","subject":"4\u0032","causationid":"older","n":1,"#
                + #""data":{ "n" : [1E400, {"id":"x","sequence":"y","crc32c":"z"}] },"crc32c":"1a2b3c4d"}"# + "\n")
        #expect(
            line == #"{"specversion":"1.0","id":"new","source":"/s","type":"t","#
                + #""time":"2026-01-02T03:04:05+01:00","#
                + #""datacontenttype":"application/json","correlationid":"c1","sequence":"00000000000000000000","#
                + #""fxtenant":"acme","authid":"k1","fxreplay":"\#(Self.replay):42","#
                + #""recordedtime":"2026-01-02T03:04:06.000000Z","causationid":"d \"1\"","subject":"4\u0032","n":1,"#
                + #""data":{ "n" : [1E400, {"id":"x","sequence":"y","crc32c":"z"}] }"#)
        // What the log does to it.
        let bytes = Array((line + "}").replacing("00000000000000000000", with: "00000000000000000043").utf8)
        let recorded = try RecordedEvent(line: bytes)
        let mark = try #require(recorded.replay)
        #expect(ReplayedEvent.sequence(ofMark: mark, replay: Self.replay) == 42)
        #expect(ReplayedEvent.sequence(ofMark: mark, replay: "019ab3c4") == nil)
        #expect(recorded.claim == nil)
        // What follows the log reads it by its shape.
        #expect(EventEnvelope(line: bytes, in: 0..<bytes.count)?.id.elementsEqual("new".utf8) == true)
    }

    @Test(arguments: [#","data_base64":"AAEC""#, "", #","data":null"#])
    func `an event without JSON keeps what it has`(_ data: String) throws {
        let head =
            #"{"specversion":"1.0","id":"e1","source":"/s","type":"t","time":"2026-01-02T03:04:05Z","#
            + #""correlationid":"c1","sequence":"00000000000000000001","fxtenant":"acme","authid":"k1","#
            + #""recordedtime":"2026-01-02T03:04:06.000000Z""#
        let line = try replayed(head + data + #","crc32c":"1a2b3c4d"}"#)
        #expect(line.hasSuffix(#""causationid":"e1""# + data))
    }

    @Test(arguments: ["", "{}", #"{"id":"e1"}"#, "[1]"]) func `what is no event is none`(_ line: String) {
        #expect(throws: EventsError.self) { try ReplayedEvent(line: Array(line.utf8)) }
    }

    @Test func `a sender cannot say that its event is a replay`() {
        #expect(AttributeName.reserved.contains("fxreplay"))
    }
}
