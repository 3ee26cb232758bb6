import DurableIO
import Spool
import Threading

/// Brings what the logs say into the index, on one thread of its own, behind the acknowledgements.
///
/// It sleeps until somebody pokes it. A poke is a hint; the truth is where the logs end and where the index stands.
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
        /// The rows of events that the log holds no more are gone.
        case forgot(events: Int64, before: UInt64)
    }

    private struct Signal {
        var isPoked = true
        var isStopping = false
        /// The event log begins here, as far as somebody has told.
        var logBegin: UInt64 = 0
        var lastError: StatusIndexError?
    }

    private let path: String
    private let layout: SpoolLayout
    private let disk: any Disk
    private let recent: RecentEvents
    private let committed: @Sendable () -> LogPosition
    private let notice: @Sendable (Notice) -> Void
    private let signal = Monitor(Signal())
    private let thread = Monitor<WorkerThread?>(nil)

    private static let rowsLimit = 1024
    /// How long rows may gather before the next transaction: a cid is answered meanwhile from ``RecentEvents``.
    private static let gatherMilliseconds = 5
    private static let retryMilliseconds = 1000

    /// - Parameters:
    ///   - committed: how far the event log is committed, by the writer in this process.
    ///   - notice: called on the indexer's thread.
    package init(
        path: String, layout: SpoolLayout, disk: any Disk, recent: RecentEvents,
        committed: @escaping @Sendable () -> LogPosition, notice: @escaping @Sendable (Notice) -> Void
    ) {
        self.path = path
        self.layout = layout
        self.disk = disk
        self.recent = recent
        self.committed = committed
        self.notice = notice
    }

    /// Starts the thread; until it has caught up, ``RecentEvents`` says that the index lags.
    package func start() throws(ThreadError) {
        recent.noteUnnoted(before: committed().nextSequence)
        let started = try WorkerThread(name: "fx-indexer") { self.run() }
        thread.withLock { $0 = started }
    }

    /// Says that a log may have grown. Costs a lock, and a wake-up if the indexer sleeps.
    package func poke() {
        signal.update { signal in
            defer { signal.isPoked = true }
            return signal.isPoked ? .nobody : .one
        }
    }

    /// Says that the event log now begins with `sequence`: what the index knows of earlier events goes too, a few
    /// thousand rows at a time between others.
    package func forgetEvents(before sequence: UInt64) {
        signal.update { signal in
            guard sequence > signal.logBegin else { return .nobody }
            signal.logBegin = sequence
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
        let running = thread.withLock { thread -> WorkerThread? in
            defer { thread = nil }
            return thread
        }
        running?.join()
    }

    /// What keeps the index from following, nil if it does.
    package var lastError: StatusIndexError? { signal.withLock { $0.lastError } }

    private var isStopping: Bool { signal.withLock { $0.isStopping } }

    private func run() {
        while !isStopping {
            do throws(StatusIndexError) {
                let writer = try openIndex()
                signal.withLock { $0.lastError = nil }
                try follow(writer)
            } catch {
                // The index is gone under our feet, or full: the logs are not, so everything can be tried again.
                let isNew = signal.withLock { signal -> Bool in
                    defer { signal.lastError = error }
                    return signal.lastError != error
                }
                if isNew { notice(.failed(error)) }
                sleep(milliseconds: Self.retryMilliseconds)
            }
        }
    }

    /// Opens the index; one that is damaged or of another version is thrown away: the logs have it all.
    private func openIndex() throws(StatusIndexError) -> StatusIndexWriter {
        do {
            return try StatusIndexWriter(path: path, create: true)
        } catch {
            guard error.isCuredByRebuilding else { throw error }
            notice(.rebuilding(because: error))
            try StatusIndexWriter.deleteIndex(at: path)
            return try StatusIndexWriter(path: path, create: true)
        }
    }

    private func follow(_ writer: StatusIndexWriter) throws(StatusIndexError) {
        var readers: [IndexedLog: LogReader] = [:]
        var isCaughtUp = false
        var forgetting = ForgottenEvents()
        while true {
            var rowsCount = 0
            for log in logs() {
                let position = log.name == IndexedLog.eventsName ? committed() : nil
                rowsCount += try advance(log, &readers, writer, limit: position)
                if isStopping { return }
            }
            if !isCaughtUp, recent.isIndexComplete {
                isCaughtUp = true
                notice(.caughtUp(nextSequence: readers[.events(in: layout)]?.nextSequence ?? 1))
            }
            if try forgetSomeEvents(&forgetting, writer) { continue }
            if rowsCount > 0 { sleep(milliseconds: Self.gatherMilliseconds) }
            guard waitForPoke() else { return }
        }
    }

    /// How far the rows of trimmed events are gone from the index that is open.
    private struct ForgottenEvents {
        var before: UInt64 = 0
        var count: Int64 = 0
    }

    /// Removes some rows of events that the log holds no more; false when there are none left.
    private func forgetSomeEvents(
        _ forgotten: inout ForgottenEvents, _ writer: StatusIndexWriter
    ) throws(StatusIndexError) -> Bool {
        let logBegin = signal.withLock { $0.logBegin }
        guard forgotten.before < logBegin, !isStopping else { return false }
        let (count, isEnd) = try writer.removeSomeEvents(before: logBegin)
        forgotten.count += count
        guard isEnd else { return true }
        if forgotten.count > 0 { notice(.forgot(events: forgotten.count, before: logBegin)) }
        forgotten = ForgottenEvents(before: logBegin)
        return false
    }

    private func logs() -> [IndexedLog] {
        do {
            return try IndexedLog.all(in: layout, disk: disk)
        } catch {
            notice(.cannotRead(.disk(error)))
            return [.events(in: layout)]
        }
    }

    /// Brings one log up to its end; gives the number of rows.
    private func advance(
        _ log: IndexedLog, _ readers: inout [IndexedLog: LogReader], _ writer: StatusIndexWriter, limit: LogPosition?
    ) throws(StatusIndexError) -> Int {
        var rowsCount = 0
        while !isStopping {
            let stored = try writer.position(ofLog: log.name)
            let rows: IndexedLog.Rows
            do throws(SpoolError) {
                let reader: LogReader
                if let open = readers[log], open.nextSequence == max(stored, 1) {
                    reader = open
                } else if stored == 0 {
                    reader = try log.readerOfAll(disk: disk)
                } else {
                    reader = LogReader(directory: log.directory, disk: disk, from: stored)
                }
                readers[log] = reader
                rows = try log.readRows(reader, limit: Self.rowsLimit, position: limit)
            } catch {
                notice(.cannotRead(error))
                readers[log] = nil
                return rowsCount
            }
            for finding in rows.findings { notice(.finding(finding)) }
            if rows.next > max(stored, 1) {
                do {
                    try writer.apply(
                        events: rows.events, executions: rows.executions, log: log.name, from: stored, next: rows.next)
                } catch .positionMoved {
                    // Another process has built the index anew: go on where it stands now.
                    readers[log] = nil
                    continue
                }
                rowsCount += rows.count
            }
            if log.name == IndexedLog.eventsName { recent.settle(before: rows.next) }
            if rows.isEnd { break }
        }
        return rowsCount
    }

    private func waitForPoke() -> Bool {
        signal.wait { signal -> Bool? in
            if signal.isStopping { return false }
            guard signal.isPoked else { return nil }
            signal.isPoked = false
            return true
        }
    }

    private func sleep(milliseconds: Int) {
        _ = signal.wait(milliseconds: milliseconds) { $0.isStopping ? true : nil }
    }
}
