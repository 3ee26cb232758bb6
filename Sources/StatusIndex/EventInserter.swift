import Threading

/// Writes event rows, 32 to a statement.
///
/// Opening and closing the table and its four indexes is a third of the work of a statement with one row.
final class EventInserter {
    private static let rowsPerStatement = 32
    private static let parametersPerRow: Int32 = 6

    private let insertMany: Statement
    private let insertOne: Statement
    private let names: NameTable

    init(_ database: borrowing Database, names: NameTable) throws(StatusIndexError) {
        insertMany = try database.prepare(Self.sql(rows: Self.rowsPerStatement))
        insertOne = try database.prepare(Self.sql(rows: 1))
        self.names = names
    }

    /// A sequence names one record for ever, so a second row with it is a replay.
    ///
    /// `OR FAIL`: where a value is refused, the rows before it stay, and the caller gives the transaction up. With the usual
    /// `OR ABORT` SQLite would keep copies of all pages that a statement of several rows touches, to undo those rows alone.
    private static func sql(rows: Int) -> String {
        """
        INSERT OR FAIL INTO event (sequence, tenant, recorded, cid, id, type)
        VALUES \(Array(repeating: "(?, ?, ?, ?, ?, ?)", count: rows).joined(separator: ", "))
        ON CONFLICT (sequence) DO NOTHING
        """
    }

    /// Inserts rows inside the caller's transaction.
    func insert<Event: IndexedEvent>(_ events: ArraySlice<Event>) throws(StatusIndexError) {
        var index = events.startIndex
        while events.endIndex - index >= Self.rowsPerStatement {
            for row in 0..<Self.rowsPerStatement {
                try events[index + row].bind(to: insertMany, after: Int32(row) * Self.parametersPerRow, names: names)
            }
            try insertMany.run()
            WorkerThread.giveWay()
            index += Self.rowsPerStatement
        }
        while index < events.endIndex {
            try events[index].bind(to: insertOne, after: 0, names: names)
            try insertOne.run()
            index += 1
        }
    }
}

/// What a row of the table `event` can be made of.
protocol IndexedEvent {
    /// Binds `sequence`, `tenant`, `recorded`, `cid`, `id` and `type`, in this order.
    func bind(
        to statement: borrowing Statement, after parameter: Int32, names: NameTable
    ) throws(StatusIndexError)
}

extension EventRow: IndexedEvent {
    func bind(
        to statement: borrowing Statement, after parameter: Int32, names: NameTable
    ) throws(StatusIndexError) {
        try statement.bind(Int64(sequence), at: parameter + 1)
        try statement.bind(names.intern(tenant), at: parameter + 2)
        try statement.bind(recordedMicroseconds, at: parameter + 3)
        try statement.bind(name: cid.span, at: parameter + 4)
        try statement.bind(name: id.span, at: parameter + 5)
        try statement.bind(text: type.span, at: parameter + 6)
    }
}

extension RecentEvent: IndexedEvent {
    func bind(
        to statement: borrowing Statement, after parameter: Int32, names: NameTable
    ) throws(StatusIndexError) {
        try statement.bind(Int64(sequence), at: parameter + 1)
        try statement.bind(names.intern(tenant), at: parameter + 2)
        try statement.bind(recordedMicroseconds, at: parameter + 3)
        try statement.bind(name: cid.utf8.span, at: parameter + 4)
        try statement.bind(name: id.utf8.span, at: parameter + 5)
        try statement.bind(text: type.utf8.span, at: parameter + 6)
    }
}
