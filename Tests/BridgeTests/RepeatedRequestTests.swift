import Authentication
import Foundation
import HTTPMessage
import Spool
import Testing

@testable import Bridge

struct RepeatedRequestTests {
    private let event = #"{"event_source":"/shop","event_type":"com.example.paid","payload":{"order":1}}"#

    private func key(_ text: String) -> [(String, String)] { [("Idempotency-Key", text)] }

    @Test func `a repeat gets the first answer and makes no second event`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        let first = try fixture.send(.post, "/fx/events", event, token: token, fields: key(#""a-1""#))
        #expect(first.status == 202)
        #expect(first.field("Idempotent-Replayed") == nil)
        for text in [#""a-1""#, "a-1"] {
            let again = try fixture.send(
                .post, "/fx/events", event, token: token, fields: key(text) + [("X-Correlation-ID", "other")])
            #expect(again.status == 202)
            #expect(again.cid == first.cid)
            #expect(again.json["eventType"] as? String == "com.example.paid")
            #expect(again.field("Location") == first.field("Location"))
            #expect(again.field("FX-Body-Digest") == first.field("FX-Body-Digest"))
            #expect(again.field("Idempotent-Replayed") == "true")
        }
        #expect(try fixture.spoolLines().count == 1)
    }

    @Test func `another body under the same key is 422, another key an event`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        _ = try fixture.send(.post, "/fx/events/generic", "1", token: token, fields: key("k"))
        let other = try fixture.send(.post, "/fx/events/generic", "2", token: token, fields: key("k"))
        #expect(other.status == 422)
        #expect(other.problem == "idempotency-key-reused")
        #expect(try fixture.send(.post, "/fx/events/generic", "2", token: token, fields: key("l")).status == 202)
        #expect(try fixture.spoolLines().count == 2)
    }

    @Test func `a key is one credential's own`() throws {
        let fixture = try BridgeFixture()
        for token in [try fixture.token(), try fixture.token(), try fixture.token(tenant: "other")] {
            let answer = try fixture.send(.post, "/fx/events/generic", "1", token: token, fields: key("k"))
            #expect(answer.status == 202)
            #expect(answer.field("Idempotent-Replayed") == nil)
        }
        #expect(try fixture.spoolLines().count == 3)
    }

    @Test func `a request without a key makes an event each time`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        for _ in 0..<3 { #expect(try fixture.send(.post, "/fx/events/generic", "1", token: token).status == 202) }
        #expect(try fixture.spoolLines().count == 3)
        #expect(try !fixture.spoolLines().contains { $0.contains("fxclaim") })
    }

