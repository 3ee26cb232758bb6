/// The tables of the index and the settings of a connection that writes them.
enum IndexSchema {
    /// `PRAGMA user_version` of an index with these tables. Any change of them takes the next number: an index is never
    /// migrated, it is built again.
    static let version: Int64 = 2

    /// Names are stored as ``PackedName`` says, times as microseconds since 1970.
    ///
    /// - `name` gives tenants and logs small numbers (one byte in a row instead of twenty). It only ever grows, through
    ///   a rebuild too, so that a number once read stays true for as long as the file lives.
    /// - `event`: a sequence grows, so rows and the entries of time-ordered names go to the right edge of their trees,
    ///   whose pages fill up wholly and are written once. Scattered names would dirty a page each, the more the larger
    ///   the tree: their indexes start with the block of 65,536 sequences, a range of pages small enough to stay in the
    ///   cache while it is filled. A lookup of such a name asks every block, newest first (3 µs each).
    /// - `execution`: `row` is the order of arrival and means nothing; `first_recorded` is the earliest report's time.
    ///   `execution_open` has those alone that have not ended, so that a cid with thousands is judged by one search.
    /// - `overruled`: the terminal reports that do not stand; see ``ReportPrecedence``.
    static let tables = """
        CREATE TABLE name (
            id INTEGER PRIMARY KEY,
            value TEXT NOT NULL UNIQUE);
        CREATE TABLE position (
            log TEXT PRIMARY KEY,
            next INTEGER NOT NULL) WITHOUT ROWID;

        CREATE TABLE event (
            sequence INTEGER PRIMARY KEY,
            tenant INTEGER NOT NULL,
            recorded INTEGER NOT NULL,
            cid BLOB NOT NULL,
            id BLOB NOT NULL,
            type TEXT NOT NULL);
        CREATE INDEX event_cid ON event (cid, tenant) WHERE cid >= x'01';
        CREATE INDEX event_id ON event (id, tenant) WHERE id >= x'01';
        CREATE INDEX event_scattered_cid ON event (sequence >> 16, cid, tenant) WHERE NOT cid >= x'01';
        CREATE INDEX event_scattered_id ON event (sequence >> 16, id, tenant) WHERE NOT id >= x'01';

        CREATE TABLE execution (
            row INTEGER PRIMARY KEY,
            tenant INTEGER NOT NULL,
            id BLOB NOT NULL,
            cid BLOB NOT NULL,
            first_recorded INTEGER NOT NULL,
            status INTEGER NOT NULL,
            recorded INTEGER NOT NULL,
            log INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            datetime INTEGER NOT NULL,
            service TEXT NOT NULL,
            execution_time TEXT,
            data BLOB);
        CREATE UNIQUE INDEX execution_id ON execution (id, tenant);
        CREATE INDEX execution_cid ON execution (cid, tenant, first_recorded, id);
        CREATE INDEX execution_open ON execution (cid, tenant) WHERE status < 2;
        CREATE TABLE overruled (
            id BLOB NOT NULL,
            tenant INTEGER NOT NULL,
            log INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            status INTEGER NOT NULL,
            recorded INTEGER NOT NULL,
            PRIMARY KEY (id, tenant, log, sequence, status)) WITHOUT ROWID;
        """

    /// - WAL: readers never wait for the writer. It is kept in the file once set.
    /// - `synchronous = NORMAL`: only a checkpoint waits for the disk, so a power cut may take back the last commits,
    ///   whole ones, rows with their position; the logs give them again.
    /// - `wal_autocheckpoint`: 16 MB of log instead of 4 are copied back at a time, a quarter of the waits for a disk
    ///   that the spool wants too. More would cost readers: SQLite's table of the WAL is hashed by 4,096 pages.
    /// - `journal_size_limit`: gives the space back that a rebuild took.
    /// - `cache_size` in KiB: the edges of all trees and one block of scattered names.
    /// - `secure_delete`: Debian's default overwrites deleted pages with zeros; nothing here is a secret.
    /// - `mmap_size = 0`: a failing disk must be an error code, not a SIGBUS, and mapped pages would count as ours.
    static let writerSettings = """
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = NORMAL;
        PRAGMA wal_autocheckpoint = 4000;
        PRAGMA journal_size_limit = 33554432;
        \(writerCache);
        PRAGMA secure_delete = OFF;
        PRAGMA mmap_size = 0;
        """

    static let writerCache = "PRAGMA cache_size = -8192"

    static let readerSettings = """
        PRAGMA query_only = ON;
        PRAGMA cache_size = -2048;
        PRAGMA mmap_size = 0;
        """

    /// Throws unless `database` holds these tables, or, where `allowsEmpty`, none at all yet.
    static func check(_ database: borrowing Database, allowsEmpty: Bool = false) throws(StatusIndexError) {
        switch try version(of: database) {
        case version: return
        // SQLite makes the file before the tables are committed.
        case 0 where allowsEmpty: return
        case 0: throw .missing(path: database.path)
        case let found: throw .foreignVersion(path: database.path, found: found)
        }
    }

    /// Makes the tables in a file that has none.
    static func create(in database: borrowing Database) throws(StatusIndexError) {
        guard try version(of: database) == 0 else { return }
        try database.execute("BEGIN IMMEDIATE")
        do throws(StatusIndexError) {
            // Another process may have made them while this one waited for the lock.
            if try version(of: database) == 0 {
                try database.execute(tables)
                try database.execute("PRAGMA user_version = \(version)")
            }
            try database.execute("COMMIT")
        } catch {
            try? database.execute("ROLLBACK")
            throw error
        }
    }

    private static func version(of database: borrowing Database) throws(StatusIndexError) -> Int64 {
        let statement = try database.prepare("PRAGMA user_version")
        guard try statement.step() else { return 0 }
        return statement.integer(0)
    }
}
