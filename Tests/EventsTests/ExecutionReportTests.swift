import Events
import JSONText
import Testing

private let recordedTime = Timestamp(microseconds: 1_767_323_046_000_000)

private func report(_ text: String) throws(EventsError) -> ExecutionReport {
    try ExecutionReport(body: Array(text.utf8), depthLimit: 8, dataBytesLimit: 64)
}

/// A body whose members can be replaced one by one.
private func body(_ changes: [String: String?] = [:]) -> String {
    let members: [(String, String)] = [
        ("cid", "\"c1\""), ("execution_id", "\"x1\""), ("service", "\"mail service\""), ("status", "\"In_progress\""),
        ("datetime", "\"2026-01-02T04:04:05.678901+01:00\""), ("execution_time", "1.50"), ("data", "{ \"a\":\n1E400 }"),
    ]
    let written = members.compactMap { name, value -> String? in
        guard let change = changes[name] else { return "\"\(name)\":\(value)" }
        return change.map { "\"\(name)\":\($0)" }
    }
    return "{\(written.joined(separator: ","))}"
}

struct ExecutionReportTests {
    @Test(arguments: [
        ("pending", ExecutionStatus.pending), ("PENDING", .pending), ("in progress", .inProgress),
        ("in_progress", .inProgress), ("In_progress", .inProgress), ("IN PROGRESS", .inProgress),
        ("In-Progress", .inProgress), ("Completed", .completed), ("failed", .failed), ("SKIPPED", .skipped),
    ])
    func `A status is read in any spelling`(spelling: String, status: ExecutionStatus) {
        #expect(ExecutionStatus(spelling: spelling) == status)
    }

    @Test(arguments: [
        "", "inprogress", "in  progress", " pending", "done", "compl\u{E9}ted", "pending\u{0}", "in\tprogress",
    ])
    func `What is no status is not taken for one`(spelling: String) {
        #expect(ExecutionStatus(spelling: spelling) == nil)
    }

    @Test func `A full report is read, its number and its data as they were written`() throws {
        let read = try report(body())
        #expect(read.cid.text == "c1")
        #expect(read.executionID == "x1")
        #expect(read.service == "mail service")
        #expect(read.status == .inProgress)
        #expect(read.datetime?.text == "2026-01-02T03:04:05.678901Z")
        #expect(read.executionTime == "1.50")
        #expect(String(decoding: read.data, as: UTF8.self) == "{ \"a\":1E400 }")
    }

    @Test func `What may be missing may be null too`() throws {
        for absent in [nil, "null"] as [String?] {
            let read = try report(body(["datetime": absent, "execution_time": absent, "data": absent]))
            #expect(read.datetime == nil)
            #expect(read.executionTime == nil)
            #expect(read.data == Array("null".utf8))
        }
    }

    @Test(
        arguments: [
            (["cid": nil], EventsError.memberMissing("cid")), (["execution_id": nil], .memberMissing("execution_id")),
            (["service": nil], .memberMissing("service")), (["status": nil], .memberMissing("status")),
            (["cid": "\"a b\""], .memberOutsideAlphabet("cid")), (["cid": "\"\""], .memberEmpty("cid")),
            (["execution_id": "\"a/b\""], .memberOutsideAlphabet("execution_id")),
            (["execution_id": "7"], .memberOfWrongKind("execution_id", expected: .string, found: .number)),
            (
                ["execution_id": "\"" + String(repeating: "x", count: 129) + "\""],
                .memberTooLong("execution_id", bytesLimit: 128)
            ),
            (["service": "\"\""], .memberEmpty("service")),
            (["service": "\"a\\tb\""], .memberWithControlCharacter("service")),
            (["service": "\"" + String(repeating: "x", count: 256) + "\""], .memberTooLong("service", bytesLimit: 255)),
            (["status": "\"done\""], .memberNotAStatus("status")),
            (["status": "1"], .memberOfWrongKind("status", expected: .string, found: .number)),
            (["datetime": "\"2026-01-02\""], .memberNotATimestamp("datetime")),
            (["datetime": "1"], .memberOfWrongKind("datetime", expected: .string, found: .number)),
            (["execution_time": "-1"], .memberNegative("execution_time")),
            (["execution_time": "-0"], .memberNegative("execution_time")),
            (["execution_time": "\"1\""], .memberOfWrongKind("execution_time", expected: .number, found: .string)),
            (["execution_time": String(repeating: "1", count: 65)], .memberTooLong("execution_time", bytesLimit: 64)),
            (["data": "\"" + String(repeating: "x", count: 63) + "\""], .memberTooLong("data", bytesLimit: 64)),
            (["data": "1,\"d\\u0061ta\":2"], .memberDuplicated("data")),
        ] as [([String: String?], EventsError)])
    func `A report that breaks a rule is refused with the member's name`(changes: [String: String?], error: EventsError)
    {
        #expect(throws: error) { try report(body(changes)) }
    }

