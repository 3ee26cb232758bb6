import Authentication
import Foundation
import HTTPMessage
import Spool
import Testing

@testable import Bridge

/// What providers send, signed as each of them signs, at the URL of their key.
struct DeliveryTests {
    /// Sends a delivery as the key's provider would.
    private func deliver(
        _ body: String, key: SecretKeyRecord, to fixture: BridgeFixture, fields: [(String, String)] = [],
        contentType: String = "application/json"
    ) throws -> Answer {
        let signed = try RequestSigner(key).fields(
            signing: Array(body.utf8), messageID: "msg_1", nowSeconds: moment / 1_000_000)
        let signature = signed.map { (String($0.0), String($0.1)) }
        return try fixture.send(
            .post, "/fx/events/webhook/\(key.credential.id)", body, fields: signature + fields, contentType: contentType
        )
    }

    @Test(
        arguments: [
            (
                .github, #"{"ref":"main","repository":{"url":"https://api.github.com/repos/o/r"}}"#,
                [("X-GitHub-Event", "push"), ("X-GitHub-Delivery", "d-1")],
                ["com.github.push", "https://api.github.com/repos/o/r", "d-1", "main"]
            ),
            (
                .gitlab,
                #"{"object_kind":"push","checkout_sha":"da","repository":{"homepage":"https://gitlab.com/o/r"}}"#,
                [("X-Gitlab-Event-UUID", "u-1")], ["com.gitlab.push", "https://gitlab.com/o/r", "u-1", "da"]
            ),
            (
                .stripe, #"{"id":"evt_1","type":"invoice.paid","data":{"object":{"id":"in_1"}}}"#, [],
                ["com.stripe.invoice.paid", "https://api.stripe.com", "evt_1", "in_1"]
            ),
            (
                .slack, #"{"team_id":"T1","event_id":"Ev1","event":{"type":"app_mention","channel":"C1"}}"#, [],
                ["com.slack.app_mention", "https://slack.com/T1", "Ev1", "C1"]
            ),
            (
                .shopify, #"{"id":7}"#,
                [
                    ("X-Shopify-Topic", "orders/create"), ("X-Shopify-Shop-Domain", "a.myshopify.com"),
                    ("X-Shopify-Webhook-Id", "w-1"),
                ],
                ["com.shopify.orders.create", "https://a.myshopify.com", "w-1", "7"]
            ),
            (.standard, #"{"type":"user.created"}"#, [], ["user.created", "/fx/webhook", "msg_1", nil]),
        ] as [(WebhookProvider, String, [(String, String)], [String?])])
    func `each provider's delivery becomes an event of its names`(
        provider: WebhookProvider, body: String, fields: [(String, String)], expected: [String?]
    ) throws {
        let fixture = try BridgeFixture()
        let key = try fixture.key(provider: provider)
        let answer = try deliver(body, key: key, to: fixture, fields: fields)
        #expect(answer.status == 202)
        #expect(answer.json["eventType"] as? String == expected[0])
        let event = try fixture.lastEvent()
        let found = ["type", "source", "id", "subject"].map { event[$0] as? String }
        #expect(found == expected)
        #expect(try fixture.spoolLines().last?.contains(#","data":\#(body),"crc32c""#) == true)
    }

    @Test func `without a signature nobody is a provider`() throws {
        let fixture = try BridgeFixture()
        _ = try fixture.send(
            .post, "/fx/events/webhook", "{}", token: fixture.token(), fields: [("X-GitHub-Event", "push")])
        #expect(try fixture.lastEvent()["type"] as? String == "fx.events.webhook.incoming")
    }

    @Test func `a form of GitHub's is an event with the JSON in it, signed as it came`() throws {
        let fixture = try BridgeFixture()
        let key = try fixture.key()
        let form = "payload=%7B%22action%22%3A%22opened%22%2C+%22n%22%3A1E400%7D"
        let type = "application/x-www-form-urlencoded"
        let answer = try deliver(form, key: key, to: fixture, fields: [("X-GitHub-Event", "issues")], contentType: type)
        #expect(answer.status == 202)
        #expect(answer.field("FX-Body-Digest") == BodyDigest.field(of: Array(form.utf8)))
        let line = try #require(try fixture.spoolLines().last)
        #expect(line.contains(#""type":"com.github.issues.opened""#))
        #expect(line.contains(#","data":{"action":"opened", "n":1E400},"crc32c""#))
        let lacking = try deliver("a=1", key: key, to: fixture, contentType: type)
        #expect(lacking.status == 400)
        #expect(lacking.json["member"] as? String == "payload")
        #expect(try deliver("payload=%", key: key, to: fixture, contentType: type).status == 400)
        let stripe = try fixture.key(provider: .generic, settings: Self.generic())
        #expect(try deliver(form, key: stripe, to: fixture, contentType: type).status == 415)
    }

    private static func generic() throws -> WebhookSettings {
        var settings = WebhookSettings()
        settings.scheme = try GenericScheme(header: "X-Sign", algorithm: .sha256, encoding: .hex)
        return settings
    }

    @Test func `Slack gets its challenge back, but only where the signature is good`() throws {
        let fixture = try BridgeFixture()
        let key = try fixture.key(provider: .slack)
        let body =
            #"{"token":"t","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P","type":"url_verification"}"#
        let answer = try deliver(body, key: key, to: fixture)
        #expect(answer.status == 200)
        #expect(answer.body == "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P")
        #expect(answer.field("Content-Type") == "text/plain; charset=utf-8")
        let forged = try fixture.send(
            .post, "/fx/events/webhook/\(key.credential.id)", body,
            fields: [
                ("X-Slack-Signature", "v0=" + String(repeating: "0", count: 64)),
                ("X-Slack-Request-Timestamp", "\(moment / 1_000_000)"),
            ])
        #expect(forged.status == 401)
        #expect(try fixture.spoolLines().isEmpty)
        let gitHub = try fixture.key()
        #expect(try deliver(body, key: gitHub, to: fixture).status == 202, "it is Slack's question only")
    }

    @Test func `a slash command is an event of its fields, and a person is shown nothing`() throws {
        let fixture = try BridgeFixture()
        let key = try fixture.key(provider: .slack)
        let type = "application/x-www-form-urlencoded"
        let answer = try deliver(
            "token=x&team_id=T1&command=%2Fdeploy&text=to+prod&trigger_id=1.2.a", key: key, to: fixture,
            contentType: type)
        #expect(answer.status == 200)
        #expect(answer.body.isEmpty)
        #expect(answer.field("Location")?.hasPrefix("/fx/cid/") == true)
        let event = try fixture.lastEvent()
        #expect(event["type"] as? String == "com.slack.command")
        #expect(event["id"] as? String == "1.2.a")
        #expect((event["data"] as? [String: Any])?["text"] as? String == "to prod")
        let button = try deliver(
            "payload=%7B%22type%22%3A%22shortcut%22%2C%22user%22%3A%7B%7D%7D", key: key, to: fixture, contentType: type)
        #expect(button.status == 200)
        #expect(try fixture.lastEvent()["type"] as? String == "com.slack.interaction.shortcut")
    }

    // MARK: - Names that the operator gives

    @Test func `the key's defaults name what the provider does not, its rules override the provider`() throws {
        let fixture = try BridgeFixture()
        var settings = WebhookSettings()
        settings.defaults = try #require(EventNaming(source: "/partner", type: "com.partner.default"))
        let topic = try #require(EventNaming(source: nil, type: "com.partner.{}"))
        let named = try #require(EventNaming(source: "/partner/{}/a b", type: "never"))
        settings.rules = [
            try #require(NamingRule(.header("X-Topic"), matches: Glob("orders*"), naming: topic)),
            try #require(NamingRule(.pointer("/shop/0"), matches: nil, naming: named)),
        ]
        // The same delivery id with many bodies.
        settings.isIdempotent = false
        let key = try fixture.key(provider: .standard, settings: settings)
        func names(_ body: String, topic: String? = nil) throws -> [String?] {
            let fields = topic.map { [("X-Topic", $0)] } ?? []
            #expect(try deliver(body, key: key, to: fixture, fields: fields).status == 202)
            let event = try fixture.lastEvent()
            return [event["source"] as? String, event["type"] as? String]
        }
        #expect(try names("{}") == ["/partner", "com.partner.default"])
        #expect(try names(#"{"type":"theirs"}"#) == ["/partner", "theirs"])
        #expect(try names(#"{"type":"theirs"}"#, topic: "orders.new") == ["/partner", "com.partner.orders.new"])
        #expect(try names(#"{"type":"theirs"}"#, topic: "users") == ["/partner", "theirs"])
        #expect(try names(#"{"shop":[7]}"#, topic: "orders") == ["/partner/7/a%20b", "com.partner.orders"])
        #expect(try names(#"{"shop":[{}]}"#) == ["/partner", "com.partner.default"])
        #expect(try names(#"{"shop":["a\nb"]}"#) == ["/partner", "com.partner.default"])
        let long = String(repeating: "x", count: 201)
        #expect(try names(#"{"shop":["\#(long)"]}"#) == ["/partner", "com.partner.default"])
        #expect(try names("[]", topic: "orders") == ["/partner", "com.partner.orders"])
    }

    // MARK: - Answers

    @Test(
        arguments: [
            (.github, 403), (.generic, 403), (.gitlab, 202), (.slack, 202), (.stripe, 202), (.shopify, 202),
            (.standard, 202),
        ] as [(WebhookProvider, Int)])
    func `an event that the key may not name is refused, or dropped where a refusal costs the hook`(
        provider: WebhookProvider, status: Int
    ) throws {
        let fixture = try BridgeFixture()
        let settings = try provider == .generic ? Self.generic() : WebhookSettings()
        let key = try fixture.key(types: ["com.allowed"], provider: provider, settings: settings)
        let answer = try deliver("{}", key: key, to: fixture)
        #expect(answer.status == status)
        #expect(answer.field("FX-Event-Dropped") == (status == 202 ? "type-not-allowed" : nil))
        if status == 202 { #expect(answer.body == #"{"dropped":"type-not-allowed"}"#) }
        let broken = try deliver("{", key: key, to: fixture)
        #expect(broken.status == (status == 202 ? 202 : 400))
        #expect(broken.field("FX-Event-Dropped") == (status == 202 ? "malformed-json" : nil))
        #expect(try fixture.spoolLines().isEmpty)
        #expect(fixture.log.taken().contains { $0.contains("type-not-allowed") }, "the operator sees what was dropped")
    }

    @Test func `a key's own answers come before its provider's`() throws {
        let fixture = try BridgeFixture(reserveBytes: .max / 2)
        var settings = WebhookSettings()
        settings.answers = try #require(AnswerPolicy(unavailable: 429, unroutable: .refuse))
        let refusing = try fixture.key(types: ["none"], provider: .slack, settings: settings)
        #expect(try deliver("{}", key: refusing, to: fixture).status == 403)
        let full = try fixture.key(provider: .slack, settings: settings)
        let answer = try deliver(#"{"type":"x"}"#, key: full, to: fixture)
        #expect(answer.status == 429)
        #expect(answer.problem == "storage-full")
        #expect(answer.json["status"] as? Int == 429)
        #expect(answer.field("Retry-After") != nil)
        let plain = try fixture.key(provider: .slack)
        #expect(try deliver(#"{"type":"x"}"#, key: plain, to: fixture).status == 503)
        settings.answers = try #require(AnswerPolicy(unavailable: nil, unroutable: .accept))
        let accepting = try fixture.key(types: ["none"], provider: .github, settings: settings)
        #expect(try deliver("{}", key: accepting, to: fixture).status == 202)
    }

    @Test func `a key that lacks the scope is the operator's fault, and told so where a refusal costs the hook`() throws
    {
        let fixture = try BridgeFixture()
        for (provider, status, problem) in [
            (WebhookProvider.github, 403, "scope-missing"), (.gitlab, 503, "key-unfit"), (.shopify, 503, "key-unfit"),
        ] {
            let key = try fixture.key(scopes: ["status:read"], provider: provider)
            let answer = try deliver("{}", key: key, to: fixture)
            #expect(answer.status == status)
            #expect(answer.problem == problem)
            #expect((answer.field("Retry-After") != nil) == (status == 503))
        }
        #expect(try fixture.spoolLines().isEmpty)
    }

    @Test func `who is not authentic is 401, whatever the answers say`() throws {
        let fixture = try BridgeFixture()
        let key = try fixture.key(provider: .gitlab)
        let answer = try fixture.send(
            .post, "/fx/events/webhook/\(key.credential.id)", "{}", fields: [("X-Gitlab-Token", "wrong")])
        #expect(answer.status == 401)
    }
}

struct WebhookHandshakeTests {
    private func ask(
        _ handshake: WebhookHandshake, _ fields: [(String, String)], path: String = "/fx/events/generic"
    ) throws -> [String] {
        var all = HTTPFields()
        for (name, value) in fields { all.append(name, value) }
        let request = HTTPRequest(method: .options, path: path, fields: all)
        let route = try #require(Route(path: path, listener: .public))
        return handshake.response(to: request, route: route).fields.map { "\($0.name): \($0.value)" }
    }

    private let origin = ("WebHook-Request-Origin", "EventGrid.azure.net")

    @Test func `a sender that asks may deliver, as fast as it asks and the limit allows`() throws {
        let allow = "Allow: OPTIONS, POST"
        let allowed = "WebHook-Allowed-Origin: EventGrid.azure.net"
        let open = WebhookHandshake(origins: "*", rateLimit: 100)
        #expect(try ask(open, []) == [allow])
        #expect(try ask(open, [origin]) == [allow, allowed, "WebHook-Allowed-Rate: 100"])
        for (requested, granted) in [("50", "50"), ("100", "100"), ("101", "100"), ("0", "100"), ("x", "100")] {
            let answer = try ask(open, [origin, ("WebHook-Request-Rate", requested)])
            #expect(answer == [allow, allowed, "WebHook-Allowed-Rate: \(granted)"])
        }
        let unlimited = try ask(WebhookHandshake(), [origin, ("WebHook-Request-Rate", "7")])
        #expect(unlimited == [allow, allowed, "WebHook-Allowed-Rate: *"])
    }

    @Test func `who is not among the origins gets no consent, and neither does what is no name`() throws {
        let some = WebhookHandshake(origins: "*.azure.net, hooks.example", rateLimit: 0)
        #expect(try ask(some, [origin]).count == 3)
        #expect(try ask(some, [("WebHook-Request-Origin", "hooks.example")]).count == 3)
        for name in ["azure.net", "evil.example", "", "a b", "x\r\ny", String(repeating: "a", count: 254)] {
            #expect(try ask(some, [("WebHook-Request-Origin", name)]).count == 1)
        }
        #expect(try ask(WebhookHandshake(origins: "*"), [("WebHook-Request-Origin", "x\r\nEvil: 1")]).count == 1)
    }

    @Test func `only where events are sent there is something to consent to`() throws {
        for path in ["/fx/events", "/fx/events/generic", "/fx/events/webhook", "/fx/events/webhook/k"] {
            #expect(try ask(WebhookHandshake(), [origin], path: path).count == 3)
        }
        for path in ["/fx/cid/c", "/fx/executions", "/fx/openapi.json"] {
            #expect(try ask(WebhookHandshake(), [origin], path: path).count == 1)
        }
    }

    @Test func `the bridge answers it without a credential`() throws {
        let answer = try BridgeFixture().send(.options, "/fx/events/webhook", fields: [origin])
        #expect(answer.status == 204)
        #expect(answer.field("WebHook-Allowed-Origin") == "EventGrid.azure.net")
    }
}

struct BearerTokenTests {
    @Test func `a token behind Bearer is as good as one in its own header, on every route`() throws {
        let fixture = try BridgeFixture()
        let text = try fixture.token().text.revealed
        for scheme in ["Bearer", "bearer", "BEARER"] {
            let fields = [("Authorization", "\(scheme) \(text)")]
            #expect(try fixture.send(.post, "/fx/events/generic", "1", fields: fields).status == 202)
            #expect(try fixture.send(.get, "/fx/executions/none", fields: fields).status == 404)
        }
    }

    @Test func `both headers must agree, and neither may come twice`() throws {
        let fixture = try BridgeFixture()
        let text = try fixture.token().text.revealed
        let other = try fixture.token().text.revealed
        func status(_ fields: [(String, String)]) throws -> Int {
            try fixture.send(.post, "/fx/events/generic", "1", fields: fields).status
        }
        #expect(try status([("X-API-KEY", text), ("Authorization", "Bearer \(text)")]) == 202)
        #expect(try status([("X-API-KEY", text), ("Authorization", "Bearer \(other)")]) == 400)
        #expect(try status([("Authorization", "Bearer \(text)"), ("Authorization", "Bearer \(text)")]) == 400)
        #expect(try status([("Authorization", "Bearer \(text), Bearer \(text)")]) == 400)
        #expect(try status([("X-API-KEY", text), ("Authorization", "Basic YTpi")]) == 202)
        for value in ["Basic YTpi", "Bearer", "Bearer ", "Bearer\(text)", text, "Bearer nonsense"] {
            #expect(try status([("Authorization", value)]) == 401)
        }
    }
}
