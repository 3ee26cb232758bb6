import DurableIO
import Threading

/// Makes records of many threads durable together: whoever comes while the disk is busy shares the next synchronization.
///
/// Nobody waits in here for the disk: a ``CommitWaiter`` is told by a thread of the log's. So the number of workers does
/// not bound the size of a group, and a slow disk makes groups larger instead of the server slower.
package final class LogWriter: Sendable {
    package struct Limits: Sendable {
        /// Bytes that may wait for the disk; bounds the memory, however many senders there are.
        package var pendingBytes: Int
        package var pendingRecords: Int

        package init(pendingBytes: Int = 64 << 20, pendingRecords: Int = 8192) {
            self.pendingBytes = pendingBytes
            self.pendingRecords = pendingRecords
        }
    }

    /// What is told of the work, for logs and metrics. Called on the thread that tells the waiters.
    package typealias Observer = @Sendable (Event) -> Void

    package enum Event: Sendable {
        /// On disk; their waiters are told next, so that whoever hears of it finds it counted.
        case durable(records: Int, bytes: Int)
        /// Their waiters know, and ``LogWriter/position`` has moved.
        case committed
        /// Not stored; their waiters are told next.
        case refused(records: Int, error: SpoolError)
        /// The first group after a refused one is on disk again.
        case recovered
    }

    private struct State {
        var open = CommitGroup()
        /// What the committer is working on counts against the limits too.
        var committingBytes = 0
        var committingRecords = 0
        var isStopping = false
        var lastError: SpoolError?
        /// How often the committer has looked for something to do.
        var signs: UInt64 = 0
        /// While the committer lets records gather: how many of them wake it before its time.
        var recordsAwaited: Int?

        /// Whether the open group is worth a synchronization of its own.
        var isEnough: Bool {
            guard let recordsAwaited else { return false }
            return open.recordCount >= recordsAwaited || open.byteCount >= CommitWindow.bytesEnough
        }
    }

    private let limits: Limits
    private let state = Monitor(State())
    private let committed: Monitor<LogPosition>
    private let announcer: CommitAnnouncer
    private let thread = ThreadSlot()

    /// Takes over an appender, which is used by no other thread from now on.
    ///
    /// - Throws: ``ThreadError`` when the machine refuses a thread.
    package init(
        _ appender: sending LogAppender, limits: Limits, observer: @escaping Observer
    ) throws(ThreadError) {
        self.limits = limits
        committed = Monitor(appender.position)
        announcer = CommitAnnouncer(committed: committed, observer: observer)
        try announcer.start()
        let committer = Committer(appender: appender, state: state, announcer: announcer)
        do {
            try thread.start(name: "fx-committer") { committer.run() }
        } catch {
            announcer.stop()
            throw error
        }
    }

    /// Hands a record over; `waiter` is told what became of it, unless this throws.
    ///
    /// - Parameters:
    ///   - line: the record without its trailer, its sequence number in 20 placeholder digits.
    ///   - sequenceOffset: where in `line` these digits begin.
    /// - Throws: ``SpoolError/recordTooLarge(bytes:limit:)``, ``SpoolError/overloaded(pendingBytes:pendingRecords:)`` or
    ///   ``SpoolError/stopped``; the record was not taken.
    package func submit(
        _ line: [UInt8], sequenceOffset: Int, waiter: any CommitWaiter
    ) throws(SpoolError) {
        let bytes = line.count + RecordFormat.trailerBytes
        guard bytes <= limits.pendingBytes else { throw .recordTooLarge(bytes: bytes, limit: limits.pendingBytes) }
        try state.update { (state) throws(SpoolError) -> Wake in
            if state.isStopping { throw .stopped }
            let pendingBytes = state.open.byteCount + state.committingBytes
            let pendingRecords = state.open.recordCount + state.committingRecords
            guard pendingBytes + bytes <= limits.pendingBytes, pendingRecords < limits.pendingRecords else {
                throw .overloaded(pendingBytes: pendingBytes, pendingRecords: pendingRecords)
            }
            let wasEmpty = state.open.isEmpty
            state.open.add(line, sequenceOffset: sequenceOffset, waiter: waiter)
            return wasEmpty || state.isEnough ? .one : .nobody
        }
    }

    /// Hands several records over that become durable together or not at all, even through a crash, one behind the other.
    ///
    /// `waiter` is told once: the sequence number of the last of them.
    ///
    /// - Precondition: there is at least one.
    /// - Throws: as for one; none of them was taken.
    package func submit(_ records: [LogRecord], waiter: any CommitWaiter) throws(SpoolError) {
        precondition(!records.isEmpty, "nothing to hand over")
        let bytes = CommitGroup.byteCount(ofBatch: records)
        guard bytes <= limits.pendingBytes, records.count <= limits.pendingRecords else {
            throw .recordTooLarge(bytes: bytes, limit: limits.pendingBytes)
        }
        try state.update { (state) throws(SpoolError) -> Wake in
            if state.isStopping { throw .stopped }
            let pendingBytes = state.open.byteCount + state.committingBytes
            let pendingRecords = state.open.recordCount + state.committingRecords
            guard pendingBytes + bytes <= limits.pendingBytes,
                pendingRecords + records.count <= limits.pendingRecords
            else { throw .overloaded(pendingBytes: pendingBytes, pendingRecords: pendingRecords) }
            let wasEmpty = state.open.isEmpty
            state.open.add(batch: records, waiter: waiter)
            return wasEmpty || state.isEnough ? .one : .nobody
        }
    }

    /// The place up to which everything is on disk and its waiters were told.
    package var position: LogPosition { committed.withLock { $0 } }

    /// Sleeps until something is committed behind `sequence`, or the log is closed; gives the position then.
    package func waitForCommit(after sequence: UInt64) -> LogPosition {
        committed.wait { position in
            position.nextSequence > sequence || state.withLock { $0.isStopping } ? position : nil
        }
    }

    /// The error of the last group, nil if that group is on disk.
    package var lastError: SpoolError? { state.withLock { $0.lastError } }

    /// Asks the committer, and who answers behind it, for a sign of life, and gives the numbers of signs so far. Where a
    /// later call gives the same number, that one has been at one group all the time in between.
    package func signs() -> [UInt64] {
        var signs: UInt64 = 0
        state.update { state in
            signs = state.signs
            return .all
        }
        return [signs, announcer.signs()]
    }

    /// Commits what waits and tells of it, then ends the threads and releases the log's lock. Later submissions are
    /// refused.
    package func stop() {
        state.update { state in
            state.isStopping = true
            return .all
        }
        thread.join()
        announcer.stop()
        committed.update { _ in .all }
    }

    /// The committer's side: one thread owns the appender.
    private final class Committer: @unchecked Sendable {
        // Only the committer's thread touches `appender`, `group`, `window` and `retryPauseMilliseconds`.
        private let appender: LogAppender
        private var group = CommitGroup()
        private var window = CommitWindow()
        private var retryPauseMilliseconds = shortestRetryMilliseconds
        private let state: Monitor<State>
        private let announcer: CommitAnnouncer

        /// How soon, and how late at most, a disk that took no commit entry is asked again while nobody writes.
        private static let shortestRetryMilliseconds = 100
        private static let longestRetryMilliseconds = 10_000

        init(appender: LogAppender, state: Monitor<State>, announcer: CommitAnnouncer) {
            self.appender = appender
            self.state = state
            self.announcer = announcer
        }

        func run() {
            while takeGroup() {
                guard !group.isEmpty else {
                    let longer = min(2 * retryPauseMilliseconds, Self.longestRetryMilliseconds)
                    retryPauseMilliseconds = appender.showCommitted() ? Self.shortestRetryMilliseconds : longer
                    continue
                }
                let result = commit()
                let isRecovered = finish(with: result)
                group = announcer.announce(.init(group: group, result: result, isRecovered: isRecovered))
            }
        }

        private func commit() -> CommitAnnouncer.Outcome.CommitResult {
            do throws(SpoolError) {
                let began = CommitWindow.now()
                let first = try appender.append(&group)
                window.note(records: group.recordCount, commitNanoseconds: CommitWindow.now() - began)
                return .success((first, appender.position))
            } catch {
                return .failure(error)
            }
        }

        /// Swaps the filled group for the empty one; false when all is done. The group is still empty when nobody has
        /// come and it is time to try again to show others what was committed.
        private func takeGroup() -> Bool {
            guard let hasRecords = waitForRecords() else { return true }
            guard hasRecords else { return false }
            if window.nanoseconds > 0 { gather() }
            state.withLock { state in
                state.recordsAwaited = nil
                swap(&state.open, &group)
                state.committingBytes = group.byteCount
                state.committingRecords = group.recordCount
            }
            return true
        }

        private func gather() {
            _ = state.wait(nanoseconds: window.nanoseconds) { state in
                state.isStopping || state.isEnough ? true : nil
            }
        }

        /// True when there are some, false when it is time to stop, nil when it is time to try again to show others what was
        /// committed.
        private func waitForRecords() -> Bool? {
            func look(_ state: inout State) -> Bool? {
                state.signs &+= 1
                if state.open.isEmpty { return state.isStopping ? false : nil }
                if window.nanoseconds > 0 { state.recordsAwaited = window.records }
                return true
            }
            guard appender.hidesCommitted else { return state.wait(for: look) }
            return state.wait(milliseconds: retryPauseMilliseconds, for: look)
        }

        /// From here on the group counts no longer against the limits: its memory is kept, its waiters are being told.
        ///
        /// - Returns: whether this group is the first that is on disk again after one that was refused.
        private func finish(with result: CommitAnnouncer.Outcome.CommitResult) -> Bool {
            var error: SpoolError?
            if case .failure(let failure) = result { error = failure }
            return state.withLock { state -> Bool in
                state.committingBytes = 0
                state.committingRecords = 0
                defer { state.lastError = error }
                return error == nil && state.lastError != nil
            }
        }
    }
}
