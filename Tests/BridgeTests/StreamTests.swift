import Authentication
import Events
import HTTPMessage
import Testing

@testable import Bridge

/// `Accept: text/event-stream`.
struct StreamTests {
    private static let accept = ("Accept", "text/event-stream")

    private static func fixture() throws -> (fixture: BridgeFixture, token: AccessToken) {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        _ = try fixture.send(.post, "/fx/events/generic", "1", token: token, fields: [("X-Correlation-ID", "c1")])
        return (fixture, token)
    }

    private static func event(_ id: String, _ status: String, _ microseconds: Int, data: String = "null") -> String {
        "event: execution\ndata: {\"data\":\(data),\"datetime\":\"2026-01-02T03:04:05.\(microseconds)Z\","
            + "\"execution_id\":\"\(id)\",\"execution_time\":null,\"service\":\"mail\",\"status\":\"\(status)\"}\n\n"
    }

    /// What a stream says without its ids, which are digests.
    private static func withoutIDs(_ text: String) -> String { text.replacing(#/id: [0-9a-f]{16}\n\n/#, with: "") }

    private static func lastID(_ text: String) -> String? {
        text.matches(of: #/id: ([0-9a-f]{16})\n\n/#).last.map { String($0.1) }
    }

    @Test func `every change is told until all executions have ended`() throws {
        let (fixture, token) = try Self.fixture()
        let stream = fixture.begin(.get, "/fx/cid/c1", token: token, fields: [Self.accept])
        let head = try stream.streamHead()
        #expect(head.status == 200)
        #expect(head.fields == ["Content-Type: text/event-stream", "Cache-Control: no-store", "Vary: Accept"])
        var expected = "retry: 2000\n\n"
        #expect(stream.streamed { text, _ in text == expected } != nil)
        try fixture.report("e1", .pending, cid: "c1")
        expected += Self.event("e1", "pending", 678902)
        #expect(stream.streamed { text, _ in Self.withoutIDs(text) == expected } != nil)
        try fixture.report("e2", .completed, cid: "c1", data: #"{"n":1E400}"#)
        expected += Self.event("e2", "completed", 678903, data: #"{"n":1E400}"#)
        #expect(stream.streamed { text, _ in Self.withoutIDs(text) == expected } != nil)
        try fixture.report("e1", .failed, cid: "c1")
        expected += Self.event("e1", "failed", 678904) + "event: end\ndata: {\"cid\":\"c1\"}\n\n"
        #expect(stream.streamed { text, isEnded in isEnded && Self.withoutIDs(text) == expected } != nil)
        #expect(!stream.hasAnswer)
        try fixture.waitForWaiters(0)
    }

    @Test func `a stream of what has ended tells it and ends`() throws {
        let (fixture, token) = try Self.fixture()
        try fixture.report("e1", .completed, cid: "c1")
        try fixture.waitForExecution("e1")
        let stream = fixture.begin(
            .get, "/fx/cid/c1", token: token, fields: [("Accept", "text/html, Text/Event-Stream;q=0.5")])
        let text = try #require(stream.streamed { _, isEnded in isEnded })
        #expect(text.contains("event: execution\n"))
        #expect(text.hasSuffix("event: end\ndata: {\"cid\":\"c1\"}\n\n"))
    }

    @Test func `who resumes with the last id hears only what came since`() throws {
        let (fixture, token) = try Self.fixture()
        try fixture.report("e1", .completed, cid: "c1")
        try fixture.report("e2", .pending, cid: "c1")
        try fixture.waitForExecution("e2")
        let first = fixture.begin(.get, "/fx/cid/c1", token: token, fields: [Self.accept])
        let text = try #require(first.streamed { text, _ in Self.lastID(text) != nil })
        first.peer(is: .gone)
        let id = try #require(Self.lastID(text))
        let resumed = fixture.begin(.get, "/fx/cid/c1", token: token, fields: [Self.accept, ("Last-Event-ID", id)])
        #expect(resumed.streamed { text, _ in text == "retry: 2000\n\n" } != nil)
        try fixture.report("e2", .completed, cid: "c1")
        let rest = try #require(resumed.streamed { _, isEnded in isEnded })
        #expect(!rest.contains("\"e1\""))
        #expect(rest.contains("\"e2\""))

        let last = try #require(Self.lastID(rest))
        let done = try fixture.send(.get, "/fx/cid/c1", token: token, fields: [Self.accept, ("Last-Event-ID", last)])
        #expect(done.status == 204, "a browser comes back for ever otherwise")
        let stale = fixture.begin(.get, "/fx/cid/c1", token: token, fields: [Self.accept, ("Last-Event-ID", id)])
        let all = try #require(stale.streamed { _, isEnded in isEnded })
        #expect(all.contains("\"e1\"") && all.contains("\"e2\""))
    }

    @Test func `a stream in which nothing happens says that it lives, and ends after its time without an end`() throws {
        let (fixture, token) = try Self.fixture()
        let stream = fixture.begin(.get, "/fx/cid/c1", token: token, fields: [Self.accept])
        #expect(stream.streamed { text, _ in text == "retry: 2000\n\n" } != nil)
        fixture.pass(seconds: 15)
        #expect(stream.streamed { text, _ in text == "retry: 2000\n\n: \n\n" } != nil)
        fixture.pass(seconds: 15)
        #expect(stream.streamed { text, _ in text == "retry: 2000\n\n: \n\n: \n\n" } != nil)
        fixture.pass(seconds: 900)
        #expect(stream.streamed { _, isEnded in isEnded } == "retry: 2000\n\n: \n\n: \n\n")
        try fixture.waitForWaiters(0)
    }

    @Test func `a peer that is behind is told the latest when it has caught up`() throws {
        let (fixture, token) = try Self.fixture()
        let stream = fixture.begin(.get, "/fx/cid/c1", token: token, fields: [Self.accept])
        #expect(stream.streamed { text, _ in !text.isEmpty } != nil)
        stream.peer(is: .behind)
        try fixture.report("e1", .pending, cid: "c1")
        #expect(stream.streamed { text, _ in text.contains("pending") } != nil)
        try fixture.report("e1", .inProgress, cid: "c1")
        try fixture.report("e2", .pending, cid: "c1")
        try fixture.waitForExecution("e2")
        fixture.pass(seconds: 20)
        let other = fixture.begin(.get, "/fx/cid/c1", token: token, fields: [Self.accept])
        #expect(other.streamed { text, _ in text.contains("e2") } != nil)
        #expect(stream.streamed { text, _ in !text.contains("e2") } != nil, "nothing is written to who is behind")
        stream.peer(is: .ready)
        let text = try #require(stream.streamed { text, _ in text.contains("e2") })
        #expect(text.contains("in progress"))
    }

    @Test func `a peer that goes leaves its place`() throws {
        let (fixture, token) = try Self.fixture()
        let stream = fixture.begin(.get, "/fx/cid/c1", token: token, fields: [Self.accept])
        try fixture.waitForWaiters(1)
        stream.peer(is: .gone)
        try fixture.waitForWaiters(0)
    }

    @Test func `what is wrong is told as ever, not as a stream`() throws {
        let (fixture, token) = try Self.fixture()
        try fixture.waitForIndex(of: "c1")
        #expect(try fixture.send(.get, "/fx/cid/nothing", token: token, fields: [Self.accept]).status == 404)
        #expect(try fixture.send(.get, "/fx/cid/c1", fields: [Self.accept]).status == 401)
        let stranger = try fixture.token(tenant: "other")
        #expect(try fixture.send(.get, "/fx/cid/c1", token: stranger, fields: [Self.accept]).status == 404)
    }

    @Test(arguments: ["*/*", "application/json", "text/event-stream;q=0", "text/event-stream; q=0.000", "text/*"])
    func `who does not ask for a stream gets none`(accept: String) throws {
        let (fixture, token) = try Self.fixture()
        let answer = try fixture.send(.get, "/fx/cid/c1", token: token, fields: [("Accept", accept)])
        #expect(answer.field("Content-Type") == "application/json")
    }

    @Test func `when the room closes streams end, to be resumed`() throws {
        let (fixture, token) = try Self.fixture()
        let stream = fixture.begin(.get, "/fx/cid/c1", token: token, fields: [Self.accept])
        fixture.room.close()
        #expect(stream.streamed { _, isEnded in isEnded } == "retry: 2000\n\n")
    }

    @Test func `a thousand executions with much data are told in steps, all of them`() throws {
        let (fixture, token) = try Self.fixture()
        let data = Array("\"\(String(repeating: "x", count: 10_000))\"".utf8)
        try fixture.report(
            (0..<1000).map {
                ExecutionReport(
                    cid: try CorrelationID("c1"), executionID: "e\($0)", service: "s", status: .completed, data: data)
            })
        let stream = fixture.begin(.get, "/fx/cid/c1", token: token, fields: [Self.accept])
        let text = try #require(stream.streamed { _, isEnded in isEnded })
        #expect(text.matches(of: #/"execution_id":"(e\d+)"/#).map { String($0.1) } == (0..<1000).map { "e\($0)" })
    }
}
