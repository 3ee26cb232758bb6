import Events
import JSONText

/// An event as its request tells it, before the bridge gives it an identity.
struct EventDraft: Sendable {
    /// nil for an id of our own.
    var id: String?
    var source: EventSource
    var type: String
    /// nil for the request's.
    var cid: CorrelationID?
    var data: JSONValue
    /// The bytes that `data` is a slice of: the request's body, or what was decoded from it.
    var bytes: [UInt8]
    /// What the sender says again when it delivers the same event again; nil where it says nothing of the kind.
    var deliveryID: String?

    init(
        id: String? = nil, source: EventSource, type: String, data: JSONValue, bytes: [UInt8], deliveryID: String? = nil
    ) {
        self.id = id
        self.source = source
        self.type = type
        self.data = data
        self.bytes = bytes
        self.deliveryID = deliveryID
    }
}
