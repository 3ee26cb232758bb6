import Crypto
import Foundation
import Testing

/// One webhook as its provider sends it, signed by code that is not the product's.
struct ProviderDelivery: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let provider: String
    let secret: String
    /// Of `fxctl secret create`.
    var options: [String] = []
    /// Beside the media type and the signature.
    var fields: [(String, String)] = []
    let body: String
    /// Something else under the same delivery id.
    let otherBody: String
    /// What README's table says of it; no id where the bridge makes one.
    let event: Names
    var canFxctlSign = true
    /// Stripe's bodies count their deliveries: another one is no other event.
    var isKnownByIDAlone = false
    /// The fields that make a body authentic at a moment.
    let sign: @Sendable (_ body: [UInt8], _ seconds: Int) -> [(String, String)]

    struct Names: Sendable, Equatable {
        var type: String
        var source: String
        var id: String?
        var subject: String?
    }

    /// The fields of a signed request.
    func signed(_ body: String, at seconds: Int = Int(time(nil))) -> [(String, String)] {
        fields + sign(Array(body.utf8), seconds)
    }

    func send(_ body: String, to key: SecretGrant, of site: TestSite, fields: [(String, String)]) throws -> HTTPReply {
        try site.send(
            "POST", key.path, fields: [("Content-Type", "application/json")] + fields, body: Array(body.utf8))
    }

    func makeKey(_ site: TestSite) throws -> SecretGrant {
        try site.makeSecret(tenant: "acme", provider: provider, secret: secret, options: options)
    }
}

extension ProviderDelivery {
    static let all = [
        github, gitlabToken, gitlabSigned, stripe, slack, shopify, standard, standardPublicKey, generic,
    ]

    static let github = ProviderDelivery(
        testDescription: "github", provider: "github", secret: "the secret that GitHub was given",
        fields: [("X-GitHub-Event", "issues"), ("X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958")],
        body: #"{"action":"opened","issue":{"number":7},"repository":{"url":"https://api.github.com/repos/o/r"}}"#,
        otherBody: #"{"action":"closed"}"#,
        event: Names(
            type: "com.github.issues.opened", source: "https://api.github.com/repos/o/r",
            id: "72d3162e-cc78-11e3-81ab-4c9367dc0958", subject: "7")
    ) { body, _ in
        [("X-Hub-Signature-256", "sha256=" + hex(sha256(body, "the secret that GitHub was given")))]
    }

    private static let gitlabBody =
        #"{"object_kind":"issue","project":{"web_url":"https://gitlab.example/g/p"},"object_attributes":{"iid":23,"state":"opened"}}"#
    private static let gitlabNames = Names(
        type: "com.gitlab.issue.opened", source: "https://gitlab.example/g/p", subject: "23")

    static let gitlabToken = ProviderDelivery(
        testDescription: "gitlab, secret token", provider: "gitlab", secret: "the token that GitLab was given",
        fields: [
            ("X-Gitlab-Event", "Issue Hook"), ("Idempotency-Key", "f5e5f430-f57b-4e6e-9fac-d9128cd7232f"),
            ("X-Gitlab-Event-UUID", "13792a34-cac6-4fda-95a8-c58e00a3954e"),
        ],
        body: gitlabBody, otherBody: #"{"object_kind":"issue"}"#,
        event: {
            var names = gitlabNames
            names.id = "f5e5f430-f57b-4e6e-9fac-d9128cd7232f"
            return names
        }()
    ) { _, _ in [("X-Gitlab-Token", "the token that GitLab was given")] }

    static let gitlabSigned = ProviderDelivery(
        testDescription: "gitlab, signing token", provider: "gitlab", secret: whsec(gitlabKey),
        fields: [("X-Gitlab-Event", "Issue Hook")], body: gitlabBody, otherBody: #"{"object_kind":"issue"}"#,
        event: {
            var names = gitlabNames
            names.id = messageID
            return names
        }(), sign: standardSigned(gitlabKey))

    static let stripe = ProviderDelivery(
        testDescription: "stripe", provider: "stripe", secret: "whsec_the one that Stripe has made",
        body:
            #"{"id":"evt_1","object":"event","type":"invoice.paid","created":1700000000,"data":{"object":{"id":"in_9"}},"pending_webhooks":2}"#,
        otherBody:
            #"{"id":"evt_1","object":"event","type":"invoice.paid","created":1700000000,"data":{"object":{"id":"in_9"}},"pending_webhooks":1}"#,
        event: Names(type: "com.stripe.invoice.paid", source: "https://api.stripe.com", id: "evt_1", subject: "in_9"),
        isKnownByIDAlone: true
    ) { body, seconds in
        let code = hex(sha256(Array("\(seconds).".utf8) + body, "whsec_the one that Stripe has made"))
        return [("Stripe-Signature", "t=\(seconds),v1=\(code)")]
    }

