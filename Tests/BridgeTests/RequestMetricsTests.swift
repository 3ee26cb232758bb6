import Foundation
import Testing

@testable import Bridge

struct RequestMetricsTests {
    @Test func `every answer counts by route and code, also those of paths that lead nowhere`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        for body in ["1", "{}", "{"] { _ = try fixture.send(.post, "/fx/events/generic", body, token: token) }
        _ = try fixture.send(.get, "/fx/cid/nobody", token: token)
        _ = try fixture.send(.get, "/fx/cid/nobody")
        for number in 0..<3 { _ = try fixture.send(.get, "/nowhere/\(number)") }
        let metrics = try fixture.send(.get, "/metrics", listener: .operator)
        #expect(metrics.status == 200)
        #expect(metrics.field("Content-Type") == "application/openmetrics-text; version=1.0.0; charset=utf-8")
        let lines = metrics.body.split(separator: "\n")
        #expect(lines.last == "# EOF")
        #expect(
            lines.filter { $0.hasPrefix("fx_bridge_requests_total{") }.sorted() == [
                #"fx_bridge_requests_total{route="cid",code="401"} 1"#,
                #"fx_bridge_requests_total{route="cid",code="404"} 1"#,
                #"fx_bridge_requests_total{route="events_generic",code="202"} 2"#,
                #"fx_bridge_requests_total{route="events_generic",code="400"} 1"#,
                #"fx_bridge_requests_total{route="none",code="404"} 3"#,
            ])
        for line in [
            "fx_bridge_authentication_duration_seconds_count 5", "fx_bridge_commit_wait_seconds_count 2",
            #"fx_bridge_request_duration_seconds_count{route="events_generic"} 3"#,
            #"fx_bridge_request_duration_seconds_bucket{route="cid",le="+Inf"} 2"#,
            "fx_bridge_request_body_bytes_total 4",
        ] { #expect(lines.contains(Substring(line)), "\(line)") }
        #expect(!metrics.body.contains("nowhere") && !metrics.body.contains("nobody"), "a sender adds no series")
    }

    @Test func `a scraper that knows only the older format gets it`() throws {
        let fixture = try BridgeFixture()
        let metrics = try fixture.send(.get, "/metrics", fields: [("Accept", "text/plain")], listener: .operator)
        #expect(metrics.field("Content-Type") == "text/plain; version=0.0.4; charset=utf-8")
        #expect(!metrics.body.contains("# EOF") && metrics.body.contains("# TYPE fx_bridge_requests_total counter"))
    }

    @Test func `metrics are on the operator's listener only`() throws {
        let fixture = try BridgeFixture()
        #expect(try fixture.send(.get, "/metrics", token: fixture.token()).status == 404)
        #expect(try fixture.send(.post, "/metrics", listener: .operator).status == 405)
    }

    @Test func `each route has a name of its own`() {
        #expect(Set(RouteName.allCases.map(\.label)).count == RouteName.allCases.count)
    }
}