    @Test func `repeats that come while the first waits for the disk get its answer, and make no event`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        fixture.disk.hold()
        let first = fixture.begin(.post, "/fx/events/generic", "1", token: token, fields: key("k"))
        #expect(fixture.disk.waitUntilHeld())
        let repeats = (0..<20).map { _ in
            fixture.begin(.post, "/fx/events/generic", "1", token: token, fields: key("k"))
        }
        let other = fixture.begin(.post, "/fx/events/generic", "2", token: token, fields: key("k"))
        fixture.disk.release()
        let answer = try first.answer()
        #expect(answer.field("Idempotent-Replayed") == nil)
        for exchange in repeats {
            let again = try exchange.answer()
            #expect(again.status == 202)
            #expect(again.cid == answer.cid)
            #expect(again.field("Idempotent-Replayed") == "true")
        }
        #expect(try other.answer().status == 422)
        #expect(try fixture.spoolLines().count == 1)
    }

    @Test func `where the first does not reach the disk its repeats are refused too, and the key is free`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        fixture.disk.trouble.withLock { $0.isBroken = true }
        fixture.disk.hold()
        let first = fixture.begin(.post, "/fx/events/generic", "1", token: token, fields: key("k"))
        #expect(fixture.disk.waitUntilHeld())
        let again = fixture.begin(.post, "/fx/events/generic", "1", token: token, fields: key("k"))
        fixture.disk.release()
        #expect(try first.answer().status == 503)
        #expect(try again.answer().status == 503)
        fixture.disk.trouble.withLock { $0.isBroken = false }
        let later = try fixture.send(.post, "/fx/events/generic", "2", token: token, fields: key("k"))
        #expect(later.status == 202, "a refused body claims nothing")
        #expect(later.field("Idempotent-Replayed") == nil)
    }

    @Test func `refused requests claim nothing`() throws {
        let fixture = try BridgeFixture(limits: LogWriter.Limits(pendingBytes: 4096))
        let token = try fixture.token()
        let limited = try fixture.token(types: ["com.other.*"])
        let large = "\"" + String(repeating: "x", count: 5000) + "\""
        #expect(try fixture.send(.post, "/fx/events", "{", token: token, fields: key("k")).status == 400)
        #expect(try fixture.send(.post, "/fx/events", event, fields: key("k")).status == 401)
        #expect(try fixture.send(.post, "/fx/events/generic", large, token: token, fields: key("k")).status == 413)
        #expect(try fixture.send(.post, "/fx/events", event, token: limited, fields: key("k")).status == 403)
        let answer = try fixture.send(.post, "/fx/events", event, token: token, fields: key("k"))
        #expect(answer.status == 202)
        #expect(answer.field("Idempotent-Replayed") == nil)
    }

    @Test func `keys survive a restart, from the log alone too`() throws {
        let directory = try TemporaryDirectory()
        var fixture: BridgeFixture? = try BridgeFixture(in: directory)
        let token = try #require(try fixture?.token())
        let cid = try fixture?.send(.post, "/fx/events/generic", "1", token: token, fields: key("k")).cid
        for isDeleted in [false, true] {
            fixture = nil
            if isDeleted { try FileManager.default.removeItem(atPath: directory.layout.claims) }
            let restarted = try BridgeFixture(in: directory)
            fixture = restarted
            let again = try restarted.send(.post, "/fx/events/generic", "1", token: token, fields: key("k"))
            #expect(again.cid == cid)
            #expect(again.field("Idempotent-Replayed") == "true")
            let other = try restarted.send(.post, "/fx/events/generic", "2", token: token, fields: key("k"))
            #expect(other.status == 422)
        }
    }

    @Test func `what only the index could answer waits for the index`() throws {
        let directory = try TemporaryDirectory()
        var fixture: BridgeFixture? = try BridgeFixture(in: directory, isIndexing: false)
        let token = try #require(try fixture?.token())
        _ = try fixture?.send(.post, "/fx/events/generic", "1", token: token, fields: key("k"))
        fixture = nil
        let restarted = try BridgeFixture(in: directory, isIndexing: false)
        let again = try restarted.send(.post, "/fx/events/generic", "1", token: token, fields: key("k"))
        #expect(again.status == 503)
        #expect(again.field("Retry-After") != nil)
        #expect(try restarted.spoolLines().count == 1)
        fixture = restarted
    }

    @Test func `a key is used again when the window has passed`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        let first = try fixture.send(.post, "/fx/events/generic", "1", token: token, fields: key("k"))
        fixture.clock.withLock { $0 += 72 * 3600 * 1_000_000 }
        let second = try fixture.send(.post, "/fx/events/generic", "2", token: token, fields: key("k"))
        #expect(second.status == 202)
        #expect(second.cid != first.cid)
    }

    @Test func `a delivery that a provider sends again makes no second event`() throws {
        let fixture = try BridgeFixture()
        let key = try fixture.key()
        let body = #"{"action":"opened"}"#
        func deliver(_ body: String, id: String) throws -> Answer {
            try fixture.send(
                .post, "/fx/events/webhook/\(key.credential.id)", body,
                fields: [
                    ("X-Hub-Signature-256", key.signature(of: body)), ("X-GitHub-Event", "issues"),
                    ("X-GitHub-Delivery", id),
                ])
        }
        let first = try deliver(body, id: "d-1")
        let again = try deliver(body, id: "d-1")
        #expect(again.cid == first.cid)
        #expect(again.field("Idempotent-Replayed") == "true")
        #expect(try deliver(#"{"action":"closed"}"#, id: "d-1").status == 422)
        #expect(try deliver(body, id: "d-2").cid != first.cid)
        #expect(try fixture.spoolLines().count == 2)
    }

    private let cloudEvents = "application/cloudevents+json"
    private let batches = "application/cloudevents-batch+json"

    @Test func `a CloudEvent that comes again makes no second event, by source and id`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        func send(_ source: String, _ data: String) throws -> Answer {
            try fixture.send(
                .post, "/fx/events/generic",
                #"{"specversion":"1.0","id":"1","source":"\#(source)","type":"t","data":\#(data)}"#, token: token,
                contentType: cloudEvents)
        }
        let first = try send("/a", "1")
        #expect(try send("/a", "1").cid == first.cid)
        #expect(try send("/a", "2").status == 422)
        #expect(try send("/b", "1").field("Idempotent-Replayed") == nil)
        #expect(try fixture.spoolLines().count == 2)
    }

    @Test func `a batch that comes again gets the whole first answer, from memory and from the index`() throws {
        let directory = try TemporaryDirectory()
        var fixture: BridgeFixture? = try BridgeFixture(in: directory)
        let token = try #require(try fixture?.token())
        let batch = #"""
            [{"specversion":"1.0","id":"1","source":"/s","type":"t","correlationid":"own"},
             {"specversion":"1.0","id":"2","source":"/s","type":"u"}]
            """#
        func send(_ fields: [(String, String)] = []) throws -> Answer {
            try #require(fixture).send(
                .post, "/fx/events/generic", batch, token: token, fields: fields, contentType: batches)
        }
        let first = try send()
        #expect(first.status == 202)
        for isRestarted in [false, true] {
            if isRestarted {
                fixture = nil
                fixture = try BridgeFixture(in: directory)
            }
            let again = try send()
            #expect(again.body == first.body)
            #expect(again.field("Location") == first.field("Location"))
            #expect(again.field("Idempotent-Replayed") == "true")
        }
        let keyed = try send(key("k"))
        #expect(keyed.field("Idempotent-Replayed") == nil, "another key is another request")
        #expect(try send(key("k")).body == keyed.body)
        #expect(try fixture?.spoolLines().count == 4)
    }

    @Test func `an event is found by its delivery id, by its own tenant, before and after it is in the index`() throws {
        for isIndexing in [false, true] {
            let fixture = try BridgeFixture(isIndexing: isIndexing)
            let key = try fixture.key()
            let reader = try fixture.token(scopes: ["status:read"])
            let body = #"{"action":"opened"}"#
            let sent = try fixture.send(
                .post, "/fx/events/webhook/\(key.credential.id)", body,
                fields: [
                    ("X-Hub-Signature-256", key.signature(of: body)), ("X-GitHub-Event", "issues"),
                    ("X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958"),
                ])
            #expect(sent.status == 202)
            if isIndexing { try fixture.waitForIndex(of: sent.cid) }
            let path = "/fx/deliveries/72d3162e-cc78-11e3-81ab-4c9367dc0958"
            let answer = try fixture.send(.get, path, token: reader)
            #expect(answer.status == 200)
            #expect(answer.cid == sent.cid)
            #expect(answer.body == (try fixture.send(.get, "/fx/cid/\(sent.cid)", token: reader).body))
            guard isIndexing else { continue }
            let stranger = try fixture.token(tenant: "other")
            #expect(try fixture.send(.get, path, token: stranger).problem == "unknown-delivery")
            #expect(try fixture.send(.get, "/fx/deliveries/none", token: reader).status == 404)
            let weak = try fixture.token(scopes: ["events:write"])
            #expect(try fixture.send(.get, path, token: weak).status == 403)
        }
    }

    @Test(arguments: [
        "\"open", "\"a\"b", "\"\\x\"", "two words", "a,b", "k\u{e9}", "\"\u{e9}\"", "\"\"", "",
        String(repeating: "k", count: 256),
    ])
    func `a key that is none is 400`(_ text: String) throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        let answer = try fixture.send(.post, "/fx/events/generic", "1", token: token, fields: key(text))
        #expect(answer.status == 400)
        #expect(answer.problem == "invalid-idempotency-key")
        #expect(answer.json["member"] as? String == "Idempotency-Key")
    }

    @Test(arguments: [
        ("a", "a"), ("\"a\"", "a"), (#""a \"b\" \\""#, #"a "b" \"#), (String(repeating: "k", count: 255), nil),
    ])
    func `a key is read without its quotes`(_ text: String, _ expected: String?) throws {
        var fields = HTTPFields()
        fields.append("Idempotency-Key", text)
        #expect(try IdempotencyKey.read(fields) == expected ?? text)
    }

    @Test func `a key that came twice is 400`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        let answer = try fixture.send(.post, "/fx/events/generic", "1", token: token, fields: key("a") + key("a"))
        #expect(answer.status == 400)
        #expect(answer.problem == "invalid-idempotency-key")
    }
}
