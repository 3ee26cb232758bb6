/// Brings reports into the tables `execution` and `overruled`, as ``ReportPrecedence`` says.
final class ExecutionMerger {
    private let select: Statement
    private let insert: Statement
    private let replace: Statement
    private let antedate: Statement
    private let overrule: Statement
    private let logName: Statement

    init(_ database: borrowing Database) throws(StatusIndexError) {
        select = try database.prepare(
            """
            SELECT row, first_recorded, status, recorded, log, sequence FROM execution WHERE id = ?1 AND tenant = ?2
            """)
        insert = try database.prepare(
            """
            INSERT INTO execution (tenant, id, cid, first_recorded, status, recorded, log, sequence, datetime, service,
                execution_time, data)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
            """)
        // Parameters as in `insert`, but for the key: ?1 is the row, ?2 nothing.
        replace = try database.prepare(
            """
            UPDATE execution SET cid = ?3, first_recorded = ?4, status = ?5, recorded = ?6, log = ?7, sequence = ?8,
                datetime = ?9, service = ?10, execution_time = ?11, data = ?12
            WHERE row = ?1 AND ?2 IS NULL
            """)
        antedate = try database.prepare("UPDATE execution SET first_recorded = ?2 WHERE row = ?1")
        overrule = try database.prepare(
            """
            INSERT OR IGNORE INTO overruled (id, tenant, log, sequence, status, recorded) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            """)
        logName = try database.prepare("SELECT value FROM name WHERE id = ?1")
    }

    /// Merges one report of the log with the number `log`, inside the caller's transaction.
    func merge(_ row: ExecutionRow, tenant: Int64, log: Int64) throws(StatusIndexError) {
        let id = PackedName(row.executionID)
        let report = ReportPrecedence(
            status: Int64(row.status), recordedMicroseconds: row.recordedMicroseconds, log: log,
            sequence: Int64(row.sequence))

        guard let known = try stored(id, tenant: tenant) else {
            try insert.bind(tenant, at: 1)
            try insert.bind(id, at: 2)
            return try write(row, report, firstRecorded: report.recordedMicroseconds, with: insert)
        }
        guard !report.isSameReport(as: known.standing) else { return }

        let firstRecorded = min(known.firstRecorded, report.recordedMicroseconds)
        if try report.stands(against: known.standing, isLogBefore: isLogBefore) {
            if known.standing.isTerminal { try keepOverruled(known.standing, id: id, tenant: tenant) }
            try replace.bind(known.row, at: 1)
            try write(row, report, firstRecorded: firstRecorded, with: replace)
        } else {
            if report.isTerminal { try keepOverruled(report, id: id, tenant: tenant) }
            guard firstRecorded < known.firstRecorded else { return }
            try antedate.bind(known.row, at: 1)
            try antedate.bind(firstRecorded, at: 2)
            try antedate.run()
        }
    }

    private func stored(
        _ id: PackedName, tenant: Int64
    ) throws(StatusIndexError) -> (row: Int64, firstRecorded: Int64, standing: ReportPrecedence)? {
        try select.bind(id, at: 1)
        try select.bind(tenant, at: 2)
        defer { select.reset() }
        guard try select.step() else { return nil }
        let standing = ReportPrecedence(
            status: select.integer(2), recordedMicroseconds: select.integer(3), log: select.integer(4),
            sequence: select.integer(5))
        return (select.integer(0), select.integer(1), standing)
    }

    private func write(
        _ row: ExecutionRow, _ report: ReportPrecedence, firstRecorded: Int64, with statement: borrowing Statement
    ) throws(StatusIndexError) {
        try statement.bind(PackedName(row.cid), at: 3)
        try statement.bind(firstRecorded, at: 4)
        try statement.bind(report.status, at: 5)
        try statement.bind(report.recordedMicroseconds, at: 6)
        try statement.bind(report.log, at: 7)
        try statement.bind(report.sequence, at: 8)
        try statement.bind(row.datetimeMicroseconds, at: 9)
        try statement.bind(text: row.service.span, at: 10)
        if let executionTime = row.executionTime {
            try statement.bind(text: executionTime.span, at: 11)
        } else {
            try statement.bindNull(at: 11)
        }
        try statement.run(blob: row.data, at: 12)
    }

    private func keepOverruled(
        _ report: ReportPrecedence, id: PackedName, tenant: Int64
    ) throws(StatusIndexError) {
        try overrule.bind(id, at: 1)
        try overrule.bind(tenant, at: 2)
        try overrule.bind(report.log, at: 3)
        try overrule.bind(report.sequence, at: 4)
        try overrule.bind(report.status, at: 5)
        try overrule.bind(report.recordedMicroseconds, at: 6)
        try overrule.run()
    }

    /// Two logs accepting reports of one execution in the same microsecond is rare: no need to remember names.
    private func isLogBefore(_ one: Int64, _ other: Int64) throws(StatusIndexError) -> Bool {
        try name(ofLog: one).lexicographicallyPrecedes(name(ofLog: other))
    }

    private func name(ofLog log: Int64) throws(StatusIndexError) -> [UInt8] {
        try logName.bind(log, at: 1)
        defer { logName.reset() }
        return try logName.step() ? logName.bytes(0) : []
    }
}
