import Foundation
import Testing

/// What `fxctl` tells of events and executions, beside a running bridge.
@Suite struct OperatorCommandTests {
    private struct Installation {
        let site: TestSite
        let token: String

        init() throws {
            site = try TestSite(startsBridge: false)
            token = try site.makeToken(scopes: ["events:write", "status:read", "executions:write"]).token
            try site.startBridge()
        }

        func accept(_ cid: String, type: String = "com.example.paid") throws {
            let body = #"{"event_source":"/shop","event_type":"\#(type)","payload":{"cid":"\#(cid)"}}"#
            #expect(try site.post("/fx/events", body, token: token, fields: [("X-Correlation-ID", cid)]).status == 202)
        }

        func report(_ id: String, _ status: String, cid: String, service: String = "mail", more: String = "") throws {
            let body =
                #"{"cid":"\#(cid)","execution_id":"\#(id)","service":"\#(service)","status":"\#(status)"\#(more)}"#
            #expect(try site.post("/fx/executions", body, token: token).status == 202)
        }

        /// The ids that a listing shows, as soon as there are so many.
        func ids(_ count: Int, _ options: String...) throws -> [String] {
            try eventually("fxctl lists \(count) executions for \(options)") {
                let run = try site.fxctl(["execution", "list", "--json"] + options)
                let document = try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any]
                let ids = (document?["executions"] as? [[String: Any]])?.compactMap { $0["execution_id"] as? String }
                return ids?.count == count ? ids : nil
            }
        }
    }

    @Test func `executions are listed by what they are, the last one first`() throws {
        let installation = try Installation()
        try installation.accept("c1", type: "com.example.paid")
        try installation.accept("c2", type: "com.example.lost")
        try installation.report("e1", "completed", cid: "c1", more: #","execution_time":1.50,"data":{"n": 2.0}"#)
        try installation.report("e2", "failed", cid: "c1", service: "bill")
        try installation.report("e3", "pending", cid: "c2")
        #expect(try installation.ids(3) == ["e3", "e2", "e1"])
        #expect(try installation.ids(1, "--status", "Pending") == ["e3"])
        #expect(try installation.ids(1, "--service", "bill") == ["e2"])
        #expect(try installation.ids(2, "--cid", "c1") == ["e2", "e1"])
        #expect(try installation.ids(1, "--type", "com.example.l*") == ["e3"])
        #expect(try installation.ids(3, "--since", "1h", "--tenant", "test") == ["e3", "e2", "e1"])
        #expect(try installation.ids(0, "--since", "2100-01-01T00:00:00Z") == [])
        #expect(try installation.ids(0, "--tenant", "other") == [])
        #expect(try installation.ids(2, "--limit", "2") == ["e3", "e2"])
        let run = try installation.site.fxctl(["execution", "list", "--limit", "1"])
        #expect(run.output.hasPrefix("RECORDED"))
        #expect(run.output.contains("There are more"))
        let json = try installation.site.fxctl(["execution", "list", "--json", "--cid", "c1"]).output
        #expect(json.contains(#""execution_time":1.50,"data":{"n": 2.0}}"#), "as it was reported")
        for options in [["--status", "done"], ["--since", "soon"], ["--limit", "0"], ["--type", ""]] {
            #expect(try installation.site.fxctl(["execution", "list"] + options).exit == .code(2))
        }
    }

    @Test func `an execution is shown with the reports that contradict it`() throws {
        let installation = try Installation()
        for status in ["pending", "completed", "failed", "completed"] {
            try installation.report("e1", status, cid: "elsewhere")
        }
        _ = try installation.ids(1, "--status", "completed")
        let run = try eventually("both later reports are in the index") {
            let run = try installation.site.fxctl(["execution", "show", "e1"])
            return run.output.contains("CONTRADICTS") && run.output.contains("repeats it") ? run : nil
        }
        #expect(run.exit == .code(0))
        #expect(run.output.contains("no event of it has come through here"))
        let json = try installation.site.fxctl(["execution", "show", "e1", "--json"]).output
        let document = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
        let shown = try #require((document?["executions"] as? [[String: Any]])?.first)
        #expect(shown["cid_known"] as? Bool == false)
        let overruled = try #require(shown["overruled"] as? [[String: Any]])
        #expect(overruled.map { $0["contradicts"] as? Bool } == [true, false])
        #expect(overruled.map { $0["sequence"] as? Int } == [3, 4])
        let missing = try installation.site.fxctl(["execution", "show", "nothing"])
        #expect(missing.exit == .code(1))
        #expect(missing.errors == "fxctl: no execution has the id nothing\n")
    }

    @Test func `an event is shown with its line, its executions and who has read it`() throws {
        let installation = try Installation()
        try installation.accept("c1")
        #expect(try installation.site.fxctl(["spool", "consumers", "add", "relay"]).exit == .code(0))
        try installation.report("e1", "completed", cid: "c1")
        _ = try installation.ids(1)
        let text = try installation.site.fxctl(["event", "show", "c1"]).output
        for part in [
            "com.example.paid", "/shop", "events 1", "relay has yet to read it", #""data":{"cid":"c1"}"#, "e1",
        ] {
            #expect(text.contains(part), "\(part) in \(text)")
        }
        let json = try installation.site.fxctl(["event", "show", "c1", "--json"]).output
        let document = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        let events = try #require(document["events"] as? [[String: Any]])
        #expect((events.first?["event"] as? [String: Any])?["correlationid"] as? String == "c1")
        #expect((document["executions"] as? [Any])?.count == 1)
        #expect(try installation.site.fxctl(["event", "show", "nothing"]).exit == .code(1))
    }

    @Test func `an event is sent to try, and followed to its end`() throws {
        let installation = try Installation()
        let url = "http://127.0.0.1:\(installation.site.port)"
        let sent = try installation.site.fxctl(
            [
                "event", "send", "--url", url, "--type", "com.example.try", "--payload", #"{"n": 1E400}"#, "--cid",
                "try-1",
                "--token", "-",
            ], input: installation.token + "\n")
        #expect(sent.exit == .code(0), "\(sent.errors)")
        #expect(sent.output == #"{"cid":"try-1","eventType":"com.example.try"}"# + "\n")
        let event = try #require(try installation.site.spool.events(cid: "try-1").last)
        #expect(event["type"] == "com.example.try")
        try installation.report("e1", "completed", cid: "try-2")
        let followed = try installation.site.fxctl(
            ["event", "send", "--url", url, "--type", "t", "--cid", "try-2", "--wait", "30", "--token", "-"],
            input: installation.token)
        #expect(followed.exit == .code(0), "\(followed.errors)")
        #expect(followed.output.contains(#""status":"completed""#))
        let refused = try installation.site.fxctl(
            ["event", "send", "--url", url, "--type", "t", "--token", "-"], input: "wrong")
        #expect(refused.exit == .code(1))
        #expect(refused.errors.hasPrefix("fxctl: the answer is 401"))
        #expect(try installation.site.fxctl(["event", "send", "--url", url, "--type", "t"]).exit == .code(2))
        let https = try installation.site.fxctl(
            ["event", "send", "--url", "https://x", "--type", "t", "--token", "-"], input: installation.token)
        #expect(https.errors.contains("only http://"))
    }
}
