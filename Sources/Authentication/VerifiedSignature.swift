/// A secret key as the rest of the product sees it: everything but its secrets. Made once for every key ring.
package final class WebhookKey: Sendable {
    package let id: String
    package let provider: WebhookProvider
    package let settings: WebhookSettings

    init(id: String, provider: WebhookProvider, settings: WebhookSettings) {
        self.id = id
        self.provider = provider
        self.settings = settings
    }
}

/// What a good signature has shown.
package struct VerifiedSignature: Sendable {
    /// Whose secret has signed.
    package let key: WebhookKey
    /// The moment that the signature covers, within the key's tolerance of the arrival; nil where the scheme signs none.
    package let signedSeconds: Int64?
    /// Whether it was made with a secret that another one replaces.
    package let isByReplacedSecret: Bool
}
