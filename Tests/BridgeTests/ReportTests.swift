import Authentication
import DurableIO
import Events
import Foundation
import HTTPMessage
import Spool
import StatusIndex
import Testing

@testable import Bridge

/// `POST /fx/executions`.
struct ReportTests {
    private static let path = "/fx/executions"

    private static func report(
        _ id: String = "e1", cid: String = "c1", status: String = "completed", more: String = ""
    ) -> String {
        #"{"cid":"\#(cid)","execution_id":"\#(id)","service":"mail","status":"\#(status)"\#(more)}"#
    }

    private static func token(_ fixture: BridgeFixture, tenant: String = "acme") throws -> AccessToken {
        try fixture.token(tenant: tenant, scopes: ["events:write", "status:read", "executions:write"])
    }

    private static func accept(_ cid: String, _ fixture: BridgeFixture, _ token: AccessToken) throws {
        _ = try fixture.send(.post, "/fx/events/generic", "1", token: token, fields: [("X-Correlation-ID", cid)])
    }

    @Test func `a report is told by its cid and its id`() throws {
        let fixture = try BridgeFixture()
        let token = try Self.token(fixture)
        try Self.accept("c1", fixture, token)
        let more = #", "datetime":"2026-01-02T03:04:05Z","execution_time":1.50,"data":{"n": 1E400}"#
        let answer = try fixture.send(.post, Self.path, Self.report(status: "COMPLETED", more: more), token: token)
        #expect(answer.status == 202)
        #expect(answer.body == #"{"cid":"c1","execution_id":"e1","status":"completed","cid_known":true}"#)
        #expect(answer.field("Location") == "/fx/executions/e1")
        try fixture.waitForExecution("e1")
        let result =
            #"{"data":{"n": 1E400},"datetime":"2026-01-02T03:04:05.000000Z","execution_id":"e1","#
            + #""execution_time":1.50,"service":"mail","status":"completed"}"#
        #expect(try fixture.send(.get, "/fx/executions/e1", token: token).body == result)
        #expect(
            try fixture.send(.get, "/fx/cid/c1", token: token).body == #"{"cid":"c1","executions":[\#(result)]}"#)
    }

    @Test func `an answered report is on disk in the bridge's own log, with who sent it`() throws {
        let fixture = try BridgeFixture()
        let token = try Self.token(fixture)
        _ = try fixture.send(.post, Self.path, Self.report(), token: token)
        let reader = LogReader(
            directory: fixture.directory.layout.executions(writer: "bridge"), disk: LinuxDisk(), from: 1)
        guard case .record(1, let range) = try reader.next() else {
            Issue.record("no record")
            return
        }
        let recorded = try RecordedExecution(line: reader.buffer, in: range)
        #expect(recorded.tenant == "acme")
        #expect(recorded.authID == token.id)
        #expect(recorded.recordedTime.microseconds == moment)
        #expect(recorded.datetime == recorded.recordedTime, "the reporter left it to us")
    }

    @Test func `all reports of an array are stored, one behind the other, and answered in their order`() throws {
        let fixture = try BridgeFixture()
        let token = try Self.token(fixture)
        try Self.accept("c1", fixture, token)
        let body = "[" + (0..<1000).map { Self.report("e\($0)", status: "pending") }.joined(separator: ",\n") + "]"
        let answer = try fixture.send(.post, Self.path, body, token: token)
        #expect(answer.status == 202)
        let told = try #require(try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [[String: Any]])
        #expect(told.map { $0["execution_id"] as? String } == (0..<1000).map { "e\($0)" })
        #expect(answer.field("Location") == nil)
        try fixture.waitForExecution("e999")
        #expect(fixture.reportWriter.position.nextSequence == 1001)
    }

    @Test func `of an array with one bad report nothing is stored, and the answer says which it is`() throws {
        let fixture = try BridgeFixture()
        let token = try Self.token(fixture)
        let body = "[\(Self.report("a")),\(Self.report("b", status: "done")),\(Self.report("c"))]"
        let answer = try fixture.send(.post, Self.path, body, token: token)
        #expect(answer.status == 400)
        #expect(answer.problem == "invalid-report")
        #expect(answer.json["index"] as? Int == 1)
        #expect(answer.json["member"] as? String == "status")
        #expect(answer.detail.contains("status must be one of pending, in progress, completed, failed, skipped"))
        #expect(fixture.reportWriter.position.nextSequence == 1)
    }

    @Test func `more reports than may come at once are 413, none is 400`() throws {
        let fixture = try BridgeFixture()
        let token = try Self.token(fixture)
        let body = "[" + Array(repeating: Self.report(), count: 1001).joined(separator: ",") + "]"
        let answer = try fixture.send(.post, Self.path, body, token: token)
        #expect(answer.status == 413)
        #expect(answer.detail == "At most 1000 reports are taken at once.")
        let empty = try fixture.send(.post, Self.path, " [ ] ", token: token)
        #expect(empty.status == 400)
        #expect(empty.problem == "invalid-report")
        #expect(fixture.reportWriter.position.nextSequence == 1)
    }

