/// Why the index could not be opened, read or written.
package enum StatusIndexError: Error, Equatable {
    /// No index at `path`, or one whose schema was never committed.
    case missing(path: String)
    /// Written by another version of this program: delete it and build it again from the logs.
    case foreignVersion(path: String, found: Int64)
    /// Not a database, or a damaged one (`code` is SQLite's): delete it and build it again from the logs.
    case corrupt(path: String, code: Int32)
    /// The file at `path` is no longer the one that was opened: open it again.
    case replaced(path: String)
    /// Another process holds the index beyond the busy timeout: try again later.
    case busy(path: String)
    /// The disk is full; nothing of the transaction was kept.
    case noSpace(path: String)
    /// Rows were derived from another position than the index has; nothing was changed.
    case positionMoved(log: String, actual: UInt64)
    /// A file of the index could not be unlinked.
    case undeletable(path: String, errno: Int32)
    /// Any other failure; `code` is SQLite's extended result code.
    case database(path: String, code: Int32)
}

extension StatusIndexError {
    /// Whether the answer is to delete the index and to build it again.
    var isCuredByRebuild: Bool {
        switch self {
        case .corrupt, .foreignVersion, .positionMoved: true
        case .missing, .replaced, .busy, .noSpace, .undeletable, .database: false
        }
    }
}
