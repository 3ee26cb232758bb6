import CSQLite
import Threading

/// Brings reports into the tables `execution` and `overruled`, as ``ReportPrecedence`` says.
///
/// Most executions are new where an index is built, and known already where a runner reports their end: what most of the
/// last rows were decides whether a row is inserted first, and looked for if there is one, or the other way round.
final class ExecutionMerger {
    private static let rowsPerStatement = 32
    private static let parametersPerRow: Int32 = 10
    /// SQLite copies what is bound with other rows; longer data goes in alone and is read where it lies.
    private static let dataBytesTogetherLimit = 4096

    private let names: NameTable
    private let path: String
    private let select: Statement
    private let insertMany: Statement
    private let insertOne: Statement
    private let replace: Statement
    private let advance: Statement
    private let antedate: Statement
    private let overrule: Statement
    private let logName: Statement
    private var areMostlyNew = true

    init(_ database: borrowing Database, names: NameTable) throws(StatusIndexError) {
        self.names = names
        path = database.path
        select = try database.prepare(
            """
            SELECT row, first_recorded, status, recorded, log, sequence, cid = ?3
            FROM execution WHERE id = ?1 AND tenant = ?2
            """)
        insertMany = try database.prepare(Self.insertion(rows: Self.rowsPerStatement))
        insertOne = try database.prepare(Self.insertion(rows: 1))
        // Parameters as in `insertOne`, but for ?1, the row, and ?2, the first report's time. Setting what `execution_cid`
        // has takes its entry out and puts it in again, even if nothing is changed: `advance` does not.
        replace = try database.prepare(
            """
            UPDATE execution SET cid = ?3, first_recorded = ?2, status = ?4, recorded = ?5, log = ?11, sequence = ?6,
                datetime = ?7, service = ?8, execution_time = ?9, data = ?10
            WHERE row = ?1
            """)
        advance = try database.prepare(
            """
            UPDATE execution SET status = ?4, recorded = ?5, log = ?11, sequence = ?6, datetime = ?7, service = ?8,
                execution_time = ?9, data = ?10
            WHERE row = ?1
            """)
        antedate = try database.prepare("UPDATE execution SET first_recorded = ?2 WHERE row = ?1")
        overrule = try database.prepare(
            """
            INSERT OR IGNORE INTO overruled (id, tenant, log, sequence, status, recorded) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            """)
        logName = try database.prepare("SELECT value FROM name WHERE id = ?1")
    }

    /// The log's number is the last parameter, of all rows. `OR FAIL`: see ``EventInserter``.
    private static func insertion(rows: Int) -> String {
        let log = Int32(rows) * parametersPerRow + 1
        let values = (0..<Int32(rows)).map { row in
            let at = row * parametersPerRow
            return """
                (?\(at + 1), ?\(at + 2), ?\(at + 3), ?\(at + 5), ?\(at + 4), ?\(at + 5), ?\(log), ?\(at + 6), ?\(at + 7), \
                ?\(at + 8), ?\(at + 9), ?\(at + 10))
                """
        }
        return """
            INSERT OR FAIL INTO execution (tenant, id, cid, first_recorded, status, recorded, log, sequence, datetime,
                service, execution_time, data)
            VALUES \(values.joined(separator: ", "))
            ON CONFLICT (id, tenant) DO NOTHING
            """
    }

    /// Merges reports of the log with the number `log`, inside the caller's transaction.
    func merge(_ rows: [ExecutionRow], log: Int64) throws(StatusIndexError) {
        var rest = rows[...]
        while !rest.isEmpty {
            let some = rest.prefix(Self.rowsPerStatement)
            rest = rest.dropFirst(some.count)
            let newCount =
                canGoTogether(some) ? try mergeTogether(some, log: log) : try mergeOneByOne(some, log: log)
            areMostlyNew = 4 * newCount >= 3 * Int64(some.count)
            if !rest.isEmpty { WorkerThread.giveWay() }
        }
    }

    private func canGoTogether(_ rows: ArraySlice<ExecutionRow>) -> Bool {
        areMostlyNew && rows.count == Self.rowsPerStatement
            && rows.allSatisfy { $0.data?.count ?? 0 <= Self.dataBytesTogetherLimit }
    }

    /// Inserts a statement's worth of rows; gives the number of executions that were new.
    private func mergeTogether(_ rows: ArraySlice<ExecutionRow>, log: Int64) throws(StatusIndexError) -> Int64 {
        var parameter: Int32 = 0
        for row in rows {
            try bind(row, tenant: names.intern(row.tenant), to: insertMany, after: parameter)
            try insertMany.bind(blob: row.data, at: parameter + 10)
            parameter += Self.parametersPerRow
        }
        try insertMany.bind(log, at: parameter + 1)
        try insertMany.run()
        let newCount = insertMany.changedRowCount
        guard newCount < Int64(rows.count) else { return newCount }
        // Which ones is not told. Those that went in are met here as the reports that stand already.
        for row in rows {
            guard try reconcile(row, tenant: names.intern(row.tenant), log: log) else { throw contradiction }
        }
        return newCount
    }

