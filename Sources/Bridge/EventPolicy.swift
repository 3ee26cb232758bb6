import Threading

/// What becomes of events whose body leaves it open, and who may deliver by the handshake. The operator may change it
/// while requests are served; each is judged by what it finds.
package final class EventPolicy: Sendable {
    package struct Values: Sendable {
        /// What `POST /fx/events/generic` makes of its bodies.
        package let generic: EventDefaults
        /// What the webhook routes make of theirs.
        package let webhook: EventDefaults
        package let handshake: WebhookHandshake

        package init(generic: EventDefaults, webhook: EventDefaults, handshake: WebhookHandshake) {
            self.generic = generic
            self.webhook = webhook
            self.handshake = handshake
        }
    }

    private let values: Monitor<Values>

    package init(_ values: Values) {
        self.values = Monitor(values)
    }

    /// Takes a lock: to be asked once, and only for a request that needs it.
    package var current: Values { values.withLock { $0 } }

    package func set(_ values: Values) {
        self.values.withLock { $0 = values }
    }
}
