/// The one connection of a process that changes the index.
///
/// One thread at a time may use it. Rows and the position in the log they came from are one transaction, so whatever
/// stops the process, following the logs goes on where the rows end.
package final class StatusIndexWriter {
    /// An event transaction takes milliseconds; only a rebuild by another process holds the lock longer, and for that
    /// the caller must be able to stop.
    private static let busyMilliseconds: Int32 = 250

    /// Ids that are hashes, as fx-runner's are, go to pages all over their tree: what does not fit is written again and
    /// again. 64 MiB hold the tree of two million executions.
    private static let rebuildCacheKibibytes = 65_536

    private static let removedRowsPerTransaction: Int64 = 8192

    private let database: Database
    private let begin: Statement
    private let commit: Statement
    private let rollback: Statement
    private let selectPosition: Statement
    private let setPosition: Statement
    private let deleteEvents: Statement
    private let deleteExecutions: Statement
    private let deleteOverruled: Statement
    private let names: NameTable
    private let inserter: EventInserter
    private let merger: ExecutionMerger

    package var path: String { database.path }

    /// Opens the index at `path`, made anew if there is none and `create` is true.
    ///
    /// - Throws: ``StatusIndexError/missing(path:)``; ``StatusIndexError/foreignVersion(path:found:)`` or
    ///   ``StatusIndexError/corrupt(path:code:)`` where the answer is ``deleteIndex(at:)`` and another try.
    package init(path: String, create: Bool) throws(StatusIndexError) {
        database = try Database(
            path: path, access: create ? .create : .write, busyMilliseconds: Self.busyMilliseconds)
        // Before the settings, which change the file: what is not ours is left as it is.
        try IndexSchema.check(database, allowsEmpty: create)
        try database.execute(IndexSchema.writerSettings)
        try IndexSchema.create(in: database)

        begin = try database.prepare("BEGIN IMMEDIATE")
        commit = try database.prepare("COMMIT")
        rollback = try database.prepare("ROLLBACK")
        selectPosition = try database.prepare("SELECT next FROM position WHERE log = ?1")
        setPosition = try database.prepare(
            """
            INSERT INTO position (log, next) VALUES (?1, ?2)
            ON CONFLICT (log) DO UPDATE SET next = max(next, excluded.next)
            """)
        deleteEvents = try database.prepare(
            """
            DELETE FROM event WHERE sequence IN
                (SELECT sequence FROM event WHERE sequence < ?1 ORDER BY sequence LIMIT ?2)
            """)
        // Rows are as old as their numbers, roughly: what is to go is found at the table's beginning.
        deleteExecutions = try database.prepare(
            """
            DELETE FROM execution WHERE row IN (SELECT row FROM execution
                WHERE log = (SELECT id FROM name WHERE value = ?3) AND sequence < ?1 ORDER BY row LIMIT ?2)
            """)
        deleteOverruled = try database.prepare(
            "DELETE FROM overruled WHERE log = (SELECT id FROM name WHERE value = ?2) AND sequence < ?1")
        names = try NameTable(database)
        inserter = try EventInserter(database, names: names)
        merger = try ExecutionMerger(database, names: names)
    }

    /// The sequence of the next record to read of `log` (`events` or `executions/<writer>`), or 0 if none was read.
    package func position(ofLog log: String) throws(StatusIndexError) -> UInt64 {
        try selectPosition.bind(text: log.utf8.span, at: 1)
        defer { selectPosition.reset() }
        return try selectPosition.step() ? UInt64(clamping: selectPosition.integer(0)) : 0
    }

    /// Makes sure that the file is still the index: somebody may have deleted it while there was nothing to write.
    ///
    /// - Throws: ``StatusIndexError/replaced(path:)``.
    package func checkIsCurrent() throws(StatusIndexError) {
        guard try !database.isReplaced() else { throw .replaced(path: path) }
    }

    /// Brings the rows that follow from the records `expected..<next` of `log` into the index, or changes nothing.
    ///
    /// - Throws: ``StatusIndexError/positionMoved(log:actual:)`` if the index is elsewhere, because another process
    ///   rebuilt it; ``StatusIndexError/busy(path:)`` while one is rebuilding it;
    ///   ``StatusIndexError/replaced(path:)`` when this file is no longer the index.
    package func apply(
        events: [EventRow], executions: [ExecutionRow], log: String, from expected: UInt64, next: UInt64
    ) throws(StatusIndexError) {
        precondition(expected <= next)
        try transaction { () throws(StatusIndexError) in
            let actual = try position(ofLog: log)
            guard actual == expected else { throw .positionMoved(log: log, actual: actual) }
            try write(events: events, executions: executions, log: log, next: next)
        }
    }

    /// Brings events in that follow each other without a gap, the first one where the index stands, or changes nothing.
    ///
    /// - Throws: as the other one does.
    func apply(_ events: ArraySlice<RecentEvent>) throws(StatusIndexError) {
        guard let first = events.first?.sequence, let last = events.last?.sequence else { return }
        precondition(last - first == UInt64(events.count - 1))
        try transaction { () throws(StatusIndexError) in
            let actual = try position(ofLog: IndexedLog.eventsName)
            guard actual == first else { throw .positionMoved(log: IndexedLog.eventsName, actual: actual) }
            try inserter.insert(events)
            try advance(IndexedLog.eventsName, to: last + 1)
        }
    }

    /// Replaces everything by what `body` applies, in one transaction: readers see the old index until it ends.
    ///
    /// Other writers get ``StatusIndexError/busy(path:)`` meanwhile. The disk must have room for a second index.
    ///
    /// - Throws: what `body` throws; the old index stays.
    // Swift 6.3.1's optimizer crashes on inlining a borrowed non-copyable argument.
    @inline(never)
    package func rebuild(
        _ body: (borrowing StatusIndexRebuild) throws(StatusIndexError) -> Void
    ) throws(StatusIndexError) {
        try database.execute("PRAGMA cache_size = -\(Self.rebuildCacheKibibytes)")
        // Cannot fail on a connection that is not in a statement; and a cache too large is no harm to the rows.
        defer { try? database.execute(IndexSchema.writerCache) }
        try transaction { () throws(StatusIndexError) in
            try database.execute(
                "DELETE FROM event; DELETE FROM execution; DELETE FROM overruled; DELETE FROM position")
            try body(StatusIndexRebuild(writer: self))
        }
    }

    /// Removes the rows of a log's records before `sequence`, as the log did, a few thousand at a time; returns how many.
    @discardableResult
    package func remove(log: String, before sequence: UInt64) throws(StatusIndexError) -> Int64 {
        var removedCount: Int64 = 0
        while true {
            let (count, isEnd) = try removeSome(of: log, before: sequence)
            removedCount += count
            if isEnd { return removedCount }
        }
    }

    /// Removes the oldest rows of a log's records before `sequence`, in one transaction that takes milliseconds.
    ///
    /// An execution goes with the report that stands.
    func removeSome(of log: String, before sequence: UInt64) throws(StatusIndexError) -> (count: Int64, isEnd: Bool) {
        let count = try transaction { () throws(StatusIndexError) in
            log == IndexedLog.eventsName
                ? try deleteSomeEvents(before: sequence) : try deleteSomeReports(of: log, before: sequence)
        }
        return (count, count < Self.removedRowsPerTransaction)
    }

    private func deleteSomeEvents(before sequence: UInt64) throws(StatusIndexError) -> Int64 {
        try deleteEvents.bind(Int64(clamping: sequence), at: 1)
        try deleteEvents.bind(Self.removedRowsPerTransaction, at: 2)
        try deleteEvents.run()
        return database.changedRowCount
    }

    private func deleteSomeReports(of log: String, before sequence: UInt64) throws(StatusIndexError) -> Int64 {
        try deleteExecutions.bind(Int64(clamping: sequence), at: 1)
        try deleteExecutions.bind(Self.removedRowsPerTransaction, at: 2)
        try deleteExecutions.bind(text: log.utf8.span, at: 3)
        try deleteExecutions.run()
        let count = database.changedRowCount
        if count < Self.removedRowsPerTransaction {
            try deleteOverruled.bind(Int64(clamping: sequence), at: 1)
            try deleteOverruled.bind(text: log.utf8.span, at: 2)
            try deleteOverruled.run()
        }
        return count
    }

    /// Removes the index at `path` with SQLite's files beside it, if they are there.
    ///
    /// A process that has it open goes on with the removed file until it meets ``StatusIndexError/replaced(path:)``.
    package static func deleteIndex(at path: String) throws(StatusIndexError) {
        try Database.delete(path: path)
    }

    fileprivate func write(
        events: [EventRow], executions: [ExecutionRow], log: String, next: UInt64
    ) throws(StatusIndexError) {
        try inserter.insert(events[...])
        if !executions.isEmpty {
            try merger.merge(executions, log: names.intern(ArraySlice(log.utf8)))
        }
        try advance(log, to: next)
    }

    private func advance(_ log: String, to next: UInt64) throws(StatusIndexError) {
        try setPosition.bind(text: log.utf8.span, at: 1)
        try setPosition.bind(Int64(next), at: 2)
        try setPosition.run()
    }

    private func transaction<Result>(
        _ body: () throws(StatusIndexError) -> Result
    ) throws(StatusIndexError) -> Result {
        try begin.run()
        do throws(StatusIndexError) {
            try checkIsCurrent()
            let result = try body()
            try commit.run()
            return result
        } catch {
            // A full disk has rolled back already; and the error to tell is the first one.
            if database.isInTransaction { try? rollback.run() }
            names.forget()
            throw error
        }
    }
}

/// What a rebuild writes through: the rows of every log, in batches of any size and order.
package struct StatusIndexRebuild: ~Copyable {
    fileprivate let writer: StatusIndexWriter

    /// Brings in the rows of the records of `log` before `next`, or some of them.
    package func apply(
        events: [EventRow], executions: [ExecutionRow], log: String, next: UInt64
    ) throws(StatusIndexError) {
        try writer.write(events: events, executions: executions, log: log, next: next)
    }
}
