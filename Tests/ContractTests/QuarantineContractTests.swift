import Foundation
import Testing

/// Webhooks whose signature failed: kept with a reason, and released once the secret is mended.
@Suite struct QuarantineContractTests {
    private struct Listing: Decodable {
        var id: String
        var key: String
        var reason: String
        var state: String
    }

    private struct Release: Decodable {
        var id: String
        var state: String
    }

    private let site: TestSite
    private let key: SecretGrant
    private let other: SecretGrant

    init() throws {
        site = try TestSite(settings: ["limits.failures_per_minute": "0"], startsBridge: false)
        key = try site.makeSecret(secret: "the first secret of this key")
        other = try site.makeSecret(secret: "the secret of another key")
        try site.startBridge()
    }

    /// Sends an issue of GitHub's to the first key, signed with a secret.
    private func send(
        _ body: String, signedWith secret: String, over signed: String? = nil, delivery: String
    ) throws -> HTTPReply {
        let fields = [
            ("Content-Type", "application/json"), ("X-GitHub-Event", "issues"), ("X-GitHub-Delivery", delivery),
            SharedSecret(secret).field(for: Array((signed ?? body).utf8)),
        ]
        return try site.send("POST", key.path, fields: fields, body: Array(body.utf8))
    }

    private func list() throws -> [Listing] {
        let result = try site.fxctl(["quarantine", "list", "--json"])
        guard result.exit == .code(0) else { throw HarnessError.command("quarantine list", result) }
        return try JSONDecoder().decode([Listing].self, from: Data(result.output.utf8))
    }

    /// The request that was kept last, once there are so many.
    private func kept(_ count: Int) throws -> Listing {
        try eventually("\(count) requests are kept") {
            let requests = try list()
            return requests.count == count ? requests.last : nil
        }
    }

    private func rotate(_ id: String? = nil, to secret: String) throws {
        let result = try site.fxctl(
            ["secret", "rotate", id ?? key.id, "--overlap", "0s", "--secret", "-"], input: secret)
        guard result.exit == .code(0) else { throw HarnessError.command("secret rotate", result) }
    }

    private struct Outcome: Equatable {
        var exit: ChildProcess.Exit
        var states: [String]

        init(_ exit: ChildProcess.Exit, _ states: [String]) {
            self.exit = exit
            self.states = states
        }
    }

    private func release(_ arguments: [String]) throws -> Outcome {
        let result = try site.fxctl(["quarantine", "release", "--json"] + arguments)
        let releases = try? JSONDecoder().decode([Release].self, from: Data(result.output.utf8))
        return Outcome(result.exit, releases?.map(\.state) ?? [])
    }

    private func released(_ id: String) throws -> [SpooledEvent] {
        try site.spool.events().filter { $0["fxreleased"] == id }
    }

    @Test func `each is listed with its reason, and becomes one event when the secret is mended`() throws {
        try rotate(to: "the second secret of this key")
        let body = #"{"action":"opened","issue":{"number":1}}"#
        // Good until the bridge knows of the change; the first one that fails is kept.
        let refused = try eventually("the first secret is good for nothing") {
            let delivery = UUID().uuidString
            let reply = try send(body, signedWith: "the first secret of this key", delivery: delivery)
            return reply.status == 401 ? delivery : nil
        }
        let previous = try kept(1)
        #expect(previous.reason == "previous-secret")
        #expect(try send(body, signedWith: "the secret of another key", delivery: "d-2").status == 401)
        let mixedUp = try kept(2)
        #expect(mixedUp.reason == "other-key")
        #expect(
            try send(body + "\n", signedWith: "the second secret of this key", over: body, delivery: "d-3").status
                == 401)
        let newline = try kept(3)
        #expect(newline.reason == "body-newline-added")
        #expect([previous, mixedUp, newline].allSatisfy { $0.key == key.id && $0.state == "kept" })