    @Test func `A report's data may have a mebibyte and no byte more`() throws {
        #expect(ExecutionReport.dataBytesLimit == 1_048_576)
        func read(_ count: Int) throws(EventsError) -> ExecutionReport {
            let data = "\"" + String(repeating: "x", count: count - 2) + "\""
            return try ExecutionReport(body: Array(body(["data": data]).utf8), depthLimit: 8)
        }
        #expect(try read(1 << 20).data.count == 1 << 20)
        #expect(throws: EventsError.memberTooLong("data", bytesLimit: 1 << 20)) { try read(1 << 20 + 1) }
    }

    @Test func `A report's line has the members of the format in their order`() throws {
        let line = try report(body()).spoolLine(tenant: "acme", authID: "tok_1", recordedTime: recordedTime)
        #expect(
            String(decoding: line.bytes, as: UTF8.self)
                == #"{"cid":"c1","execution_id":"x1","service":"mail service","status":"in progress","#
                + #""datetime":"2026-01-02T03:04:05.678901Z","execution_time":1.50,"fxtenant":"acme","authid":"tok_1","#
                + #""recordedtime":"2026-01-02T03:04:06.000000Z","sequence":"00000000000000000000","data":{ "a":1E400 }"#
        )
        #expect(
            line.bytes[line.sequenceOffset...].prefix(20).elementsEqual(repeatElement(UInt8(ascii: "0"), count: 20)))
        #expect(line.bytes.capacity - line.bytes.count >= 22)
    }

    @Test func `A complete line reads back as what was reported`() throws {
        let service = "quote \" ,\"sequence\":\"1"
        let written = ExecutionReport(
            cid: try CorrelationID("c1"), executionID: "x1", service: service, status: .failed, data: Array("[1]".utf8))
        let line = written.spoolLine(tenant: "acme", authID: "tok_1", recordedTime: recordedTime)
        var bytes = line.bytes
        bytes.replaceSubrange(line.sequenceOffset..<(line.sequenceOffset + 20), with: "00000000000000000007".utf8)
        bytes += Array(",\"crc32c\":\"1a2b3c4d\"}\n".utf8)
        let read = try RecordedExecution(line: bytes)
        #expect(read.cid == written.cid)
        #expect(read.executionID == "x1")
        #expect(read.service == service)
        #expect(read.status == .failed)
        // The reporter named no time.
        #expect(read.datetime == recordedTime)
        #expect(read.executionTime == nil)
        #expect(read.tenant == "acme")
        #expect(read.authID == "tok_1")
        #expect(read.recordedTime == recordedTime)
        #expect(read.sequence == 7)
        let result = ExecutionResult(read, in: bytes)
        #expect(result.data == written.data)

        let embedded = Array("\n".utf8) + bytes
        #expect(try RecordedExecution(line: embedded, in: 1..<embedded.count).sequence == 7)
        #expect(throws: EventsError.memberMissing("cid")) { try RecordedExecution(line: Array("{}".utf8)) }
    }

    @Test func `Results are written exactly as the API documents them`() throws {
        let first = ExecutionResult(
            data: Array("{\"n\":1E400}".utf8), datetime: recordedTime, executionID: "x1", executionTime: "1.50",
            service: "mail \"A\"", status: .inProgress)
        let second = ExecutionResult(
            data: Array("null".utf8), datetime: recordedTime, executionID: "x2", executionTime: nil, service: "s",
            status: .completed)
        let firstText =
            #"{"data":{"n":1E400},"datetime":"2026-01-02T03:04:06.000000Z","execution_id":"x1","execution_time":1.50,"#
            + #""service":"mail \"A\"","status":"in progress"}"#
        let secondText =
            #"{"data":null,"datetime":"2026-01-02T03:04:06.000000Z","execution_id":"x2","execution_time":null,"#
            + #""service":"s","status":"completed"}"#
        var bytes: [UInt8] = []
        first.append(to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == firstText)
        bytes = []
        CIDResult(cid: try CorrelationID("c1"), executions: [first, second]).append(to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == #"{"cid":"c1","executions":[\#(firstText),\#(secondText)]}"#)
        bytes = []
        CIDResult(cid: try CorrelationID("c1"), executions: []).append(to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == #"{"cid":"c1","executions":[]}"#)
    }
}
