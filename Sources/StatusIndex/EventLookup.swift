/// The questions about events by name, for names of one form; see ``PackedName`` and ``IndexSchema/tables``.
final class EventLookup {
    private let isKnown: Statement
    private let isKnownToOthers: Statement
    private let latest: Statement
    private let ofCID: Statement

    /// For names that are in one index, ordered by themselves.
    convenience init(timeOrderedIn database: borrowing Database) throws(StatusIndexError) {
        // Each query repeats the condition of the partial index that is meant, which makes SQLite take it.
        let known = "SELECT 1 FROM event WHERE cid = ?1 AND cid >= x'01'"
        try self.init(
            database, with: "", known: known,
            latest: "SELECT max(sequence) FROM event WHERE id = ?1 AND tenant = ?2 AND id >= x'01'",
            ofCID: "event WHERE cid = ?1 AND cid >= x'01'")
    }

    /// For names that are in one index by the block of their sequence.
    convenience init(scatteredIn database: borrowing Database) throws(StatusIndexError) {
        try self.init(
            database, with: Self.blocks(ofScattered: "cid"),
            known: """
                SELECT 1 FROM block CROSS JOIN event ON sequence >> 16 = number WHERE cid = ?1 AND NOT cid >= x'01'
                """,
            latest: """
                \(Self.blocks(ofScattered: "id"))
                SELECT (SELECT max(sequence) FROM event
                    WHERE sequence >> 16 = number AND id = ?1 AND tenant = ?2 AND NOT id >= x'01') AS newest
                FROM block WHERE newest IS NOT NULL LIMIT 1
                """,
            ofCID: "block CROSS JOIN event ON sequence >> 16 = number WHERE cid = ?1 AND NOT cid >= x'01'")
    }

    /// The blocks with scattered names, newest first, found as they are asked for by hops over the index.
    private static func blocks(ofScattered column: String) -> String {
        """
        WITH RECURSIVE block (number) AS (
            SELECT max(sequence >> 16) FROM event WHERE NOT \(column) >= x'01'
            UNION ALL
            SELECT (SELECT max(sequence >> 16) FROM event WHERE NOT \(column) >= x'01' AND sequence >> 16 < number)
            FROM block WHERE number IS NOT NULL)
        """
    }

    private init(
        _ database: borrowing Database, with blocks: String, known: String, latest: String, ofCID: String
    ) throws(StatusIndexError) {
        isKnown = try database.prepare("\(blocks) SELECT EXISTS (\(known) AND tenant = ?2)")
        // The ranges on both sides of the tenant: one search each, however many events of its own it has.
        isKnownToOthers = try database.prepare(
            "\(blocks) SELECT EXISTS (\(known) AND tenant < ?2) OR EXISTS (\(known) AND tenant > ?2)")
        self.latest = try database.prepare(
            "SELECT \(EventRow.columns) FROM event WHERE sequence = (\(latest))")
        self.ofCID = try database.prepare(
            "\(blocks) SELECT \(EventRow.columns) FROM \(ofCID) AND (?2 = 0 OR tenant = ?2) ORDER BY sequence LIMIT ?3")
    }

    func isKnown(_ cid: PackedName, tenant: Int64) throws(StatusIndexError) -> Bool {
        try whileKnown(cid, tenant: tenant) { (isKnown) in isKnown }
    }

    /// Asks whether the cid is known and runs `body` in the same snapshot of the index.
    ///
    /// A statement that has stepped to a row, which EXISTS always gives, keeps its snapshot until it is reset, and every
    /// other statement of the connection reads that one: cheaper than BEGIN and COMMIT.
    func whileKnown<Result>(
        _ cid: PackedName, tenant: Int64, _ body: (Bool) throws(StatusIndexError) -> Result
    ) throws(StatusIndexError) -> Result {
        try isKnown.bind(cid, at: 1)
        try isKnown.bind(tenant, at: 2)
        defer { isKnown.reset() }
        return try body(isKnown.step() && isKnown.integer(0) != 0)
    }

    func isKnown(_ cid: PackedName, toOthersThan tenant: Int64) throws(StatusIndexError) -> Bool {
        try isKnownToOthers.bind(cid, at: 1)
        try isKnownToOthers.bind(tenant, at: 2)
        defer { isKnownToOthers.reset() }
        return try isKnownToOthers.step() && isKnownToOthers.integer(0) != 0
    }

    /// The first events of a cid, of one tenant or, with 0, of all.
    func events(ofCID cid: PackedName, tenant: Int64, limit: Int) throws(StatusIndexError) -> [EventRow] {
        try ofCID.bind(cid, at: 1)
        try ofCID.bind(tenant, at: 2)
        try ofCID.bind(Int64(limit), at: 3)
        defer { ofCID.reset() }
        var events: [EventRow] = []
        while try ofCID.step() { events.append(EventRow(row: ofCID)) }
        return events
    }

    /// The latest event of that id.
    func event(_ id: PackedName, tenant: Int64) throws(StatusIndexError) -> EventRow? {
        try latest.bind(id, at: 1)
        try latest.bind(tenant, at: 2)
        defer { latest.reset() }
        return try latest.step() ? EventRow(row: latest) : nil
    }
}
