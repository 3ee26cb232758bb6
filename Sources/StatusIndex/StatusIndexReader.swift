/// A worker's own view of the index: point reads that never wait for the writer.
///
/// One thread at a time may use it. The index is opened by the first read and again after it was replaced, so a reader
/// may be made before there is one.
package final class StatusIndexReader {
    /// Readers wait only while another connection recovers the index after a crash, or starts it.
    static let busyMilliseconds: Int32 = 1000

    private let path: String
    private let replacementCheckInterval: Duration
    private var connection: ReaderConnection?
    private var nextReplacementCheck = ContinuousClock.now

    /// - Parameter replacementCheckInterval: how long a file that took the index's place may go unnoticed. Looking
    ///   costs a `stat(2)`, a fifth of a read, and a file is replaced only when it was damaged or of another version.
    package init(path: String, replacementCheckInterval: Duration = .milliseconds(100)) {
        self.path = path
        self.replacementCheckInterval = replacementCheckInterval
    }

    /// Whether an event of that cid came from `tenant`.
    ///
    /// - Throws: ``StatusIndexError/missing(path:)`` while there is no index; so does every read.
    package func isKnown(cid: String, tenant: String) throws(StatusIndexError) -> Bool {
        try read { (connection) throws(StatusIndexError) in
            try connection.isKnown(PackedName(cid), tenant: connection.tenantID(tenant))
        }
    }

    /// Whether `tenant` may report executions of that cid.
    package func ownership(ofCID cid: String, tenant: String) throws(StatusIndexError) -> CIDOwnership {
        try read { (connection) throws(StatusIndexError) in
            let name = PackedName(cid)
            let tenantID = try connection.tenantID(tenant)
            if try connection.isKnown(name, tenant: tenantID) { return .own }
            return try connection.isKnown(name, toOthersThan: tenantID) ? .foreign : .unknown
        }
    }

    /// What became of a cid: known or not, and its executions, oldest first, all of one moment.
    ///
    /// - Parameters:
    ///   - limit: at least 1; ``CIDStatus/next`` tells whether there are more.
    ///   - dataBytesLimit: the page ends with the execution whose data reaches it.
    package func status(
        ofCID cid: String, tenant: String, limit: Int, dataBytesLimit: Int = .max, after cursor: ExecutionCursor? = nil
    ) throws(StatusIndexError) -> CIDStatus {
        precondition(limit > 0)
        return try read { (connection) throws(StatusIndexError) in
            try connection.status(
                of: PackedName(cid), tenant: connection.tenantID(tenant), limit: limit,
                dataBytesLimit: dataBytesLimit, after: cursor)
        }
    }

    /// Whether a cid has executions and every one of them has ended.
    package func isSettled(cid: String, tenant: String) throws(StatusIndexError) -> Bool {
        try read { (connection) throws(StatusIndexError) in
            try connection.isSettled(PackedName(cid), tenant: connection.tenantID(tenant))
        }
    }

    /// The execution of that id, if `tenant` has one.
    package func execution(id: String, tenant: String) throws(StatusIndexError) -> IndexedExecution? {
        try read { (connection) throws(StatusIndexError) in
            try connection.execution(PackedName(id), tenant: connection.tenantID(tenant))
        }
    }

    /// The terminal reports of an execution that do not stand, in the order they were accepted.
    package func overruledReports(
        executionID: String, tenant: String, limit: Int
    ) throws(StatusIndexError) -> [OverruledReport] {
        try read { (connection) throws(StatusIndexError) in
            try connection.overruledReports(
                of: PackedName(executionID), tenant: connection.tenantID(tenant), limit: limit)
        }
    }

    /// The event of that id (a provider's delivery id), if `tenant` has one; the latest, if the id was used again.
    package func event(id: String, tenant: String) throws(StatusIndexError) -> EventRow? {
        try read { (connection) throws(StatusIndexError) in
            try connection.event(PackedName(id), tenant: connection.tenantID(tenant))
        }
    }

    /// The event of that sequence, whosever it is; nil where the index does not have it.
    package func event(sequence: UInt64) throws(StatusIndexError) -> EventRow? {
        try read { (connection) throws(StatusIndexError) in try connection.event(sequence: sequence) }
    }

    /// The first events of a cid in the order of the log, of all tenants or of one.
    package func events(
        ofCID cid: String, tenant: String? = nil, limit: Int
    ) throws(StatusIndexError) -> [EventRow] {
        try read { (connection) throws(StatusIndexError) in
            let tenantID = try tenant.map { (name) throws(StatusIndexError) in try connection.tenantID(name) } ?? 0
            // 0 means everybody there, and a tenant that is not in the index has no events.
            if tenant != nil, tenantID == 0 { return [] }
            return try connection.events(ofCID: PackedName(cid), tenant: tenantID, limit: limit)
        }
    }

    private func read<Result>(
        _ body: (ReaderConnection) throws(StatusIndexError) -> Result
    ) throws(StatusIndexError) -> Result {
        let now = ContinuousClock.now
        if let connection {
            if now < nextReplacementCheck { return try body(connection) }
            nextReplacementCheck = now + replacementCheckInterval
            if try !connection.isReplaced() { return try body(connection) }
        }
        // First let go of a file that was replaced: it takes room on the disk until then.
        connection = nil
        let opened = try ReaderConnection(path: path)
        connection = opened
        return try body(opened)
    }
}

/// Whose events a cid belongs to, as one tenant may learn it.
package enum CIDOwnership: Sendable, Equatable {
    case own
    /// Other tenants used it and this one did not.
    case foreign
    /// Nobody here did.
    case unknown
}

/// A page of what became of a cid.
package struct CIDStatus: Sendable, Equatable {
    /// Whether an event of the cid came from the tenant; reports may tell of executions of a cid that did not.
    package var isKnown: Bool
    /// Oldest first.
    package var executions: [IndexedExecution]
    /// Where the next page starts; nil on the last one.
    package var next: ExecutionCursor?

    package init(isKnown: Bool, executions: [IndexedExecution], next: ExecutionCursor?) {
        self.isKnown = isKnown
        self.executions = executions
        self.next = next
    }
}
