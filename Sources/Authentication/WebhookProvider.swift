/// Who signs, and thereby how. It belongs to the key: nothing in a request can choose another scheme.
///
/// | case | the header | what is signed |
/// |---|---|---|
/// | ``github`` | `X-Hub-Signature-256: sha256=<hex>` | the body |
/// | ``gitlab`` | `X-Gitlab-Token: <the secret>`, or as ``standard`` where the secret is a `whsec_…` | nothing, or the body |
/// | ``stripe`` | `Stripe-Signature: t=<seconds>,v1=<hex>` | `<seconds>.<body>` |
/// | ``slack`` | `X-Slack-Signature: v0=<hex>`, `X-Slack-Request-Timestamp` | `v0:<seconds>:<body>` |
/// | ``shopify`` | `X-Shopify-Hmac-SHA256: <base64>` | the body |
/// | ``standard`` | `webhook-signature: v1,<base64>`, `webhook-id`, `webhook-timestamp` | `<id>.<seconds>.<body>` |
/// | ``generic`` | what ``GenericScheme`` says | what it says |
package enum WebhookProvider: String, CaseIterable, Sendable {
    case github, gitlab, stripe, slack, shopify
    /// Standard Webhooks 1.0.0, symmetric (`v1`, `whsec_…`) and asymmetric (`v1a`, `whpk_…`).
    case standard
    /// An HMAC of the operator's description.
    case generic
}
