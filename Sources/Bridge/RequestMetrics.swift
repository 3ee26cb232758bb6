import HTTPMessage
import Metrics

/// What is counted of requests. All of it by index: a request takes no lock for it and allocates nothing.
struct RequestMetrics: Sendable {
    private let requests: Counter
    private let latency: Histogram
    private let authentication: Histogram
    private let commit: Histogram
    private let bodyBytes: Counter

    /// Place of each status code among `HTTPStatus.allCases`, by the code.
    private static let statusIndices: [Int] = {
        var indices = [Int](repeating: 0, count: 600)
        for (index, status) in HTTPStatus.allCases.enumerated() { indices[status.rawValue] = index }
        return indices
    }()
    private static let statusesCount = HTTPStatus.allCases.count

    init(_ registry: MetricRegistry) {
        let routes = RouteName.allCases.map(\.label)
        let codes = HTTPStatus.allCases.map { String($0.rawValue) }
        requests = registry.counter(
            "fx_bridge_requests", help: "Requests answered, by route and status code.", labels: ["route", "code"],
            series: routes.flatMap { route in codes.map { [route, $0] } }, isSparse: true)
        latency = registry.histogram(
            "fx_bridge_request_duration_seconds", unit: .seconds,
            help: "From a request that is read to its answer, waits for the disk and for results included.",
            buckets: .latency, labels: ["route"], series: routes.map { [$0] }, isSparse: true)
        authentication = registry.histogram(
            "fx_bridge_authentication_duration_seconds", unit: .seconds,
            help: "How long it takes to find out who sent a request.", buckets: .computation)
        commit = registry.histogram(
            "fx_bridge_commit_wait_seconds", unit: .seconds,
            help: "How long accepted events and reports wait until they are on disk.", buckets: .latency)
        bodyBytes = registry.counter(
            "fx_bridge_request_body_bytes", unit: .bytes, help: "Bytes of request bodies that were read.")
    }

    func noteAuthentication(nanoseconds: UInt64) {
        authentication.record(nanoseconds)
    }

    func noteAnswer(_ status: HTTPStatus, _ facts: RequestFacts, endNanoseconds: UInt64) {
        let route = facts.route.rawValue
        requests.add(series: route * Self.statusesCount + Self.statusIndices[status.rawValue])
        latency.record(endNanoseconds - facts.beginNanoseconds, series: route)
        if facts.bodyBytes > 0 { bodyBytes.add(UInt64(facts.bodyBytes)) }
        if let submitted = facts.submittedNanoseconds, status == .accepted { commit.record(endNanoseconds - submitted) }
    }
}
