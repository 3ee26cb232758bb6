import Events
import JSONText
import Testing

private let time = "2026-01-02T03:04:05.678901Z"
private let recordedTime = Timestamp(microseconds: 1_767_323_046_000_000)

private func line(
    id: String = "e1", source: String = "https://shop.example/orders", type: String = "order.created",
    cid: String = "c1", data: String = "{\"a\":1}"
) throws -> SpoolLine {
    let body = Array("{\"payload\": \(data) }".utf8)
    let payload = try #require(try JSONScanner.member("payload", of: body, depthLimit: 9))
    let event = EventLine(
        id: id, source: EventSource(source), type: type, sentTime: time, recordedTime: recordedTime,
        cid: try CorrelationID(cid), tenant: "acme", authID: "tok_1")
    return event.spoolLine(data: .json(payload), of: body)
}

/// What the log does to a line.
private func complete(_ line: SpoolLine, sequence: String) -> [UInt8] {
    var bytes = line.bytes
    bytes.replaceSubrange(line.sequenceOffset..<(line.sequenceOffset + 20), with: sequence.utf8)
    return bytes + Array(",\"crc32c\":\"1a2b3c4d\"}\n".utf8)
}

private func jsonRange(of event: RecordedEvent) throws -> Range<Int> {
    guard case .json(let value) = event.data else { throw EventsError.memberMissing("data") }
    return value.range
}

