import Authentication
import Events
import HTTPMessage
import Testing

@testable import Bridge

/// `?wait=` and `Prefer: wait=`.
struct WaitTests {
    private static func fixture(
        cid: String = "c1", waits: WaitingRoom.Limits = .init()
    ) throws -> (fixture: BridgeFixture, token: AccessToken) {
        let fixture = try BridgeFixture(waits: waits)
        let token = try fixture.token()
        _ = try fixture.send(.post, "/fx/events/generic", "1", token: token, fields: [("X-Correlation-ID", cid)])
        return (fixture, token)
    }

    @Test func `a waiting question is answered when the first execution has ended`() throws {
        let (fixture, token) = try Self.fixture()
        let waiting = fixture.begin(.get, "/fx/cid/c1?wait=30", token: token)
        try fixture.waitForWaiters(1)
        for status in [ExecutionStatus.pending, .inProgress] {
            try fixture.report("e1", status, cid: "c1")
            try fixture.waitForExecution("e1")
        }
        #expect(!waiting.hasAnswer)
        try fixture.report("e1", .completed, cid: "c1")
        let answer = try waiting.answer()
        #expect(answer.status == 200)
        #expect(answer.body.contains(#""status":"completed""#))
        #expect(answer.field("Preference-Applied") == nil)
        #expect(waiting.answersCount == 1)
        try fixture.waitForWaiters(0)
    }

    @Test func `it is answered when all executions that are known have ended`() throws {
        let (fixture, token) = try Self.fixture()
        try fixture.report("e1", .pending, cid: "c1")
        try fixture.report("e2", .pending, cid: "c1")
        try fixture.waitForExecution("e2")
        let waiting = fixture.begin(.get, "/fx/cid/c1?wait=30", token: token)
        try fixture.report("e1", .failed, cid: "c1")
        try fixture.report("e3", .completed, cid: "c1")
        try fixture.waitForExecution("e3")
        #expect(!waiting.hasAnswer)
        try fixture.report("e2", .skipped, cid: "c1")
        let executions = try #require(try waiting.answer().json["executions"] as? [[String: Any]])
        #expect(executions.map { $0["status"] as? String } == ["failed", "skipped", "completed"])
    }

    @Test func `what has ended already is answered at once`() throws {
        let (fixture, token) = try Self.fixture()
        try fixture.report("e1", .completed, cid: "c1")
        try fixture.waitForExecution("e1")
        let waiting = fixture.begin(.get, "/fx/cid/c1?wait=60", token: token)
        #expect(!waiting.isSuspended)
        #expect(try waiting.answer().body.contains("completed"))
    }

    @Test func `when the time is up what is known is the answer`() throws {
        let (fixture, token) = try Self.fixture()
        try fixture.report("e1", .inProgress, cid: "c1")
        try fixture.waitForExecution("e1")
        let waiting = fixture.begin(.get, "/fx/cid/c1", token: token, fields: [("Prefer", "respond-async, wait=10")])
        try fixture.waitForWaiters(1)
        fixture.pass(seconds: 9)
        let other = fixture.begin(.get, "/fx/cid/c1?wait=60", token: token)
        try fixture.waitForWaiters(2)
        #expect(!waiting.hasAnswer)
        fixture.pass(seconds: 1)
        let answer = try waiting.answer()
        #expect(answer.status == 200)
        #expect(answer.field("Preference-Applied") == "wait=10")
        #expect(answer.body.contains("in progress"))
        #expect(!other.hasAnswer)
        fixture.pass(seconds: 60)
        #expect(try other.answer().status == 200)
        try fixture.waitForWaiters(0)
    }

    @Test func `one execution is waited for by its id`() throws {
        let (fixture, token) = try Self.fixture()
        try fixture.report("e1", .pending, cid: "c1")
        try fixture.report("e2", .pending, cid: "c1")
        try fixture.waitForExecution("e2")
        let waiting = fixture.begin(.get, "/fx/executions/e1?wait=30", token: token)
        try fixture.waitForWaiters(1)
        try fixture.report("e2", .completed, cid: "c1")
        try fixture.report("e1", .failed, cid: "c1")
        #expect(try waiting.answer().json["status"] as? String == "failed")
        #expect(try fixture.send(.get, "/fx/executions/e1?wait=30", token: token).status == 200)
    }

    @Test func `what is not known is 404 and does not wait`() throws {
        let (fixture, token) = try Self.fixture()
        try fixture.waitForIndex(of: "c1")
        #expect(try fixture.send(.get, "/fx/cid/nothing?wait=30", token: token).status == 404)
        #expect(try fixture.send(.get, "/fx/executions/nothing?wait=30", token: token).status == 404)
    }

