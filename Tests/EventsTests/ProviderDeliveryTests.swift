import Events
import Foundation
import JSONText
import Testing

private func request(_ body: String, _ headers: [String: String] = [:]) throws -> DeliveryRequest {
    let bytes = Array(body.utf8)
    return DeliveryRequest(body: bytes, document: try JSONScanner.members(of: bytes, depthLimit: 64)) { headers[$0] }
}

struct GitHubDeliveryTests {
    private func map(_ event: String, _ body: String, id: String = "d-1") throws -> MappedDelivery {
        GitHubDelivery.map(try request(body, ["X-GitHub-Event": event, "X-GitHub-Delivery": id]))
    }

    @Test func `event and action make the type, the repository's URL the source, the delivery the id`() throws {
        let body = #"""
            {"action":"opened","issue":{"number":17,"updated_at":"2020-01-02T03:04:05Z"},
             "repository":{"id":1,"url":"https://api.github.com/repos/o/r","owner":{"url":"x"}}}
            """#
        let id = "72d3162e-cc78-11e3-81ab-4c9367dc0958"
        let expected = MappedDelivery(
            id: id, source: "https://api.github.com/repos/o/r", type: "com.github.issues.opened", subject: "17",
            time: "2020-01-02T03:04:05Z")
        #expect(try map("issues", body, id: id) == expected)
    }

    @Test(
        arguments: [
            ("push", #"{"ref":"refs/heads/main","repository":{"url":"u"}}"#, "com.github.push", "u", "refs/heads/main"),
            ("create", #"{"ref":"v1","ref_type":"tag","repository":{"url":"u"}}"#, "com.github.create.tag", "u", "v1"),
            (
                "pull_request", #"{"action":"closed","number":3,"repository":{"url":"u"}}"#,
                "com.github.pull_request.closed", "u", "3"
            ),
            (
                "issue_comment",
                #"{"action":"created","issue":{"url":"i"},"comment":{"id":9},"repository":{"url":"u"}}"#,
                "com.github.issue_comment.created", "i", "9"
            ),
            (
                "commit_comment", #"{"action":"created","comment":{"id":9,"url":"c","commit_id":"f00"}}"#,
                "com.github.commit_comment.created", "c/f00", "9"
            ),
            (
                "deployment_status",
                #"{"action":"created","deployment":{"url":"d"},"deployment_status":{"state":"success","url":"s"}}"#,
                "com.github.deployment_status.success", "d", "s"
            ),
            (
                "membership",
                #"{"action":"added","scope":"team","team":{"url":"t"},"member":{"login":"m"}}"#,
                "com.github.membership.team.added", "t", "m"
            ),
            (
                "repository", #"{"action":"renamed","repository":{"name":"n","url":"u","owner":{"url":"o"}}}"#,
                "com.github.repository.renamed", "o", "n"
            ),
            (
                "security_advisory", #"{"action":"published","security_advisory":{"ghsa_id":"GHSA-1"}}"#,
                "com.github.security_advisory.published", "github.com", "GHSA-1"
            ),
            (
                "marketplace_purchase",
                #"{"action":"purchased","sender":{"url":"https://api.github.com/users/me"},"marketplace_purchase":{"account":{"login":"l"}}}"#,
                "com.github.marketplace_purchase.purchased", "https://api.github.com/users", "l"
            ),
            ("star", #"{"action":"created","repository":{"url":"u"}}"#, "com.github.star.created", "u", nil),
            (
                "member", #"{"organization":{"url":"https://api.github.com/orgs/o"}}"#, "com.github.member",
                "https://api.github.com/orgs/o", nil
            ),
            ("ping", #"{"zen":"…","hook_id":5,"repository":null}"#, "com.github.ping", nil, "5"),
            (
                "not_yet_made", #"{"action":"done","not_yet_made":{"id":4},"repository":{"url":"u"}}"#,
                "com.github.not_yet_made.done", "u", "4"
            ),
            ("status", #"{"sha":"f00","state":"success","repository":{"url":17}}"#, "com.github.status", "17", "f00"),
        ] as [(String, String, String, String?, String?)])
    func `each event by the adapter`(event: String, body: String, type: String, source: String?, subject: String?)
        throws
    {
        let mapped = try map(event, body)
        #expect(mapped.type == type)
        #expect(mapped.source == source)
        #expect(mapped.subject == subject)
    }

    @Test func `what is no name of an event makes no delivery of GitHub's`() throws {
        for event in ["", "a b", "push\"", String(repeating: "a", count: 129)] {
            #expect(try map(event, "{}") == MappedDelivery())
        }
        #expect(GitHubDelivery.map(try request("{}")) == MappedDelivery())
    }

    @Test func `an action or an id that is no name, and a time that is none, are left out`() throws {
        let mapped = try map("issues", #"{"action":"a\"b","issue":{"updated_at":"yesterday"}}"#, id: "a b")
        #expect(mapped.type == "com.github.issues")
        #expect(mapped.id == nil)
        #expect(mapped.time == nil)
    }

    private static let payloads: [String] = {
        guard let directory = ProcessInfo.processInfo.environment["FX_TEST_DATA"] else { return [] }
        let folder = directory + "/github-payloads/"
        return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted().map { folder + $0 }
    }()

    @Test(
        .enabled(if: !payloads.isEmpty, "FX_TEST_DATA is unset or has no github-payloads"), arguments: payloads)
    func `bodies that GitHub really sends have a type, a source and, where they are about something, a subject`(
        path: String
    ) throws {
        let event = String(URL(fileURLWithPath: path).lastPathComponent.prefix { $0 != "." })
        let mapped = try map(event, try String(contentsOfFile: path, encoding: .utf8))
        #expect(mapped.type?.hasPrefix("com.github." + event) == true)
        #expect(event == "ping" || mapped.source != nil)
        #expect((mapped.subject != nil) == !["gollum", "star"].contains(event))
    }
}

struct GitLabDeliveryTests {
    @Test(
        arguments: [
            (#"{"object_kind":"push","checkout_sha":"da15","repository":{"homepage":"h"}}"#, "push", "h", "da15"),
            (
                #"{"object_kind":"tag_push","ref":"refs/tags/v1","repository":{"homepage":"h"}}"#, "tag_push", "h",
                "refs/tags/v1"
            ),
            (
                #"{"object_kind":"issue","object_attributes":{"state":"opened","iid":23},"repository":{"homepage":"h"}}"#,
                "issue.opened", "h", "23"
            ),
            (
                #"{"object_kind":"merge_request","object_attributes":{"action":"merge","iid":1},"project":{"web_url":"w"}}"#,
                "merge_request.merge", "w", "1"
            ),
            (
                #"{"object_kind":"note","object_attributes":{"noteable_type":"MergeRequest","id":5,"url":"m/1#note_5"}}"#,
                "note.merge_request", "m/1", "5"
            ),
            (
                #"{"object_kind":"note","object_attributes":{"noteable_type":"Commit","id":5,"url":"x"},"commit":{"url":"c"}}"#,
                "note.commit", "c", "5"
            ),
            (
                #"{"object_kind":"wiki_page","object_attributes":{"action":"create","slug":"s"},"project":{"web_url":"w"}}"#,
                "wiki_page.create", "w", "s"
            ),
            (
                #"{"object_kind":"pipeline","object_attributes":{"status":"success","id":31},"project":{"web_url":"w"}}"#,
                "pipeline.success", "w", "31"
            ),
            (
                #"{"object_kind":"build","build_status":"created","build_id":1977,"repository":{"homepage":"h"}}"#,
                "job.created", "h", "1977"
            ),
            (#"{"object_kind":"release","object_attributes":{}}"#, "release", nil, nil),
            (#"{"event_name":"project_create"}"#, "project_create", nil, nil),
        ] as [(String, String, String?, String?)])
    func `each event by the adapter`(body: String, type: String, source: String?, subject: String?) throws {
        let mapped = GitLabDelivery.map(try request(body, ["X-Gitlab-Event-UUID": "u-1"]))
        #expect(mapped.type == "com.gitlab." + type)
        #expect(mapped.source == source)
        #expect(mapped.subject == subject)
        #expect(mapped.id == "u-1")
    }

    @Test func `the id that is the same in retries comes first`() throws {
        let headers = ["webhook-id": "w", "Idempotency-Key": "i", "X-Gitlab-Event-UUID": "u"]
        #expect(GitLabDelivery.map(try request(#"{"object_kind":"push"}"#, headers)).id == "w")
        #expect(
            GitLabDelivery.map(try request(#"{"object_kind":"push"}"#, headers.filter { $0.key != "webhook-id" })).id
                == "i")
        #expect(GitLabDelivery.map(try request("[]", headers)) == MappedDelivery())
    }
}

struct OtherDeliveryTests {
    @Test func `Stripe's events have their own id, type and time`() throws {
        let body = #"""
            {"id":"evt_1","object":"event","account":"acct_9","created":1326853478,"type":"invoice.payment_failed",
             "data":{"object":{"id":"in_7","object":"invoice"}}}
            """#
        let expected = MappedDelivery(
            id: "evt_1", source: "https://api.stripe.com/v1/accounts/acct_9",
            type: "com.stripe.invoice.payment_failed", subject: "in_7", time: "2012-01-18T02:24:38.000000Z")
        #expect(StripeDelivery.map(try request(body)) == expected)
        let own = StripeDelivery.map(try request(#"{"id":"evt_1","type":"x","created":99999999999999999999}"#))
        #expect(own == MappedDelivery(id: "evt_1", source: "https://api.stripe.com", type: "com.stripe.x"))
        #expect(StripeDelivery.map(try request("7")) == MappedDelivery())
    }

    @Test func `Slack's events are called by what is in the envelope`() throws {
        let body = #"""
            {"type":"event_callback","team_id":"T1","api_app_id":"A1","event_id":"Ev1","event_time":1355517523,
             "event":{"type":"message","subtype":"channel_join","channel":"C1","user":"U1"}}
            """#
        let expected = MappedDelivery(
            id: "Ev1", source: "https://slack.com/T1", type: "com.slack.message.channel_join", subject: "C1",
            time: "2012-12-14T20:38:43.000000Z")
        #expect(SlackDelivery.map(try request(body)) == expected)
        #expect(SlackDelivery.challenge(try request(body)) == nil)
        #expect(
            SlackDelivery.challenge(try request(#"{"type":"url_verification","challenge":"c","token":"t"}"#)) == "c")
        #expect(SlackDelivery.challenge(try request(#"{"type":"other","challenge":"c"}"#)) == nil)
    }

    @Test func `Slack's interactions and commands have types of their own`() throws {
        let button = #"{"type":"block_actions","team":{"id":"T1"},"user":{"id":"U1"},"view":{"callback_id":"v"}}"#
        let expectedButton = MappedDelivery(
            source: "https://slack.com/T1", type: "com.slack.interaction.block_actions", subject: "v")
        #expect(SlackDelivery.map(try request(button)) == expectedButton)
        let command = #"{"command":"/deploy","text":"now","team_id":"T1","trigger_id":"1.2.ab"}"#
        let expectedCommand = MappedDelivery(
            id: "1.2.ab", source: "https://slack.com/T1", type: "com.slack.command", subject: "/deploy")
        #expect(SlackDelivery.map(try request(command)) == expectedCommand)
        #expect(SlackDelivery.map(try request("{}")) == MappedDelivery())
    }

    @Test func `Shopify's are called by their headers`() throws {
        let headers = [
            "X-Shopify-Topic": "orders/create", "X-Shopify-Shop-Domain": "acme.myshopify.com",
            "X-Shopify-Webhook-Id": "b54557e4", "X-Shopify-Triggered-At": "2023-03-29T18:00:27.877041743Z",
        ]
        let expected = MappedDelivery(
            id: "b54557e4", source: "https://acme.myshopify.com", type: "com.shopify.orders.create",
            subject: "820982911946154508", time: "2023-03-29T18:00:27.877041743Z")
        #expect(ShopifyDelivery.map(try request(#"{"id":820982911946154508}"#, headers)) == expected)
        #expect(ShopifyDelivery.map(try request("{}", ["X-Shopify-Topic": "a b"])) == MappedDelivery())
    }

    @Test func `a standard webhook has its id in a header, type and time in its body`() throws {
        let body = #"{"type":"user.created","timestamp":"2022-11-03T20:26:10.344522Z","data":{}}"#
        let expected = MappedDelivery(id: "msg_1", type: "user.created", time: "2022-11-03T20:26:10.344522Z")
        #expect(StandardDelivery.map(try request(body, ["webhook-id": "msg_1"])) == expected)
    }
}
