import DurableIO
import Events
import Spool
import Threading

/// The runner's own log, `spool/executions/runner/`: what it tells of executions, and what it knows them by after a crash.
///
/// Records are handed over without waiting; a group of them shares one synchronization, and each is answered by an
/// ``Acknowledgement`` once it is on disk, or was refused.
package final class ExecutionJournal: Sendable {
    package static let writerName = "runner"
    static let authID = "fx-runner"

    /// What a record is to the runner.
    package enum Step: Sendable, Equatable {
        case announced, started, failedRun, ended
    }

    package struct Record: Sendable {
        package let id: ExecutionID
        package let report: ExecutionReport
        package let tenant: String
        package let recordedTime: Timestamp
    }

    /// Records that become durable together or not at all.
    package struct Entry: Sendable {
        package let step: Step
        package let records: [Record]
    }

    package struct Acknowledgement: Sendable {
        package let entry: Entry
        /// The place of the last record in the log; the others stand right before it.
        package let result: Result<UInt64, SpoolError>
    }

    private let writer: LogWriter
    private let acknowledge: @Sendable (Acknowledgement) -> Void
    package let directory: String

    /// Locks the log; a second runner on the same spool is refused.
    ///
    /// - Parameter acknowledge: called on a thread of the log's.
    package init(
        layout: SpoolLayout, options: LogOptions, disk: any Disk, findings: (LogRecovery.Finding) -> Void,
        acknowledge: @escaping @Sendable (Acknowledgement) -> Void
    ) throws(RunnerError) {
        directory = layout.executions(writer: Self.writerName)
        do { try disk.makeDirectory(layout.executions) } catch { throw .disk(error) }
        let appender: LogAppender
        do throws(SpoolError) {
            appender = try LogAppender(
                directory: directory, quarantine: layout.quarantine, options: options, disk: disk)
        } catch {
            throw error.isLocked ? .alreadyRunning(path: layout.executions(writer: Self.writerName)) : .log(error)
        }
        for finding in appender.recovery.findings { findings(finding) }
        do { writer = try LogWriter(appender, limits: .init()) { _ in } } catch { throw .thread(error) }
        self.acknowledge = acknowledge
    }

    /// The place up to which everything is on disk.
    package var position: LogPosition { writer.position }

    /// Numbers that grow while the log's threads are not held.
    package func signs() -> [UInt64] { writer.signs() }

    /// Hands an entry over; it is acknowledged, whatever becomes of it.
    package func submit(_ entry: Entry) {
        let lines = entry.records.map { record in
            let line = record.report.spoolLine(
                tenant: record.tenant, authID: Self.authID, recordedTime: record.recordedTime)
            return LogRecord(line: line.bytes, sequenceOffset: line.sequenceOffset)
        }
        let waiter = Waiter(entry: entry, acknowledge: acknowledge)
        do {
            if lines.count == 1 {
                try writer.submit(lines[0].line, sequenceOffset: lines[0].sequenceOffset, waiter: waiter)
            } else {
                try writer.submit(lines, waiter: waiter)
            }
        } catch {
            waiter.recordWasRefused(error)
        }
    }

    /// Commits what was handed over.
    package func stop() { writer.stop() }

    private final class Waiter: CommitWaiter {
        let entry: Entry
        let acknowledge: @Sendable (Acknowledgement) -> Void

        init(entry: Entry, acknowledge: @escaping @Sendable (Acknowledgement) -> Void) {
            self.entry = entry
            self.acknowledge = acknowledge
        }

        func recordWasCommitted(sequence: UInt64) {
            acknowledge(Acknowledgement(entry: entry, result: .success(sequence)))
        }

        func recordWasRefused(_ error: SpoolError) {
            acknowledge(Acknowledgement(entry: entry, result: .failure(error)))
        }
    }
}
