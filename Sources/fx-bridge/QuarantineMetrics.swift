import Bridge
import Metrics
import Quarantine

/// What is counted of webhooks that were refused and kept.
struct QuarantineMetrics: Sendable {
    private let kept: LabeledCounter
    private let dropped: Counter
    private let released: Counter
    private let failures: Counter

    /// More than there are reasons: nothing that a sender says becomes a label.
    private static let reasonsLimit = 64

    init(_ registry: MetricRegistry) {
        kept = registry.labeledCounter(
            "fx_bridge_quarantine_kept", help: "Webhooks whose signature failed and that were kept, by reason.",
            labels: ["reason"], seriesLimit: Self.reasonsLimit)
        dropped = registry.counter(
            "fx_bridge_quarantine_dropped", help: "Webhooks whose signature failed and that came too fast to be kept.")
        released = registry.counter(
            "fx_bridge_quarantine_released", help: "Refused webhooks that became events after all.")
        failures = registry.counter(
            "fx_bridge_quarantine_failures", help: "Times that a refused webhook could not be kept or released.")
    }

    func note(_ notice: QuarantineNotice) {
        switch notice {
        case .kept(_, _, let reason, _): kept.add([reason])
        case .dropped(let count): dropped.add(UInt64(count))
        case .released: released.add()
        case .failed: failures.add()
        }
    }

    /// Registers what lies there now.
    static func registerGauges(_ registry: MetricRegistry, of refused: RefusedRequests) {
        registry.collect([
            .gauge("fx_bridge_quarantine_requests", help: "Refused webhooks that are kept."),
            .gauge("fx_bridge_quarantine_bytes", unit: .bytes, help: "What refused webhooks take on disk."),
        ]) {
            let usage = refused.usage
            return [[MetricSample(usage.requests)], [MetricSample(usage.bytes)]]
        }
    }
}
