import Events
import JSONText
import Testing

struct EventEnvelopeTests {
    private static let texts = [
        "e1", "com.github.push", "日本", "a b", "😀", "{}", "[,:]", "data", "id", String(repeating: "y", count: 300),
        "quote \"", "back\\slash", "tab\t", "\u{1}", "\",\"id\":\"forged", "\\\"", "'",
    ]
    private static let data = [
        "null", "{}", "[]", "1e400", "\"\"", #"{"id":"x","type":"y","correlationid":"z"}"#, #""\",\"id\":\"f""#,
        #"[{"data":{"data":[1,2,{"fxtenant":"other"}]}}]"#, #""\\\\\\""#, " [ 1 ] ",
    ]

    /// A line as the log holds it, and whether one of its attributes has escapes.
    private func line(using dice: inout SeededGenerator) throws -> (bytes: [UInt8], hasEscapes: Bool) {
        let body = Array((Self.data.randomElement(using: &dice) ?? "null").utf8)
        let (id, type) = (Self.texts.randomElement(using: &dice) ?? "e", Self.texts.randomElement(using: &dice) ?? "t")
        let event = EventLine(
            id: id, source: EventSource(Self.texts.randomElement(using: &dice) ?? "s"), type: type,
            recordedTime: Timestamp(microseconds: Int64.random(in: 0...4_000_000_000_000_000, using: &dice)),
            cid: try CorrelationID("c-\(dice.next())"), tenant: ["acme", "a.b-c_d"].randomElement(using: &dice) ?? "a",
            authID: "tok_1")
        let data = try JSONScanner.validate(body, depthLimit: 9)
        let bytes = event.spoolLine(data: .json(data), of: body).bytes + Array(",\"crc32c\":\"1a2b3c4d\"}\n".utf8)
        let hasEscapes = (id + type).unicodeScalars.contains { $0 == "\"" || $0 == "\\" || $0.value < 0x20 }
        return (bytes, hasEscapes)
    }

    private func expectAgreement(_ envelope: EventEnvelope, _ event: RecordedEvent, _ bytes: [UInt8]) {
        let isSame =
            envelope.id.elementsEqual(event.id.utf8) && envelope.type.elementsEqual(event.type.utf8)
            && envelope.cid.elementsEqual(event.cid.text.utf8) && envelope.tenant.elementsEqual(event.tenant.utf8)
            && envelope.recordedTime == event.recordedTime
        #expect(isSame, "\(String(decoding: bytes, as: UTF8.self))")
    }

    @Test func `it says what the whole event says, and nothing where an attribute has escapes`() throws {
        var dice = SeededGenerator()
        for _ in 0..<2000 {
            let (bytes, hasEscapes) = try line(using: &dice)
            let event = try RecordedEvent(line: bytes)
            guard let envelope = EventEnvelope(line: bytes, in: bytes.indices) else {
                #expect(hasEscapes, "\(String(decoding: bytes, as: UTF8.self))")
                continue
            }
            #expect(!hasEscapes)
            expectAgreement(envelope, event, bytes)
        }
    }

    @Test func `it reads a line among others and never beyond its end`() throws {
        var dice = SeededGenerator()
        for _ in 0..<100 {
            let (before, line, after) = (try line(using: &dice), try line(using: &dice), try line(using: &dice))
            let all = before.bytes + line.bytes + after.bytes
            let range = before.bytes.count..<(before.bytes.count + line.bytes.count)
            let envelope = EventEnvelope(line: all, in: range)
            #expect((envelope == nil) == line.hasEscapes)
            if let envelope { expectAgreement(envelope, try RecordedEvent(line: all, in: range), line.bytes) }
            let head = Int.random(in: 0...150, using: &dice)
            #expect(EventEnvelope(line: all, in: range.lowerBound..<(range.lowerBound + head)) == nil)
        }
    }

    @Test func `of a garbled line it says nothing, or what the whole event says if that can still be read`() throws {
        var dice = SeededGenerator()
        var bothCount = 0
        for _ in 0..<20_000 {
            var (bytes, _) = try line(using: &dice)
            let end = bytes.firstRange(of: Array("\"data\":".utf8))?.lowerBound ?? bytes.count
            for _ in 0..<Int.random(in: 1...2, using: &dice) {
                let index = Int.random(in: 0..<end, using: &dice)
                switch Int.random(in: 0..<3, using: &dice) {
                case 0: bytes[index] = UInt8.random(in: 0x20...0x7E, using: &dice)
                case 1: bytes.remove(at: index)
                default: bytes.insert(Array("\"\\,:{} ".utf8).randomElement(using: &dice) ?? 0, at: index)
                }
            }
            guard let envelope = EventEnvelope(line: bytes, in: bytes.indices),
                let event = try? RecordedEvent(line: bytes)
            else { continue }
            bothCount += 1
            expectAgreement(envelope, event, bytes)
        }
        #expect(bothCount > 1000)
    }

    @Test(
        arguments: [
            "", "{", "{}", "[]", "null", "{\"", "{\"data\":1}", #"{"id":1,"data":1}"#, #"{"id" :"e","data":1}"#,
            #"{"id":"e","type":"t","correlationid":"c","fxtenant":"a","recordedtime":"yesterday","data":1}"#,
            #"{"id":"e","type":"t","correlationid":"c","fxtenant":"a","data":1}"#,
            #"{"id":"e","type":"t","correlationid":"c","fxtenant":"a","recordedtime":"2026-01-02T03:04:05Z"}"#,
        ])
    func `what is no line of ours is nothing`(text: String) {
        let bytes = Array(text.utf8)
        #expect(EventEnvelope(line: bytes, in: bytes.indices) == nil)
    }

    @Test(arguments: ["e", ""]) func `an event without an id is none, whoever reads it`(id: String) {
        let text =
            #"{"specversion":"1.0","id":"\#(id)","source":"/s","type":"t","time":"2026-01-02T03:04:05Z","#
            + #""correlationid":"c","sequence":"00000000000000000001","fxtenant":"a","authid":"k","#
            + #""recordedtime":"2026-01-02T03:04:05Z","data":1}"#
        let bytes = Array(text.utf8)
        #expect((EventEnvelope(line: bytes, in: bytes.indices) == nil) == id.isEmpty)
        do throws(EventsError) {
            #expect(try RecordedEvent(line: bytes).id == id && !id.isEmpty)
        } catch {
            #expect(error == .memberEmpty("id") && id.isEmpty)
        }
    }
}
