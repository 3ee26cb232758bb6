import Events

/// An event as its request tells it, before the bridge gives it an identity.
struct EventDraft: Sendable {
    /// nil for an id of our own.
    var id: String?
    var source: EventSource
    var type: String
    /// RFC 3339, as sent; nil for the time it was received.
    var time: String?
    /// nil for the request's.
    var cid: CorrelationID?
    var dataContentType: String? = "application/json"
    var attributes = EventAttributes()
    /// Whether the sender has put a trace of its own among the attributes.
    var hasTrace = false
    var data: EventData
    /// The bytes that `data` speaks of: the request's body, or what was decoded from it.
    var bytes: [UInt8]
    /// What the sender says again when it delivers the same event again; nil where it says nothing of the kind.
    var deliveryID: String?
    /// Whether the sender is answered 200 and nothing else.
    var isAnsweredEmpty = false
}

extension EventDraft {
    init(_ event: SentEvent, of body: [UInt8]) {
        id = event.id
        source = event.source
        type = event.type
        time = event.time
        cid = event.cid
        dataContentType = event.dataContentType
        attributes = event.attributes
        hasTrace = event.hasTrace
        data = event.data
        bytes = body
        // A URI-reference has no blank: no two pairs look the same.
        deliveryID = event.source.reference + " " + event.id
    }
}
