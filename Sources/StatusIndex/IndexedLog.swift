import DurableIO
import Events
import JSONText
import Spool
import Threading

/// A log as the index sees it: its name in the table of positions, and what a record of it becomes.
struct IndexedLog: Hashable, Sendable {
    let name: String
    let directory: String
    private let isEventLog: Bool

    static let eventsName = "events"
    /// One directory per writing process; more are not followed.
    static let executionLogsLimit = 64
    /// Rows keep the lines they were read from in memory: those of a batch end with the line that reaches it.
    static let batchBytesLimit = 8 << 20
    /// Read between two moments at which others may run: some 100 µs.
    private static let recordsPerTurn: UInt64 = 64

    static func events(in layout: SpoolLayout) -> IndexedLog {
        IndexedLog(name: eventsName, directory: layout.events, isEventLog: true)
    }

    /// The execution logs there are now, in the order of their names, and the event log behind them: when the events are
    /// in the index, so is what became of them.
    static func all(in layout: SpoolLayout, disk: any Disk) throws(IOError) -> [IndexedLog] {
        let writers = try layout.executionWriters(disk: disk)
        let logs = writers.prefix(executionLogsLimit).map { writer in
            IndexedLog(name: "executions/" + writer, directory: layout.executions(writer: writer), isEventLog: false)
        }
        return logs + [events(in: layout)]
    }

    /// A reader from where the log begins: what was trimmed before is not missing.
    func readerOfAll(disk: any Disk) throws(SpoolError) -> LogReader {
        let begin = try LogStatistics.firstSequence(in: directory, disk: disk) ?? 1
        return LogReader(directory: directory, disk: disk, from: begin)
    }

    /// Rows of some records of one log, and where the next one begins.
    struct Rows {
        var events: [EventRow] = []
        var executions: [ExecutionRow] = []
        var next: UInt64
        /// What was skipped on the way.
        var findings: [LogFinding] = []
        /// Whether the log may hold more.
        var isEnd = false

        var count: Int { events.count + executions.count }
    }

    /// Reads records until there are `limit` rows or ``batchBytesLimit`` of lines, or the log's committed end is reached.
    func readRows(_ reader: LogReader, limit rowsLimit: Int, position: LogPosition?) throws(SpoolError) -> Rows {
        var rows = Rows(next: reader.nextSequence)
        var bytesCount = 0
        while rows.count < rowsLimit, bytesCount < Self.batchBytesLimit {
            switch try reader.next(limit: position) {
            case .record(let sequence, let range):
                bytesCount += range.count
                if sequence.isMultiple(of: Self.recordsPerTurn) { WorkerThread.giveWay() }
                if !append(reader.buffer, range, sequence: sequence, to: &rows) {
                    rows.findings.append(LogFinding(log: name, .foreignRecord(sequence: sequence)))
                }
            case .damaged(let damage): rows.findings.append(LogFinding(log: name, .damaged(damage)))
            case .missing(let range): rows.findings.append(LogFinding(log: name, .missing(range)))
            case .end:
                rows.isEnd = true
                rows.next = reader.nextSequence
                return rows
            }
        }
        rows.next = reader.nextSequence
        return rows
    }

    private func append(_ bytes: [UInt8], _ range: Range<Int>, sequence: UInt64, to rows: inout Rows) -> Bool {
        if isEventLog {
            guard let row = Self.eventRow(bytes, range, sequence: sequence) else { return false }
            rows.events.append(row)
        } else {
            guard let row = Self.executionRow(bytes, range, sequence: sequence) else { return false }
            rows.executions.append(row)
        }
        return true
    }

    private static func eventRow(_ bytes: [UInt8], _ range: Range<Int>, sequence: UInt64) -> EventRow? {
        if let event = EventEnvelope(line: bytes, in: range) {
            return EventRow(
                sequence: sequence, tenant: event.tenant, cid: event.cid, id: event.id, type: event.type,
                recordedMicroseconds: event.recordedTime.microseconds)
        }
        guard let event = try? RecordedEvent(line: bytes, in: range) else { return nil }
        return EventRow(
            sequence: sequence, tenant: ArraySlice(event.tenant.utf8), cid: ArraySlice(event.cid.text.utf8),
            id: ArraySlice(event.id.utf8), type: ArraySlice(event.type.utf8),
            recordedMicroseconds: event.recordedTime.microseconds)
    }

    private static func executionRow(_ bytes: [UInt8], _ range: Range<Int>, sequence: UInt64) -> ExecutionRow? {
        if let report = ExecutionEnvelope(line: bytes, in: range) {
            return ExecutionRow(
                sequence: sequence, tenant: bytes[report.tenant], executionID: bytes[report.executionID],
                cid: bytes[report.cid], service: bytes[report.service], status: report.status.indexCode,
                datetimeMicroseconds: report.datetime.microseconds,
                executionTime: report.executionTime.map { bytes[$0] },
                data: report.data.kind == .null ? nil : bytes[report.data.range],
                recordedMicroseconds: report.recordedTime.microseconds)
        }
        guard let report = try? RecordedExecution(line: bytes, in: range) else { return nil }
        return ExecutionRow(
            sequence: sequence, tenant: ArraySlice(report.tenant.utf8),
            executionID: ArraySlice(report.executionID.utf8), cid: ArraySlice(report.cid.text.utf8),
            service: ArraySlice(report.service.utf8), status: report.status.indexCode,
            datetimeMicroseconds: report.datetime.microseconds,
            executionTime: report.executionTime.map { ArraySlice($0.utf8) },
            data: report.data.kind == .null ? nil : bytes[report.data.range],
            recordedMicroseconds: report.recordedTime.microseconds)
    }
}

/// Something in a log that became no row.
package struct LogFinding: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        case damaged(DamagedRange)
        case missing(Range<UInt64>)
        /// A right record that is no event, or no report.
        case foreignRecord(sequence: UInt64)
    }

    package let log: String
    package let kind: Kind

    init(log: String, _ kind: Kind) {
        self.log = log
        self.kind = kind
    }
}

extension LogFinding: CustomStringConvertible {
    package var description: String {
        switch kind {
        case .damaged(let damage): "\(log)/\(damage)"
        case .missing(let range):
            range.count == 1
                ? "\(log): sequence \(range.lowerBound) is missing"
                : "\(log): sequences \(range.lowerBound) to \(range.upperBound - 1) are missing"
        case .foreignRecord(let sequence): "\(log): the record \(sequence) is not of a form that is known here"
        }
    }
}

extension ExecutionStatus {
    /// How the index stores it.
    package var indexCode: Int {
        switch self {
        case .pending: 0
        case .inProgress: 1
        case .completed: 2
        case .failed: 3
        case .skipped: 4
        }
    }

    package init?(indexCode: Int) {
        guard let status = Self.allCases.first(where: { $0.indexCode == indexCode }) else { return nil }
        self = status
    }
}
