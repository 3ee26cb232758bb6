import Authentication
import Events
import HTTPMessage
import StatusIndex

/// Answers what became of an event: at once, when there is an end to tell of, or as it happens.
struct AnswerStatus: Sendable {
    let readStatus: ReadStatus
    let room: WaitingRoom

    /// `GET /fx/cid/{cid}`.
    ///
    /// - Throws: why there is no answer; then `reply` was not answered.
    func correlation(
        _ text: String, _ request: HTTPRequest, principal: Principal, context: WorkerContext, reply: Reply
    ) throws(BridgeError) {
        guard let cid = try? CorrelationID(text) else { throw .unknownCID }
        reply.facts.cid = cid.text
        let query = try StatusQuery(request)
        let key = WaitKey(tenant: principal.tenant.name, cid: cid.text)
        if query.isStream { return try stream(cid, query, key: key, context: context, reply: reply) }
        // Before the page: what has ended stays so, and the page is not older.
        let isSettled = query.waitSeconds > 0 ? try readStatus.isSettled(key, index: context.index) : false
        let subject = StatusSubject.correlation(cid, after: query.after)
        let page = try readStatus.page(of: subject, tenant: key.tenant, index: context.index)
        guard query.waitSeconds > 0, !isSettled, !room.isClosed else { return reply.send(page.response(to: query)) }
        try room.admit(key, .page(subject, query), reply: reply)
    }

    /// `GET /fx/executions/{execution_id}`.
    func execution(
        _ id: String, _ request: HTTPRequest, principal: Principal, context: WorkerContext, reply: Reply
    ) throws(BridgeError) {
        let query = try StatusQuery(request)
        let subject = StatusSubject.execution(id: id)
        let page = try readStatus.page(of: subject, tenant: principal.tenant.name, index: context.index)
        guard query.waitSeconds > 0, !page.isEnded, !room.isClosed else { return reply.send(page.response(to: query)) }
        try room.admit(WaitKey(tenant: principal.tenant.name, cid: page.cid), .page(subject, query), reply: reply)
    }

    private func stream(
        _ cid: CorrelationID, _ query: StatusQuery, key: WaitKey, context: WorkerContext, reply: Reply
    ) throws(BridgeError) {
        // Whether it is known at all is not for a stream to tell.
        _ = try readStatus.executions(of: cid, tenant: key.tenant, after: nil, index: context.index)
        var progress = StreamProgress(cid: cid)
        if let lastEventID = query.lastEventID {
            let isSettled = try readStatus.isSettled(key, index: context.index)
            try progress.skip(tenant: key.tenant, index: context.index, readStatus: readStatus)
            if progress.eventID != lastEventID {
                progress = StreamProgress(cid: cid)
            } else if isSettled {
                // A browser comes back for ever unless it hears that there is nothing more.
                return reply.send(HTTPResponse(.noContent))
            }
        }
        try room.admit(key, .stream(progress), reply: reply)
    }
}
