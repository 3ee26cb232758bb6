import Foundation
import Testing

/// Every provider's delivery on its key's own URL, through real nginx.
@Suite struct ProviderContractTests {
    /// One site for all, with a key of its own for each delivery.
    private struct ProviderSite {
        let site: TestSite
        let keys: [String: SecretGrant]

        static var current: ProviderSite {
            get throws { try result.get() }
        }

        private static let result = Result {
            let site = try TestSite(settings: ["limits.failures_per_minute": "0"], startsBridge: false)
            var keys: [String: SecretGrant] = [:]
            for delivery in ProviderDelivery.all { keys[delivery.testDescription] = try delivery.makeKey(site) }
            try site.startBridge()
            return ProviderSite(site: site, keys: keys)
        }
    }

    private func key(_ name: String) throws -> (site: TestSite, key: SecretGrant) {
        let current = try ProviderSite.current
        return (current.site, try #require(current.keys[name]))
    }

    /// What `fxctl sign` says, with its exit status held against success.
    private func signed(_ delivery: ProviderDelivery, _ key: SecretGrant, _ site: TestSite) throws -> [(String, String)]
    {
        struct Answer: Decodable {
            var headers: [String: String]
            var path: String
        }
        let result = try site.fxctl(
            ["sign", "--key", key.id, "--id", ProviderDelivery.messageID, "--body", "-", "--json"],
            input: delivery.body)
        #expect(result.exit == .code(0), "\(result.errors)")
        let answer = try JSONDecoder().decode(Answer.self, from: Data(result.output.utf8))
        #expect(answer.path == key.path)
        return answer.headers.map { ($0.key, $0.value) }
    }

    @Test(arguments: ProviderDelivery.all)
    func `a delivery is the event that the table promises, and its repeat is none`(delivery: ProviderDelivery) throws {
        let (site, key) = try key(delivery.testDescription)
        func events() throws -> [SpooledEvent] { try site.spool.events().filter { $0["authid"] == key.id } }

        // The first time signed by fxctl, then by code that is not the product's.
        let fields =
            delivery.canFxctlSign
            ? try delivery.fields + signed(delivery, key, site) : delivery.signed(delivery.body)
        let first = try delivery.send(delivery.body, to: key, of: site, fields: fields)
        #expect(first.status == 202, "\(first.text)")
        #expect(first.field("Idempotent-Replayed") == nil)
        #expect(first.json["eventType"] as? String == delivery.event.type)
        let event = try #require(try events().first)
        #expect(event.hasRightChecksum)
        #expect(event.data == Array(delivery.body.utf8))
        let names = ProviderDelivery.Names(
            type: event["type"] ?? "", source: event["source"] ?? "",
            id: delivery.event.id == nil ? nil : event["id"], subject: event["subject"])
        #expect(names == delivery.event)

        let again = try delivery.send(delivery.body, to: key, of: site, fields: delivery.signed(delivery.body))
        #expect(again.status == first.status)
        #expect(again.body == first.body)
        #expect(again.field("Idempotent-Replayed") == "true")

        let other = try delivery.send(
            delivery.otherBody, to: key, of: site, fields: delivery.signed(delivery.otherBody))
        if delivery.isKnownByIDAlone {
            #expect(other.body == first.body)
            #expect(other.field("Idempotent-Replayed") == "true")
        } else {
            #expect(other.status == 422, "\(other.text)")
        }
        #expect(try events().count == 1)
    }

    // GitLab's plain token covers nothing.
    @Test(arguments: ProviderDelivery.all.filter { $0.event.id != ProviderDelivery.gitlabToken.event.id })
    func `no signature is good for another body`(delivery: ProviderDelivery) throws {
        let (site, key) = try key(delivery.testDescription)
        let reply = try delivery.send(delivery.body + " ", to: key, of: site, fields: delivery.signed(delivery.body))
        #expect(reply.status == 401)
    }

    @Test func `Slack gets its challenge back, and it is no event`() throws {
        let (site, key) = try key(ProviderDelivery.slack.testDescription)
        let slack = ProviderDelivery.slack
        let body =
            #"{"token":"t","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P","type":"url_verification"}"#
        let reply = try slack.send(body, to: key, of: site, fields: slack.signed(body))
        #expect(reply.status == 200)
        #expect(reply.text.contains("3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"))
        #expect(
            try site.spool.events().allSatisfy { !String(decoding: $0.line, as: UTF8.self).contains("3eZbrw1aBm2r") })
        let forged = try slack.send(body, to: key, of: site, fields: slack.signed(body + " "))
        #expect(forged.status == 401)
    }

    @Test func `what a verifier offline says has an exit status`() throws {
        let (site, key) = try key(ProviderDelivery.github.testDescription)
        let body = ProviderDelivery.github.body
        let field = try #require(ProviderDelivery.github.sign(Array(body.utf8), 0).first)
        let verify = ["verify", "--key", key.id, "--header", "\(field.0): \(field.1)", "--body", "-", "--json"]
        #expect(try site.fxctl(verify, input: body).exit == .code(0))
        let refused = try site.fxctl(verify, input: body + "\n")
        #expect(refused.exit == .code(1))
        #expect(refused.output.contains("body-newline-added"))
        #expect(try site.fxctl(["verify", "--key", key.id]).exit == .code(2))
        let unsigned = try #require(ProviderSite.current.keys[ProviderDelivery.standardPublicKey.testDescription])
        #expect(try site.fxctl(["sign", "--key", unsigned.id, "--body", "-"], input: body).exit == .code(1))
    }
}
