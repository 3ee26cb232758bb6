import DurableIO
import Spool
import Threading

/// Brings what the logs say into the index, on one thread of its own, behind the acknowledgements.
///
/// It sleeps until somebody pokes it, and looks by itself twice a minute. A poke is a hint; the truth is where the logs
/// end and where the index stands.
package final class StatusIndexer: Sendable {
    /// What an operator should hear of.
    package enum Notice: Sendable {
        case finding(LogFinding)
        /// The index was thrown away and is being built again from the logs.
        case rebuilding(because: StatusIndexError)
        case failed(StatusIndexError)
        case cannotRead(SpoolError)
        /// Everything that was in the logs at the start, or after a failure, is in the index.
        case caughtUp(nextSequence: UInt64)
        /// The rows of records that a log holds no more are gone.
        case forgot(log: String, rows: Int64, before: UInt64)
    }

    private struct Signal {
        var isPoked = true
        /// Somebody waits for what the poke is about.
        var isUrgent = false
        var isStopping = false
        /// Where logs begin, by their names, as far as somebody has told.
        var logBegins: [String: UInt64] = [:]
        var lastError: StatusIndexError?
    }

    private let path: String
    private let layout: SpoolLayout
    private let disk: any Disk
    private let recent: RecentEvents
    private let committed: @Sendable () -> LogPosition
    private let lookMilliseconds: Int
    private let executionsChanged: @Sendable ([ExecutionRow]) -> Void
    private let executionsRead: @Sendable (_ log: String, [ExecutionRow]) -> Void
    private let notice: @Sendable (Notice) -> Void
    private let signal = Monitor(Signal())
    private let thread = ThreadSlot()

    private static let rowsLimit = 1024
    /// How long rows may gather before the next transaction: a cid is answered meanwhile from ``RecentEvents``.
    // Each transaction writes every page that it touches again: the more rows in one, the fewer pages a row.
    private static let gatherMilliseconds = 25
    private static let retryMilliseconds = 1000

    /// What is known of each log while one index is followed.
    private struct Progress {
        var readers: [IndexedLog: LogReader] = [:]
        /// Behind the last event that is in the index.
        var nextEvent: UInt64 = 1
        /// Why a log cannot be read, said once.
        var unreadable: [IndexedLog: SpoolError] = [:]
        var directoryError: IOError?
    }

    /// - Parameters:
    ///   - committed: how far the event log is committed, by the writer in this process.
    ///   - executionsChanged: what was brought into the index by the transaction that has just ended; called on the
    ///     indexer's thread, if there was anything. Also told again, and for reports that do not stand.
    ///   - executionsRead: the same, with the log they are from; in the order of the log, and all of it again when the index
    ///     is built again.
    ///   - lookMilliseconds: how long a log of another process may have grown, or the index have been deleted, before
    ///     it is noticed unpoked.
    ///   - notice: called on the indexer's thread.
    package init(
        path: String, layout: SpoolLayout, disk: any Disk, recent: RecentEvents,
        committed: @escaping @Sendable () -> LogPosition,
        lookMilliseconds: Int = 30_000, executionsChanged: @escaping @Sendable ([ExecutionRow]) -> Void = { _ in },
        executionsRead: @escaping @Sendable (_ log: String, [ExecutionRow]) -> Void = { _, _ in },
        notice: @escaping @Sendable (Notice) -> Void
    ) {
        self.path = path
        self.layout = layout
        self.disk = disk
        self.recent = recent
        self.committed = committed
        self.lookMilliseconds = lookMilliseconds
        self.executionsChanged = executionsChanged
        self.executionsRead = executionsRead
        self.notice = notice
    }

    /// Starts the thread; until it has caught up, ``RecentEvents`` says that the index lags.
    package func start() throws(ThreadError) {
        recent.indexMayLack(before: committed().nextSequence)
        try thread.start(name: "fx-indexer") { self.run() }
    }

    /// Says that a log may have grown. Costs a lock, and a wake-up if the indexer sleeps.
    ///
    /// - Parameter isUrgent: do not let rows gather first.
    package func poke(isUrgent: Bool = false) {
        signal.update { signal in
            let isNews = !signal.isPoked || (isUrgent && !signal.isUrgent)
            signal.isPoked = true
            signal.isUrgent = signal.isUrgent || isUrgent
            return isNews ? .one : .nobody
        }
    }

    /// Says that a log now begins with `sequence`: what the index knows of earlier records goes too, a few thousand rows
    /// at a time between others.
    package func forget(log: String, before sequence: UInt64) {
        signal.update { signal in
            guard sequence > signal.logBegins[log] ?? 0 else { return .nobody }
            signal.logBegins[log] = sequence
            signal.isPoked = true
            return .one
        }
    }

    /// Ends the thread after the transaction it is in.
    package func stop() {
        signal.update { signal in
            signal.isStopping = true
            return .all
        }
        thread.join()
    }

    /// What keeps the index from following, nil if it does.
    package var lastError: StatusIndexError? { signal.withLock { $0.lastError } }

    private var isStopping: Bool { signal.withLock { $0.isStopping } }

    private func run() {
        var isFirst = true
        var damage: StatusIndexError?
        var open: StatusIndexWriter?
        while !isStopping {
            do throws(StatusIndexError) {
                // `??` would lose the error's type.
                let writer = if let open { open } else { try openIndex(discardingFor: damage) }
                open = writer
                damage = nil
                if isFirst { try refuseIndexOfAnotherLog(writer) }
                isFirst = false
                try follow(writer)
            } catch {
                // The index is gone under our feet, or full: the logs are not, so everything can be tried again. What is
                // opened then may be a new index, which knows nothing yet.
                recent.indexMayLack(before: committed().nextSequence)
                // On a full disk it stays open: with its last connection the index would lose the files `-wal` and `-shm`,
                // which no reader could make again there.
                if error != .noSpace(path: path) { open = nil }
                if error.isCuredByRebuild { damage = error }
                let last = signal.withLock { signal in
                    defer { signal.lastError = error }
                    return signal.lastError
                }
                if last != error, damage == nil { notice(.failed(error)) }
                if last != nil || damage == nil { sleep(milliseconds: Self.retryMilliseconds) }
            }
        }
    }

    /// Opens the index; one that is damaged or of another version is thrown away first: the logs have it all.
    private func openIndex(discardingFor damage: StatusIndexError?) throws(StatusIndexError) -> StatusIndexWriter {
        if let damage {
            notice(.rebuilding(because: damage))
            try StatusIndexWriter.deleteIndex(at: path)
        }
        return try StatusIndexWriter(path: path, create: true)
    }

    /// An index that has read further than the log goes was derived from another log: of its sequences, the ones to come
    /// would never be read.
    private func refuseIndexOfAnotherLog(_ writer: StatusIndexWriter) throws(StatusIndexError) {
        let stored = try writer.position(ofLog: IndexedLog.eventsName)
        guard stored <= committed().nextSequence else {
            throw .positionMoved(log: IndexedLog.eventsName, actual: stored)
        }
    }

    private func follow(_ writer: StatusIndexWriter) throws(StatusIndexError) {
        var progress = Progress()
        var isCaughtUp = false
        var forgetting = ForgottenRecords()
        while true {
            try writer.checkIsCurrent()
            var rowsCount = 0
            for log in logs(&progress) {
                let position = log.name == IndexedLog.eventsName ? committed() : nil
                rowsCount += try advance(log, &progress, writer, limit: position)
                if isStopping { return }
            }
            signal.withLock { $0.lastError = nil }
            if !isCaughtUp, recent.isIndexComplete {
                isCaughtUp = true
                notice(.caughtUp(nextSequence: progress.nextEvent))
            }
            if try forgetSome(&forgetting, writer) { continue }
            if rowsCount > 0 { gather() }
            guard waitForPoke() else { return }
        }
    }

    /// How far the rows of trimmed records are gone from the index that is open.
    private struct ForgottenRecords {
        /// By the log's name.
        var before: [String: UInt64] = [:]
        var count: Int64 = 0
    }

    /// Removes some rows of records that a log holds no more; false when there are none left.
    private func forgetSome(
        _ forgotten: inout ForgottenRecords, _ writer: StatusIndexWriter
    ) throws(StatusIndexError) -> Bool {
        let begins = signal.withLock { $0.logBegins }
        let due = begins.first { $0.value > forgotten.before[$0.key] ?? 0 }
        guard let (log, begin) = due, !isStopping else { return false }
        let (count, isEnd) = try writer.removeSome(of: log, before: begin)
        forgotten.count += count
        guard isEnd else { return true }
        if forgotten.count > 0 { notice(.forgot(log: log, rows: forgotten.count, before: begin)) }
        forgotten.before[log] = begin
        forgotten.count = 0
        // Another log may have been trimmed too.
        return true
    }

    private func logs(_ progress: inout Progress) -> [IndexedLog] {
        do {
            let logs = try IndexedLog.all(in: layout, disk: disk)
            progress.directoryError = nil
            return logs
        } catch {
            if progress.directoryError != error { notice(.cannotRead(.disk(error))) }
            progress.directoryError = error
            return [.events(in: layout)]
        }
    }

    /// Brings one log up to its end; gives the number of rows.
    private func advance(
        _ log: IndexedLog, _ progress: inout Progress, _ writer: StatusIndexWriter, limit: LogPosition?
    ) throws(StatusIndexError) -> Int {
        var rowsCount = 0
        while !isStopping {
            let stored = try writer.position(ofLog: log.name)
            if let limit, stored > 0, log.name == IndexedLog.eventsName {
                let count = try followMemory(from: stored, &progress, writer, limit: limit)
                rowsCount += count
                if count > 0 { continue }
                if stored >= limit.nextSequence { break }
            }
            let rows: IndexedLog.Rows
            do throws(SpoolError) {
                let reader: LogReader
                if let open = progress.readers[log], open.nextSequence == max(stored, 1) {
                    reader = open
                } else if stored == 0 {
                    reader = try log.readerOfAll(disk: disk)
                } else {
                    reader = LogReader(directory: log.directory, disk: disk, from: stored)
                }
                progress.readers[log] = reader
                rows = try log.readRows(reader, limit: Self.rowsLimit, position: limit)
            } catch {
                if progress.unreadable[log] != error { notice(.cannotRead(error)) }
                progress.unreadable[log] = error
                progress.readers[log] = nil
                return rowsCount
            }
            progress.unreadable[log] = nil
            for finding in rows.findings { notice(.finding(finding)) }
            if rows.next > max(stored, 1) {
                do {
                    try writer.apply(
                        events: rows.events, executions: rows.executions, log: log.name, from: stored, next: rows.next)
                } catch .positionMoved {
                    // Another process has built the index anew: go on where it stands now.
                    progress.readers[log] = nil
                    continue
                }
                rowsCount += rows.count
                if !rows.executions.isEmpty {
                    executionsChanged(rows.executions)
                    executionsRead(log.name, rows.executions)
                }
            }
            if log.name == IndexedLog.eventsName {
                recent.settle(before: rows.next)
                progress.nextEvent = rows.next
            }
            if rows.isEnd { break }
        }
        return rowsCount
    }

    /// Brings events in that are known from `stored` on without the log; gives their number, 0 where it must be read.
    ///
    /// - Parameter limit: where the log's committed end is.
    private func followMemory(
        from stored: UInt64, _ progress: inout Progress, _ writer: StatusIndexWriter, limit: LogPosition
    ) throws(StatusIndexError) -> Int {
        progress.nextEvent = stored
        let committedCount = Int(clamping: limit.nextSequence - min(stored, limit.nextSequence))
        let events = recent.follow(from: stored, limit: min(committedCount, Self.rowsLimit))
        guard !events.isEmpty else { return 0 }
        // It would stand at another place when it is wanted again, and keeps a segment open.
        progress.readers[.events(in: layout)] = nil
        do { try writer.apply(events) } catch .positionMoved {
            // Another process has built the index anew: go on where it stands now.
        }
        return events.count
    }

    /// Sleeps until it is time to look again; false when it is time to stop.
    private func waitForPoke() -> Bool {
        signal.wait(milliseconds: lookMilliseconds) { signal -> Bool? in
            if signal.isStopping { return false }
            guard signal.isPoked else { return nil }
            signal.isPoked = false
            signal.isUrgent = false
            return true
        } ?? true
    }

    /// Lets rows gather for the next transaction, unless somebody waits for them.
    private func gather() {
        _ = signal.wait(milliseconds: Self.gatherMilliseconds) { $0.isStopping || $0.isUrgent ? true : nil }
    }

    private func sleep(milliseconds: Int) {
        _ = signal.wait(milliseconds: milliseconds) { $0.isStopping ? true : nil }
    }
}
