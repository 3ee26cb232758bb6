import Foundation
import Testing

/// What a scraper gets behind nginx, and what is made for it: alerts and a dashboard.
@Suite struct MonitoringTests {
    @Test func `the metrics tell what became of events, and how far consumers are`() throws {
        let site = try TestSite()
        let token = try site.makeToken().token
        #expect(try site.fxctl(["spool", "consumers", "add", "relay"]).exit == .code(0))
        for number in 0..<3 { #expect(try site.post("/fx/events/generic", "\(number)", token: token).status == 202) }
        _ = try site.get("/fx/cid/nobody", token: nil)
        #expect(try scrape(site)["fx_bridge_events_committed_total"] == 3)
        // Whoever follows the log comes behind the senders.
        try waitUntil("the log's end has moved") { try scrape(site)["fx_bridge_next_sequence"] == 4 }
        let metrics = try scrape(site)
        #expect(metrics[#"fx_bridge_requests_total{route="events_generic",code="202"}"#] == 3)
        #expect(metrics[#"fx_bridge_requests_total{route="cid",code="401"}"#] == 1)
        #expect(metrics["fx_bridge_commit_wait_seconds_count"] == 3)
        #expect(try #require(metrics["fx_bridge_fdatasync_duration_seconds_count"]) >= 1)
        #expect(try #require(metrics["fx_bridge_commit_group_events_count"]) >= 1)
        #expect(metrics[#"fx_bridge_consumer_lag_events{consumer="relay"}"#] == 3)
        #expect(try #require(metrics[#"fx_bridge_consumer_lag_bytes{consumer="relay"}"#]) > 300)
        #expect(try #require(metrics[#"fx_bridge_consumer_lag_seconds{consumer="relay"}"#]) > 0)
        #expect(metrics[#"fx_bridge_spool_segments{log="events"}"#] == 1)
        #expect(try #require(metrics[#"fx_bridge_spool_bytes{log="events"}"#]) > 300)
        #expect(try #require(metrics["fx_bridge_spool_free_bytes"]) > 0)
        #expect(metrics["fx_bridge_spool_reserve_bytes"] == 67_108_864)
        #expect(try #require(metrics["fx_bridge_connections"]) >= 1)
        #expect(try #require(metrics["process_resident_memory_bytes"]) > 1e6)
        #expect(try #require(metrics["process_open_fds"]) > 5)
        try waitUntil("the index has caught up") { try scrape(site)["fx_bridge_index_lag_events"] == 0 }

        #expect(try site.fxctl(["spool", "consumers", "move", "relay", "--to", "4"]).exit == .code(0))
        let later = try scrape(site)
        for name in ["events", "bytes", "seconds"] {
            #expect(later["fx_bridge_consumer_lag_\(name){consumer=\"relay\"}"] == 0)
        }
        #expect(try site.get("/metrics", token: token).status == 404, "on the operator's listener only")
    }

    @Test func `each metric and label that an alert or the dashboard names is there after some traffic`() throws {
        let site = try TestSite()
        let token = try site.makeToken(scopes: ["events:write", "executions:write"]).token
        let key = try site.makeSecret()
        #expect(try site.fxctl(["spool", "consumers", "add", "relay"]).exit == .code(0))
        #expect(try site.post("/fx/events/generic", "1", token: token).status == 202)
        let report = #"{"cid":"c1","execution_id":"e1","service":"mail","status":"failed"}"#
        #expect(try site.post("/fx/executions", report, token: token).status == 202)
        let forged = [
            ("Content-Type", "application/json"),
            ("X-Hub-Signature-256", "sha256=" + String(repeating: "0", count: 64)),
        ]
        #expect(try site.send("POST", "/fx/events/webhook/\(key.id)", fields: forged, body: [0x31]).status == 401)
        try waitUntil("what is counted behind the answers is there", seconds: 20) {
            let names = try scrape(site).keys.map { $0.prefix { $0 != "{" } }
            return names.contains("fx_bridge_quarantine_kept_total")
                && names.contains("fx_bridge_execution_reports_total")
        }
        // Prometheus adds these to what it scrapes.
        var labels = [String: Set<String>]()
        for sample in try scrape(site).keys {
            let name = String(sample.prefix { $0 != "{" })
            labels[name, default: ["instance", "job"]].formUnion(
                sample.matches(of: #/([a-z_]+)="/#).map { String($0.output.1) })
        }
        labels["up"] = ["instance", "job"]

        var queries: [(place: String, expression: String, shown: String)] = []
        let dashboard = try JSONSerialization.jsonObject(
            with: Data(contentsOf: URL(fileURLWithPath: Checkout.root + "/deploy/grafana-dashboard.json")))
        collectTargets(dashboard, into: &queries)
        let panels = queries.count
        let rules = try String(contentsOfFile: Checkout.root + "/deploy/alerts.yaml", encoding: .utf8)
        for rule in rules.components(separatedBy: "- alert: ").dropFirst() {
            let expression = try #require(rule.firstMatch(of: #/(?s)expr:(.*?)\n +(?:for|labels):/#)).output.1
            let shown = rule.matches(of: #/\$labels\.([a-z_]+)/#).map { "{{\($0.output.1)}}" }.joined()
            queries.append((String(rule.prefix { $0 != "\n" }), String(expression), shown))
        }
        #expect(panels > 25 && queries.count > panels + 10)

        for (place, expression, shown) in queries {
            let selectors = expression.matches(of: #/\b((?:fx_bridge|process)_[a-z_]+|up)\b(?:\{([^}]*)\})?/#)
            #expect(!selectors.isEmpty, "\(place): \(expression)")
            var known: Set<String> = []
            for selector in selectors {
                let name = String(selector.output.1)
                let found = try #require(labels[name], "\(place) names \(name)")
                known.formUnion(found)
                let matched =
                    selector.output.2?.matches(of: #/([a-z_]+)\s*(?:=~|!~|!=|=)/#).map { String($0.output.1) } ?? []
                #expect(found.isSuperset(of: matched), "\(place): \(name) has the labels \(found.sorted())")
            }
            let grouped = expression.matches(of: #/\bby\s*\(([^)]*)\)/#).flatMap {
                $0.output.1.split { $0 == "," || $0 == " " }.map(String.init)
            }
            #expect(known.isSuperset(of: grouped), "\(place): \(expression)")
            let legend = shown.matches(of: #/\{\{\s*([a-z_]+)\s*\}\}/#).map { String($0.output.1) }
            #expect(known.isSuperset(of: legend), "\(place): \(shown)")
            // What is summed away cannot be shown.
            if expression.contains("sum"), !grouped.isEmpty {
                #expect(Set(grouped).isSuperset(of: legend), "\(place): \(shown)")
            }
        }
    }

    /// Every `{"expr": …, "legendFormat": …}` of the dashboard.
    private func collectTargets(_ json: Any, into queries: inout [(place: String, expression: String, shown: String)]) {
        if let object = json as? [String: Any] {
            if let expression = object["expr"] as? String {
                queries.append(("grafana-dashboard.json", expression, object["legendFormat"] as? String ?? ""))
            }
            for value in object.values { collectTargets(value, into: &queries) }
        } else if let array = json as? [Any] {
            for value in array { collectTargets(value, into: &queries) }
        }
    }

    @Test(.enabled(if: Promtool.isThere, Promtool.missing))
    func `promtool finds nothing to object to in the names`() throws {
        let site = try SharedSite.current.site
        let connection = try HTTPConnection(unixPath: site.home + "/run/operator.sock")
        let fields = [("Connection", "close"), ("Accept", "text/plain")]
        let text = try connection.send("GET", "/metrics", fields: fields).text
        let result = try CommandResult.run("promtool", ["check", "metrics"], input: text)
        #expect(result.exit == .code(0), "\(result.output)\(result.errors)")
        #expect(result.output.isEmpty && result.errors.isEmpty, "\(result.output)\(result.errors)")
    }

    @Test(.enabled(if: Promtool.isThere, Promtool.missing))
    func `promtool reads it as OpenMetrics`() throws {
        let site = try TestSite()
        _ = try site.post("/fx/events/generic", "1", token: site.makeToken().token)
        // Its only reader of this format wants to know when each sample was taken.
        let lines = try site.operatorReply("/metrics").text.split(separator: "\n").map { line in
            line.hasPrefix("#") ? String(line) : "\(line) 1700000000"
        }
        let file = site.home + "/metrics.txt"
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: file))
        let result = try CommandResult.run(
            "promtool", ["tsdb", "create-blocks-from", "openmetrics", file, site.home + "/blocks"])
        #expect(result.exit == .code(0), "\(result.output)\(result.errors)")
    }

    @Test(.enabled(if: Promtool.isThere, Promtool.missing))
    func `the alerts are rules, stay quiet while all is well, and speak when it is not`() throws {
        for arguments in [["check", "rules", "alerts.yaml"], ["test", "rules", "alerts-test.yaml"]] {
            let path = Checkout.root + "/deploy/" + arguments[2]
            let result = try CommandResult.run("promtool", [arguments[0], arguments[1], path])
            #expect(result.exit == .code(0), "\(result.output)\(result.errors)")
        }
    }

    /// Samples by name and labels.
    private func scrape(_ site: TestSite) throws -> [String: Double] {
        let reply = try site.operatorReply("/metrics")
        #expect(reply.status == 200)
        #expect(reply.field("Content-Type") == "application/openmetrics-text; version=1.0.0; charset=utf-8")
        #expect(reply.text.hasSuffix("\n# EOF\n"))
        var samples: [String: Double] = [:]
        for line in reply.text.split(separator: "\n") where !line.hasPrefix("#") {
            let space = try #require(line.lastIndex(of: " "))
            #expect(
                samples.updateValue(Double(line[line.index(after: space)...]) ?? .nan, forKey: String(line[..<space]))
                    == nil)
        }
        return samples
    }

    private enum Promtool {
        static let isThere = (try? CommandResult.run("promtool", ["--version"]))?.exit == .code(0)
        static let missing: Comment = "promtool is not here: Debian has it in prometheus"
    }
}
