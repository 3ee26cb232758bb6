/// What an operator asks of executions: of all tenants, by what they are and not by what they are called.
///
/// Walks through all of them, a second for some million; the data of those alone that are shown is read. One thread at
/// a time may use it.
package final class ExecutionQuery {
    private let database: Database
    private let matching: Statement
    private let ofRow: Statement
    private let ofID: Statement
    private let overruled: Statement

    /// - Throws: ``StatusIndexError/missing(path:)`` if there is no index, and what else opening one can meet.
    package init(path: String) throws(StatusIndexError) {
        database = try Database(path: path, access: .read, busyMilliseconds: StatusIndexReader.busyMilliseconds)
        try database.execute(IndexSchema.readerSettings)
        try IndexSchema.check(database)
        matching = try database.prepare(
            """
            SELECT row FROM execution
            WHERE (?1 IS NULL OR tenant = (SELECT id FROM name WHERE value = ?1))
                AND (?2 IS NULL OR cid = ?2) AND (?3 IS NULL OR status = ?3) AND (?4 IS NULL OR service = ?4)
                AND (?5 IS NULL OR recorded >= ?5)
            ORDER BY recorded DESC, row DESC
            """)
        let entry = """
            SELECT \(IndexedExecution.columns), tenants.value, logs.value, sequence
            FROM execution CROSS JOIN name AS tenants ON tenants.id = tenant CROSS JOIN name AS logs ON logs.id = log
            """
        ofRow = try database.prepare("\(entry) WHERE row = ?1")
        ofID = try database.prepare("\(entry) WHERE execution.id = ?1 ORDER BY tenants.value")
        overruled = try database.prepare(
            """
            SELECT \(OverruledReport.columns) FROM overruled JOIN name ON name.id = log
            WHERE overruled.id = ?1 AND tenant = (SELECT id FROM name WHERE value = ?2)
            ORDER BY recorded, value, sequence, status LIMIT ?3
            """)
    }

    /// Shows executions, those whose status began last first, until `body` returns false.
    package func forEach<Failure: Error>(
        matching filter: ExecutionFilter, _ body: (ExecutionEntry) throws(Failure) -> Bool
    ) throws {
        try bind(filter.tenant, at: 1)
        if let cid = filter.cid {
            try matching.bind(PackedName(cid), at: 2)
        } else {
            try matching.bindNull(at: 2)
        }
        try bind(filter.status.map { Int64($0) }, at: 3)
        try bind(filter.service, at: 4)
        try bind(filter.sinceMicroseconds, at: 5)
        defer { matching.reset() }
        while try matching.step() {
            try ofRow.bind(matching.integer(0), at: 1)
            defer { ofRow.reset() }
            // A statement that is being stepped keeps its snapshot, so the row is there.
            guard try ofRow.step() else { continue }
            guard try body(ExecutionEntry(row: ofRow)) else { return }
        }
    }

    /// The executions of that id: one for each tenant that has it.
    package func executions(id: String) throws(StatusIndexError) -> [ExecutionEntry] {
        try ofID.bind(PackedName(id), at: 1)
        defer { ofID.reset() }
        var found: [ExecutionEntry] = []
        while try ofID.step() { found.append(ExecutionEntry(row: ofID)) }
        return found
    }

    /// The terminal reports of an execution that do not stand, in the order they were accepted.
    package func overruledReports(of entry: ExecutionEntry, limit: Int) throws(StatusIndexError) -> [OverruledReport] {
        try overruled.bind(PackedName(ArraySlice(entry.execution.executionID)), at: 1)
        try overruled.bind(text: entry.tenant.span, at: 2)
        try overruled.bind(Int64(limit), at: 3)
        defer { overruled.reset() }
        var reports: [OverruledReport] = []
        while try overruled.step() { reports.append(OverruledReport(row: overruled)) }
        return reports
    }

    private func bind(_ text: String?, at index: Int32) throws(StatusIndexError) {
        if let text {
            try matching.bind(text: text.utf8.span, at: index)
        } else {
            try matching.bindNull(at: index)
        }
    }

    private func bind(_ number: Int64?, at index: Int32) throws(StatusIndexError) {
        if let number {
            try matching.bind(number, at: index)
        } else {
            try matching.bindNull(at: index)
        }
    }
}

/// Which executions are meant; nil leaves a side open.
package struct ExecutionFilter: Sendable {
    package var tenant: String?
    package var cid: String?
    /// 0 pending, 1 in progress, 2 completed, 3 failed, 4 skipped.
    package var status: Int?
    package var service: String?
    /// The report that stands was accepted then or later, since 1970.
    package var sinceMicroseconds: Int64?

    package init(
        tenant: String? = nil, cid: String? = nil, status: Int? = nil, service: String? = nil,
        sinceMicroseconds: Int64? = nil
    ) {
        self.tenant = tenant
        self.cid = cid
        self.status = status
        self.service = service
        self.sinceMicroseconds = sinceMicroseconds
    }
}

extension ExecutionEntry {
    /// - Parameter row: ``IndexedExecution/columns``, the tenant, the log, the sequence.
    init(row: borrowing Statement) {
        self.init(
            tenant: row.bytes(9), execution: IndexedExecution(row: row), log: row.bytes(10),
            sequence: UInt64(clamping: row.integer(11)))
    }
}
