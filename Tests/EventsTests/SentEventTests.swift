import Events
import JSONText
import Testing

private let limits = CloudEventLimits(depth: 16)
private let minimum = #""specversion":"1.0","id":"1","source":"/s","type":"t""#

private func event(_ body: String, limits: CloudEventLimits = limits) throws(EventsError) -> SentEvent {
    try SentEvent(structured: Array(body.utf8), limits: limits)
}

/// The line that the event becomes, up to what the log adds.
private func line(_ event: SentEvent, of body: [UInt8]) throws -> String {
    let line = EventLine(
        id: event.id, source: event.source, type: event.type, sentTime: event.time,
        recordedTime: Timestamp(microseconds: 0), cid: try event.cid ?? CorrelationID("c"), tenant: "acme",
        authID: "tok", dataContentType: event.dataContentType, attributes: event.attributes)
    return String(decoding: line.spoolLine(data: event.data, of: body).bytes, as: UTF8.self)
}

/// What is kept of an event: its line without what the bridge adds.
private func kept(_ body: String) throws -> String {
    let event = try event(body)
    let ours =
        #""sequence":"00000000000000000000","fxtenant":"acme","authid":"tok","#
        + #""recordedtime":"1970-01-01T00:00:00.000000Z""#
    let line = try line(event, of: Array(body.utf8))
    let parts = line.split(separator: ours, omittingEmptySubsequences: false)
    try #require(parts.count == 2)
    return String(parts[0].dropLast() + parts[1])
}

