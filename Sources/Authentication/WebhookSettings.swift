/// What an operator has set for one secret key, beside who signs with it.
package struct WebhookSettings: Sendable, Equatable {
    package static let toleranceSecondsDefault = 300
    /// A day: a signature is as good as a password for that long to whoever has seen it.
    package static let toleranceSecondsRange = 1...86_400

    /// How far a signed timestamp may lie from the moment of arrival, either way.
    package var toleranceSeconds = toleranceSecondsDefault
    /// Of ``WebhookProvider/generic`` keys, and of no others.
    package var scheme: GenericScheme?
    /// What an event is called whose provider's mapping names nothing.
    package var defaults = EventNaming()
    /// The first that matches wins, for source and type each; it overrides the provider's mapping.
    package var rules: [NamingRule] = []
    /// Whether a repeated delivery id makes no second event.
    package var isIdempotent = true
    /// Whether a request whose signature failed on the key's own URL is kept for a look.
    package var isQuarantined = true
    package var answers = AnswerPolicy()

    package init() {}
}

/// A source and a type, each where it is said.
package struct EventNaming: Sendable, Equatable {
    package static let sourceBytesLimit = 1024
    package static let typeBytesLimit = 255

    package let source: String?
    package let type: String?

    package init() {
        source = nil
        type = nil
    }

    /// Returns nil for an empty text, one beyond its limit, or one with control characters.
    package init?(source: String?, type: String?) {
        if let source { guard Self.isText(source, bytesLimit: Self.sourceBytesLimit) else { return nil } }
        if let type { guard Self.isText(type, bytesLimit: Self.typeBytesLimit) else { return nil } }
        self.source = source
        self.type = type
    }

    package var isEmpty: Bool { source == nil && type == nil }

    private static func isText(_ text: String, bytesLimit: Int) -> Bool {
        (1...bytesLimit).contains(text.utf8.count) && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }
}

/// What a key's events answer where truth and the provider's habits disagree; nil leaves it to the provider's default.
package struct AnswerPolicy: Sendable, Equatable {
    /// What an authentic event is answered that is not taken: not JSON, or of a source or type the key may not name.
    package enum Unroutable: String, CaseIterable, Sendable {
        /// 4xx, which tells the sender the truth.
        case refuse
        /// 202 without an event: for providers that disable a hook which answers 4xx.
        case accept
    }

    /// Statuses that ask a sender to try again.
    package static let unavailableStatuses = [429, 500, 502, 503, 504]

    /// What our own faults answer (no room, overload, stopping).
    package let unavailable: Int?
    package let unroutable: Unroutable?

    package init() {
        unavailable = nil
        unroutable = nil
    }

    /// Returns nil for a status that is not one of ``unavailableStatuses``.
    package init?(unavailable: Int?, unroutable: Unroutable?) {
        if let unavailable { guard Self.unavailableStatuses.contains(unavailable) else { return nil } }
        self.unavailable = unavailable
        self.unroutable = unroutable
    }

    package var isEmpty: Bool { unavailable == nil && unroutable == nil }
}
