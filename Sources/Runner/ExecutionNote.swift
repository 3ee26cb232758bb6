import Events
import JSONText

/// What the runner writes as the `data` of an execution that has not ended: for whoever asks, and for its own next start.
///
/// ```json
/// {"event_sequence":42}
/// {"event_sequence":42,"log_sequence":7,"attempt":2,"lost":0}
/// {"event_sequence":42,"log_sequence":7,"attempt":2,"lost":0,"error":"exit-status","exit_status":3,
///  "retry_at":"2026-01-02T03:04:05.678901Z"}
/// ```
/// The first stands in an announcement (`pending`), the others in reports of runs (`in progress`): the second when run
/// `attempt` begins, the third when it has failed.
struct ExecutionNote: Equatable {
    var eventSequence: UInt64
    /// Where it was announced; nil in the announcement itself.
    var logSequence: UInt64?
    /// Which run it is, from 1; lost ones are not counted.
    var attempt: Int?
    var lostRuns = 0
    /// When it will run again.
    var retryAt: Timestamp?
    /// Members that say how the run failed: `"error":"exit-status","exit_status":3`.
    var failure: [UInt8] = []

    init(eventSequence: UInt64) {
        self.eventSequence = eventSequence
    }

    var data: [UInt8] {
        var output: [UInt8] = []
        JSONWriter.appendRaw("{\"event_sequence\":\(eventSequence)", to: &output)
        if let logSequence { JSONWriter.appendRaw(",\"log_sequence\":\(logSequence)", to: &output) }
        if let attempt { JSONWriter.appendRaw(",\"attempt\":\(attempt),\"lost\":\(lostRuns)", to: &output) }
        if !failure.isEmpty {
            output.append(UInt8(ascii: ","))
            output += failure
        }
        if let retryAt { JSONWriter.appendRaw(",\"retry_at\":\"\(retryAt.text)\"", to: &output) }
        output.append(UInt8(ascii: "}"))
        return output
    }

    /// Nil for a value that is no note.
    init?(_ value: JSONValue, in bytes: [UInt8]) {
        guard value.kind == .object,
            let document = try? JSONScanner.members(of: bytes, in: value.range, depthLimit: value.range.count)
        else { return nil }
        func number(_ name: String) -> UInt64? {
            guard let value = document.member(name, in: bytes)?.value, value.kind == .number else { return nil }
            return UInt64(String(decoding: bytes[value.range], as: UTF8.self))
        }
        guard let eventSequence = number("event_sequence") else { return nil }
        self.eventSequence = eventSequence
        logSequence = number("log_sequence")
        attempt = number("attempt").flatMap { Int(exactly: $0) }
        lostRuns = number("lost").flatMap { Int(exactly: $0) } ?? 0
        retryAt = document.member("retry_at", in: bytes)?.value.string(in: bytes).flatMap { Timestamp(rfc3339: $0) }
    }
}
