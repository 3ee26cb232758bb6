import Foundation
import Testing
import Threading

@testable import Metrics

@Suite struct MetricRegistryTests {
    @Test func `an empty registry is an empty document`() {
        #expect(text(MetricRegistry()) == "# EOF\n")
        #expect(text(MetricRegistry(), .prometheus) == "")
    }

    @Test func `a counter counts each of its series`() {
        let metrics = MetricRegistry()
        let requests = metrics.counter(
            "fx_requests", help: "Requests.", labels: ["route", "code"], series: [["a", "202"], ["b", "404"]])
        let sparse = metrics.counter("fx_sparse", help: "Few.", labels: ["x"], series: [["1"], ["2"]], isSparse: true)
        requests.add(series: 1)
        requests.add(41, series: 1)
        sparse.add(series: 1)
        #expect(
            text(metrics) == """
                # HELP fx_requests Requests.
                # TYPE fx_requests counter
                fx_requests_total{route="a",code="202"} 0
                fx_requests_total{route="b",code="404"} 42
                # HELP fx_sparse Few.
                # TYPE fx_sparse counter
                fx_sparse_total{x="2"} 1
                # EOF

                """)
        #expect(text(metrics, .prometheus).contains("# TYPE fx_requests_total counter\nfx_requests_total{"))
    }

    @Test func `a histogram's buckets include their bounds and add up`() {
        let metrics = MetricRegistry()
        let seconds = metrics.histogram(
            "fx_wait_seconds", unit: .seconds, help: "Waits.", buckets: .nanoseconds([250_000, 1_000_000_000]))
        for value: UInt64 in [0, 250_000, 250_001, 1_000_000_000, 1_000_000_001] { seconds.record(value) }
        #expect(
            text(metrics) == """
                # HELP fx_wait_seconds Waits.
                # TYPE fx_wait_seconds histogram
                # UNIT fx_wait_seconds seconds
                fx_wait_seconds_bucket{le="0.00025"} 2
                fx_wait_seconds_bucket{le="1.0"} 4
                fx_wait_seconds_bucket{le="+Inf"} 5
                fx_wait_seconds_count 5
                fx_wait_seconds_sum 2.000500002
                # EOF

                """)
    }

    @Test func `metrics of one look share it, and one that has no samples is still described`() {
        let metrics = MetricRegistry()
        let looks = Monitor(0)
        metrics.collect([
            .gauge("fx_lag_events", help: "a", labels: ["consumer"]), .gauge("fx_lag_bytes", unit: .bytes, help: "b"),
            .counter("fx_none", help: "c"),
        ]) {
            looks.withLock { $0 += 1 }
            return [[MetricSample(3, "relay"), MetricSample(0.5, "\"\\\n")], [MetricSample(7)]]
        }
        #expect(
            text(metrics) == #"""
                # HELP fx_lag_events a
                # TYPE fx_lag_events gauge
                fx_lag_events{consumer="relay"} 3
                fx_lag_events{consumer="\"\\\n"} 0.5
                # HELP fx_lag_bytes b
                # TYPE fx_lag_bytes gauge
                # UNIT fx_lag_bytes bytes
                fx_lag_bytes 7
                # HELP fx_none c
                # TYPE fx_none counter
                # EOF

                """#)
        #expect(looks.withLock { $0 } == 1)
    }

    @Test func `labels that others choose are bounded in number and length`() {
        let metrics = MetricRegistry()
        let runs = metrics.labeledCounter("fx_runs", help: "Runs.", labels: ["service", "status"], seriesLimit: 3)
        for index in 0..<100 { runs.add(["service-\(index)", "completed"]) }
        runs.add(["service-0", "completed"], amount: 5)
        let lines = text(metrics).split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(
            lines == [
                "fx_runs_total{service=\"other\",status=\"other\"} 97",
                "fx_runs_total{service=\"service-0\",status=\"completed\"} 6",
                "fx_runs_total{service=\"service-1\",status=\"completed\"} 1",
                "fx_runs_total{service=\"service-2\",status=\"completed\"} 1",
            ])
        let long = metrics.labeledCounter("fx_long", help: "Long.", labels: ["a"], seriesLimit: 1)
        long.add([String(repeating: "ä", count: 9000)])
        #expect(text(metrics).utf8.count < 1000)
    }

    @Test func `no addition of any thread is lost`() throws {
        let cells = AtomicCells(count: 3)
        let threads = try (0..<12).map { thread in
            try WorkerThread(name: "adder") { for _ in 0..<20_000 { cells.add(2, at: thread % 3) } }
        }
        for thread in threads { thread.join() }
        #expect((0..<3).map { cells.value(at: $0) } == [160_000, 160_000, 160_000])
    }

    @Test(arguments: [
        (nil, true), ("*/*", true), ("text/plain", false), ("text/plain;version=0.0.4;q=0.5,*/*;q=0.1", false),
        ("application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", true),
    ])
    func `the older format is for those that ask for nothing else`(accept: String?, isOpenMetrics: Bool) {
        #expect((MetricsText.Format(accept: accept) == .openMetrics) == isOpenMetrics)
    }

    private func text(_ metrics: MetricRegistry, _ format: MetricsText.Format = .openMetrics) -> String {
        String(decoding: metrics.text(format), as: UTF8.self)
    }
}
