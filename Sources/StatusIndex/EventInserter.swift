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
    private static func sql(rows: Int) -> String {
        """
        INSERT INTO event (sequence, tenant, recorded, cid, id, type)
        VALUES \(Array(repeating: "(?, ?, ?, ?, ?, ?)", count: rows).joined(separator: ", "))
        ON CONFLICT (sequence) DO NOTHING
        """
    }

    /// Inserts rows inside the caller's transaction.
    func insert(_ events: [EventRow]) throws(StatusIndexError) {
        var index = 0
        while events.count - index >= Self.rowsPerStatement {
            for row in 0..<Self.rowsPerStatement {
                try bind(events[index + row], to: insertMany, after: Int32(row) * Self.parametersPerRow)
            }
            try insertMany.run()
            WorkerThread.giveWay()
            index += Self.rowsPerStatement
        }
        while index < events.count {
            try bind(events[index], to: insertOne, after: 0)
            try insertOne.run()
            index += 1
        }
    }

    private func bind(
        _ event: EventRow, to statement: borrowing Statement, after parameter: Int32
    ) throws(StatusIndexError) {
        try statement.bind(Int64(event.sequence), at: parameter + 1)
        try statement.bind(names.intern(event.tenant), at: parameter + 2)
        try statement.bind(event.recordedMicroseconds, at: parameter + 3)
        try statement.bind(PackedName(event.cid), at: parameter + 4)
        try statement.bind(PackedName(event.id), at: parameter + 5)
        try statement.bind(text: event.type.span, at: parameter + 6)
    }
}
