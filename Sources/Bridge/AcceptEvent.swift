import Authentication
import Events
import HTTPMessage
import Idempotency
import Metrics
import Spool
import StatusIndex

/// Takes an event, or a batch of them: from an authenticated request to records that wait for the disk.
struct AcceptEvent: Sendable {
    private let drafting: DraftEvent
    private let deliveries: DraftDelivery
    private let repeats: AnswerRepeats
    private let writer: LogWriter
    private let recent: RecentEvents

    private static let correlationIDField = HTTPFieldName("X-Correlation-ID")
    private static let traceParentField = HTTPFieldName("traceparent")
    private static let traceStateField = HTTPFieldName("tracestate")

    init(options: BridgeOptions, writer: LogWriter, recent: RecentEvents, claims: ClaimStore?) {
        repeats = AnswerRepeats(claims: claims)
        drafting = DraftEvent(options: options)
        deliveries = DraftDelivery(options: options)
        self.writer = writer
        self.recent = recent
    }

    /// Hands the event to the spool; `reply` is answered when it is on disk, or when it will never be.
    ///
    /// - Throws: what the sender or the disk has to change; then `reply` was not answered.
    func run(
        _ request: HTTPRequest, body: [UInt8], route: Route, principal: Principal, now: Timestamp,
        context: WorkerContext, reply: Reply, release: Release? = nil
    ) throws(BridgeError) {
        do {
            try principal.allows(.eventsWrite)
        } catch {
            throw Self.refusal(error, route: route, key: principal.signature?.key)
        }
        let sentCID = try correlationID(request)
        let mode = route == .genericEvents ? ContentMode(request) : .plain
        if mode == .batched {
            return try acceptBatch(
                request, body, principal: principal, cid: sentCID, now: now, context: context, reply: reply)
        }
        if case .webhook = route {
            return try acceptDelivery(
                request, body, principal: principal, cid: sentCID, now: now, context: context, reply: reply,
                release: release)
        }
        var draft = try drafting.run(request, body: body, route: route, mode: mode)
        try accept(
            &draft, of: request, body, principal: principal, cid: sentCID, now: now, context: context, reply: reply)
    }

    /// A provider hears what its key says, and by default what does not make it give up the hook.
    private func acceptDelivery(
        _ request: HTTPRequest, _ body: [UInt8], principal: Principal, cid: CorrelationID?, now: Timestamp,
        context: WorkerContext, reply: Reply, release: Release?
    ) throws(BridgeError) {
        let key = principal.signature?.key
        if let key { reply.unavailableStatus = key.unavailableStatus }
        do {
            switch try deliveries.run(request, body: body, key: key) {
            case .challenge(let text): reply.send(Self.challenge(text))
            case .event(var draft):
                try accept(
                    &draft, of: request, body, principal: principal, cid: cid, now: now, context: context, reply: reply,
                    release: release)
            }
        } catch {
            guard let key, key.acceptsUnroutable, error.isUnroutable else { throw error }
            reply.drop(error)
        }
    }

    private static func refusal(_ error: AuthenticationError, route: Route, key: WebhookKey?) -> BridgeError {
        guard case .webhook = route, let key, key.acceptsUnroutable else { return .authentication(error) }
        return .keyUnfit(error)
    }

    private static func challenge(_ text: String) -> HTTPResponse {
        var response = HTTPResponse(.ok)
        response.add("Cache-Control", "no-store")
        response.setBody(Array(text.utf8), type: "text/plain; charset=utf-8")
        return response
    }

    private func accept(
        _ draft: inout EventDraft, of request: HTTPRequest, _ body: [UInt8], principal: Principal,
        cid sentCID: CorrelationID?, now: Timestamp, context: WorkerContext, reply: Reply, release: Release? = nil
    ) throws(BridgeError) {
        do {
            try principal.allows(source: draft.source.reference, type: draft.type)
        } catch {
            throw .authentication(error)
        }
        addTrace(of: request, to: &draft)
        let bodyDigest = BodyDigest(of: body)
        var claim: EventClaim?
        let subject = try repeats.subject(
            of: request, deliveryID: draft.deliveryID, principal: principal, release: release)
        if let subject {
            claim = try repeats.claim(
                subject, principal: principal, now: now, context: context, repeated: .event(draft, bodyDigest, reply))
            if claim == nil { return }
        }
        let cid = draft.cid ?? sentCID ?? CorrelationID(context.makeUUID(at: now))
        var line = line(draft, cid: cid, principal: principal, now: now, context: context)
        line.claim = claim?.stamp.text
        if let release {
            line.released = release.id
            line.sentTime = draft.time ?? release.received.text
        }
        reply.facts.cid = cid.text
        reply.facts.eventType = draft.type
        let waiter = AcceptedEvent(
            line, isIDSent: draft.id != nil, bodyDigest: bodyDigest, isAnsweredEmpty: draft.isAnsweredEmpty,
            claim: claim, recent: recent, reply: reply)
        do {
            try context.withLine { (bytes) throws(SpoolError) in
                let sequenceOffset = line.append(data: draft.data, of: draft.bytes, to: &bytes)
                // The last that is written there: from here on another thread may answer.
                reply.facts.submittedNanoseconds = Stopwatch.nanoseconds
                try writer.submit(bytes, sequenceOffset: sequenceOffset, waiter: waiter)
            }
        } catch {
            claim?.release(because: error)
            throw .spool(error)
        }
    }

