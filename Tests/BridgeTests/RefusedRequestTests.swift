import Authentication
import Credentials
import Foundation
import Quarantine
import Testing
import Threading

@testable import Bridge

struct RefusedRequestTests {
    private let body = #"{"action":"opened"}"#
    /// What an operator pastes at both ends, later.
    private let rightSecret = "the right secret"

    private func fields(_ secret: String, id: String? = "d-1") -> [(String, String)] {
        [
            ("X-Hub-Signature-256", HubSignature.sign(Array(body.utf8), secret: Secret(secret))),
            ("X-GitHub-Event", "issues"), ("Cookie", "session=1"), ("X-Secret-Of-Theirs", "s"),
        ] + (id.map { [("X-GitHub-Delivery", $0)] } ?? [])
    }

    private func waitFor(_ fixture: BridgeFixture, _ condition: ([QuarantineNotice]) -> Bool) throws {
        let isTold = fixture.quarantineNotices.wait(milliseconds: 20_000) { condition($0) ? true : nil }
        try #require(isTold == true, "\(fixture.quarantineNotices.withLock { $0 })")
    }

    private func keptCount(_ notices: [QuarantineNotice]) -> Int {
        notices.count { if case .kept = $0 { true } else { false } }
    }

    private func isReleased(_ notices: [QuarantineNotice]) -> Bool {
        notices.contains { if case .released = $0 { true } else { false } }
    }

