import HTTPMessage

/// A header that carries a credential, or a part of one.
package struct CredentialHeader: Sendable, Equatable {
    /// As its provider writes it.
    package let name: String
    package let field: HTTPFieldName

    package init(_ name: String) {
        self.name = name
        field = HTTPFieldName(name)
    }

    package static func == (one: CredentialHeader, other: CredentialHeader) -> Bool { one.name == other.name }

    package static let apiKey = CredentialHeader("X-API-KEY")
    package static let hubSignature = CredentialHeader("X-Hub-Signature-256")
    static let gitLabToken = CredentialHeader("X-Gitlab-Token")
    static let stripeSignature = CredentialHeader("Stripe-Signature")
    static let slackSignature = CredentialHeader("X-Slack-Signature")
    static let slackTimestamp = CredentialHeader("X-Slack-Request-Timestamp")
    static let shopifySignature = CredentialHeader("X-Shopify-Hmac-SHA256")
    static let standardID = CredentialHeader("webhook-id")
    static let standardTimestamp = CredentialHeader("webhook-timestamp")
    static let standardSignature = CredentialHeader("webhook-signature")
}