struct EventLineTests {
    @Test func `A line has the members of the format in their order`() throws {
        let line = try line()
        #expect(
            String(decoding: line.bytes, as: UTF8.self)
                == #"{"specversion":"1.0","id":"e1","source":"https://shop.example/orders","type":"order.created","#
                + #""time":"2026-01-02T03:04:05.678901Z","datacontenttype":"application/json","correlationid":"c1","#
                + #""sequence":"00000000000000000000","fxtenant":"acme","authid":"tok_1","#
                + #""recordedtime":"2026-01-02T03:04:06.000000Z","data":{"a":1}"#)
        #expect(
            line.bytes[line.sequenceOffset...].prefix(20).elementsEqual(repeatElement(UInt8(ascii: "0"), count: 20)))
    }

    @Test func `Data is passed through byte for byte but for newlines`() throws {
        let line = try line(data: "{ \"n\" : [1E400,\r\n 123456789012345678901234567890],\n\"s\":\"\\u0041\\n\\/é\" }")
        let text = String(decoding: line.bytes, as: UTF8.self)
        #expect(text.hasSuffix(#","data":{ "n" : [1E400, 123456789012345678901234567890],"s":"\u0041\n\/é" }"#))
        #expect(!line.bytes.contains(0x0A) && !line.bytes.contains(0x0D))
    }

    @Test func `A complete line is valid JSON and reads back as what was written`() throws {
        let id = "quote \" back \\ \u{1} 日"
        let line = try line(
            id: id, source: "a b:c", type: "t\"\\\u{1F600}", cid: "ABCDEF1234_01", data: "[1, {\"x\":null}]")
        let bytes = complete(line, sequence: "18446744073709551615")
        #expect(try JSONScanner.validate(bytes, depthLimit: 9).hasNewlines == false)
        let event = try RecordedEvent(line: bytes)
        #expect(event.id == id)
        #expect(event.source == "a%20b%3Ac")
        #expect(event.type == "t\"\\\u{1F600}")
        #expect(event.time.text == time)
        #expect(event.recordedTime == recordedTime)
        #expect(event.cid.text == "ABCDEF1234_01")
        #expect(event.tenant == "acme")
        #expect(event.authID == "tok_1")
        #expect(event.sequence == .max)
        #expect(bytes[try jsonRange(of: event)].elementsEqual("[1, {\"x\":null}]".utf8))
    }

    @Test func `A line is read where it lies among others`() throws {
        let first = complete(try line(id: "first"), sequence: "00000000000000000001")
        let second = complete(try line(id: "second"), sequence: "00000000000000000002")
        let both = first + second
        let event = try RecordedEvent(line: both, in: first.count..<both.count)
        #expect(event.id == "second")
        #expect(event.sequence == 2)
        #expect(both[try jsonRange(of: event)].elementsEqual("{\"a\":1}".utf8))
    }

    @Test func `No text of a sender can put a sequence member before the real one`() throws {
        let forged = "x\",\"sequence\":\"11111111111111111111"
        let line = try line(
            id: forged, source: forged, type: forged, data: "{\"sequence\":\"22222222222222222222\"}")
        let needle = Array("\"sequence\":\"".utf8)
        let first = line.bytes.indices.first { line.bytes[$0...].starts(with: needle) }
        #expect(first.map { $0 + needle.count } == line.sequenceOffset)
        #expect(try RecordedEvent(line: complete(line, sequence: "00000000000000000042")).sequence == 42)
    }

    @Test func `A line keeps room for what the log appends`() throws {
        for data in ["1", "\"\(String(repeating: "x", count: 5000))\""] {
            let line = try line(data: data)
            #expect(line.bytes.capacity - line.bytes.count >= 22)
        }
    }

    @Test func `A line as deep as any is read`() throws {
        let data = String(repeating: "[", count: 8) + String(repeating: "]", count: 8)
        #expect(try RecordedEvent(line: complete(try line(data: data), sequence: "00000000000000000001")).sequence == 1)
    }

    @Test func `A line that lacks or garbles a member is refused with its name`() throws {
        let whole = String(decoding: complete(try line(), sequence: "00000000000000000001"), as: UTF8.self)
        func read(_ old: String, _ new: String) throws(EventsError) -> RecordedEvent {
            var parts = whole.split(separator: old, maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            parts.insert(new, at: 1)
            return try RecordedEvent(line: Array(parts.joined().utf8))
        }
        let names = [
            "id", "source", "type", "time", "correlationid", "sequence", "fxtenant", "authid", "recordedtime",
        ]
        for name in names {
            #expect(throws: EventsError.memberMissing(name)) { try read("\"\(name)\":", "\"x\":") }
        }
        #expect(throws: EventsError.memberNotASequence("sequence")) { try read("00000000000000000001", "1") }
        #expect(throws: EventsError.memberNotASequence("sequence")) {
            try read("00000000000000000001", "0000000000000000000x")
        }
        #expect(throws: EventsError.memberNotASequence("sequence")) {
            try read("00000000000000000001", "18446744073709551616")
        }
        #expect(throws: EventsError.memberNotATimestamp("time")) { try read("2026-01-02T03:04:05", "yesterday") }
        #expect(throws: EventsError.memberEmpty("correlationid")) { try read("\"c1\"", "\"\"") }
        #expect(throws: EventsError.memberOfWrongKind("id", expected: .string, found: .null)) {
            try read("\"e1\"", "null")
        }
        #expect(throws: EventsError.notAnObject(found: .array)) { try RecordedEvent(line: Array("[]".utf8)) }
        #expect(throws: EventsError.json(.endOfInput(offset: 1, expected: .nameOrClosingBrace))) {
            try RecordedEvent(line: Array("{".utf8))
        }
    }

    private func text(_ data: EventData, of body: String, contentType: String?) throws -> String {
        let event = EventLine(
            id: "e1", source: EventSource("/s"), type: "t", recordedTime: recordedTime, cid: try CorrelationID("c1"),
            tenant: "acme", authID: "tok_1", dataContentType: contentType)
        let line = event.spoolLine(data: data, of: Array(body.utf8))
        #expect(line.bytes.capacity - line.bytes.count >= 22)
        return String(decoding: line.bytes, as: UTF8.self)
    }

    @Test func `An event without a payload has neither data nor a type of it`() throws {
        let line = try text(.absent, of: "", contentType: nil)
        #expect(line.contains(#""time":"2026-01-02T03:04:06.000000Z","correlationid":"c1""#))
        #expect(line.hasSuffix(#","recordedtime":"2026-01-02T03:04:06.000000Z""#))
        #expect(try RecordedEvent(line: Array((line + "}").utf8)).data == .absent)
    }

    @Test(
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"), ("\u{0}\u{FF}>?", "AMO/Pj8="),
        ])
    func `Bytes become base64`(body: String, encoded: String) throws {
        let line = try text(.binary, of: body, contentType: "application/octet-stream")
        #expect(line.contains(#""datacontenttype":"application/octet-stream","#))
        #expect(line.hasSuffix(#","data_base64":"\#(encoded)""#))
    }

    @Test func `Text becomes a string, and the attributes of some events stand before it`() throws {
        var attributes = EventAttributes()
        attributes.add("subject", "a \"b\"")
        attributes.add("traceparent", "00-1")
        let event = EventLine(
            id: "e1", source: EventSource("/s"), type: "t", recordedTime: recordedTime, cid: try CorrelationID("c1"),
            tenant: "acme", authID: "tok_1", dataContentType: #"text/plain;charset="utf-8""#, attributes: attributes)
        let line = event.spoolLine(data: .text, of: Array("<é>\n".utf8))
        let text = String(decoding: line.bytes, as: UTF8.self)
        #expect(text.contains(#""datacontenttype":"text/plain;charset=\"utf-8\"","correlationid":"#))
        #expect(text.hasSuffix(#"","subject":"a \"b\"","traceparent":"00-1","data":"<é>\n""#))
    }
}
