import Authentication
import Events
import HTTPMessage
import JSONText

/// Reads the event out of a request: its source and type by the route and the sender, its data from the body.
struct DraftEvent: Sendable {
    let options: BridgeOptions

    private static let gitHubEventField = HTTPFieldName("X-GitHub-Event")
    private static let gitHubDeliveryField = HTTPFieldName("X-GitHub-Delivery")

    /// - Throws: what is wrong with the body or the headers; nothing was stored.
    func run(
        _ request: HTTPRequest, body: [UInt8], route: Route, principal: Principal
    ) throws(BridgeError) -> EventDraft {
        guard MediaType.isJSON(request.contentType) else { throw .mediaType(request.contentType) }
        do {
            switch route {
            case .events:
                let event = try EventRequest(
                    body: body, depthLimit: options.jsonDepthLimit, sourceBytesLimit: options.eventSourceBytesLimit,
                    typeBytesLimit: options.eventTypeBytesLimit)
                return EventDraft(
                    source: EventSource(event.source), type: event.type, data: event.payload, bytes: body)
            case .webhook:
                // Who only has a token has not shown that the delivery is GitHub's.
                guard principal.kind != .accessToken, let event = request.fields.text(Self.gitHubEventField) else {
                    return try whole(body, options.webhook)
                }
                return try gitHubDelivery(event, request, body)
            case .genericEvents, .correlation, .execution, .executions, .openAPI, .health, .readiness, .metrics:
                return try whole(body, options.generic)
            }
        } catch {
            throw .event(error)
        }
    }

    private func gitHubDelivery(
        _ event: String, _ request: HTTPRequest, _ body: [UInt8]
    ) throws(EventsError) -> EventDraft {
        let document: JSONDocument
        do {
            document = try JSONScanner.members(of: body, depthLimit: options.jsonDepthLimit)
        } catch {
            throw .json(error)
        }
        let id = request.fields.text(Self.gitHubDeliveryField)
        let delivery = GitHubDelivery(event: event, delivery: id, document: document, body: body)
        return EventDraft(
            id: delivery?.id, source: delivery?.source ?? options.webhook.source,
            type: delivery?.type ?? options.webhook.type, data: document.root, bytes: body, deliveryID: delivery?.id)
    }

    private func whole(_ body: [UInt8], _ defaults: EventDefaults) throws(EventsError) -> EventDraft {
        do {
            let value = try JSONScanner.validate(body, depthLimit: options.jsonDepthLimit)
            return EventDraft(source: defaults.source, type: defaults.type, data: value, bytes: body)
        } catch {
            throw .json(error)
        }
    }
}
