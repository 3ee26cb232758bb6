import DurableIO
import Events
import Spool

/// What the runner's log tells of executions that have not ended.
///
/// Reading it takes memory for each of them, about 200 bytes; afterwards only what may run soon stays in memory.
package struct JournalRecovery {
    package struct Unfinished: Equatable {
        package var execution: PendingExecution
        /// It ran when the log ends: the runner was killed.
        package var wasRunning = false
        /// It has been more than announced.
        package var wasTouched = false
    }

    /// In the order of the log.
    package private(set) var unfinished: [Unfinished] = []
    /// The event behind the last one that anything was announced for; 1 if there is none.
    package private(set) var nextEventSequence: UInt64 = 1
    package private(set) var endedCount = 0
    /// Places that had to be skipped, in words for the operator.
    package private(set) var findings: [String] = []

    private static let findingsLimit = 100

    /// - Parameter first: where to begin: everything before it belongs to executions that have ended.
    package init(directory: String, from first: UInt64, limit: LogPosition, disk: any Disk) throws(SpoolError) {
        let reader = LogReader(directory: directory, disk: disk, from: first)
        var open: [ExecutionID: Unfinished] = [:]
        reading: while true {
            switch try reader.next(limit: limit) {
            case .end: break reading
            case .damaged(let range): note("\(range)")
            case .missing(let sequences):
                // What was trimmed before the cursor is no loss.
                if sequences.lowerBound > first { note("records \(sequences) of the runner's log are missing") }
            case .record(let sequence, let range):
                guard let record = try? RecordedExecution(line: reader.buffer, in: range) else {
                    note("record \(sequence) of the runner's log is no report of an execution")
                    continue
                }
                take(record, in: reader.buffer, &open)
            }
        }
        unfinished = open.values.sorted { $0.execution.logSequence < $1.execution.logSequence }
    }

    private mutating func take(
        _ record: RecordedExecution, in bytes: [UInt8], _ open: inout [ExecutionID: Unfinished]
    ) {
        guard let id = ExecutionID(record.executionID) else { return }
        let note = ExecutionNote(record.data, in: bytes)
        switch record.status {
        case .pending:
            guard open[id] == nil, let note else { return }
            nextEventSequence = max(nextEventSequence, note.eventSequence + 1)
            open[id] = Unfinished(
                execution: PendingExecution(
                    id: id, service: record.service, tenant: record.tenant, cid: record.cid,
                    eventSequence: note.eventSequence, logSequence: record.sequence))
        case .inProgress:
            guard var known = open[id], let note, let attempt = note.attempt else { return }
            known.wasTouched = true
            known.wasRunning = note.retryAt == nil
            known.execution.failedRuns = note.retryAt == nil ? attempt - 1 : attempt
            known.execution.lostRuns = note.lostRuns
            known.execution.dueMilliseconds = note.retryAt?.milliseconds ?? 0
            open[id] = known
        case .completed, .failed, .skipped:
            if open.removeValue(forKey: id) != nil { endedCount += 1 }
        }
    }

    private mutating func note(_ finding: String) {
        if findings.count < Self.findingsLimit { findings.append(finding) }
    }
}
