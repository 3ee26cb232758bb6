import Events

/// What the operator may set about requests.
package struct BridgeOptions: Sendable {
    /// What may change while requests are served.
    package let limits: RequestLimits
    var jsonDepthLimit: Int { limits.jsonDepth }
    var eventSourceBytesLimit: Int { limits.eventSourceBytes }
    var eventTypeBytesLimit: Int { limits.eventTypeBytes }
    var batchEventsLimit: Int { limits.batchEvents }
    /// Likewise.
    package let policy: EventPolicy
    var generic: EventDefaults { policy.current.generic }
    var webhook: EventDefaults { policy.current.webhook }
    /// How many failed authentications an address may have a minute, and at once; more are answered 429.
    package var failuresPerMinute = 0
    package var failuresBurst = 1

    package init(
        jsonDepthLimit: Int, eventSourceBytesLimit: Int, eventTypeBytesLimit: Int, batchEventsLimit: Int = 1000,
        generic: EventDefaults, webhook: EventDefaults, handshake: WebhookHandshake = WebhookHandshake()
    ) {
        limits = RequestLimits(
            jsonDepth: jsonDepthLimit, eventSourceBytes: eventSourceBytesLimit, eventTypeBytes: eventTypeBytesLimit,
            batchEvents: batchEventsLimit)
        policy = EventPolicy(.init(generic: generic, webhook: webhook, handshake: handshake))
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
