import Authentication
import Events
import HTTPMessage
import Metrics
import Spool
import StatusIndex

/// Takes an event: from an authenticated request to a record that waits for the disk.
struct AcceptEvent: Sendable {
    private let drafting: DraftEvent
    private let writer: LogWriter
    private let recent: RecentEvents

    private static let correlationIDField = HTTPFieldName("X-Correlation-ID")

    init(options: BridgeOptions, writer: LogWriter, recent: RecentEvents) {
        drafting = DraftEvent(options: options)
        self.writer = writer
        self.recent = recent
    }

    /// Hands the event to the spool; `reply` is answered when it is on disk, or when it will never be.
    ///
    /// - Throws: what the sender or the disk has to change; then `reply` was not answered.
    func run(
        _ request: HTTPRequest, body: [UInt8], route: Route, principal: Principal, now: Timestamp,
        context: WorkerContext, reply: Reply
    ) throws(BridgeError) {
        do {
            try principal.allows(.eventsWrite)
        } catch {
            throw .authentication(error)
        }
        let sentCID = try correlationID(request)
        let draft = try drafting.run(request, body: body, route: route, principal: principal)
        do {
            try principal.allows(source: draft.source.reference, type: draft.type)
        } catch {
            throw .authentication(error)
        }
        let cid = draft.cid ?? sentCID ?? CorrelationID(context.makeUUID(at: now))
        let event = EventLine(
            id: draft.id ?? context.makeUUID(at: now).text, source: draft.source, type: draft.type, time: now,
            recordedTime: now, cid: cid, tenant: principal.tenant.name, authID: principal.credentialID)
        reply.facts.cid = cid.text
        reply.facts.eventType = draft.type
        let waiter = AcceptedEvent(
            tenant: event.tenant, cid: cid, type: draft.type, bodyDigest: BodyDigest.field(of: body),
            recent: recent, reply: reply)
        let line = event.spoolLine(data: draft.data, of: draft.bytes)
        // The last that is written there: from here on the committer may answer.
        reply.facts.submittedNanoseconds = Stopwatch.nanoseconds
        try submit(line, waiter: waiter)
    }

    private func submit(_ line: SpoolLine, waiter: AcceptedEvent) throws(BridgeError) {
        do {
            try writer.submit(line.bytes, sequenceOffset: line.sequenceOffset, waiter: waiter)
        } catch {
            throw .spool(error)
        }
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