    @Test(arguments: [
        "wait=61", "wait=-1", "wait=abc", "wait=", "wait", "wait=1&wait=1", "wait=9999999999", "wait=%zz",
    ])
    func `a wait that is not valid is 400 and says so`(query: String) throws {
        let (fixture, token) = try Self.fixture()
        let answer = try fixture.send(.get, "/fx/cid/c1?\(query)", token: token)
        #expect(answer.status == 400)
        #expect(answer.problem == "invalid-parameter")
        #expect(answer.json["member"] as? String == "wait")
        #expect(answer.detail == "wait must be a whole number of seconds from 0 to 60, once.")
    }

    @Test(arguments: ["wait=abc", "wait", "wait=-1", "return=minimal", ""])
    func `a preference that is not understood is ignored`(preference: String) throws {
        let (fixture, token) = try Self.fixture()
        let answer = try fixture.send(.get, "/fx/cid/c1", token: token, fields: [("Prefer", preference)])
        #expect(answer.status == 200)
        #expect(answer.field("Preference-Applied") == nil)
    }

    @Test func `a preference for more than there is gets what there is`() throws {
        let (fixture, token) = try Self.fixture()
        let waiting = fixture.begin(.get, "/fx/cid/c1", token: token, fields: [("Prefer", "Wait = 600;x=y")])
        try fixture.waitForWaiters(1)
        fixture.pass(seconds: 60)
        #expect(try waiting.answer().field("Preference-Applied") == "wait=60")
    }

    @Test func `beyond the limit a wait is 503, and questions that do not wait go on`() throws {
        let (fixture, token) = try Self.fixture(waits: .init(waiters: 2, waitersPerTenant: 2))
        let waiting = (0..<2).map { _ in fixture.begin(.get, "/fx/cid/c1?wait=30", token: token) }
        let refused = try fixture.send(.get, "/fx/cid/c1?wait=30", token: token)
        #expect(refused.status == 503)
        #expect(refused.problem == "too-many-waiters")
        #expect(refused.field("Retry-After") == "5")
        let stream = try fixture.send(.get, "/fx/cid/c1", token: token, fields: [("Accept", "text/event-stream")])
        #expect(stream.status == 503)
        #expect(try fixture.send(.get, "/fx/cid/c1", token: token).status == 200)
        waiting[0].peer(is: .gone)
        let next = fixture.begin(.get, "/fx/cid/c1?wait=30", token: token)
        try fixture.report("e1", .completed, cid: "c1")
        #expect(try next.answer().status == 200)
        #expect(try waiting[1].answer().status == 200)
        #expect(!waiting[0].hasAnswer)
    }

    @Test func `one tenant does not take another's places`() throws {
        let (fixture, token) = try Self.fixture(waits: .init(waiters: 8, waitersPerTenant: 1))
        let stranger = try fixture.token(tenant: "other")
        _ = try fixture.send(.post, "/fx/events/generic", "1", token: stranger, fields: [("X-Correlation-ID", "c2")])
        _ = fixture.begin(.get, "/fx/cid/c1?wait=30", token: token)
        #expect(try fixture.send(.get, "/fx/cid/c1?wait=30", token: token).status == 503)
        _ = fixture.begin(.get, "/fx/cid/c2?wait=30", token: stranger)
        try fixture.waitForWaiters(2)
    }

    @Test func `when the room closes everybody is answered, and nobody waits any more`() throws {
        let (fixture, token) = try Self.fixture()
        let waiting = (0..<10).map { _ in fixture.begin(.get, "/fx/cid/c1?wait=30", token: token) }
        fixture.room.close()
        for exchange in waiting { #expect(try exchange.answer().body == #"{"cid":"c1","executions":[]}"#) }
        #expect(try fixture.send(.get, "/fx/cid/c1?wait=30", token: token).status == 200)
        try fixture.waitForWaiters(0)
    }

    @Test func `a HEAD does not wait`() throws {
        let (fixture, token) = try Self.fixture()
        #expect(try fixture.send(.head, "/fx/cid/c1?wait=30", token: token).status == 200)
    }

    @Test func `two thousand wait for as many cids, and each hears of its own`() throws {
        let (fixture, token) = try Self.fixture()
        let waiting = try (0..<2000).map { number in
            _ = try fixture.send(
                .post, "/fx/events/generic", "1", token: token, fields: [("X-Correlation-ID", "many-\(number)")])
            return fixture.begin(.get, "/fx/cid/many-\(number)?wait=30", token: token)
        }
        try fixture.waitForWaiters(2000)
        try fixture.report(
            (0..<2000).map {
                ExecutionReport(
                    cid: try CorrelationID("many-\($0)"), executionID: "e-\($0)", service: "s", status: .completed)
            })
        for (number, exchange) in waiting.enumerated() {
            #expect(try exchange.answer().body.contains(#""execution_id":"e-\#(number)""#))
        }
        try fixture.waitForWaiters(0)
    }
}
