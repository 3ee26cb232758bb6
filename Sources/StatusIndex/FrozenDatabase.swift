import Glibc

/// How a database on a read-only disk is opened for reading.
///
/// In its usual mode SQLite cannot: even a reader of a write-ahead log makes the file `-shm` beside it
/// (<https://sqlite.org/wal.html#read_only_databases>). Nobody writes there, so nothing has to be locked: a database whose
/// log is empty is immutable, and one with a log (its last process was killed) is read without locks, with the log's
/// index in this connection's own memory.
struct FrozenDatabase {
    /// <https://sqlite.org/uri.html>
    let uri: String
    /// To be executed before the database is touched.
    let settings: String

    /// Nil where the disk can be written, or the file is not there.
    init?(path: String) {
        guard Self.isDiskReadOnly(at: path) else { return nil }
        var log = stat()
        let hasLog = unsafe stat(path + "-wal", &log) == 0 && log.st_size > 0
        uri = "file:" + Self.escaped(path) + (hasLog ? "?vfs=unix-none" : "?immutable=1")
        settings = hasLog ? "PRAGMA locking_mode = EXCLUSIVE" : ""
    }

    static func isDiskReadOnly(at path: String) -> Bool {
        unsafe access(path, W_OK) != 0 && errno == EROFS
    }

    /// What would end the path in a URI, and what escapes it.
    private static func escaped(_ path: String) -> String {
        path.replacing("%", with: "%25").replacing("?", with: "%3f").replacing("#", with: "%23")
    }
}
