import Events
import JSONText
import Testing

private func request(_ text: String, depthLimit: Int = 128) throws(EventsError) -> EventRequest {
    try EventRequest(body: Array(text.utf8), depthLimit: depthLimit)
}

struct EventRequestTests {
    @Test func `The three members are read in any order, and others ignored`() throws {
        let text = #"{ "x":[{}], "payload" : {"a": 1E400 } ,"event\u005ftype":"a.b\u0021","event_source":"Shop 日本"}"#
        let read = try request(text)
        #expect(read.source == "Shop 日本")
        #expect(read.type == "a.b!")
        #expect(read.payload.kind == .object)
        #expect(Array(text.utf8)[read.payload.range].elementsEqual(#"{"a": 1E400 }"#.utf8))
    }

    @Test(arguments: ["null", "0", "\"\"", "[]", "false"])
    func `A payload may be any value`(payload: String) throws {
        let text = "{\"event_source\":\"s\",\"event_type\":\"t\",\"payload\":\(payload)}"
        #expect(try Array(text.utf8)[request(text).payload.range].elementsEqual(payload.utf8))
    }

    @Test(arguments: [
        (#"{"event_type":"t","payload":1}"#, EventsError.memberMissing("event_source")),
        (#"{"event_source":"s","payload":1}"#, .memberMissing("event_type")),
        (#"{"event_source":"s","event_type":"t"}"#, .memberMissing("payload")),
        (#"{"event_source":"s","event_type":"t","Payload":1}"#, .memberMissing("payload")),
        (
            #"{"event_source":1,"event_type":"t","payload":1}"#,
            .memberOfWrongKind("event_source", expected: .string, found: .number)
        ),
        (
            #"{"event_source":"s","event_type":null,"payload":1}"#,
            .memberOfWrongKind("event_type", expected: .string, found: .null)
        ),
        (#"{"event_source":"","event_type":"t","payload":1}"#, .memberEmpty("event_source")),
        (#"{"event_source":"s","event_type":"","payload":1}"#, .memberEmpty("event_type")),
        (#"{"event_source":"s\u0000","event_type":"t","payload":1}"#, .memberWithControlCharacter("event_source")),
        (#"{"event_source":"s","event_type":"a\nb","payload":1}"#, .memberWithControlCharacter("event_type")),
        (
            "{\"event_source\":\"s\",\"event_type\":\"a\u{7F}\",\"payload\":1}",
            .memberWithControlCharacter("event_type")
        ),
        (
            "{\"event_source\":\"s\",\"event_type\":\"a\u{80}\",\"payload\":1}",
            .memberWithControlCharacter("event_type")
        ),
        (#"{"event_source":"s","event_type":"\u009f","payload":1}"#, .memberWithControlCharacter("event_type")),
        (#"{"event_source":"s","event_type":"t","payload":1,"payload":2}"#, .memberDuplicated("payload")),
        (
            #"{"event_source":"s","event\u005fsource":"s","event_type":"t","payload":1}"#,
            .memberDuplicated("event_source")
        ),
        (#"{"event_source":"s","event_type":"t","payload":1,"é":1,"\u00e9":2}"#, .memberDuplicated("é")),
        (#"{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9,"\u0061":10}"#, .memberDuplicated("a")),
        ("[]", .notAnObject(found: .array)), ("\"x\"", .notAnObject(found: .string)),
        ("", .json(.endOfInput(offset: 0, expected: .value))),
        ("{\"a\":[[]]}", .memberMissing("event_source")),
        ("{\"a\":[[[]]]}", .json(.tooDeep(offset: 7, limit: 3))),
    ])
    func `A request that breaks a rule is refused with the member's name`(text: String, error: EventsError) {
        #expect(throws: error) { try request(text, depthLimit: 3) }
    }

    @Test func `Printable text around the control characters is taken`() throws {
        let text = "{\"event_source\":\"\u{20}~\u{A0}\u{C0}\u{2028}\",\"event_type\":\"t\",\"payload\":1}"
        #expect(try request(text).source == "\u{20}~\u{A0}\u{C0}\u{2028}")
    }

    @Test func `Lengths are counted in bytes of UTF-8 after unescaping`() throws {
        func body(source: String, type: String) -> String {
            "{\"event_source\":\"\(source)\",\"event_type\":\"\(type)\",\"payload\":1}"
        }
        let source = String(repeating: "\\u00e9", count: 512)
        let type = String(repeating: "日", count: 85)
        #expect(try request(body(source: source, type: type)).type == type)
        #expect(throws: EventsError.memberTooLong("event_source", bytesLimit: 1024)) {
            try request(body(source: source + "x", type: type))
        }
        #expect(throws: EventsError.memberTooLong("event_type", bytesLimit: 255)) {
            try request(body(source: source, type: type + "x"))
        }
        #expect(throws: EventsError.memberTooLong("event_type", bytesLimit: 1)) {
            try EventRequest(body: Array(body(source: "s", type: "tt").utf8), depthLimit: 9, typeBytesLimit: 1)
        }
    }

    @Test func `Names that only look alike are no duplicates`() throws {
        let text = "{\"event_source\":\"s\",\"event_type\":\"t\",\"payload\":1,\"\u{E9}\":1,\"e\u{301}\":2"
        #expect(throws: Never.self) { try request(text + "}") }
        #expect(throws: Never.self) { try request(text + ",\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"f\":1}") }
    }

    @Test func `A thousand members are compared, one more than the limit is refused`() throws {
        let three = "\"event_source\":\"s\",\"event_type\":\"t\",\"payload\":1"
        func body(_ count: Int, _ last: String = "") -> String {
            "{\(three)" + (3..<count).map { ",\"m\($0)\":0" }.joined() + last + "}"
        }
        #expect(throws: Never.self) { try request(body(1024)) }
        #expect(throws: EventsError.memberDuplicated("m1022")) { try request(body(1023, ",\"\\u006d1022\":1")) }
        let offset = body(1024).utf8.count
        #expect(throws: EventsError.json(.tooManyMembers(offset: offset, limit: 1024))) { try request(body(1025)) }
    }

    @Test func `No byte changed or lost anywhere makes the reader crash`() {
        let bytes = Array(#"{"event\u005fsource":"s\ud83d\ude00","event_type":"é","payload":[1],"é":0}"#.utf8)
        var accepted = 0
        for index in bytes.indices {
            var changed = bytes
            for byte: UInt8 in 0...255 {
                changed[index] = byte
                if (try? EventRequest(body: changed, depthLimit: 3)) != nil { accepted += 1 }
            }
            #expect((try? EventRequest(body: Array(bytes[..<index]), depthLimit: 3)) == nil)
        }
        #expect(accepted > bytes.count)
    }

    @Test func `A long duplicated name is cut in the error`() {
        let name = String(repeating: "é", count: 100)
        #expect(throws: EventsError.memberDuplicated(String(repeating: "é", count: 64) + "…")) {
            try request("{\"\(name)\":1,\"\(name)\":2}")
        }
    }

    @Test func `An error tells the sender the member and what to change`() {
        let cases: [(EventsError, String?, String)] = [
            (.memberMissing("payload"), "payload", "payload is missing"),
            (.memberDuplicated("a"), "a", "a occurs more than once"),
            (.memberOfWrongKind("a", expected: .string, found: .null), "a", "a must be a string, found null"),
            (.memberEmpty("a"), "a", "a must not be empty"),
            (.memberTooLong("a", bytesLimit: 5), "a", "a is longer than 5 bytes"),
            (.memberWithControlCharacter("a"), "a", "a contains a control character"),
            (.memberOutsideAlphabet("a"), "a", "a may contain only A-Z a-z 0-9 . _ : -"),
            (.memberNotATimestamp("a"), "a", "a must be a date and time of RFC 3339, 2026-01-02T03:04:05Z"),
            (.memberNegative("a"), "a", "a must not be negative"),
            (.memberNotAStatus("a"), "a", "a must be one of pending, in progress, completed, failed, skipped"),
            (.memberNotASequence("a"), "a", "a must be 20 digits of a 64-bit number"),
            (.notAnObject(found: .array), nil, "the body must be an object, found an array"),
            (.json(.byteOrderMark(offset: 0)), nil, "a byte order mark is not allowed"),
        ]
        for (error, member, message) in cases {
            #expect(error.member == member)
            #expect(error.message == message)
        }
    }
}