    private func mergeOneByOne(_ rows: ArraySlice<ExecutionRow>, log: Int64) throws(StatusIndexError) -> Int64 {
        var newCount: Int64 = 0
        for row in rows {
            let tenant = try names.intern(row.tenant)
            if areMostlyNew, try insert(row, tenant: tenant, log: log) {
                newCount += 1
            } else if try !reconcile(row, tenant: tenant, log: log) {
                guard try insert(row, tenant: tenant, log: log) else { throw contradiction }
                newCount += 1
            }
        }
        return newCount
    }

    /// The key's index has an execution and the table has not, or the other way round.
    private var contradiction: StatusIndexError { .corrupt(path: path, code: SQLITE_CORRUPT) }

    /// Inserts the first report of an execution; false if the execution is there.
    private func insert(_ row: ExecutionRow, tenant: Int64, log: Int64) throws(StatusIndexError) -> Bool {
        try bind(row, tenant: tenant, to: insertOne, after: 0)
        try insertOne.bind(log, at: Self.parametersPerRow + 1)
        try insertOne.run(blob: row.data, at: Self.parametersPerRow)
        return insertOne.changedRowCount > 0
    }

    /// Binds all but the data.
    private func bind(
        _ row: ExecutionRow, tenant: Int64, to statement: borrowing Statement, after parameter: Int32
    ) throws(StatusIndexError) {
        try statement.bind(tenant, at: parameter + 1)
        try statement.bind(name: row.executionID.span, at: parameter + 2)
        try statement.bind(name: row.cid.span, at: parameter + 3)
        try statement.bind(Int64(row.status), at: parameter + 4)
        try statement.bind(row.recordedMicroseconds, at: parameter + 5)
        try statement.bind(Int64(row.sequence), at: parameter + 6)
        try statement.bind(row.datetimeMicroseconds, at: parameter + 7)
        try statement.bind(text: row.service.span, at: parameter + 8)
        if let executionTime = row.executionTime {
            try statement.bind(text: executionTime.span, at: parameter + 9)
        } else {
            try statement.bindNull(at: parameter + 9)
        }
    }

    /// Weighs a report against the one that stands; false if the execution is not there.
    private func reconcile(_ row: ExecutionRow, tenant: Int64, log: Int64) throws(StatusIndexError) -> Bool {
        let id = PackedName(row.executionID)
        guard let known = try stored(id, tenant: tenant, cid: row.cid) else { return false }
        let report = ReportPrecedence(
            status: Int64(row.status), recordedMicroseconds: row.recordedMicroseconds, log: log,
            sequence: Int64(row.sequence))
        guard !report.isSameReport(as: known.standing) else { return true }

        let firstRecorded = min(known.firstRecorded, report.recordedMicroseconds)
        if try report.stands(against: known.standing, isLogBefore: isLogBefore) {
            if known.standing.isTerminal { try keepOverruled(known.standing, id: id, tenant: tenant) }
            if known.isOfSameCID, firstRecorded == known.firstRecorded {
                try write(row, tenant: tenant, log: log, over: known.row, firstRecorded: firstRecorded, with: advance)
            } else {
                try write(row, tenant: tenant, log: log, over: known.row, firstRecorded: firstRecorded, with: replace)
            }
        } else {
            if report.isTerminal { try keepOverruled(report, id: id, tenant: tenant) }
            guard firstRecorded < known.firstRecorded else { return true }
            try antedate.bind(known.row, at: 1)
            try antedate.bind(firstRecorded, at: 2)
            try antedate.run()
        }
        return true
    }

    private func write(
        _ row: ExecutionRow, tenant: Int64, log: Int64, over known: Int64, firstRecorded: Int64,
        with statement: borrowing Statement
    ) throws(StatusIndexError) {
        try bind(row, tenant: tenant, to: statement, after: 0)
        // In the places of tenant and id, which stay.
        try statement.bind(known, at: 1)
        try statement.bind(firstRecorded, at: 2)
        try statement.bind(log, at: Self.parametersPerRow + 1)
        try statement.run(blob: row.data, at: Self.parametersPerRow)
    }

    private struct Stored {
        var row: Int64
        var firstRecorded: Int64
        var standing: ReportPrecedence
        var isOfSameCID: Bool
    }

    private func stored(
        _ id: PackedName, tenant: Int64, cid: ArraySlice<UInt8>
    ) throws(StatusIndexError) -> Stored? {
        try select.bind(id, at: 1)
        try select.bind(tenant, at: 2)
        try select.bind(name: cid.span, at: 3)
        defer { select.reset() }
        guard try select.step() else { return nil }
        let standing = ReportPrecedence(
            status: select.integer(2), recordedMicroseconds: select.integer(3), log: select.integer(4),
            sequence: select.integer(5))
        return Stored(
            row: select.integer(0), firstRecorded: select.integer(1), standing: standing,
            isOfSameCID: select.integer(6) != 0)
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
