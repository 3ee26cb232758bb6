import Events
import HTTPMessage
import Testing

@testable import Bridge

struct StatusTests {
    @Test func `a cid is known the moment its 202 is there, although no index has ever been written`() throws {
        let fixture = try BridgeFixture(isIndexing: false)
        let token = try fixture.token()
        for number in 0..<20 {
            let sent = try fixture.send(.post, "/fx/events/generic", "\(number)", token: token)
            let answer = try fixture.send(.get, try #require(sent.field("Location")), token: token)
            #expect(answer.status == 200)
            #expect(answer.body == #"{"cid":"\#(sent.cid)","executions":[]}"#)
            #expect(answer.field("Cache-Control") == "private, no-cache")
            #expect(answer.field("Content-Type") == "application/json")
        }
    }

    @Test func `a cid stays known when memory gives way to the index`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        let sent = try fixture.send(.post, "/fx/events/generic", "1", token: token)
        try fixture.waitForIndex(of: sent.cid)
        #expect(fixture.recent.answer(tenant: "acme", cid: sent.cid) == .askIndex)
        let answer = try fixture.send(.get, "/fx/cid/\(sent.cid)", token: token)
        #expect(answer.status == 200)
        #expect(answer.body == #"{"cid":"\#(sent.cid)","executions":[]}"#)
    }

    @Test func `what is known nowhere is 404 once the index has the whole log`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        let cid = try fixture.send(.post, "/fx/events/generic", "1", token: token).cid
        try fixture.waitForIndex(of: cid)
        let paths = ["/fx/cid/nothing", "/fx/cid/not%20a%20cid", "/fx/cid/" + String(repeating: "x", count: 200)]
        for path in paths {
            let answer = try fixture.send(.get, path, token: token)
            #expect(answer.status == 404)
            #expect(answer.problem == "unknown-cid")
        }
        for path in ["/fx/executions/nothing", "/fx/executions/%C3%A9"] {
            let answer = try fixture.send(.get, path, token: token)
            #expect(answer.status == 404)
            #expect(answer.problem == "unknown-execution")
        }
    }

    @Test func `what an index that lags does not know is 503 and not 404`() throws {
        let directory = try TemporaryDirectory()
        let cid = try accept(in: directory)
        // As after a crash: the log has an event that neither this process nor the index knows of.
        let fixture = try BridgeFixture(in: directory, isIndexing: false)
        let token = try fixture.token()
        for path in ["/fx/cid/\(cid)", "/fx/cid/nothing"] {
            let answer = try fixture.send(.get, path, token: token)
            #expect(answer.status == 503)
            #expect(answer.problem == "status-not-ready")
            #expect(answer.field("Retry-After") == "2")
        }
        let ready = try fixture.send(.get, "/readyz", listener: .operator)
        #expect(ready.status == 503)
        // What is noted since then is known all the same.
        let sent = try fixture.send(.post, "/fx/events/generic", "1", token: token)
        #expect(try fixture.send(.get, "/fx/cid/\(sent.cid)", token: token).status == 200)

        try fixture.indexer.start()
        try fixture.waitForIndex(of: cid)
        #expect(try fixture.send(.get, "/fx/cid/\(cid)", token: token).status == 200)
        #expect(try fixture.send(.get, "/fx/cid/nothing", token: token).status == 404)
    }

    @Test func `executions are told oldest first, their data byte for byte`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        let cid = try fixture.send(.post, "/fx/events/generic", "1", token: token).cid
        try fixture.report(
            [
                ExecutionReport(
                    cid: CorrelationID(cid), executionID: "e2", service: "billing \"x\"", status: .inProgress,
                    datetime: Timestamp(microseconds: moment + 1), executionTime: "1.50",
                    data: Array(#"{"n": 1E400, "u":"\u0041"}"#.utf8)),
                ExecutionReport(
                    cid: CorrelationID(cid), executionID: "e1", service: "mail", status: .completed,
                    datetime: Timestamp(microseconds: moment)),
            ])
        let (first, second) = (
            #"{"data":{"n": 1E400, "u":"\u0041"},"datetime":"2026-01-02T03:04:05.678902Z","execution_id":"e2","#
                + #""execution_time":1.50,"service":"billing \"x\"","status":"in progress"}"#,
            #"{"data":null,"datetime":"2026-01-02T03:04:05.678901Z","execution_id":"e1","#
                + #""execution_time":null,"service":"mail","status":"completed"}"#
        )
        let answer = try fixture.send(.get, "/fx/cid/\(cid)", token: token)
        #expect(answer.body == #"{"cid":"\#(cid)","executions":[\#(first),\#(second)]}"#)
        #expect(try fixture.send(.get, "/fx/executions/e2", token: token).body == first)
        #expect(try fixture.send(.get, "/fx/executions/e1", token: token).body == second)
        let foreign = try fixture.token(tenant: "other")
        #expect(try fixture.send(.get, "/fx/executions/e1", token: foreign).status == 404)
    }

    /// Runs a bridge for one event and leaves its log behind, without an index; gives the cid.
    private func accept(in directory: TemporaryDirectory) throws -> String {
        let fixture = try BridgeFixture(in: directory, isIndexing: false)
        return try fixture.send(.post, "/fx/events/generic", "1", token: fixture.token()).cid
    }
}
