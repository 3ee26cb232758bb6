import Events
import JSONText
import Testing

@testable import Runner

struct ExecutionOutcomeTests {
    private func outcome(
        _ termination: RunEnd.Termination, _ output: String = "", cause: RunEnd.Cause? = nil
    ) -> (status: ExecutionStatus, data: String) {
        let outcome = ExecutionOutcome(RunEnd(termination, cause: cause, standardOutput: Array(output.utf8)))
        return (outcome.status, String(decoding: outcome.data, as: UTF8.self))
    }

    @Test func `exit status and output make status and data`() {
        #expect(outcome(.exited(0), "{\"a\": 1}\n") == (.completed, "{\"a\": 1}"))
        #expect(outcome(.exited(0), "{\n \"a\":\n 1}\n") == (.completed, "{ \"a\": 1}"))
        #expect(outcome(.exited(0), "done\n") == (.completed, "\"done\\n\""))
        #expect(outcome(.exited(0), " \n") == (.completed, "null"))
        #expect(outcome(.exited(75), "nothing to do") == (.skipped, "\"nothing to do\""))
        #expect(outcome(.exited(1), "[1]") == (.failed, "[1]"))
        #expect(outcome(.exited(3)) == (.failed, "{\"error\":\"exit-status\",\"exit_status\":3}"))
        #expect(outcome(.signalled(11), "x") == (.failed, "{\"error\":\"signal\",\"signal\":11}"))
    }

    @Test func `what the runner did goes before what the service said`() {
        #expect(outcome(.exited(0), "[1]", cause: .timeLimit) == (.failed, "{\"error\":\"time-limit\",\"output\":[1]}"))
        #expect(outcome(.signalled(9), cause: .timeLimit) == (.failed, "{\"error\":\"time-limit\"}"))
        #expect(outcome(.signalled(9), "yyyy", cause: .outputLimit) == (.failed, "{\"error\":\"output-limit\"}"))
        #expect(outcome(.exited(75), cause: .stop) == (.failed, "{\"error\":\"stopped\"}"))
        #expect(
            outcome(.notStarted("no \"x\"")) == (.failed, "{\"error\":\"not-started\",\"detail\":\"no \\\"x\\\"\"}"))
    }

    @Test func `bytes that are no text, and JSON that is too deep, become strings`() {
        let bytes = ExecutionOutcome(RunEnd(.exited(0), standardOutput: [0x61, 0xFF, 0x62]))
        #expect(String(decoding: bytes.data, as: UTF8.self) == "\"a\u{FFFD}b\"")
        let deep = String(repeating: "[", count: 200) + String(repeating: "]", count: 200)
        #expect(outcome(.exited(0), deep) == (.completed, "\"\(deep)\""))
    }

    @Test func `output that grows beyond a report's limit when it is written as JSON is refused`() {
        let controls = [UInt8](repeating: 1, count: 200_000)
        #expect(ExecutionData.data(standardOutput: controls) == nil)
        let end = ExecutionOutcome(RunEnd(.exited(0), standardOutput: controls))
        #expect(end.status == .failed && String(decoding: end.data, as: UTF8.self) == "{\"error\":\"output-limit\"}")
        // A string of the very limit, its quotes included.
        let most = [UInt8](repeating: 0x78, count: ExecutionData.bytesLimit - 2)
        #expect(ExecutionData.data(standardOutput: most)?.count == ExecutionData.bytesLimit)
        #expect(ExecutionData.data(standardOutput: most + [0x78]) == nil)
    }

    @Test func `a note is read as it was written`() throws {
        var note = ExecutionNote(eventSequence: .max)
        note.logSequence = 7
        note.attempt = 2
        note.lostRuns = 1
        note.retryAt = Timestamp(microseconds: 1_767_225_600_000_001)
        note.failure = Array("\"error\":\"exit-status\",\"exit_status\":3".utf8)
        let value = try JSONScanner.validate(note.data, depthLimit: 1)
        var read = try #require(ExecutionNote(value, in: note.data))
        read.failure = note.failure
        #expect(read == note)
        let other = Array("{\"rows\":1}".utf8)
        #expect(ExecutionNote(try JSONScanner.validate(other, depthLimit: 1), in: other) == nil)
    }

    @Test func `an execution's id is the same each time, and no other's`() throws {
        func line(id: String, source: String) -> [UInt8] {
            Array(
                """
                {"specversion":"1.0","id":"\(id)","source":"\(source)","type":"t","time":"2026-01-02T03:04:05.678901Z",\
                "correlationid":"c","sequence":"00000000000000000042","fxtenant":"acme","authid":"t",\
                "recordedtime":"2026-01-02T03:04:05.678901Z","data":1,"crc32c":"00000000"}
                """.utf8)
        }
        let event = try RecordedEvent(line: line(id: "e", source: "/s"))
        let other = try RecordedEvent(line: line(id: "e2", source: "/s"))
        let shifted = try RecordedEvent(line: line(id: "se", source: "/"))
        let id = ExecutionID(event: event, service: "a")
        #expect(id == ExecutionID(event: event, service: "a"))
        #expect(Set([event, other, shifted].map { ExecutionID(event: $0, service: "a") }).count == 3)
        #expect(id != ExecutionID(event: event, service: "b"))
        #expect(ExecutionID(id.text) == id)
        #expect(id.text.utf8.count == 36 && Array(id.text.utf8)[14] == UInt8(ascii: "8"))
        #expect(ExecutionID(id.text.uppercased()) == nil && ExecutionID("42") == nil)
        // Golden: a changed derivation would run again what an earlier version has finished.
        #expect(id.text == "33af6cbd-c649-85de-b107-2d71435d6112")
    }
}
