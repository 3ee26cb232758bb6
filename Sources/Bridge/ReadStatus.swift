import Authentication
import Events
import HTTPMessage
import StatusIndex

/// Answers what became of an event, from the index and from what is too new for it.
struct ReadStatus: Sendable {
    let recent: RecentEvents

    /// More are told by a later page.
    static let executionsLimit = 1000

    func correlation(_ text: String, principal: Principal, context: WorkerContext) throws(BridgeError) -> [UInt8] {
        guard let cid = try? CorrelationID(text) else { throw .unknownCID }
        let tenant = principal.tenant.name
        // First: what was noted is forgotten only after the index has it.
        let answer = recent.answer(tenant: tenant, cid: text)
        let status: CIDStatus?
        do {
            status = try context.index.status(ofCID: text, tenant: tenant, limit: Self.executionsLimit)
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
            throw recent.answer(tenant: tenant, cid: text) == .askIndex ? .unknownCID : .indexLags
        }
        var body: [UInt8] = []
        var executions: [ExecutionResult] = []
        for row in status?.executions ?? [] { executions.append(try Self.result(row)) }
        CIDResult(cid: cid, executions: executions).append(to: &body)
        return body
    }

    func execution(_ id: String, principal: Principal, context: WorkerContext) throws(BridgeError) -> [UInt8] {
        guard IdentifierAlphabet.contains(id) else { throw .unknownExecution }
        // First: what completes meanwhile was not complete when it was asked.
        let isIndexComplete = recent.isIndexComplete
        let found: IndexedExecution?
        do {
            found = try context.index.execution(id: id, tenant: principal.tenant.name)
        } catch {
            throw .index(error)
        }
        guard let found else { throw isIndexComplete ? .unknownExecution : .indexLags }
        var body: [UInt8] = []
        try Self.result(found).append(to: &body)
        return body
    }

    private static func result(_ row: IndexedExecution) throws(BridgeError) -> ExecutionResult {
        guard let status = ExecutionStatus(indexCode: row.status) else {
            throw .index(.corrupt(path: "execution.status", code: Int32(truncatingIfNeeded: row.status)))
        }
        return ExecutionResult(
            data: row.data ?? Array("null".utf8), datetime: Timestamp(microseconds: row.datetimeMicroseconds),
            executionID: String(decoding: row.executionID, as: UTF8.self),
            executionTime: row.executionTime.map { String(decoding: $0, as: UTF8.self) },
            service: String(decoding: row.service, as: UTF8.self), status: status)
    }
}
