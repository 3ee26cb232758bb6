import Events
import JSONText
import Spool

/// A line of a log, as another process may have written it, is read or refused.
enum SpoolLineProperty {
    static func check(_ input: [UInt8]) {
        if case .success = unsafe RecordFormat.check(input.span.bytes) {
            precondition(input.last == UInt8(ascii: "\n"))
        }
        if let event = try? RecordedEvent(line: input) {
            let valid = try? JSONScanner.validate(input, depthLimit: 1 << 10)
            precondition(valid != nil, "an event was read from what is no JSON")
            precondition(!event.id.isEmpty)
        }
        if let envelope = ExecutionEnvelope(line: input, in: input.indices) {
            let execution = try? RecordedExecution(line: input)
            precondition(execution?.data == envelope.data, "a report was read from what is none")
        }
        _ = EventEnvelope(line: input, in: 0..<input.count)
        if let entry = CommitEntry(line: input[...]) {
            precondition(!input.isEmpty)
            _ = entry
        }
    }
}
