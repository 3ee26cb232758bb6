import CSQLite
import Glibc

/// Owner of one `sqlite3*`, which it closes when it dies.
///
/// Opened without SQLite's own mutex: one thread at a time may use a database and the statements made from it.
/// Statements may outlive it: `sqlite3_close_v2` keeps the connection until the last of them is finalised.
@safe
struct Database: ~Copyable {
    enum Access {
        case read, write, create
    }

    private let handle: OpaquePointer
    let path: String
    /// It lies on a read-only disk and is read as it was found there, see ``FrozenDatabase``.
    let isFrozen: Bool

    /// SQLite counts every allocation under one global mutex, which four readers would contend for.
    private static let allocationsAreUncounted = fx_sqlite3_config_memory_status(0) == SQLITE_OK

    /// Opens `path`; waits up to `busyMilliseconds` wherever another connection holds a lock.
    ///
    /// - Throws: ``StatusIndexError/missing(path:)`` if there is no file and `access` is not `create`.
    init(path: String, access: Access, busyMilliseconds: Int32) throws(StatusIndexError) {
        // The setting is an economy: where SQLite was started before us, it goes on counting.
        _ = Self.allocationsAreUncounted
        let flags =
            switch access {
            case .read: SQLITE_OPEN_READONLY
            case .write: SQLITE_OPEN_READWRITE
            case .create: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
            }
        var opened: OpaquePointer?
        let frozen = access == .read ? FrozenDatabase(path: path) : nil
        let code = unsafe sqlite3_open_v2(
            frozen?.uri ?? path, &opened,
            flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | (frozen == nil ? 0 : SQLITE_OPEN_URI), nil)
        guard let opened = unsafe opened, code == SQLITE_OK else {
            // A failed open still hands out a connection, with errno inside.
            let isMissing = unsafe code & 0xFF == SQLITE_CANTOPEN && sqlite3_system_errno(opened) == ENOENT
            unsafe sqlite3_close_v2(opened)
            throw isMissing ? .missing(path: path) : StatusIndexError(code: code, path: path)
        }
        if let frozen {
            let code = unsafe sqlite3_exec(opened, frozen.settings, nil, nil, nil)
            guard code == SQLITE_OK else {
                unsafe sqlite3_close_v2(opened)
                throw StatusIndexError(code: code, path: path)
            }
        }
        // Cannot fail on a connection that was just opened.
        unsafe sqlite3_busy_timeout(opened, busyMilliseconds)
        unsafe handle = opened
        self.path = path
        isFrozen = frozen != nil
    }

    deinit {
        // close_v2 fails only for a pointer that is no connection.
        unsafe sqlite3_close_v2(handle)
    }

    /// Compiles one statement, to be run many times.
    func prepare(_ sql: String) throws(StatusIndexError) -> Statement {
        var statement: OpaquePointer?
        try check(
            unsafe sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil))
        guard let statement = unsafe statement else { preconditionFailure("no statement in: \(sql)") }
        return unsafe Statement(owning: statement, path: path)
    }

    /// Runs statements that take no values and whose rows nobody wants, one after the other.
    func execute(_ sql: String) throws(StatusIndexError) {
        try check(unsafe sqlite3_exec(handle, sql, nil, nil, nil))
    }

    /// Whether a transaction is open. Some failures (a full disk) close it by themselves.
    var isInTransaction: Bool { unsafe sqlite3_get_autocommit(handle) == 0 }

    /// Rows the last INSERT, UPDATE or DELETE changed.
    var changedRowCount: Int64 { unsafe sqlite3_changes64(handle) }

    /// Whether the file was deleted, renamed or replaced since it was opened, or its disk became writable again. One
    /// `stat(2)`.
    func isReplaced() throws(StatusIndexError) -> Bool {
        if isFrozen, !FrozenDatabase.isDiskReadOnly(at: path) { return true }
        var hasMoved: Int32 = 0
        try check(unsafe sqlite3_file_control(handle, "main", SQLITE_FCNTL_HAS_MOVED, &hasMoved))
        return hasMoved != 0
    }

    /// Unlinks a database and what SQLite keeps beside it.
    ///
    /// The database goes first: beside a new, empty one SQLite discards a write-ahead log that was left over.
    static func delete(path: String) throws(StatusIndexError) {
        for suffix in ["", "-wal", "-shm"] {
            guard unsafe unlink(path + suffix) != 0, errno != ENOENT else { continue }
            throw .undeletable(path: path + suffix, errno: errno)
        }
    }

    private func check(_ code: Int32) throws(StatusIndexError) {
        guard code == SQLITE_OK else { throw StatusIndexError(code: code, path: path) }
    }
}

extension StatusIndexError {
    /// Sorts SQLite's result codes by what the caller can do about them.
    init(code: Int32, path: String) {
        // The low byte is the primary code, the rest its variant: 267 = SQLITE_CORRUPT_VTAB is 11 = SQLITE_CORRUPT.
        switch code & 0xFF {
        case SQLITE_BUSY, SQLITE_LOCKED: self = .busy(path: path)
        case SQLITE_CORRUPT, SQLITE_NOTADB: self = .corrupt(path: path, code: code)
        case SQLITE_FULL: self = .noSpace(path: path)
        default: self = .database(path: path, code: code)
        }
    }
}
