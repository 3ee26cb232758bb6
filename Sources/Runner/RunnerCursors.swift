import DurableIO
import Spool

/// The runner's two places, which retention keeps what lies behind.
///
/// `runner`, in the log of events: every execution of an event before it has ended. `runner.log`, in the runner's own log:
/// every execution announced before it has ended. The first is always durable before the second: a start that reads the
/// runner's log from the second on then knows of every execution of an event behind the first.
struct RunnerCursors {
    static let events = "runner"
    static let journal = "runner.log"

    private let store: CursorStore
    private let eventsName: ConsumerName
    private let journalName: ConsumerName
    private(set) var event: UInt64
    private(set) var log: UInt64

    /// Reads them; a first start registers them: at `firstEvent`, because what came before the runner was there is not
    /// its business.
    init(
        layout: SpoolLayout, disk: any Disk, firstEvent: () throws(RunnerError) -> UInt64
    ) throws(RunnerError) {
        store = CursorStore(layout: layout, disk: disk)
        do {
            eventsName = try ConsumerName(Self.events)
            journalName = try ConsumerName(Self.journal)
            log = try Self.cursor(journalName, "executions/\(ExecutionJournal.writerName)", store, first: 1)
        } catch {
            throw .cursor(error)
        }
        if let known = try Self.known(eventsName, store) {
            event = known.next
        } else {
            let first = try firstEvent()
            do { event = try Self.cursor(eventsName, "events", store, first: first) } catch { throw .cursor(error) }
        }
    }

    /// Writes what has moved.
    mutating func advance(event: UInt64, log: UInt64) throws(CursorError) {
        if event > self.event {
            try store.advance(eventsName, to: event)
            self.event = event
        }
        if log > self.log {
            try store.advance(journalName, to: log)
            self.log = log
        }
    }

    private static func known(_ name: ConsumerName, _ store: CursorStore) throws(RunnerError) -> ConsumerCursor? {
        do throws(CursorError) {
            return try store.cursor(of: name)
        } catch .notRegistered {
            return nil
        } catch {
            throw .cursor(error)
        }
    }

    private static func cursor(
        _ name: ConsumerName, _ log: String, _ store: CursorStore, first: UInt64
    ) throws(CursorError) -> UInt64 {
        do throws(CursorError) {
            let cursor = ConsumerCursor(consumer: name, log: log, next: first)
            try store.register(cursor)
            return first
        } catch .alreadyRegistered(let cursor) {
            return cursor.next
        }
    }
}