    private func keep(_ key: SecretKeyRecord, in fixture: BridgeFixture, id: String? = "d-1") throws -> KeptRequest {
        let before = fixture.quarantineNotices.withLock { keptCount($0) }
        let answer = try fixture.send(
            .post, "/fx/events/webhook/\(key.credential.id)", body, fields: fields(rightSecret, id: id))
        #expect(answer.status == 401)
        try waitFor(fixture) { keptCount($0) == before + 1 }
        let directory = QuarantineDirectory(root: fixture.directory.layout.refused)
        return try directory.read(try #require(try directory.names(.request, ofKey: key.credential.id).last))
    }

    /// Gives the key the secret that its sender uses.
    private func mend(_ key: SecretKeyRecord, in fixture: BridgeFixture) throws {
        let path = fixture.directory.credentials
        let wrong = key.secrets[0].value.revealed
        let text = try String(contentsOfFile: path, encoding: .utf8).replacing(wrong, with: rightSecret)
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        fixture.credentials.reload()
    }

    private func release(_ kept: KeptRequest, in fixture: BridgeFixture) throws -> QuarantineDirectory.Name {
        let directory = QuarantineDirectory(root: fixture.directory.layout.refused)
        let name = try directory.find(id: kept.id)
        try directory.askForRelease(of: name)
        fixture.bridge.refusedRequests?.poke()
        return name
    }

    @Test func `a delivery whose signature fails is kept with the reason, and with no field that nobody needs`() throws
    {
        let fixture = try BridgeFixture()
        let key = try fixture.key()
        let kept = try keep(key, in: fixture)
        #expect(kept.tenant == "acme")
        #expect(kept.reason == "signature-mismatch")
        #expect(kept.body == Array(body.utf8))
        #expect(kept.remoteAddress == "192.0.2.7")
        #expect(kept.fields.map(\.name).sorted() == ["X_GITHUB_DELIVERY", "X_GITHUB_EVENT", "X_HUB_SIGNATURE_256"])
        #expect(try fixture.spoolLines().isEmpty)
    }

    @Test func `released after the secret is mended it is an event, marked, with the time it came`() throws {
        let fixture = try BridgeFixture()
        let key = try fixture.key(secret: "the wrong secret")
        let kept = try keep(key, in: fixture)
        try mend(key, in: fixture)
        fixture.clock.withLock { $0 += 3600 * 1_000_000 }
        let name = try release(kept, in: fixture)
        try waitFor(fixture, isReleased)
        let event = try fixture.lastEvent()
        #expect(event["fxreleased"] as? String == kept.id)
        try fixture.expectIndexAsTheLogMakesIt(events: 1)
        #expect(event["type"] as? String == "com.github.issues.opened")
        #expect(event["id"] as? String == "d-1")
        #expect(event["time"] as? String == kept.received.text)
        #expect(event["recordedtime"] as? String != kept.received.text)
        let directory = QuarantineDirectory(root: fixture.directory.layout.refused)
        #expect(try directory.wantedReleases().isEmpty)
        let outcome = try #require(try directory.outcome(name, .released))
        #expect(
            String(decoding: outcome, as: UTF8.self).hasPrefix(#"{"status":202,"replayed":false,"answer":{"cid":""#))
    }

    @Test(arguments: ["d-1", nil]) func `a release that a crash interrupted makes no second event`(_ id: String?) throws
    {
        let fixture = try BridgeFixture()
        let key = try fixture.key(secret: "the wrong secret")
        let kept = try keep(key, in: fixture, id: id)
        try mend(key, in: fixture)
        _ = try release(kept, in: fixture)
        try waitFor(fixture, isReleased)
        // What the disk holds when the process dies between the event and the note of it.
        let directory = QuarantineDirectory(root: fixture.directory.layout.refused)
        let name = QuarantineDirectory.Name(keyID: kept.keyID, id: kept.id)
        try directory.remove(name)
        try directory.keep(kept, bytesPerKeyLimit: 1 << 20, reserveBytes: 0)
        fixture.quarantineNotices.withLock { $0 = [] }
        _ = try release(kept, in: fixture)
        try waitFor(fixture, isReleased)
        #expect(try fixture.spoolLines().count == 1)
        let outcome = try #require(try directory.outcome(name, .released))
        #expect(String(decoding: outcome, as: UTF8.self).contains(#""replayed":true"#))
    }

    @Test func `what was delivered again meanwhile is not made an event twice`() throws {
        let fixture = try BridgeFixture()
        let key = try fixture.key(secret: "the wrong secret")
        let kept = try keep(key, in: fixture)
        try mend(key, in: fixture)
        let again = try fixture.send(
            .post, "/fx/events/webhook/\(key.credential.id)", body, fields: fields(rightSecret))
        #expect(again.status == 202)
        _ = try release(kept, in: fixture)
        try waitFor(fixture, isReleased)
        #expect(try fixture.spoolLines().count == 1)
    }

    @Test func `while the secret is wrong it is not released`() throws {
        let fixture = try BridgeFixture()
        let key = try fixture.key(secret: "the wrong secret")
        let kept = try keep(key, in: fixture)
        let name = try release(kept, in: fixture)
        let directory = QuarantineDirectory(root: fixture.directory.layout.refused)
        let deadline = ContinuousClock.now + .seconds(20)
        while try !directory.wantedReleases().isEmpty {
            try #require(ContinuousClock.now < deadline)
            sched_yield()
        }
        let outcome = try #require(try directory.outcome(name, .refused))
        #expect(String(decoding: outcome, as: UTF8.self) == "{\"status\":401,\"reason\":\"signature-mismatch\"}\n")
        #expect(try directory.find(id: kept.id) == name)
        #expect(try fixture.spoolLines().isEmpty)
    }

    @Test func `nothing is kept of a foreign key, of the bare URL, or where the key's owner wants none`() throws {
        let fixture = try BridgeFixture()
        let key = try fixture.key()
        var settings = WebhookSettings()
        settings.isQuarantined = false
        let quiet = try fixture.key(provider: .github, settings: settings)
        for path in ["/fx/events/webhook", "/fx/events/webhook/unknown", "/fx/events/webhook/\(quiet.credential.id)"] {
            #expect(try fixture.send(.post, path, body, fields: fields(rightSecret)).status == 401)
        }
        // The thread keeps in the order of arrival: when this one is kept, none of the others was.
        _ = try keep(key, in: fixture)
        #expect(fixture.quarantineNotices.withLock { keptCount($0) } == 1)
    }

    @Test func `a flood is answered and mostly not looked at`() throws {
        let fixture = try BridgeFixture()
        let key = try fixture.key()
        for _ in 0..<RefusalMeter.burst * 3 {
            let answer = try fixture.send(
                .post, "/fx/events/webhook/\(key.credential.id)", body, fields: fields(rightSecret))
            #expect(answer.status == 401)
        }
        fixture.bridge.refusedRequests?.stop()
        #expect(fixture.quarantineNotices.withLock { keptCount($0) } <= RefusalMeter.burst)
    }
}
