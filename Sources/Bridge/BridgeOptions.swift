import Events

/// What the operator may set about requests.
package struct BridgeOptions: Sendable {
    /// How many objects and arrays of a body may be open at once.
    package var jsonDepthLimit: Int
    package var eventSourceBytesLimit: Int
    package var eventTypeBytesLimit: Int
    /// How many events a batch may have.
    package var batchEventsLimit: Int
    /// What `POST /fx/events/generic` makes of its bodies.
    package var generic: EventDefaults
    /// What the webhook routes make of theirs.
    package var webhook: EventDefaults
    package var handshake: WebhookHandshake

    package init(
        jsonDepthLimit: Int, eventSourceBytesLimit: Int, eventTypeBytesLimit: Int, batchEventsLimit: Int = 1000,
        generic: EventDefaults, webhook: EventDefaults, handshake: WebhookHandshake = WebhookHandshake()
    ) {
        self.jsonDepthLimit = jsonDepthLimit
        self.eventSourceBytesLimit = eventSourceBytesLimit
        self.eventTypeBytesLimit = eventTypeBytesLimit
        self.batchEventsLimit = batchEventsLimit
        self.generic = generic
        self.webhook = webhook
        self.handshake = handshake
    }
}

/// Source and type of events whose body names none.
package struct EventDefaults: Sendable {
    package let source: EventSource
    package let type: String

    package init(source: String, type: String) {
        self.source = EventSource(source)
        self.type = type
    }
}
