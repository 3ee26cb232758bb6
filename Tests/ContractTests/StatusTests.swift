import Foundation
import Testing

/// Asking what became of an event.
@Suite struct StatusTests {
    @Test func `an accepted cid is known the moment its answer comes`() throws {
        let shared = try SharedSite.current
        for _ in 0..<20 {
            let reply = try shared.post("/fx/events/generic", "1")
            let location = try #require(reply.field("Location"))
            let status = try shared.site.get(location, token: shared.token)
            #expect(status.status == 200)
            #expect(status.field("Content-Type") == "application/json")
            #expect(Set(status.json.keys) == ["cid", "executions"])
            #expect(status.json["cid"] as? String == reply.json["cid"] as? String)
            #expect((status.json["executions"] as? [Any])?.isEmpty == true)
        }
    }

    @Test func `an unknown cid is 404`() throws {
        let shared = try SharedSite.current
        let reply = try shared.site.get("/fx/cid/" + freshCID(), token: shared.token)
        #expect(reply.status == 404)
        #expect(reply.problem != nil)
    }

    @Test func `an unknown execution is 404`() throws {
        let shared = try SharedSite.current
        let reply = try shared.site.get("/fx/executions/" + freshCID(), token: shared.token)
        #expect(reply.status == 404)
        #expect(reply.problem != nil)
    }

    @Test func `a cid may be written with percent-escapes`() throws {
        let shared = try SharedSite.current
        let cid = freshCID() + ":a"
        _ = try shared.post("/fx/events/generic", "1", fields: [("X-Correlation-ID", cid)])
        let path = "/fx/cid/" + cid.replacingOccurrences(of: ":", with: "%3A")
        #expect(try shared.site.get(path, token: shared.token).status == 200)
    }

    @Test func `a query changes nothing`() throws {
        let shared = try SharedSite.current
        let cid = freshCID()
        _ = try shared.post("/fx/events/generic?a=b", "1", fields: [("X-Correlation-ID", cid)])
        #expect(try shared.site.get("/fx/cid/\(cid)?x=/fx/events", token: shared.token).status == 200)
    }

    @Test func `a cid is known after a restart, and after the index is lost`() throws {
        let site = try TestSite(startsBridge: false)
        let token = try site.makeToken().token
        try site.startBridge()
        let location = try #require(try site.post("/fx/events/generic", "1", token: token).field("Location"))
        try site.stopBridge()
        try site.startBridge()
        #expect(try site.get(location, token: token).status == 200)
        try site.stopBridge()
        for name in ["index.sqlite", "index.sqlite-wal", "index.sqlite-shm"] { unlink(site.home + "/spool/" + name) }
        try site.startBridge()
        #expect(try site.get(location, token: token).status == 200)
    }

    @Test func `a reported execution is told by its cid and by its id, to its own tenant only`() throws {
        let site = try TestSite(startsBridge: false)
        let (token, foreign) = (try site.makeToken().token, try site.makeToken(tenant: "other").token)
        try site.startBridge()
        _ = try site.post("/fx/events/generic", "1", token: token, fields: [("X-Correlation-ID", "job-1")])
        let tenant = "test"
        func report(_ status: String, _ more: [String] = []) throws {
            let arguments = ["execution", "report", "--tenant", tenant, "--cid", "job-1", "--execution-id", "run-1"]
            let run = try site.fxctl(arguments + ["--service", "nightly", "--status", status] + more)
            #expect(run.exit == .code(0), "\(run.errors)")
        }
        try report("In_progress")
        try report(
            "completed", ["--data", #"{"n":1E400}"#, "--execution-time", "1.50", "--datetime", "2026-01-02T03:04:05Z"])
        let result =
            #"{"data":{"n":1E400},"datetime":"2026-01-02T03:04:05.000000Z","execution_id":"run-1","#
            + #""execution_time":1.50,"service":"nightly","status":"completed"}"#
        let told = try eventually("the report is in the index") {
            let reply = try site.get("/fx/cid/job-1", token: token)
            return reply.text.contains("completed") ? reply : nil
        }
        #expect(told.text == #"{"cid":"job-1","executions":[\#(result)]}"#)
        #expect(try site.get("/fx/executions/run-1", token: token).text == result)
        #expect(try site.get("/fx/executions/run-1", token: foreign).status == 404)
        let refused = try site.fxctl([
            "execution", "report", "--tenant", tenant, "--cid", "job-1", "--execution-id", "a b", "--service", "s",
            "--status", "failed",
        ])
        #expect(refused.exit == .code(2))
        #expect(refused.errors.contains("execution_id"))
    }
}
