import Foundation
import Testing

/// `fxctl event replay`, beside a running bridge and one that is down.
@Suite struct ReplayTests {
    private func replay(_ site: TestSite, _ options: String...) throws -> (CommandResult, [String: Any]) {
        let run = try site.fxctl(["event", "replay", "--json"] + options)
        let document = try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any]
        return (run, document ?? [:])
    }

    @Test func `the events of a cid happen again, and GET tells of what they set off`() throws {
        let site = try TestSite(startsBridge: false)
        let token = try site.makeToken(scopes: ["events:write", "status:read", "executions:write"]).token
        try site.startBridge()
        for type in ["com.example.paid", "com.example.lost"] {
            let body = #"{"event_source":"/shop","event_type":"\#(type)","payload":{"n": 1E400}}"#
            let fields = [("X-Correlation-ID", "c1"), ("Idempotency-Key", type)]
            #expect(try site.post("/fx/events", body, token: token, fields: fields).status == 202)
        }
        _ = try eventually("the index knows both") {
            let run = try site.fxctl(["event", "replay", "c1", "--dry-run", "--json"])
            return run.output.contains("com.example.lost") ? run : nil
        }
        let (dry, chosen) = try replay(site, "c1", "--dry-run")
        #expect(dry.exit == .code(0))
        #expect(chosen["state"] as? String == "chosen")
        #expect((chosen["events"] as? [Any])?.count == 2)
        #expect(try site.spool.events().count == 2)

        let (run, answer) = try replay(site, "c1", "--type", "com.example.p*", "--wait", "60")
        #expect(run.exit == .code(0), "\(run.errors)")
        #expect(answer["state"] as? String == "replayed")
        let events = try site.spool.events(cid: "c1")
        try #require(events.count == 3)
        #expect(events[2]["type"] == "com.example.paid")
        #expect(events[2]["causationid"] == events[0]["id"])
        #expect(events[2]["id"] != events[0]["id"])
        #expect(events[2]["time"] == events[0]["time"])
        #expect(events[2].data == events[0].data)
        #expect(events[2].hasRightChecksum)
        let report = #"{"cid":"c1","execution_id":"e1","service":"mail","status":"completed"}"#
        #expect(try site.post("/fx/executions", report, token: token).status == 202)
        #expect(try site.get("/fx/cid/c1?wait=30", token: token).text.contains(#""service":"mail""#))

        // What a replay made is not replayed: the same two are meant again.
        let (_, again) = try replay(site, "--since", "1h", "--dry-run")
        #expect((again["events"] as? [[String: Any]])?.compactMap { $0["sequence"] as? Int } == [1, 2])
        let (_, first) = try replay(site, "--since", "1h", "--limit", "1", "--dry-run")
        #expect(first["more"] as? Bool == true)
        let (_, none) = try replay(site, "--since", "2100-01-01T00:00:00Z")
        #expect((none["events"] as? [Any])?.isEmpty == true)
        #expect(try site.fxctl(["event", "replay", "nobody"]).exit == .code(1))
        let wrongs = [
            [], ["c1", "--since", "1h"], ["c1", "--limit", "0"], ["c1", "--limit", "10001"], ["c1", "--type", ""],
        ]
        for wrong in wrongs {
            #expect(try site.fxctl(["event", "replay"] + wrong).exit == .code(2), "\(wrong)")
        }

        let metrics = try site.operatorReply("/metrics").text
        #expect(metrics.contains(#"fx_bridge_execution_reports_total{service="mail",status="completed"} 1"#))
        #expect(metrics.contains(#"fx_bridge_build_info{version=""#))
    }

    @Test func `a bridge that is down does it when it starts, once`() throws {
        let site = try TestSite(settings: ["idempotency.window": "0s"], startsBridge: false)
        let token = try site.makeToken().token
        try site.startBridge()
        #expect(try site.post("/fx/events/generic", "1", token: token).status == 202)
        try site.stopBridge()
        let (run, answer) = try replay(site, "--since", "1h", "--wait", "0")
        #expect(run.exit == .code(0), "\(run.errors)")
        #expect(answer["state"] as? String == "waiting")
        for _ in 0..<2 {
            try site.startBridge()
            try waitUntil("it is done") { try site.spool.events().count == 2 }
            try waitUntil("and said") {
                try FileManager.default.contentsOfDirectory(atPath: site.home + "/spool/replays/.wanted").isEmpty
            }
            try site.stopBridge(signal: SIGKILL)
        }
        let events = try site.spool.events()
        #expect(events.count == 2)
        #expect(events[1]["causationid"] == events[0]["id"])
    }

    @Test(arguments: [1010, 1200, 1700]) func `killed in the middle it goes on, and makes each event once`(
        _ killedAt: Int
    ) throws {
        let site = try TestSite(startsBridge: false)
        let token = try site.makeToken().token
        try site.startBridge()
        let batch = (1...1000).map { #"{"specversion":"1.0","id":"\#($0)","source":"/s","type":"t","data":1}"# }
        let fields = [("Content-Type", "application/cloudevents-batch+json"), ("X-API-KEY", token)]
        let body = Array("[\(batch.joined(separator: ","))]".utf8)
        #expect(try site.send("POST", "/fx/events/generic", fields: fields, body: body).status == 202)
        let (run, _) = try replay(site, "--since", "1h", "--wait", "0")
        #expect(run.exit == .code(0), "\(run.errors)")
        try waitUntil("some are made") { try site.spool.events().count >= killedAt }
        try site.stopBridge(signal: SIGKILL)
        try site.startBridge()
        try waitUntil("it is done", seconds: 30) {
            try FileManager.default.contentsOfDirectory(atPath: site.home + "/spool/replays/.wanted").isEmpty
        }
        let causes = try site.spool.events().compactMap { $0["causationid"] }
        #expect(causes.count == 1000)
        #expect(Set(causes).count == 1000)
    }

    @Test func `a report is counted by the process that has seen it come, and once`() throws {
        let site = try TestSite(startsBridge: false)
        let token = try site.makeToken(scopes: ["executions:write"]).token
        try site.startBridge()
        func report(_ id: String, _ service: String, _ status: String) throws {
            let body = #"{"cid":"c1","execution_id":"\#(id)","service":"\#(service)","status":"\#(status)"}"#
            #expect(try site.post("/fx/executions", body, token: token).status == 202)
        }
        func awaitCount(_ service: String, _ status: String, _ count: Int) throws {
            let line = "fx_bridge_execution_reports_total{service=\"\(service)\",status=\"\(status)\"} \(count)\n"
            try waitUntil(line) { try site.operatorReply("/metrics").text.contains(line) }
        }
        try report("e1", "mail", "in_progress")
        try report("e2", "mail", "failed")
        try report("e3", "mail", "Failed")
        try awaitCount("mail", "in progress", 1)
        try awaitCount("mail", "failed", 2)
        // An index that is lost while the bridge runs is built again, of every report there is.
        for name in ["index.sqlite", "index.sqlite-wal", "index.sqlite-shm"] { unlink(site.home + "/spool/" + name) }
        try report("e4", "bill", "completed")
        try awaitCount("bill", "completed", 1)
        try awaitCount("mail", "failed", 2)
        try site.stopBridge()
        try site.startBridge()
        try report("e5", "bill", "completed")
        try awaitCount("bill", "completed", 1)
        #expect(try !site.operatorReply("/metrics").text.contains(#"service="mail""#))
    }

    @Test func `what comes again and what contradicts is counted, and what is kept of refused webhooks`() throws {
        let site = try TestSite(startsBridge: false)
        let token = try site.makeToken().token
        let key = try site.makeSecret()
        try site.startBridge()
        for body in ["1", "1", "1", "2"] {
            _ = try site.post("/fx/events/generic", body, token: token, fields: [("Idempotency-Key", "k")])
        }
        let fields = [("X-Hub-Signature-256", "sha256=" + String(repeating: "0", count: 64))]
        let refused = try site.post("/fx/events/webhook/\(key.id)", "{}", token: nil, fields: fields)
        #expect(refused.status == 401)
        try waitUntil("it is kept") {
            try site.operatorReply("/metrics").text.contains("fx_bridge_quarantine_requests 1\n")
        }
        let metrics = try site.operatorReply("/metrics").text
        #expect(metrics.contains("fx_bridge_idempotent_replays_total 2\n"))
        #expect(metrics.contains("fx_bridge_idempotency_conflicts_total 1\n"))
        #expect(metrics.contains("fx_bridge_idempotency_keys 1\n"))
        #expect(metrics.contains(#"fx_bridge_quarantine_kept_total{reason=""#))
        #expect(!metrics.contains("fx_bridge_quarantine_bytes 0\n"))
    }
}
