/// Every row of the index as of one moment, in an order that depends on nothing but the rows.
///
/// For comparing an index with its logs, or with another index built from them: both sides walk in the same order, so
/// neither needs to be in memory. While it lives the write-ahead log cannot shrink: walk and let go. One thread at a
/// time may use it.
package final class StatusIndexSnapshot {
    private let database: Database
    private let eventRows: Statement
    private let executionRows: Statement
    private let overruledRows: Statement
    /// How far each log was read, by the log's name.
    package let positions: [IndexedPosition]

    /// - Throws: ``StatusIndexError/missing(path:)`` if there is no index, and what else opening one can meet.
    package init(path: String) throws(StatusIndexError) {
        database = try Database(path: path, access: .read, busyMilliseconds: StatusIndexReader.busyMilliseconds)
        try database.execute(IndexSchema.readerSettings)
        try IndexSchema.check(database)
        eventRows = try database.prepare("SELECT \(EventRow.columns) FROM event ORDER BY sequence")
        // The index gives the order by id; only rows of several tenants with the same id are sorted.
        executionRows = try database.prepare(
            """
            SELECT \(IndexedExecution.columns), tenants.value, logs.value, sequence
            FROM execution CROSS JOIN name AS tenants ON tenants.id = tenant CROSS JOIN name AS logs ON logs.id = log
            ORDER BY execution.id, tenants.value
            """)
        overruledRows = try database.prepare(
            """
            SELECT status, recorded, logs.value, sequence, tenants.value, overruled.id
            FROM overruled CROSS JOIN name AS tenants ON tenants.id = tenant CROSS JOIN name AS logs ON logs.id = log
            ORDER BY overruled.id, tenants.value, logs.value, sequence, status
            """)
        try database.execute("BEGIN")
        positions = try Self.positions(in: database)
    }

    private static func positions(in database: borrowing Database) throws(StatusIndexError) -> [IndexedPosition] {
        let rows = try database.prepare("SELECT log, next FROM position ORDER BY log")
        var positions: [IndexedPosition] = []
        while try rows.step() {
            positions.append(IndexedPosition(log: rows.bytes(0), next: UInt64(clamping: rows.integer(1))))
        }
        return positions
    }

    /// The next event by sequence; nil after the last one.
    package func nextEvent() throws(StatusIndexError) -> EventRow? {
        try eventRows.step() ? EventRow(row: eventRows) : nil
    }

    /// The next execution by id and tenant; nil after the last one.
    ///
    /// Ids that are no UUIDs come first, then UUIDs that are not time-ordered, then those that are; each by its bytes.
    package func nextExecution() throws(StatusIndexError) -> ExecutionEntry? {
        guard try executionRows.step() else { return nil }
        return ExecutionEntry(row: executionRows)
    }

    /// The next overruled report by execution id, tenant, log, sequence; nil after the last one.
    package func nextOverruledReport() throws(StatusIndexError) -> OverruledEntry? {
        guard try overruledRows.step() else { return nil }
        return OverruledEntry(
            tenant: overruledRows.bytes(4), executionID: overruledRows.name(5),
            report: OverruledReport(row: overruledRows))
    }

    /// How many rows there are. Walks through an index of each table: a second for ten million rows.
    package func counts() throws(StatusIndexError) -> StatusIndexCounts {
        let counts = try database.prepare(
            """
            SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM execution),
                (SELECT count(*) FROM overruled JOIN execution USING (id, tenant)
                    WHERE overruled.status <> execution.status)
            """)
        guard try counts.step() else { return StatusIndexCounts(events: 0, executions: 0, contradictions: 0) }
        return StatusIndexCounts(
            events: Int(counts.integer(0)), executions: Int(counts.integer(1)), contradictions: Int(counts.integer(2)))
    }

    /// A digest of every row and position not walked yet: equal for equal indexes, whatever order built them.
    ///
    /// Against accidents only (FNV-1a, 64 bits).
    package func digest() throws(StatusIndexError) -> UInt64 {
        var digest = RowDigest()
        for position in positions {
            digest.combine(position.log)
            digest.combine(Int64(position.next))
        }
        while let row = try nextEvent() { digest.combine(row) }
        while let entry = try nextExecution() { digest.combine(entry) }
        while let entry = try nextOverruledReport() { digest.combine(entry) }
        return digest.value
    }
}

/// How far a log was read.
package struct IndexedPosition: Sendable, Equatable {
    package var log: [UInt8]
    /// The sequence of the next record to read.
    package var next: UInt64
}

/// An execution as a snapshot shows it: with whose it is and where the report that stands can be read.
package struct ExecutionEntry: Sendable, Equatable {
    package var tenant: [UInt8]
    package var execution: IndexedExecution
    package var log: [UInt8]
    package var sequence: UInt64
}

/// An overruled report as a snapshot shows it.
package struct OverruledEntry: Sendable, Equatable {
    package var tenant: [UInt8]
    package var executionID: [UInt8]
    package var report: OverruledReport
}

package struct StatusIndexCounts: Sendable, Equatable {
    package var events: Int
    package var executions: Int
    /// Terminal reports whose status is not the one that stands.
    package var contradictions: Int
}
