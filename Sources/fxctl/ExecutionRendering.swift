import Events
import JSONText
import StatusIndex

/// Executions as the operator sees them: with whose they are, and where the report that stands can be read.
///
/// ```json
/// {"tenant":"acme","execution_id":"run-7","cid":"nightly-42","service":"nightly","status":"completed",
///  "datetime":"…","first_recorded":"…","recorded":"…","execution_time":1.25,"log":"executions/runner","sequence":7,
///  "data":{"rows":17}}
/// ```
enum ExecutionRendering {
    static let tableHeader = ["RECORDED", "STATUS", "SERVICE", "EXECUTION", "CID", "SECONDS", "TENANT"]

    static func tableRow(_ entry: ExecutionEntry) -> [String] {
        let execution = entry.execution
        return [
            time(execution.recordedMicroseconds), status(execution.status), text(execution.service),
            text(execution.executionID), text(execution.cid), execution.executionTime.map(text) ?? "-",
            text(entry.tenant),
        ]
    }

    /// Appends the object without its closing brace, so that more can follow.
    static func appendOpen(_ entry: ExecutionEntry, to json: inout [UInt8]) {
        let execution = entry.execution
        let texts = [
            ("tenant", text(entry.tenant)), ("execution_id", text(execution.executionID)), ("cid", text(execution.cid)),
            ("service", text(execution.service)), ("status", status(execution.status)),
            ("datetime", time(execution.datetimeMicroseconds)),
            ("first_recorded", time(execution.firstRecordedMicroseconds)),
            ("recorded", time(execution.recordedMicroseconds)), ("log", text(entry.log)),
        ]
        for (index, (name, value)) in texts.enumerated() {
            JSONWriter.appendRaw(index == 0 ? "{\"\(name)\":" : ",\"\(name)\":", to: &json)
            JSONWriter.appendString(value, to: &json)
        }
        JSONWriter.appendRaw(",\"sequence\":\(entry.sequence),\"execution_time\":", to: &json)
        json.append(contentsOf: execution.executionTime ?? Array("null".utf8))
        JSONWriter.appendRaw(",\"data\":", to: &json)
        json.append(contentsOf: execution.data ?? Array("null".utf8))
    }

    static func status(_ code: Int) -> String { ExecutionStatus(indexCode: code)?.rawValue ?? "status \(code)" }

    static func time(_ microseconds: Int64) -> String {
        var bytes: [UInt8] = []
        Timestamp(microseconds: microseconds).append(to: &bytes)
        return text(bytes)
    }

    static func text(_ bytes: some Collection<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}