    @Test(
        arguments: [
            (#"{"execution_id":"e","service":"s","status":"failed"}"#, "cid"),
            (#"{"cid":"c","service":"s","status":"failed"}"#, "execution_id"),
            (#"{"cid":"c","execution_id":"e","status":"failed"}"#, "service"),
            (#"{"cid":"c","execution_id":"e","service":"s"}"#, "status"),
            (report(status: "finished"), "status"), (report(cid: "a b"), "cid"), (report("é"), "execution_id"),
            (report(String(repeating: "x", count: 129)), "execution_id"),
            (report(more: #","execution_time":-1"#), "execution_time"),
            (report(more: #","execution_time":"1""#), "execution_time"),
            (report(more: #","datetime":"yesterday""#), "datetime"),
            (report(more: #","cid":"c1""#), "cid"),
            (report(more: #","data":"\#(String(repeating: "x", count: 1 << 20))""#), "data"),
        ])
    func `what is wrong with a report is named`(body: String, member: String) throws {
        let fixture = try BridgeFixture()
        let token = try Self.token(fixture)
        let answer = try fixture.send(.post, Self.path, body, token: token)
        #expect(answer.status == 400)
        #expect(answer.problem == "invalid-report")
        #expect(answer.json["member"] as? String == member)
        #expect(fixture.reportWriter.position.nextSequence == 1)
    }

    @Test func `a report for another tenant's cid is 404, as if nobody had it`() throws {
        let fixture = try BridgeFixture()
        let (token, stranger) = (try Self.token(fixture), try Self.token(fixture, tenant: "other"))
        try Self.accept("c1", fixture, token)
        try fixture.waitForIndex(of: "c1")
        let answer = try fixture.send(.post, Self.path, Self.report(), token: stranger)
        #expect(answer.status == 404)
        #expect(answer.problem == "unknown-cid")
        let second = try fixture.send(
            .post, Self.path, "[\(Self.report(cid: "new")),\(Self.report())]", token: stranger)
        #expect(second.status == 404)
        #expect(second.json["index"] as? Int == 1)
        #expect(fixture.reportWriter.position.nextSequence == 1)
    }

    @Test func `a report for a cid that nobody knows is kept, marked, and told to its own tenant`() throws {
        let fixture = try BridgeFixture()
        let (token, stranger) = (try Self.token(fixture), try Self.token(fixture, tenant: "other"))
        let answer = try fixture.send(.post, Self.path, Self.report(cid: "elsewhere"), token: token)
        #expect(answer.status == 202)
        #expect(answer.json["cid_known"] as? Bool == false)
        try fixture.waitForExecution("e1")
        let told = try fixture.send(.get, "/fx/cid/elsewhere", token: token)
        #expect(told.status == 200)
        #expect((told.json["executions"] as? [Any])?.count == 1)
        #expect(try fixture.send(.get, "/fx/cid/elsewhere", token: stranger).status == 404)
        let reader = LogReader(
            directory: fixture.directory.layout.executions(writer: "bridge"), disk: LinuxDisk(), from: 1)
        guard case .record(_, let range) = try reader.next() else {
            Issue.record("no record")
            return
        }
        #expect(String(decoding: reader.buffer[range], as: UTF8.self).contains(#","fxcidknown":false,"data":null"#))
    }

    @Test func `a report needs its scope`() throws {
        let fixture = try BridgeFixture()
        let answer = try fixture.send(.post, Self.path, Self.report(), token: try fixture.token())
        #expect(answer.status == 403)
        #expect(answer.detail == "The credential lacks the scope executions:write.")
    }

    @Test func `reports that do not reach the disk are 503, and the next ones are stored`() throws {
        let fixture = try BridgeFixture()
        let token = try Self.token(fixture)
        fixture.disk.trouble.withLock { $0.isBroken = true }
        let answer = try fixture.send(.post, Self.path, "[\(Self.report("a")),\(Self.report("b"))]", token: token)
        #expect(answer.status == 503)
        #expect(answer.problem == "storage-failed")
        fixture.disk.trouble.withLock { $0.isBroken = false }
        #expect(try fixture.send(.post, Self.path, Self.report("c"), token: token).status == 202)
        try fixture.waitForExecution("c")
        #expect(try fixture.send(.get, "/fx/executions/a", token: token).status == 404)
    }

    @Test func `an execution moves forward only, and its first end stands`() throws {
        let fixture = try BridgeFixture()
        let token = try Self.token(fixture)
        func report(_ status: String) throws {
            #expect(try fixture.send(.post, Self.path, Self.report(status: status), token: token).status == 202)
            fixture.clock.withLock { $0 += 1 }
        }
        for status in ["In_progress", "pending", "failed", "completed", "in progress", "failed"] { try report(status) }
        try report("completed")
        #expect(try fixture.send(.post, Self.path, Self.report("last"), token: token).status == 202)
        try fixture.waitForExecution("last")
        #expect(try fixture.send(.get, "/fx/executions/e1", token: token).json["status"] as? String == "failed")
        let overruled = try StatusIndexReader(path: fixture.directory.index)
            .overruledReports(executionID: "e1", tenant: "acme", limit: 10)
        #expect(overruled.map(\.status) == [2, 3, 2])
    }
}
