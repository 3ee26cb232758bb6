import Events
import JSONText
import Testing

struct ExecutionEnvelopeTests {
    private static let plainServices = [
        "mail", "mail service", "", "a/b:c", "it's {[,:]}", String(repeating: "y", count: 300),
    ]
    private static let otherServices = [
        "日本", "é", "quote \"", "back\\slash", "tab\t", "\u{1}", "\",\"status\":\"failed",
    ]
    private static let plainTimes = ["0", "17", "1.50", "0.25", "0.0", "123456789.000001"]
    private static let otherTimes = ["1e3", "1.5E-7", "0e0"]
    private static let data = [
        "null", "{}", "[]", "1e400", "\"\"", "true", " [ 1 ] ", #"{"cid":"x","status":"failed"}"#,
        #""\",\"crc32c\":\"f""#,
        #"[{"data":{"data":[1,2,{"fxtenant":"other"}]}}]"#, #""\\\\\\""#, #""日本 \ud83d\ude00""#,
        String(repeating: "[", count: 300) + String(repeating: "]", count: 300),
    ]

    /// A line as the log holds it, and whether it is of the form that nearly all are of.
    private func line(using dice: inout SeededGenerator) throws -> (bytes: [UInt8], isPlain: Bool) {
        let (hasPlainService, hasPlainTime) = (
            Int.random(in: 0..<4, using: &dice) > 0, Int.random(in: 0..<4, using: &dice) > 0
        )
        let services = hasPlainService ? Self.plainServices : Self.otherServices
        let times = hasPlainTime ? Self.plainTimes : Self.otherTimes
        let hasTime = Bool.random(using: &dice)
        let report = ExecutionReport(
            cid: try CorrelationID("c-\(dice.next())"), executionID: "run:\(dice.next())",
            service: services.randomElement(using: &dice) ?? "s",
            status: ExecutionStatus.allCases.randomElement(using: &dice) ?? .failed,
            datetime: Bool.random(using: &dice)
                ? nil : Timestamp(microseconds: Int64.random(in: Timestamp.bounds, using: &dice)),
            executionTime: hasTime ? times.randomElement(using: &dice) : nil,
            data: Array((Self.data.randomElement(using: &dice) ?? "null").utf8))
        let line = report.spoolLine(
            tenant: ["acme", "a.b-c_d"].randomElement(using: &dice) ?? "a", authID: "tok_1",
            recordedTime: Timestamp(microseconds: Int64.random(in: 0...4_000_000_000_000_000, using: &dice)),
            isCIDKnown: Bool.random(using: &dice))
        var bytes = line.bytes
        if Bool.random(using: &dice) {
            bytes.insert(contentsOf: ",\"fxbatchrest\":\"0000000009\"".utf8, at: line.sequenceOffset + 21)
        }
        bytes += Array(",\"crc32c\":\"1a2b3c4d\"}".utf8) + (Bool.random(using: &dice) ? [UInt8(ascii: "\n")] : [])
        return (bytes, hasPlainService && (hasPlainTime || !hasTime))
    }

    private func expectAgreement(_ envelope: ExecutionEnvelope, _ execution: RecordedExecution, _ bytes: [UInt8]) {
        let isSame =
            bytes[envelope.cid].elementsEqual(execution.cid.text.utf8)
            && bytes[envelope.executionID].elementsEqual(execution.executionID.utf8)
            && bytes[envelope.service].elementsEqual(execution.service.utf8)
            && bytes[envelope.tenant].elementsEqual(execution.tenant.utf8)
            && envelope.status == execution.status && envelope.datetime == execution.datetime
            && envelope.executionTime.map { String(decoding: bytes[$0], as: UTF8.self) } == execution.executionTime
            && envelope.recordedTime == execution.recordedTime && envelope.data == execution.data
        #expect(isSame, "\(String(decoding: bytes, as: UTF8.self))")
    }

    @Test func `it says what the whole report says of each plain line, and nothing of the others`() throws {
        var dice = SeededGenerator()
        for _ in 0..<4000 {
            let (bytes, isPlain) = try line(using: &dice)
            let envelope = ExecutionEnvelope(line: bytes, in: bytes.indices)
            #expect((envelope != nil) == isPlain, "\(String(decoding: bytes, as: UTF8.self))")
            let execution = try RecordedExecution(line: bytes)
            if let envelope { expectAgreement(envelope, execution, bytes) }
        }
    }