    /// Events that bring no `correlationid` of their own share one cid: the batch is what happened.
    private func acceptBatch(
        _ request: HTTPRequest, _ body: [UInt8], principal: Principal, cid sentCID: CorrelationID?, now: Timestamp,
        context: WorkerContext, reply: Reply
    ) throws(BridgeError) {
        var drafts = try drafting.run(batch: body)
        for (index, draft) in drafts.enumerated() {
            do {
                try principal.allows(source: draft.source.reference, type: draft.type)
            } catch {
                throw .batchItem(index: index, error)
            }
        }
        let digest = BodyDigest(of: body)
        guard !drafts.isEmpty else { return reply.send(AcceptedBatch.response([], bodyDigest: digest)) }
        var claim: EventClaim?
        if let subject = try repeats.subject(of: request, batch: drafts, principal: principal) {
            claim = try repeats.claim(
                subject, principal: principal, now: now, context: context, repeated: .batch(drafts, digest, reply))
            if claim == nil { return }
        }

        let sharedCID = sentCID ?? CorrelationID(context.makeUUID(at: now))
        var items: [AcceptedBatch.Item] = []
        var records: [LogRecord] = []
        items.reserveCapacity(drafts.count)
        records.reserveCapacity(drafts.count)
        for index in drafts.indices {
            addTrace(of: request, to: &drafts[index])
            let draft = drafts[index]
            let cid = draft.cid ?? sharedCID
            var line = line(draft, cid: cid, principal: principal, now: now, context: context)
            if index == 0 { line.claim = claim?.stamp.text }
            let spoolLine = line.spoolLine(data: draft.data, of: draft.bytes)
            items.append(AcceptedBatch.Item(id: line.id, cid: cid, type: draft.type))
            records.append(LogRecord(line: spoolLine.bytes, sequenceOffset: spoolLine.sequenceOffset))
        }
        let waiter = AcceptedBatch(
            tenant: principal.tenant.name, items: items, sharedCID: sharedCID, bodyDigest: digest, claim: claim,
            recordedTime: now, recent: recent, reply: reply)
        reply.facts.cid = items[0].cid.text
        reply.facts.eventType = items[0].type
        reply.facts.submittedNanoseconds = Stopwatch.nanoseconds
        do {
            try writer.submit(records, waiter: waiter)
        } catch {
            claim?.release(because: error)
            throw .spool(error)
        }
    }

    private func line(
        _ draft: EventDraft, cid: CorrelationID, principal: Principal, now: Timestamp, context: WorkerContext
    ) -> EventLine {
        EventLine(
            id: draft.id ?? context.makeUUID(at: now).text, source: draft.source, type: draft.type,
            sentTime: draft.time, recordedTime: now, cid: cid, tenant: principal.tenant.name,
            authID: principal.credentialID, dataContentType: draft.dataContentType, attributes: draft.attributes)
    }

    /// Carries the trace of the request as the distributed tracing extension, unless the event brings the one it began in.
    private func addTrace(of request: HTTPRequest, to draft: inout EventDraft) {
        guard !draft.hasTrace, request.fields.first(Self.traceParentField) != nil,
            let trace = TraceContext(
                parents: request.fields.values(of: Self.traceParentField),
                states: request.fields.values(of: Self.traceStateField))
        else { return }
        draft.attributes.add("traceparent", trace.parent)
        if let state = trace.state { draft.attributes.add("tracestate", state) }
    }

    private func correlationID(_ request: HTTPRequest) throws(BridgeError) -> CorrelationID? {
        guard let text = request.fields.text(Self.correlationIDField) else { return nil }
        guard request.fields.occurrences(of: Self.correlationIDField) == 1 else { throw .correlationIDDuplicated }
        do {
            return try CorrelationID(text, member: "X-Correlation-ID")
        } catch {
            throw .correlationID(error)
        }
    }
}
