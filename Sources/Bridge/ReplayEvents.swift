import DurableIO
import Errands
import Events
import Spool
import StatusIndex
import Threading

/// Makes events of the log happen again, as the operator asks: for each a new one, once.
///
/// A new event says of which replay it is and of which event (``Events/ReplayedEvent/mark(replay:sequence:)``). So whatever
/// interrupts a replay, the next attempt finds in the log what was done, and needs no other memory. One thread does it all
/// and lets every other go before it.
package final class ReplayEvents: Sendable {
    /// What the thread carries from one attempt to the next.
    private struct Memory {
        var randomness = BufferedRandomness()
        /// What unfinished replays have made, by their originals' sequences. The log tells it to their first attempt in
        /// this process only: what it is committed to is known a moment later than its waiters are told.
        var made: [String: [UInt64: ReplayOutcome.Event]] = [:]
    }

    /// So many wait for the disk together: most of the queue is the senders'.
    private static let waitingLimit = 64
    private static let idleMilliseconds = 3_600_000
    /// After a replay that the disk was not ready for.
    private static let retryMilliseconds = 5000

    private let options: ReplayOptions
    private let box: ReplayBox
    private let writer: LogWriter
    private let recent: RecentEvents
    /// Microseconds since 1970, UTC.
    private let clock: @Sendable () -> Int64
    private let thread = PokedThread()

    package init(
        _ options: ReplayOptions, writer: LogWriter, recent: RecentEvents, clock: @escaping @Sendable () -> Int64
    ) {
        self.options = options
        box = ReplayBox(root: options.root)
        self.writer = writer
        self.recent = recent
        self.clock = clock
    }

    package func start() throws(ThreadError) {
        try thread.start(name: "fx-replay") { self.run() }
    }

    /// Says that the operator may have asked for something.
    package func poke() { thread.poke() }

    /// Ends the thread when what it has handed to the writer is on disk; the rest is done after the next start.
    package func stop() { thread.stop() }

    private func run() {
        WorkerThread.yieldToOthers()
        var memory = Memory()
        var pauseMilliseconds = Self.idleMilliseconds
        while thread.wait(milliseconds: pauseMilliseconds) != .stopping {
            pauseMilliseconds = replayAll(&memory) ? Self.idleMilliseconds : Self.retryMilliseconds
        }
    }

    /// False if something must be tried again.
    private func replayAll(_ memory: inout Memory) -> Bool {
        do throws(ErrandError) {
            var isDone = true
            for name in try box.wanted() where !thread.isStopping {
                if try !replay(name, &memory) { isDone = false }
            }
            return isDone
        } catch {
            options.notice(.failed("\(error)"))
            return false
        }
    }

    /// - Returns: whether it has come to an end, good or not.
    private func replay(_ name: String, _ memory: inout Memory) throws(ErrandError) -> Bool {
        let outcome: ReplayOutcome?
        do {
            guard let errand = try box.errand(name) else { return true }
            outcome = try replay(name, errand, &memory)
        } catch let error as SpoolError {
            options.notice(.failed("\(error)"))
            return false
        } catch let error as ErrandError {
            guard case .unreadable = error else { throw error }
            outcome = ReplayOutcome(refused: error.description)
        } catch {
            preconditionFailure("only these two are thrown above")
        }
        guard let outcome else { return false }
        try box.finish(name, outcome)
        memory.made[name] = nil
        options.notice(.finished(name: name, outcome))
        return true
    }

    /// - Returns: nil if it was interrupted; what was done until then is known at the next attempt.
    private func replay(
        _ name: String, _ errand: ReplayErrand, _ memory: inout Memory
    ) throws(SpoolError) -> ReplayOutcome? {
        // `??` would lose the error's type.
        let known = if let made = memory.made[name] { made } else { try eventsMade(by: name, since: errand.since) }
        guard var made = known else {
            return ReplayOutcome(
                refused: "The log is not whole behind sequence \(errand.since): what was made already cannot be found.")
        }
        var outcome = ReplayOutcome()
        let picker = RecordPicker(directory: options.log, disk: options.disk)
        var waiting: [ReplayCommit] = []
        // However this ends: what was handed over is waited for, or the next attempt would make it again.
        defer { memory.made[name] = made }
        do throws(SpoolError) {
            for sequence in errand.sequences where made[sequence] == nil && !thread.isStopping {
                let line = try picker.line(sequence)
                if let reason = try submit(line, name, &memory.randomness, &waiting) {
                    outcome.skipped.append(.init(sequence: sequence, reason: reason))
                }
                if waiting.count == Self.waitingLimit { try Self.settle(&waiting, &made) }
            }
        } catch {
            try Self.settle(&waiting, &made)
            throw error
        }
        try Self.settle(&waiting, &made)
        guard !thread.isStopping else { return nil }
        outcome.events = made.values.sorted { $0.sequence < $1.sequence }
        return outcome
    }

    /// Hands the new event of a record over; gives the reason if there will be none.
    private func submit(
        _ line: [UInt8]?, _ name: String, _ randomness: inout BufferedRandomness, _ waiting: inout [ReplayCommit]
    ) throws(SpoolError) -> String? {
        guard let line else { return "The log holds it no more." }
        guard let event = try? ReplayedEvent(line: line) else { return "It is not of a form that is known here." }
        let now = Timestamp(microseconds: clock())
        let id = UUIDv7(
            milliseconds: now.milliseconds, randomHigh: randomness.next(), randomLow: randomness.next()
        ).text
        let commit = ReplayCommit(event.original, id: id, recordedTime: now, recent: recent)
        let spoolLine = event.spoolLine(id: id, recordedTime: now, replay: name)
        do throws(SpoolError) {
            try writer.submit(spoolLine.bytes, sequenceOffset: spoolLine.sequenceOffset, waiter: commit)
        } catch .recordTooLarge(let bytes, let limit) {
            return "\(SpoolError.recordTooLarge(bytes: bytes, limit: limit))"
        }
        waiting.append(commit)
        return nil
    }

    /// Waits until the disk has all of them, or has refused some.
    private static func settle(
        _ waiting: inout [ReplayCommit], _ made: inout [UInt64: ReplayOutcome.Event]
    ) throws(SpoolError) {
        var refusal: SpoolError?
        for commit in waiting {
            do throws(SpoolError) {
                let event = try commit.wait()
                made[event.sequence] = event
            } catch {
                refusal = error
            }
        }
        waiting = []
        if let refusal { throw refusal }
    }

    /// The new events of a replay that are in the log, by their originals' sequences; nil if it cannot be known.
    private func eventsMade(
        by name: String, since sequence: UInt64
    ) throws(SpoolError) -> [UInt64: ReplayOutcome.Event]? {
        var made: [UInt64: ReplayOutcome.Event] = [:]
        let reader = LogReader(directory: options.log, disk: options.disk, from: sequence)
        let end = writer.position
        while true {
            switch try reader.next(limit: end) {
            case .record(let recorded, let range):
                guard let event = try? RecordedEvent(line: reader.buffer, in: range), let mark = event.replay,
                    let original = ReplayedEvent.sequence(ofMark: mark, replay: name)
                else { continue }
                made[original] = ReplayOutcome.Event(sequence: original, id: event.id, recorded: recorded)
            case .damaged, .missing: return nil
            case .end: return made
            }
        }
    }
}

