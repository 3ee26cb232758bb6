import Authentication
import Events
import HTTPMessage
import JSONText

/// Makes an event of a webhook: its body by the provider's encoding, its names by the key's rules, the provider's
/// mapping and the key's defaults, in this order.
struct DraftDelivery: Sendable {
    let options: BridgeOptions

    enum Outcome {
        case event(EventDraft)
        /// Slack asks whether the URL is ours; the text is the answer, and nothing is stored.
        case challenge(String)
    }

    /// - Parameter key: whose signature was good; nil for who only has a token, who has not shown that the delivery is a
    ///   provider's.
    func run(_ request: HTTPRequest, body: [UInt8], key: WebhookKey?) throws(BridgeError) -> Outcome {
        guard let key else {
            guard MediaType.isJSON(request.contentType) else { throw .mediaType(request.contentType) }
            do {
                let value = try JSONScanner.validate(body, depthLimit: options.jsonDepthLimit)
                let names = options.webhook
                return .event(EventDraft(source: names.source, type: names.type, data: .json(value), bytes: body))
            } catch {
                throw .event(.json(error))
            }
        }
        let isForm = MediaType.isForm(request.contentType) && key.provider.sendsForms
        guard isForm || MediaType.isJSON(request.contentType) else { throw .mediaType(request.contentType) }
        do {
            let json = isForm ? try Self.json(inForm: body, key.provider) : body
            let document = try document(json)
            let delivery = DeliveryRequest(body: json, document: document) { name in
                request.fields.text(HTTPFieldName(name))
            }
            if key.provider == .slack, let challenge = SlackDelivery.challenge(delivery) {
                return .challenge(challenge)
            }
            var draft = self.draft(key.provider.map(delivery), key, document, json)
            EventRules(key.settings.rules).apply(to: &draft, request: request, document: document)
            // Slack shows a person what a command or a button is answered with.
            draft.isAnsweredEmpty = isForm && key.provider == .slack
            return .event(draft)
        } catch {
            throw .event(error)
        }
    }

    private func draft(
        _ mapped: MappedDelivery, _ key: WebhookKey, _ document: JSONDocument, _ json: [UInt8]
    ) -> EventDraft {
        let defaults = key.settings.defaults
        var attributes = EventAttributes()
        if let subject = mapped.subject { attributes.add("subject", subject) }
        return EventDraft(
            id: mapped.id,
            source: (mapped.source ?? defaults.source).map { EventSource($0) } ?? options.webhook.source,
            type: mapped.type ?? defaults.type ?? options.webhook.type, time: mapped.time, attributes: attributes,
            data: .json(document.root), bytes: json, deliveryID: mapped.id)
    }

    private func document(_ json: [UInt8]) throws(EventsError) -> JSONDocument {
        do {
            return try JSONScanner.members(of: json, depthLimit: options.jsonDepthLimit)
        } catch {
            throw .json(error)
        }
    }

    /// `payload=` holds the JSON; without it a form of Slack's is a command, whose fields are the data.
    private static func json(inForm body: [UInt8], _ provider: WebhookProvider) throws(EventsError) -> [UInt8] {
        let form = try FormBody(body)
        if let payload = form["payload"] { return payload }
        guard provider == .slack, form["command"] != nil else { throw .memberMissing("payload") }
        return try form.json()
    }
}

extension WebhookProvider {
    /// Whether it can be told to send a form with the JSON in it.
    var sendsForms: Bool {
        switch self {
        case .github, .slack: true
        case .gitlab, .stripe, .shopify, .standard, .generic: false
        }
    }

    func map(_ delivery: DeliveryRequest) -> MappedDelivery {
        switch self {
        case .github: GitHubDelivery.map(delivery)
        case .gitlab: GitLabDelivery.map(delivery)
        case .stripe: StripeDelivery.map(delivery)
        case .slack: SlackDelivery.map(delivery)
        case .shopify: ShopifyDelivery.map(delivery)
        case .standard: StandardDelivery.map(delivery)
        case .generic: MappedDelivery()
        }
    }
}
