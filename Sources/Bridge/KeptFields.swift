import Authentication
import HTTPMessage
import Quarantine

/// Which fields of a refused request are kept: those that signing, mapping and idempotency look at. No list of what to
/// leave out could be complete: providers have sent secrets in fields of their own.
enum KeptFields {
    private static let names = [
        "User-Agent", "X-Correlation-ID", "Idempotency-Key", "traceparent", "tracestate",
        "X-Hub-Signature-256", "X-Hub-Signature", "X-GitHub-Event", "X-GitHub-Delivery", "X-GitHub-Hook-ID",
        "X-Gitlab-Token", "X-Gitlab-Event", "X-Gitlab-Event-UUID", "X-Gitlab-Webhook-UUID", "X-Gitlab-Instance",
        "Stripe-Signature", "X-Slack-Signature", "X-Slack-Request-Timestamp",
        "X-Shopify-Hmac-SHA256", "X-Shopify-Topic", "X-Shopify-Shop-Domain", "X-Shopify-Webhook-Id",
        "X-Shopify-Event-Id", "X-Shopify-Triggered-At", "X-Shopify-API-Version",
        "webhook-id", "webhook-timestamp", "webhook-signature",
    ]

    static func of(_ fields: HTTPFields, key: WebhookKey) -> [KeptRequest.Field] {
        var all = names
        if let scheme = key.settings.scheme { all += [scheme.header] + (scheme.timestampHeader.map { [$0] } ?? []) }
        var kept: [KeptRequest.Field] = []
        var seen: Set<[UInt8]> = []
        for name in all.map({ HTTPFieldName($0) }) where seen.insert(name.bytes).inserted {
            guard let value = fields.text(name), value.utf8.count <= KeptRequest.fieldBytesLimit else { continue }
            kept.append(KeptRequest.Field(name: String(decoding: name.bytes, as: UTF8.self), value: value))
        }
        return kept
    }
}