        // As long as nothing is mended, nothing is released.
        #expect(try site.fxctl(["quarantine", "verify", previous.id]).exit == .code(1))
        #expect(
            try release([previous.id, mixedUp.id, newline.id]) == Outcome(.code(1), ["refused", "refused", "refused"]))
        #expect(try site.spool.events().allSatisfy { $0["fxreleased"] == nil })

        // The bridge has just looked at the secrets: the release must not be judged by those.
        #expect(try send("{}", signedWith: "the second secret of this key", delivery: "d-4").status == 202)
        try rotate(to: "the first secret of this key")
        #expect(try release([previous.id]) == Outcome(.code(0), ["released"]))
        let event = try #require(try released(previous.id).first)
        #expect(event["id"] == refused)
        #expect(event["type"] == "com.github.issues.opened")
        #expect(event.data == Array(body.utf8))
        #expect(event.hasRightChecksum)
        // The two secrets were mixed up.
        try rotate(other.id, to: "the third secret of a key")
        try rotate(to: "the secret of another key")
        #expect(try site.fxctl(["quarantine", "verify", mixedUp.id]).exit == .code(0))
        #expect(try release([mixedUp.id]) == Outcome(.code(0), ["released"]))

        // Asked for again, or delivered again, it is no second event.
        #expect(try release([previous.id]).exit == .code(1))
        let again = try send(body, signedWith: "the secret of another key", delivery: refused)
        #expect(again.field("Idempotent-Replayed") == "true")
        #expect(try released(previous.id).count == 1)
        #expect(try released(mixedUp.id).count == 1)
        #expect(try list().map(\.id).filter { [previous.id, mixedUp.id, newline.id].contains($0) } == [newline.id])
        #expect(try site.fxctl(["quarantine", "release", "no-such-id"]).exit == .code(1))
        #expect(try site.fxctl(["quarantine", "release"]).exit == .code(2))
    }

    @Test(arguments: [SIGTERM, SIGKILL])
    func `a release that is asked for while the bridge is down happens when it is up`(signal: Int32) throws {
        let body = #"{"action":"opened","issue":{"number":2}}"#
        #expect(try send(body, signedWith: "the secret that GitHub really has", delivery: "d-9").status == 401)
        let request = try kept(1)
        #expect(request.reason == "signature-mismatch")
        try site.stopBridge(signal: signal)
        try rotate(to: "the secret that GitHub really has")
        #expect(try release([request.id, "--wait", "0"]) == Outcome(.code(0), ["waiting"]))
        #expect(try list().map(\.state) == ["release asked"])
        #expect(try released(request.id).isEmpty)
        try site.startBridge()
        try waitUntil("it is released") { try list().isEmpty }
        #expect(try released(request.id).count == 1)
        // Nothing is left of the wish: another start makes nothing of it.
        try site.stopBridge(signal: SIGKILL)
        try site.startBridge()
        let again = try eventually("the keys are read") {
            let reply = try send(body, signedWith: "the secret that GitHub really has", delivery: "d-9")
            return reply.status == 503 ? nil : reply
        }
        #expect(again.field("Idempotent-Replayed") == "true")
        #expect(try released(request.id).count == 1)
        #expect(try site.spool.events().count == 1)
    }

    @Test func `one whose clock was off is kept, and needs no other secret to be released`() throws {
        let site = try TestSite(settings: ["limits.failures_per_minute": "0"], startsBridge: false)
        let stripe = ProviderDelivery.stripe
        let key = try stripe.makeKey(site)
        try site.startBridge()
        let fields = stripe.signed(stripe.body, at: Int(time(nil)) - 3600)
        #expect(try stripe.send(stripe.body, to: key, of: site, fields: fields).status == 401)
        let kept = try eventually("it is kept") {
            let list = try site.fxctl(["quarantine", "list", "--key", key.id, "--json"]).output
            return try JSONDecoder().decode([Listing].self, from: Data(list.utf8)).first
        }
        #expect(kept.reason == "clock-off")
        #expect(try site.spool.events().isEmpty)
        #expect(try site.fxctl(["quarantine", "release", kept.id]).exit == .code(0))
        let event = try #require(try site.spool.events().first)
        #expect(event["fxreleased"] == kept.id)
        #expect(event["type"] == "com.stripe.invoice.paid")
        // Stripe tries again, with its clock put right.
        let again = try stripe.send(stripe.body, to: key, of: site, fields: stripe.signed(stripe.body))
        #expect(again.field("Idempotent-Replayed") == "true")
        #expect(try site.spool.events().count == 1)
    }

    @Test func `a body is shown byte for byte`() throws {
        let body: [UInt8] = [0x7B, 0xFF, 0x00, 0x0D, 0x0A, 0xC3, 0x28, 0x0A]
        let fields = [
            ("Content-Type", "application/json"), SharedSecret("some other secret").field(for: body),
        ]
        #expect(try site.send("POST", key.path, fields: fields, body: body).status == 401)
        let request = try kept(1)
        let output = site.home + "/log/body"
        let child = try ChildProcess(
            Checkout.products + "/fxctl", ["--config", site.config, "quarantine", "show", request.id, "--body"],
            output: output)
        #expect(try child.wait() == .code(0))
        #expect(FileManager.default.contents(atPath: output).map { Array($0) } == body)
    }

    @Test func `nothing is kept of the bare URL, nor of a key that wants none of it`() throws {
        let silent = try site.makeSecret(secret: "a key that keeps nothing", options: ["--no-quarantine"])
        let body = Array("{}".utf8)
        let fields = [("Content-Type", "application/json"), SharedSecret("some other secret").field(for: body)]
        for path in ["/fx/events/webhook", silent.path] {
            #expect(try site.send("POST", path, fields: fields, body: body).status == 401)
        }
        // Kept in the order of arrival: when this one is there, the others would be.
        #expect(try site.send("POST", key.path, fields: fields, body: body).status == 401)
        #expect(try kept(1).key == key.id)
    }
}