struct SentEventTests {
    @Test func `everything of the sender is kept, byte for byte, in our order`() throws {
        let body = #"""
            {"zext":10,"data":{"a":1E400, "b":"\u0041"},"flag":true,"specversion":"1.0","subject":"a\/b","type":"com.x",
             "time":"2018-04-05T17:31:00.123456789+01:00","id":"A\"1","dataschema":"https://e.x/s#1","source":"a#fragment",
             "correlationid":"c-7","datacontenttype":"application/vnd.x+json;v=1","text":"\u00e9 ","no":false}
            """#
        let parts = [
            #"{"specversion":"1.0","id":"A\"1","source":"a#fragment","type":"com.x","#,
            #""time":"2018-04-05T17:31:00.123456789+01:00","datacontenttype":"application/vnd.x+json;v=1","#,
            #""correlationid":"c-7","zext":10,"flag":true,"subject":"a/b","dataschema":"https://e.x/s#1","#,
            #""text":"é ","no":false,"data":{"a":1E400, "b":"\u0041"}"#,
        ]
        #expect(try kept(body) == parts.joined())
    }

    @Test(
        arguments: [
            (#""data":null"#, #""datacontenttype":"application/json","correlationid":"c","data":null"#),
            (#""data":"text""#, #""datacontenttype":"application/json","correlationid":"c","data":"text""#),
            (
                #""data":"<a/>","datacontenttype":"text/xml""#,
                #""datacontenttype":"text/xml","correlationid":"c","data":"<a/>""#
            ),
            (#""data_base64":"TWE=""#, #""correlationid":"c","data_base64":"TWE=""#),
            (#""data_base64":"TWE\/AA==""#, #""correlationid":"c","data_base64":"TWE\/AA==""#),
            (#""data_base64":null"#, #""correlationid":"c""#),
            (#""subject":null,"x":null"#, #""correlationid":"c""#),
        ])
    func `data is data, base64 stays base64, and null is an attribute that was not sent`(
        members: String, stored: String
    ) throws {
        #expect(try kept("{\(minimum),\(members)}").hasSuffix(#"00:00:00.000000Z",\#(stored)"#))
    }

    @Test(
        arguments: [
            ("id", EventsError.memberMissing("id")), ("source", .memberMissing("source")),
            ("type", .memberMissing("type")), ("specversion", .memberMissing("specversion")),
        ])
    func `what is required must be there, and null is not there`(name: String, error: EventsError) {
        let values = ["specversion": "1.0", "id": "1", "source": "/s", "type": "t"]
        let others = values.filter { $0.key != name }.map { "\"\($0.key)\":\"\($0.value)\"" }
        #expect(throws: error) { try event("{\(others.joined(separator: ","))}") }
        #expect(throws: error) { try event("{\"\(name)\":null,\(others.joined(separator: ","))}") }
    }

    @Test(
        arguments: [
            (#""specversion":"0.3","id":"1","source":"/s","type":"t""#, EventsError.specVersionUnsupported),
            (
                #""specversion":1.0,"id":"1","source":"/s","type":"t""#,
                .memberOfWrongKind("specversion", expected: .string, found: .number)
            ),
            (#""specversion":"1.0","id":"","source":"/s","type":"t""#, .memberEmpty("id")),
            (
                #""specversion":"1.0","id":25,"source":"/s","type":"t""#,
                .memberOfWrongKind("id", expected: .string, found: .number)
            ),
            (#""specversion":"1.0","id":"1","source":"","type":"t""#, .memberEmpty("source")),
            (#""specversion":"1.0","id":"1","source":"a b","type":"t""#, .memberNotAURI("source")),
            (#""specversion":"1.0","id":"1","source":"/s","type":"""#, .memberEmpty("type")),
            ("\(minimum),\"id\":\"2\"", .memberDuplicated("id")),
            ("\(minimum),\"time\":\"lunchtime\"", .memberNotATimestamp("time")),
            ("\(minimum),\"time\":\"2018-04-05T18:31Z\"", .memberNotATimestamp("time")),
            ("\(minimum),\"time\":\"\"", .memberNotATimestamp("time")),
            ("\(minimum),\"datacontenttype\":\"xyz\"", .memberNotAMediaType("datacontenttype")),
            ("\(minimum),\"datacontenttype\":\"\"", .memberEmpty("datacontenttype")),
            ("\(minimum),\"dataschema\":\"\"", .memberEmpty("dataschema")),
            ("\(minimum),\"dataschema\":\"/relative\"", .memberNotAURI("dataschema")),
            ("\(minimum),\"subject\":\"\"", .memberEmpty("subject")),
            ("\(minimum),\"subject\":\"a\\u0000\"", .memberWithControlCharacter("subject")),
            ("\(minimum),\"subject\":\"a\\ufffe\"", .memberWithNoncharacter("subject")),
            ("\(minimum),\"ext\":\"\\u0085\"", .memberWithControlCharacter("ext")),
            ("\(minimum),\"ext\":\"\\ud83f\\udfff\"", .memberWithNoncharacter("ext")),
            ("\(minimum),\"MyExtension\":\"bad\"", .attributeNameInvalid("MyExtension")),
            ("\(minimum),\"my.extension\":\"bad\"", .attributeNameInvalid("my.extension")),
            ("\(minimum),\"\":\"bad\"", .attributeNameInvalid("")),
            (
                "\(minimum),\"\(String(repeating: "n", count: 65))\":1",
                .attributeNameInvalid(String(repeating: "n", count: 64) + "…")
            ),
            ("\(minimum),\"ext\":1.5", .attributeOfNoType("ext")),
            ("\(minimum),\"ext\":1e2", .attributeOfNoType("ext")),
            ("\(minimum),\"ext\":2147483648", .attributeOfNoType("ext")),
            ("\(minimum),\"ext\":-2147483649", .attributeOfNoType("ext")),
            ("\(minimum),\"ext\":{}", .attributeOfNoType("ext")),
            ("\(minimum),\"ext\":[1]", .attributeOfNoType("ext")),
            ("\(minimum),\"correlationid\":\"a b\"", .memberOutsideAlphabet("correlationid")),
            (
                "\(minimum),\"correlationid\":7",
                .memberOfWrongKind("correlationid", expected: .string, found: .number)
            ),
            ("\(minimum),\"data\":1,\"data_base64\":\"TWE=\"", .dataTwice),
            ("\(minimum),\"data_base64\":\"TWE\"", .memberNotBase64("data_base64")),
            ("\(minimum),\"data_base64\":\"T=WE\"", .memberNotBase64("data_base64")),
            ("\(minimum),\"data_base64\":\"TW E\"", .memberNotBase64("data_base64")),
            ("\(minimum),\"data_base64\":7", .memberOfWrongKind("data_base64", expected: .string, found: .number)),
        ])
    func `an attribute against its rule is refused by name`(members: String, error: EventsError) {
        #expect(throws: error) { try event("{\(members)}") }
    }

    @Test(arguments: ["fxtenant", "authid", "sequence", "crc32c", "recordedtime", "fxbatchrest"])
    func `nobody outside speaks in the bridge's name`(name: String) {
        #expect(throws: EventsError.memberReserved(name)) { try event("{\(minimum),\"\(name)\":\"x\"}") }
        #expect(throws: EventsError.memberReserved(name)) { try event("{\(minimum),\"\(name)\":1}") }
        #expect(throws: EventsError.memberReserved(name)) { try binary(["id": "1", name: "x"]) }
    }

    @Test func `integers of 32 bits and booleans are attributes too`() throws {
        let body = "{\(minimum),\"a\":2147483647,\"b\":-2147483648,\"c\":false,\"d\":0}"
        #expect(try kept(body).hasSuffix(#","a":2147483647,"b":-2147483648,"c":false,"d":0"#))
    }

    @Test func `each limit holds at its number`() throws {
        let limits = CloudEventLimits(depth: 3, sourceBytes: 4, typeBytes: 3, attributeBytes: 10, extensions: 2)
        func read(_ members: String) throws(EventsError) -> SentEvent { try event("{\(members)}", limits: limits) }
        let rest = #""specversion":"1.0","id":"1""#
        _ = try read(#"\#(rest),"source":"/345","type":"abc","a":"0123456789","b":1,"subject":"s","data":[[]]"#)
        #expect(throws: EventsError.memberTooLong("source", bytesLimit: 4)) {
            try read(#"\#(rest),"source":"/3456","type":"abc""#)
        }
        #expect(throws: EventsError.memberTooLong("type", bytesLimit: 3)) {
            try read(#"\#(rest),"source":"/","type":"abcd""#)
        }
        #expect(throws: EventsError.memberTooLong("a", bytesLimit: 10)) {
            try read(#"\#(rest),"source":"/","type":"t","a":"0123456789x""#)
        }
        #expect(throws: EventsError.memberTooLong("subject", bytesLimit: 10)) {
            try read(#"\#(rest),"source":"/","type":"t","subject":"0123456789x""#)
        }
        #expect(throws: EventsError.tooManyExtensions(limit: 2)) {
            try read(#"\#(rest),"source":"/","type":"t","a":"","b":1,"c":true"#)
        }
        #expect(throws: EventsError.self) { try read(#"\#(rest),"source":"/","type":"t","data":[[[]]]"#) }
    }

    @Test func `what is no JSON object is no event`() {
        #expect(throws: EventsError.notAnObject(found: .array)) { try event("[]") }
        #expect(throws: EventsError.json(.endOfInput(offset: 1, expected: .nameOrClosingBrace))) { try event("{") }
    }

    // MARK: - Batches

    private func batch(_ body: String, limits: CloudEventLimits = limits) throws(EventsError) -> [Result<
        SentEvent, EventsError
    >] { try SentEvent.batch(Array(body.utf8), limits: limits) }

    @Test func `a batch is read event by event, each with its own verdict`() throws {
        let found = try batch("[{\(minimum)}, 7,{\"id\":\"2\"}\n,{\(minimum),\"data\":[3]}]")
        #expect(found.count == 4)
        #expect(try found[0].get().data == .absent)
        #expect(throws: EventsError.notAnObject(found: .number)) { try found[1].get() }
        #expect(throws: EventsError.memberMissing("specversion")) { try found[2].get() }
        #expect(try found[3].get().id == "1")
        #expect(try batch(" [ ] ").isEmpty)
    }

    @Test func `a batch that is none is refused as a whole`() throws {
        #expect(throws: EventsError.notAnArray(found: .object)) { try batch("{\(minimum)}") }
        #expect(throws: EventsError.json(.endOfInput(offset: 1, expected: .valueOrClosingBracket))) { try batch("[") }
        let three = "[{\(minimum)},{\(minimum)},{\(minimum)}]"
        #expect(try batch(three, limits: CloudEventLimits(depth: 2, batchEvents: 3)).count == 3)
        #expect(throws: EventsError.tooManyEvents(limit: 2)) {
            try batch(three, limits: CloudEventLimits(depth: 2, batchEvents: 2))
        }
        #expect(throws: EventsError.self) { try batch(three, limits: CloudEventLimits(depth: 1)) }
    }

    // MARK: - Binary mode

    private func binary(
        _ headers: [String: String], contentType: String = "", body: String = "", limits: CloudEventLimits = limits
    ) throws(EventsError) -> SentEvent {
        var all = ["specversion": "1.0", "id": "1", "source": "/s", "type": "t"]
        all.merge(headers) { $1 }
        let fields = all.sorted { $0.key < $1.key }.map { (name: $0.key, value: Array($0.value.utf8)[...]) }
        return try SentEvent(headers: fields, contentType: contentType, body: Array(body.utf8), limits: limits)
    }

    @Test func `headers are attributes, the body is data`() throws {
        let event = try binary(
            [
                "id": "a%22b", "time": "2018-04-05T03:56:24Z", "subject": "Euro%20%E2%82%AC%20%F0%9F%98%80",
                "myext": "10", "correlationid": "c-1", "dataschema": "urn:x",
            ], contentType: "application/json; charset=utf-8", body: " [1] ")
        let parts = [
            #"{"specversion":"1.0","id":"a\"b","source":"/s","type":"t","time":"2018-04-05T03:56:24Z","#,
            #""datacontenttype":"application/json; charset=utf-8","correlationid":"c-1","#,
            #""sequence":"00000000000000000000","fxtenant":"acme","authid":"tok","#,
            #""recordedtime":"1970-01-01T00:00:00.000000Z","dataschema":"urn:x","myext":"10","#,
            #""subject":"Euro € 😀","data":[1]"#,
        ]
        #expect(try line(event, of: Array(" [1] ".utf8)) == parts.joined())
    }

    @Test(
        arguments: [
            ("application/json", #"{"a":1}"#, #","data":{"a":1}"#), ("", "1", #","data":1"#),
            ("text/plain", "a\"b", #","data":"a\"b""#), ("application/xml", "<a/>", #","data":"<a/>""#),
            ("application/atom+xml;charset=\"UTF-8\"", "<é/>", #","data":"<é/>""#),
            ("application/x-www-form-urlencoded", "a=b", #","data":"a=b""#),
            ("text/plain;charset=iso-8859-1", "ab", #","data_base64":"YWI=""#),
            ("application/octet-stream", "ab", #","data_base64":"YWI=""#),
            ("application/avro", "", ""), ("", "", ""), ("application/json", "", ""),
        ])
    func `the type of a body decides how it is kept`(type: String, body: String, data: String) throws {
        let event = try binary([:], contentType: type, body: body)
        #expect(
            try line(event, of: Array(body.utf8)).hasSuffix(#""recordedtime":"1970-01-01T00:00:00.000000Z"\#(data)"#))
        #expect(event.dataContentType == (type.isEmpty ? (body.isEmpty ? nil : "application/json") : type))
    }

    @Test func `text that is no UTF-8 is kept as bytes`() throws {
        let headers = [("specversion", "1.0"), ("id", "1"), ("source", "/s"), ("type", "t")]
        let fields = headers.map { (name: $0.0, value: Array($0.1.utf8)[...]) }
        let event = try SentEvent(headers: fields, contentType: "text/plain", body: [0x61, 0xFF], limits: limits)
        #expect(event.data == .binary)
    }

    @Test(
        arguments: [
            ("plain", "plain"), ("a%41%2c", "aA,"), (#""quoted \"x\" %41""#, #"quoted "x" A"#), ("é", "é"),
            (#"a" b"c"#, "a bc"), ("%25%34%31", "%41"), ("", ""), (#"back\slash"#, #"back\slash"#),
        ])
    func `a header is unquoted and decoded once`(header: String, text: String) throws {
        let event = try binary(["ext": header])
        #expect(try line(event, of: []).hasSuffix(expectedMember(text)))
    }

    private func expectedMember(_ text: String) -> String {
        var json: [UInt8] = []
        JSONWriter.appendString(text, to: &json)
        return #","ext":"# + String(decoding: json, as: UTF8.self)
    }

    @Test(arguments: ["%C0%A0", "%", "%4", "%zz", "\"open", "\"a\\", "%ff", "%ED%A0%80"])
    func `a header that cannot be decoded is refused by name`(header: String) {
        #expect(throws: EventsError.headerNotDecodable("ce-ext")) { try binary(["ext": header]) }
    }

    @Test func `headers that must not be sent are refused`() {
        #expect(throws: EventsError.headerReplacesContentType) { try binary(["datacontenttype": "text/plain"]) }
        #expect(throws: EventsError.attributeNameInvalid("data")) { try binary(["data": "1"]) }
        #expect(throws: EventsError.attributeNameInvalid("my_ext")) { try binary(["my_ext": "1"]) }
        #expect(throws: EventsError.memberWithControlCharacter("ext")) { try binary(["ext": "%0A"]) }
        #expect(throws: EventsError.memberNotAMediaType("datacontenttype")) { try binary([:], contentType: "json") }
        #expect(throws: EventsError.specVersionUnsupported) { try binary(["specversion": "0.3"]) }
        #expect(throws: EventsError.json(.endOfInput(offset: 1, expected: .valueOrClosingBracket))) {
            try binary([:], contentType: "application/json", body: "[")
        }
        let twice = ["id", "specversion", "source", "type", "id"].map { (name: $0, value: Array("1.0".utf8)[...]) }
        #expect(throws: EventsError.memberDuplicated("ce-id")) {
            try SentEvent(headers: twice, contentType: "", body: [], limits: limits)
        }
    }

    @Test func `no bytes at all make it crash`() throws {
        var dice = SeededGenerator()
        let alphabet = Array(#"{}[]":,\u0041 1.0e-tfnse"specversion""id""source""type""data"%"#.utf8)
        let seed = Array("[{\(minimum),\"data\":[1],\"ext\":\"x\"},{\(minimum),\"data_base64\":\"TWE=\"}]".utf8)
        for _ in 0..<20_000 {
            var bytes = seed
            for _ in 0..<Int.random(in: 1...4, using: &dice) {
                let index = Int.random(in: 0..<bytes.count, using: &dice)
                switch Int.random(in: 0..<3, using: &dice) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &dice)
                case 1: bytes.remove(at: index)
                default: bytes.insert(alphabet.randomElement(using: &dice) ?? 0, at: index)
                }
            }
            let text = bytes[...]
            _ = try? SentEvent(
                headers: [("id", text), ("ext", text)], contentType: String(decoding: text, as: UTF8.self), body: bytes,
                limits: limits)
            guard let events = try? SentEvent.batch(bytes, limits: limits) else { continue }
            for case .success(let event) in events {
                let line = try line(event, of: bytes)
                // Whatever was accepted makes one line of valid JSON with every member once.
                let document = try JSONScanner.members(of: Array((line + "}").utf8), depthLimit: 32)
                let names = document.members.map { $0.decodedName(in: Array((line + "}").utf8)) }
                #expect(Set(names).count == names.count)
                #expect(!line.utf8.contains(0x0A))
            }
        }
    }
}
