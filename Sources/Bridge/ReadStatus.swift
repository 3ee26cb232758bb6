import Authentication
import Events
import HTTPMessage
import StatusIndex

/// Reads what became of an event, from the index and from what is too new for it.
struct ReadStatus: Sendable {
    let recent: RecentEvents

    /// More are told by a later page.
    static let executionsLimit = 1000
    /// Of data in one page; the last execution may go beyond it.
    static let dataBytesLimit = 4 << 20

    func page(
        of subject: StatusSubject, tenant: String, index: StatusIndexReader
    ) throws(BridgeError) -> StatusPage {
        switch subject {
        case .correlation(let cid, let after):
            let status = try executions(of: cid, tenant: tenant, after: after, index: index)
            var body: [UInt8] = []
            // Names and punctuation of an execution take 200 bytes, its texts some more.
            body.reserveCapacity(
                status.executions.reduce(128) { $0 + 384 + ($1.data?.count ?? 0) })
            var results: [ExecutionResult] = []
            results.reserveCapacity(status.executions.count)
            for row in status.executions { results.append(try ExecutionResult(row)) }
            CIDResult(cid: cid, executions: results).append(to: &body)
            return StatusPage(body: body, next: status.next, cid: cid.text, isEnded: false)
        case .execution(let id):
            let row = try execution(id, tenant: tenant, index: index)
            let result = try ExecutionResult(row)
            var body: [UInt8] = []
            result.append(to: &body)
            return StatusPage(
                body: body, next: nil, cid: String(decoding: row.cid, as: UTF8.self), isEnded: result.status.isTerminal)
        }
    }

    /// A page of a cid's executions, oldest first; none for a cid that was accepted and has none.
    ///
    /// - Throws: ``BridgeError/unknownCID``, ``BridgeError/indexLags`` or ``BridgeError/index(_:)``.
    func executions(
        of cid: CorrelationID, tenant: String, after: ExecutionCursor?, index: StatusIndexReader
    ) throws(BridgeError) -> CIDStatus {
        // First: what was noted is forgotten only after the index has it.
        let answer = recent.answer(tenant: tenant, cid: cid.text)
        let status: CIDStatus?
        do {
            status = try index.status(
                ofCID: cid.text, tenant: tenant, limit: Self.executionsLimit, dataBytesLimit: Self.dataBytesLimit,
                after: after)
        } catch .missing where answer != .askIndex {
            // The indexer has only begun.
            status = nil
        } catch {
            throw .index(error)
        }
        // An execution may be reported for an event that came to another machine of the platform.
        let isKnown = status.map { $0.isKnown || !$0.executions.isEmpty } ?? false
        switch (isKnown, answer) {
        case (true, _), (false, .known): break
        case (false, .askIndexWhichLags): throw .indexLags
        case (false, .askIndex):
            // The index may have been begun anew between the two questions: then it did not know, it lagged.
            throw recent.answer(tenant: tenant, cid: cid.text) == .askIndex ? .unknownCID : .indexLags
        }
        return status ?? CIDStatus(isKnown: true, executions: [], next: nil)
    }

    /// Whether a cid has executions and all of them have ended.
    func isSettled(_ key: WaitKey, index: StatusIndexReader) throws(BridgeError) -> Bool {
        do {
            return try index.isSettled(cid: key.cid, tenant: key.tenant)
        } catch .missing {
            return false
        } catch {
            throw .index(error)
        }
    }

    /// The cid of the event that its sender gave this id; the latest, if the id was used again.
    func cid(ofDelivery id: String, tenant: String, index: StatusIndexReader) throws(BridgeError) -> String {
        // First: what is noted there is forgotten only after the index has it; and it is the later one.
        if let cid = recent.cid(ofDelivery: id, tenant: tenant) { return cid }
        let isIndexComplete = recent.isIndexComplete
        let event: EventRow?
        do { event = try index.event(id: id, tenant: tenant) } catch { throw .index(error) }
        guard let event else { throw isIndexComplete ? .unknownDelivery : .indexLags }
        return String(decoding: event.cid, as: UTF8.self)
    }

    private func execution(
        _ id: String, tenant: String, index: StatusIndexReader
    ) throws(BridgeError) -> IndexedExecution {
        guard IdentifierAlphabet.contains(id) else { throw .unknownExecution }
        // First: what completes meanwhile was not complete when it was asked.
        let isIndexComplete = recent.isIndexComplete
        let found: IndexedExecution?
        do {
            found = try index.execution(id: id, tenant: tenant)
        } catch {
            throw .index(error)
        }
        guard let found else { throw isIndexComplete ? .unknownExecution : .indexLags }
        return found
    }
}

extension ExecutionResult {
    init(_ row: IndexedExecution) throws(BridgeError) {
        guard let status = ExecutionStatus(indexCode: row.status) else {
            throw .index(.corrupt(path: "execution.status", code: Int32(truncatingIfNeeded: row.status)))
        }
        self.init(
            data: row.data ?? Array("null".utf8), datetime: Timestamp(microseconds: row.datetimeMicroseconds),
            executionID: String(decoding: row.executionID, as: UTF8.self),
            executionTime: row.executionTime.map { String(decoding: $0, as: UTF8.self) },
            service: String(decoding: row.service, as: UTF8.self), status: status)
    }
}