/// A new event on its way to the disk.
private final class ReplayCommit: CommitWaiter {
    private let original: UInt64
    private let id: String
    private let tenant: String
    private let cid: String
    private let type: String
    private let recordedTime: Timestamp
    private let recent: RecentEvents
    private let result = Monitor<Result<UInt64, SpoolError>?>(nil)

    init(_ original: RecordedEvent, id: String, recordedTime: Timestamp, recent: RecentEvents) {
        self.original = original.sequence
        self.id = id
        tenant = original.tenant
        cid = original.cid.text
        type = original.type
        self.recordedTime = recordedTime
        self.recent = recent
    }

    func recordWasCommitted(sequence: UInt64) {
        recent.note(
            RecentEvent(
                sequence: sequence, tenant: tenant, cid: cid, id: id, isIDSent: false, type: type,
                recordedMicroseconds: recordedTime.microseconds))
        tell(.success(sequence))
    }

    func recordWasRefused(_ error: SpoolError) { tell(.failure(error)) }

    private func tell(_ result: Result<UInt64, SpoolError>) {
        self.result.update {
            $0 = result
            return .all
        }
    }

    func wait() throws(SpoolError) -> ReplayOutcome.Event {
        let sequence = try result.wait { $0 }.get()
        return ReplayOutcome.Event(sequence: original, id: id, recorded: sequence)
    }
}

package struct ReplayOptions: Sendable {
    /// Where replays are asked.
    package var root: String
    /// The event log.
    package var log: String
    package var disk: any Disk
    /// Called on the thread that replays.
    package var notice: @Sendable (ReplayNotice) -> Void

    package init(
        root: String, log: String, disk: any Disk, notice: @escaping @Sendable (ReplayNotice) -> Void
    ) {
        self.root = root
        self.log = log
        self.disk = disk
        self.notice = notice
    }
}

/// What an operator should hear of.
package enum ReplayNotice: Sendable, Equatable {
    case finished(name: String, ReplayOutcome)
    /// Tried again soon.
    case failed(String)
}
