import Events
import HTTPMessage
import JSONText

/// Reads the event out of a request that is no provider's delivery.
struct DraftEvent: Sendable {
    let options: BridgeOptions

    /// - Parameter mode: how the event comes; any but ``ContentMode/plain`` is for the generic route, and a batch is not
    ///   one event.
    /// - Throws: what is wrong with the body or the headers; nothing was stored.
    func run(
        _ request: HTTPRequest, body: [UInt8], route: Route, mode: ContentMode
    ) throws(BridgeError) -> EventDraft {
        do {
            switch mode {
            case .plain: break
            case .structured: return EventDraft(try SentEvent(structured: body, limits: limits), of: body)
            case .binary: return try binary(request, body)
            case .batched, .unsupported: throw BridgeError.eventFormat
            }
            guard MediaType.isJSON(request.contentType) else { throw BridgeError.mediaType(request.contentType) }
            switch route {
            case .events: return try named(body)
            default: return try whole(body, options.generic)
            }
        } catch let error as EventsError {
            throw .event(error)
        } catch let error as BridgeError {
            throw error
        } catch {
            preconditionFailure("only these two are thrown above")
        }
    }

    /// The events of a batch, or what is wrong with each of them that is wrong.
    func run(batch body: [UInt8]) throws(BridgeError) -> [EventDraft] {
        let events: [Result<SentEvent, EventsError>]
        do {
            events = try SentEvent.batch(body, limits: limits)
        } catch {
            throw .event(error)
        }
        var drafts: [EventDraft] = []
        drafts.reserveCapacity(events.count)
        var refused: [RefusedItem] = []
        for (index, event) in events.enumerated() {
            switch event {
            case .success(let event): drafts.append(EventDraft(event, of: body))
            case .failure(let error): refused.append(RefusedItem(index: index, error: error))
            }
        }
        guard refused.isEmpty else { throw .batch(refused, count: events.count) }
        return drafts
    }

    private var limits: CloudEventLimits {
        CloudEventLimits(
            depth: options.jsonDepthLimit, sourceBytes: options.eventSourceBytesLimit,
            typeBytes: options.eventTypeBytesLimit, batchEvents: options.batchEventsLimit)
    }

    private func binary(_ request: HTTPRequest, _ body: [UInt8]) throws(EventsError) -> EventDraft {
        let headers = request.fields.fields(withPrefix: ContentMode.attributePrefix).map { field in
            (name: String(decoding: field.name, as: UTF8.self).lowercased(), value: field.value)
        }
        let event = try SentEvent(
            headers: headers, contentType: request.contentType, body: body, limits: limits)
        return EventDraft(event, of: body)
    }

    private func named(_ body: [UInt8]) throws(EventsError) -> EventDraft {
        let event = try EventRequest(
            body: body, depthLimit: options.jsonDepthLimit, sourceBytesLimit: options.eventSourceBytesLimit,
            typeBytesLimit: options.eventTypeBytesLimit)
        return EventDraft(
            source: EventSource(event.source), type: event.type, data: .json(event.payload), bytes: body)
    }

    private func whole(_ body: [UInt8], _ defaults: EventDefaults) throws(EventsError) -> EventDraft {
        do {
            let value = try JSONScanner.validate(body, depthLimit: options.jsonDepthLimit)
            return EventDraft(source: defaults.source, type: defaults.type, data: .json(value), bytes: body)
        } catch {
            throw .json(error)
        }
    }
}
