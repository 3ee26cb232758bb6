import HTTPMessage
import Logging
import Metrics
import OperatorLog

/// Tells the operator what became of requests: a line in the log for each, and numbers.
package struct RequestObserver: Sendable {
    private let log: LogSink
    private let metrics: RequestMetrics
    let registry: MetricRegistry

    package init(log: LogSink, metrics registry: MetricRegistry) {
        self.log = log
        self.registry = registry
        metrics = RequestMetrics(registry)
    }

    func noteAuthentication(beginNanoseconds: UInt64) {
        metrics.noteAuthentication(nanoseconds: Stopwatch.nanoseconds - beginNanoseconds)
    }

    /// - Parameter refusal: why the request was refused; nil if it was served.
    func noteAnswer(_ response: HTTPResponse, _ facts: RequestFacts, refusal: BridgeError?) {
        let end = Stopwatch.nanoseconds
        metrics.noteAnswer(response.status, facts, endNanoseconds: end)
        let level = Self.level(response.status, facts.route)
        // Refusals always; of what went well only as many as the operator wants to see.
        guard log.isWritten(level), refusal != nil || log.takesSample() else { return }
        log.line(level, refusal == nil ? "request" : "request refused") { line in
            line.field("id", facts.requestID)
            line.field("remote", facts.remoteAddress)
            line.field("method", facts.method.name)
            line.field("route", facts.route.label)
            // A path is the sender's text. Where the request was served, route and cid say the same.
            if refusal != nil { line.field("path", facts.path) }
            line.field("status", response.status.rawValue)
            line.field("bytes_in", facts.bodyBytes)
            line.field("bytes_out", response.body.count)
            line.field("us", Self.microseconds(facts.beginNanoseconds, end))
            if let submitted = facts.submittedNanoseconds { line.field("disk_us", Self.microseconds(submitted, end)) }
            line.field("tenant", facts.tenant)
            line.field("credential", facts.credentialID)
            line.field("cid", facts.cid)
            line.field("type", facts.eventType)
            line.field("reason", refusal?.reason)
            line.field("because", refusal?.explanation)
        }
    }

    private static func level(_ status: HTTPStatus, _ route: RouteName) -> Logger.Level {
        switch status.rawValue {
        case 500...: route.isForOperators ? .notice : .error
        case 400...: .notice
        default: route.isForOperators ? .debug : .info
        }
    }

    private static func microseconds(_ begin: UInt64, _ end: UInt64) -> Int {
        Int(truncatingIfNeeded: (end - begin) / 1000)
    }
}