    static let slack = ProviderDelivery(
        testDescription: "slack", provider: "slack", secret: "the signing secret of Slack",
        body:
            #"{"type":"event_callback","team_id":"T1","event_id":"Ev1","event_time":1700000000,"event":{"type":"app_mention","channel":"C9"}}"#,
        otherBody: #"{"type":"event_callback","team_id":"T1","event_id":"Ev1","event":{"type":"message"}}"#,
        event: Names(type: "com.slack.app_mention", source: "https://slack.com/T1", id: "Ev1", subject: "C9")
    ) { body, seconds in
        let code = hex(sha256(Array("v0:\(seconds):".utf8) + body, "the signing secret of Slack"))
        return [("X-Slack-Signature", "v0=" + code), ("X-Slack-Request-Timestamp", String(seconds))]
    }

    static let shopify = ProviderDelivery(
        testDescription: "shopify", provider: "shopify", secret: "the secret that Shopify shows",
        fields: [
            ("X-Shopify-Topic", "orders/create"), ("X-Shopify-Shop-Domain", "shop.myshopify.com"),
            ("X-Shopify-Webhook-Id", "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043"),
        ],
        body: #"{"id":820982911946154508,"total_price":"403.00"}"#, otherBody: #"{"id":1}"#,
        event: Names(
            type: "com.shopify.orders.create", source: "https://shop.myshopify.com",
            id: "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043", subject: "820982911946154508")
    ) { body, _ in
        [("X-Shopify-Hmac-SHA256", Data(sha256(body, "the secret that Shopify shows")).base64EncodedString())]
    }

    static let standard = ProviderDelivery(
        testDescription: "standard, v1", provider: "standard", secret: whsec(standardKey),
        options: ["--default-source", "https://partner.example"], body: standardBody, otherBody: #"{"type":"other"}"#,
        event: Names(type: "contact.created", source: "https://partner.example", id: messageID),
        sign: standardSigned(standardKey))

    static let standardPublicKey = ProviderDelivery(
        testDescription: "standard, v1a", provider: "standard",
        secret: "whpk_" + signingKey.publicKey.rawRepresentation.base64EncodedString(),
        options: ["--default-source", "https://partner.example"], body: standardBody, otherBody: #"{"type":"other"}"#,
        event: Names(type: "contact.created", source: "https://partner.example", id: messageID), canFxctlSign: false
    ) { body, seconds in
        let signed = Data(Array("\(messageID).\(seconds).".utf8) + body)
        // It fails for keys in other places than memory; a request without a signature fails the test.
        let signature = (try? signingKey.signature(for: signed))?.base64EncodedString() ?? ""
        return standardFields(seconds, "v1a," + signature)
    }

    static let generic = ProviderDelivery(
        testDescription: "generic", provider: "generic", secret: "the secret of a partner",
        options: [
            "--header", "X-Acme-Signature", "--algorithm", "sha512", "--encoding", "base64", "--prefix", "acme=",
            "--timestamp-header", "X-Acme-Time", "--default-source", "/acme", "--default-type", "com.acme.order",
        ],
        fields: [("Idempotency-Key", "acme-4711")], body: #"{"order":4711}"#, otherBody: #"{"order":4712}"#,
        event: Names(type: "com.acme.order", source: "/acme")
    ) { body, seconds in
        let key = SymmetricKey(data: Data("the secret of a partner".utf8))
        let code = HMAC<SHA512>.authenticationCode(for: Array("\(seconds).".utf8) + body, using: key)
        return [("X-Acme-Signature", "acme=" + Data(code).base64EncodedString()), ("X-Acme-Time", String(seconds))]
    }

    // MARK: Codes

    static let messageID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
    private static let standardBody =
        #"{"type":"contact.created","timestamp":"2026-01-02T03:04:05Z","data":{"id":"c1"}}"#
    private static let gitlabKey = Array("thirty-two bytes of GitLab's key".utf8)
    private static let standardKey = Array("thirty-two bytes of a shared key".utf8)
    private static let signingKey = Curve25519.Signing.PrivateKey()

    private static func whsec(_ key: [UInt8]) -> String { "whsec_" + Data(key).base64EncodedString() }

    private static func standardSigned(_ key: [UInt8]) -> @Sendable ([UInt8], Int) -> [(String, String)] {
        { body, seconds in
            let code = HMAC<SHA256>.authenticationCode(
                for: Array("\(messageID).\(seconds).".utf8) + body, using: SymmetricKey(data: key))
            return standardFields(seconds, "v1," + Data(code).base64EncodedString())
        }
    }

    private static func standardFields(_ seconds: Int, _ signature: String) -> [(String, String)] {
        [("webhook-id", messageID), ("webhook-timestamp", String(seconds)), ("webhook-signature", signature)]
    }

    private static func sha256(_ bytes: [UInt8], _ secret: String) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: bytes, using: SymmetricKey(data: Data(secret.utf8))))
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
