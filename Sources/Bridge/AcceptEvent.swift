import Authentication
import Events
import HTTPMessage
import JSONText
import Spool
import StatusIndex

/// Takes an event: from an authenticated request to a record that waits for the disk.
struct AcceptEvent: Sendable {
    let options: BridgeOptions
    let writer: LogWriter
    let recent: RecentEvents

    private static let correlationIDField = HTTPFieldName("X-Correlation-ID")
    private static let gitHubEventField = HTTPFieldName("X-GitHub-Event")
    private static let gitHubDeliveryField = HTTPFieldName("X-GitHub-Delivery")

    /// What is put on the spool, before it has an identity.
    private struct Draft {
        /// nil for an id of our own.
        var id: String?
        var source: EventSource
        var type: String
        var data: JSONValue
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
        guard MediaType.isJSON(request.contentType) else { throw .mediaType(request.contentType) }
        let sentCID = try correlationID(request)
        let draft = try draft(of: request, body: body, route: route, principal: principal)
        do {
            try principal.allows(source: draft.source.reference, type: draft.type)
        } catch {
            throw .authentication(error)
        }

        let cid = sentCID ?? CorrelationID(context.makeUUID(at: now))
        let line = EventLine(
            id: draft.id ?? context.makeUUID(at: now).text, source: draft.source, type: draft.type, time: now,
            recordedTime: now,
            cid: cid, tenant: principal.tenant.name, authID: principal.credentialID
        ).spoolLine(data: draft.data, of: body)
        let waiter = AcceptedEvent(
            tenant: principal.tenant.name, cid: cid, type: draft.type, bodyDigest: BodyDigest.field(of: body),
            recent: recent, reply: reply)
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

    private func draft(
        of request: HTTPRequest, body: [UInt8], route: Route, principal: Principal
    ) throws(BridgeError) -> Draft {
        do {
            switch route {
            case .events:
                let event = try EventRequest(
                    body: body, depthLimit: options.jsonDepthLimit, sourceBytesLimit: options.eventSourceBytesLimit,
                    typeBytesLimit: options.eventTypeBytesLimit)
                return Draft(source: EventSource(event.source), type: event.type, data: event.payload)
            case .webhook:
                // Who only has a token has not shown that the delivery is GitHub's.
                guard principal.kind != .accessToken, let event = request.fields.text(Self.gitHubEventField) else {
                    return try whole(body, options.webhook)
                }
                return try gitHubDelivery(event, request, body)
            case .genericEvents, .correlation, .execution, .openAPI, .health, .readiness:
                return try whole(body, options.generic)
            }
        } catch {
            throw .event(error)
        }
    }

    private func gitHubDelivery(
        _ event: String, _ request: HTTPRequest, _ body: [UInt8]
    ) throws(EventsError) -> Draft {
        let document: JSONDocument
        do {
            document = try JSONScanner.members(of: body, depthLimit: options.jsonDepthLimit)
        } catch {
            throw .json(error)
        }
        let id = request.fields.text(Self.gitHubDeliveryField)
        let delivery = GitHubDelivery(event: event, delivery: id, document: document, body: body)
        return Draft(
            id: delivery?.id, source: delivery?.source ?? options.webhook.source,
            type: delivery?.type ?? options.webhook.type, data: document.root)
    }

    private func whole(_ body: [UInt8], _ defaults: EventDefaults) throws(EventsError) -> Draft {
        do {
            let value = try JSONScanner.validate(body, depthLimit: options.jsonDepthLimit)
            return Draft(source: defaults.source, type: defaults.type, data: value)
        } catch {
            throw .json(error)
        }
    }
}

/// An event on its way to the disk, and the answer that waits for it.
private final class AcceptedEvent: CommitWaiter {
    private let tenant: String
    private let cid: CorrelationID
    private let recent: RecentEvents
    private let reply: Reply
    /// Made before the commit: the committer's thread answers many.
    private let response: HTTPResponse

    init(
        tenant: String, cid: CorrelationID, type: String, bodyDigest: String, recent: RecentEvents, reply: Reply
    ) {
        self.tenant = tenant
        self.cid = cid
        self.recent = recent
        self.reply = reply
        var body: [UInt8] = []
        body.reserveCapacity(cid.text.utf8.count + type.utf8.count + 32)
        JSONWriter.appendRaw(#"{"cid":""#, to: &body)
        JSONWriter.appendRaw(cid.text, to: &body)
        JSONWriter.appendRaw(#"","eventType":"#, to: &body)
        JSONWriter.appendString(type, to: &body)
        body.append(UInt8(ascii: "}"))
        var response = HTTPResponse(.accepted)
        response.add("Location", "/fx/cid/" + cid.text)
        response.add("FX-Body-Digest", bodyDigest)
        response.add("Cache-Control", "no-store")
        response.setBody(body, type: "application/json")
        self.response = response
    }

    func recordWasCommitted(sequence: UInt64) {
        // Before the answer: who has it may ask at once.
        recent.note(tenant: tenant, cid: cid.text, sequence: sequence)
        reply.send(response)
    }

    func recordWasRefused(_ error: SpoolError) {
        reply.refuse(.spool(error))
    }
}