    @Test func `it reads a line among others and never beyond its end`() throws {
        var dice = SeededGenerator()
        for _ in 0..<200 {
            let (before, line, after) = (try line(using: &dice), try line(using: &dice), try line(using: &dice))
            let all = before.bytes + line.bytes + after.bytes
            let range = before.bytes.count..<(before.bytes.count + line.bytes.count)
            let envelope = ExecutionEnvelope(line: all, in: range)
            #expect((envelope != nil) == line.isPlain)
            if let envelope { expectAgreement(envelope, try RecordedExecution(line: all, in: range), all) }
            let missing = Int.random(in: 2...line.bytes.count, using: &dice)
            #expect(ExecutionEnvelope(line: all, in: range.lowerBound..<(range.upperBound - missing)) == nil)
        }
    }

    @Test func `of a garbled line it says nothing, or what the whole report says`() throws {
        var dice = SeededGenerator()
        var bothCount = 0
        for _ in 0..<30_000 {
            var (bytes, _) = try line(using: &dice)
            for _ in 0..<Int.random(in: 1...2, using: &dice) {
                let index = Int.random(in: 0..<bytes.count, using: &dice)
                switch Int.random(in: 0..<3, using: &dice) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &dice)
                case 1: bytes.remove(at: index)
                default: bytes.insert(Array("\"\\,:{} 09".utf8).randomElement(using: &dice) ?? 0, at: index)
                }
            }
            guard let envelope = ExecutionEnvelope(line: bytes, in: bytes.indices) else { continue }
            bothCount += 1
            expectAgreement(envelope, try RecordedExecution(line: bytes), bytes)
        }
        #expect(bothCount > 1000)
    }

    /// A line of ours with something replaced.
    private func line(_ old: String = "", _ new: String = "") -> [UInt8] {
        let text =
            #"{"cid":"c1","execution_id":"x1","service":"mail","status":"failed","datetime":"2026-01-02T03:04:05.678901Z","#
            + #""execution_time":1.5,"fxtenant":"acme","authid":"tok_1","recordedtime":"2026-01-02T03:04:06.000000Z","#
            + #""sequence":"00000000000000000007","data":{"a":1},"crc32c":"1a2b3c4d"}"# + "\n"
        let start = text.firstRange(of: old)?.lowerBound ?? text.startIndex
        return Array((String(text[..<start]) + new + text[start...].dropFirst(old.count)).utf8)
    }

    @Test(
        arguments: [
            ("", ""), ("failed", "in progress"), ("1.5", "null"), ("05.678901Z", "05+02:00"), ("\"mail\"", "\"\""),
            ("1a2b3c4d", "1A2B3C4D"), ("{\"a\":1}", "[ 1e400 ]"),
        ])
    func `a change within the form is still of the form`(old: String, new: String) throws {
        let bytes = line(old, new)
        expectAgreement(
            try #require(ExecutionEnvelope(line: bytes, in: bytes.indices)), try RecordedExecution(line: bytes), bytes)
    }

    /// The whole report reads these.
    @Test(
        arguments: [
            ("failed", "FAILED"), ("in progress", "in_progress"), ("mail", "m\\u0061il"), ("1.5", "15e-1"),
            ("c1", "\\u0063"),
            (",\"data\"", ",\"later\":1,\"data\""), (",\"crc32c\"", ",\"later\":1,\"crc32c\""),
            ("\"cid\":", "\"cid\": "),
            ("\"sequence\":\"0", "\"sequence\":\"1"), ("1a2b3c4d", "1a2b3c4"), ("{\"cid\"", "{\"a\":1,\"cid\""),
        ])
    func `what is of another form is left to the whole report`(old: String, new: String) throws {
        let bytes = line(old == "in progress" ? "failed" : old, new)
        #expect(ExecutionEnvelope(line: bytes, in: bytes.indices) == nil)
        #expect(try RecordedExecution(line: bytes).tenant == "acme")
    }

    /// And these it refuses.
    @Test(
        arguments: [
            ("{\"a\":1}", "{\"a\":}"), ("{\"a\":1}", ""), ("{\"a\":1}", "1 2"), ("{\"a\":1}", "\"\u{1}\""), ("c1", ""),
            ("c1", "c 1"), ("x1", ""), ("x1", String(repeating: "x", count: 129)), ("failed", "lost"), ("1.5", "-1.5"),
            ("1.5", "01.5"), ("1.5", "1."), ("1.5", String(repeating: "1", count: 65)), ("05.678901Z", "61.678901Z"),
            ("01-02T", "02-29T"), ("0000007\"", "000007\""), ("acme", "a\u{1}"), ("\"}", "\""), ("mail", "m\u{7}"),
        ])
    func `what is no report is none, whoever reads it`(old: String, new: String) {
        let bytes = line(old, new)
        #expect(ExecutionEnvelope(line: bytes, in: bytes.indices) == nil)
        #expect(throws: EventsError.self) { try RecordedExecution(line: bytes) }
    }
}
