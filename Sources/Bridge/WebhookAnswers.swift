import Authentication
import HTTPMessage

/// What a provider is answered where the truth would cost events: by the key's setting, else by the provider's habits.
extension WebhookKey {
    /// What our own faults answer: 503, which every provider here tries again.
    var unavailableStatus: HTTPStatus {
        settings.answers.unavailable.flatMap(HTTPStatus.init(rawValue:)) ?? .serviceUnavailable
    }

    /// Whether an authentic event that is not taken is answered 202 all the same.
    var acceptsUnroutable: Bool {
        switch settings.answers.unroutable {
        case .accept: true
        case .refuse: false
        case nil: provider.punishesRefusals
        }
    }
}

extension WebhookProvider {
    /// Whether 4xx answers to single events end the delivery of all: GitLab disables a hook after four, Slack an app
    /// beyond 5 %, Shopify deletes the subscription, Stripe and senders of Standard Webhooks disable the endpoint.
    fileprivate var punishesRefusals: Bool {
        switch self {
        case .gitlab, .slack, .shopify, .stripe, .standard: true
        // GitHub keeps a hook whatever it answers and shows the answer to whoever looks.
        case .github, .generic: false
        }
    }
}

extension BridgeError {
    /// Whether it says that an authentic event is not taken, and would not be the next time either.
    var isUnroutable: Bool {
        switch self {
        case .mediaType, .event, .authentication(.denied): true
        default: false
        }
    }
}
