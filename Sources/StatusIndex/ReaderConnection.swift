/// An open index and the statements a ``StatusIndexReader`` asks it.
final class ReaderConnection {
    private let database: Database
    private let names: NameTable
    private let timeOrdered: EventLookup
    private let scattered: EventLookup
    private let eventOfSequence: Statement
    private let executionsOfCID: Statement
    private let isSettled: Statement
    private let executionOfID: Statement
    private let overruledOfID: Statement

    init(path: String) throws(StatusIndexError) {
        database = try Database(path: path, access: .read, busyMilliseconds: StatusIndexReader.busyMilliseconds)
        try database.execute(IndexSchema.readerSettings)
        try IndexSchema.check(database)
        names = try NameTable(database)
        timeOrdered = try EventLookup(timeOrderedIn: database)
        scattered = try EventLookup(scatteredIn: database)
        eventOfSequence = try database.prepare("SELECT \(EventRow.columns) FROM event WHERE sequence = ?1")
        executionsOfCID = try database.prepare(
            """
            SELECT \(IndexedExecution.columns) FROM execution
            WHERE cid = ?1 AND tenant = ?2 AND (first_recorded, id) > (?3, ?4)
            ORDER BY first_recorded, id LIMIT ?5
            """)
        isSettled = try database.prepare(
            """
            SELECT EXISTS (SELECT 1 FROM execution WHERE cid = ?1 AND tenant = ?2)
                AND NOT EXISTS (SELECT 1 FROM execution WHERE cid = ?1 AND tenant = ?2 AND status < 2)
            """)
        executionOfID = try database.prepare(
            "SELECT \(IndexedExecution.columns) FROM execution WHERE id = ?1 AND tenant = ?2")
        overruledOfID = try database.prepare(
            """
            SELECT \(OverruledReport.columns) FROM overruled JOIN name ON name.id = log
            WHERE overruled.id = ?1 AND tenant = ?2 ORDER BY recorded, value, sequence, status LIMIT ?3
            """)
    }

    func isReplaced() throws(StatusIndexError) -> Bool { try database.isReplaced() }

    /// The tenant's number; 0, which no tenant has, for one that is not in the index.
    func tenantID(_ tenant: String) throws(StatusIndexError) -> Int64 {
        try names.find(ArraySlice(tenant.utf8)) ?? 0
    }

    func isKnown(_ cid: PackedName, tenant: Int64) throws(StatusIndexError) -> Bool {
        try lookup(for: cid).isKnown(cid, tenant: tenant)
    }

    func isKnown(_ cid: PackedName, toOthersThan tenant: Int64) throws(StatusIndexError) -> Bool {
        try lookup(for: cid).isKnown(cid, toOthersThan: tenant)
    }

    func event(_ id: PackedName, tenant: Int64) throws(StatusIndexError) -> EventRow? {
        try lookup(for: id).event(id, tenant: tenant)
    }

    func event(sequence: UInt64) throws(StatusIndexError) -> EventRow? {
        try eventOfSequence.bind(Int64(clamping: sequence), at: 1)
        defer { eventOfSequence.reset() }
        return try eventOfSequence.step() ? EventRow(row: eventOfSequence) : nil
    }

    func events(ofCID cid: PackedName, tenant: Int64, limit: Int) throws(StatusIndexError) -> [EventRow] {
        try lookup(for: cid).events(ofCID: cid, tenant: tenant, limit: limit)
    }

    func status(
        of cid: PackedName, tenant: Int64, limit: Int, dataBytesLimit: Int, after cursor: ExecutionCursor?
    ) throws(StatusIndexError) -> CIDStatus {
        try lookup(for: cid).whileKnown(cid, tenant: tenant) { (isKnown) throws(StatusIndexError) in
            try executionsOfCID.bind(cid, at: 1)
            try executionsOfCID.bind(tenant, at: 2)
            try executionsOfCID.bind(cursor?.firstRecordedMicroseconds ?? .min, at: 3)
            try executionsOfCID.bind(PackedName(ArraySlice(cursor?.executionID ?? [])), at: 4)
            // One more than wanted tells whether there is another page.
            try executionsOfCID.bind(Int64(limit) + 1, at: 5)
            defer { executionsOfCID.reset() }

            var status = CIDStatus(isKnown: isKnown, executions: [], next: nil)
            var dataBytes = 0
            while try executionsOfCID.step() {
                if status.executions.count == limit || dataBytes >= dataBytesLimit {
                    status.next = status.executions.last.map(ExecutionCursor.init(after:))
                    break
                }
                let execution = IndexedExecution(row: executionsOfCID)
                dataBytes += execution.data?.count ?? 0
                status.executions.append(execution)
            }
            return status
        }
    }

    func isSettled(_ cid: PackedName, tenant: Int64) throws(StatusIndexError) -> Bool {
        try isSettled.bind(cid, at: 1)
        try isSettled.bind(tenant, at: 2)
        defer { isSettled.reset() }
        return try isSettled.step() && isSettled.integer(0) != 0
    }

    func execution(_ id: PackedName, tenant: Int64) throws(StatusIndexError) -> IndexedExecution? {
        try executionOfID.bind(id, at: 1)
        try executionOfID.bind(tenant, at: 2)
        defer { executionOfID.reset() }
        return try executionOfID.step() ? IndexedExecution(row: executionOfID) : nil
    }

    func overruledReports(
        of executionID: PackedName, tenant: Int64, limit: Int
    ) throws(StatusIndexError) -> [OverruledReport] {
        try overruledOfID.bind(executionID, at: 1)
        try overruledOfID.bind(tenant, at: 2)
        try overruledOfID.bind(Int64(limit), at: 3)
        defer { overruledOfID.reset() }
        var reports: [OverruledReport] = []
        while try overruledOfID.step() { reports.append(OverruledReport(row: overruledOfID)) }
        return reports
    }

    private func lookup(for name: PackedName) -> EventLookup {
        if case .timeOrdered = name { timeOrdered } else { scattered }
    }
}
