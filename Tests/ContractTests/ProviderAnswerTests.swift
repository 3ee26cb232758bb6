import Foundation
import Testing

/// What each provider is answered when there is no event: README's table of answers, through real nginx.
@Suite struct ProviderAnswerTests {
    /// GitHub and partners are told; who would disable the hook for it is not.
    private static func isTold(_ delivery: ProviderDelivery) -> Bool {
        ["github", "generic"].contains(delivery.provider)
    }

    /// A site with one key of each delivery, made with more options.
    private func site(
        _ deliveries: [ProviderDelivery], options: [String], settings: [String: String] = [:]
    ) throws -> (site: TestSite, keys: [SecretGrant]) {
        let settings = settings.merging(["limits.failures_per_minute": "0"]) { given, _ in given }
        let site = try TestSite(settings: settings, startsBridge: false)
        let keys = try deliveries.map { delivery in
            try site.makeSecret(
                provider: delivery.provider, secret: delivery.secret, options: delivery.options + options)
        }
        try site.startBridge()
        return (site, keys)
    }

    @Test func `what is authentic and no event is refused or dropped, and the key decides where it was told to`() throws
    {
        let deliveries = ProviderDelivery.all
        let (site, keys) = try site(deliveries, options: [])
        for (delivery, key) in zip(deliveries, keys) {
            let broken = try delivery.send("{", to: key, of: site, fields: delivery.signed("{"))
            #expect(broken.status == (Self.isTold(delivery) ? 400 : 202), "\(delivery.testDescription)")
            #expect((broken.field("FX-Event-Dropped") == nil) == Self.isTold(delivery))
            let text = try site.send(
                "POST", key.path, fields: [("Content-Type", "text/plain")] + delivery.signed(delivery.body),
                body: Array(delivery.body.utf8))
            #expect(text.status == (Self.isTold(delivery) ? 415 : 202), "\(delivery.testDescription)")
            // A refused delivery has taken no id.
            let good = try delivery.send(delivery.body, to: key, of: site, fields: delivery.signed(delivery.body))
            #expect(good.status == 202)
            #expect(good.field("Idempotent-Replayed") == nil)
            #expect(good.field("FX-Event-Dropped") == nil)
        }
        #expect(try site.spool.events().count == deliveries.count)

        for (how, told) in [("accept", 202), ("refuse", 400)] {
            for (delivery, key) in zip(deliveries, keys) {
                #expect(try site.fxctl(["secret", "set", key.id, "--answer-unroutable", how]).exit == .code(0))
                try waitUntil("\(delivery.testDescription) is told so", seconds: 5) {
                    try delivery.send("{", to: key, of: site, fields: delivery.signed("{")).status == told
                }
            }
        }
    }

    @Test func `a type that the key may not name is refused or dropped`() throws {
        let deliveries = [ProviderDelivery.github, .gitlabToken, .stripe, .slack, .shopify, .standard, .generic]
        let (site, keys) = try site(deliveries, options: ["--type", "com.example.*"])
        for (delivery, key) in zip(deliveries, keys) {
            let reply = try delivery.send(delivery.body, to: key, of: site, fields: delivery.signed(delivery.body))
            #expect(reply.status == (Self.isTold(delivery) ? 403 : 202), "\(delivery.testDescription)")
            #expect((reply.field("FX-Event-Dropped") == nil) == Self.isTold(delivery))
        }
        #expect(try site.spool.events().isEmpty)
    }

    @Test func `a key without the scope asks its provider to come again, where that would drop the event`() throws {
        let deliveries = [ProviderDelivery.github, .gitlabSigned, .stripe, .slack, .shopify, .standard, .generic]
        let (site, keys) = try site(deliveries, options: ["--scope", "status:read"])
        for (delivery, key) in zip(deliveries, keys) {
            let reply = try delivery.send(delivery.body, to: key, of: site, fields: delivery.signed(delivery.body))
            #expect(reply.status == (Self.isTold(delivery) ? 403 : 503), "\(delivery.testDescription)")
            #expect((reply.field("Retry-After") == nil) == Self.isTold(delivery))
        }
        #expect(try site.spool.events().isEmpty)
    }

    @Test func `who is not authentic and what is too large is told so, whoever it is`() throws {
        let deliveries = ProviderDelivery.all
        let (site, keys) = try site(deliveries, options: [], settings: ["limits.body_bytes": "4KiB"])
        for (delivery, key) in zip(deliveries, keys) {
            #expect(try delivery.send(delivery.body, to: key, of: site, fields: delivery.fields).status == 401)
            let large = #"{"text":"\#(String(repeating: "x", count: 5000))"}"#
            #expect(try delivery.send(large, to: key, of: site, fields: delivery.signed(large)).status == 413)
        }
        #expect(try site.spool.events().isEmpty)
    }
}
