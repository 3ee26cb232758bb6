import DurableIO
import Metrics

/// What is counted of the event log's commits. Called once for each group, on a thread of the log's.
struct CommitMetrics: Sendable {
    private let events: Counter
    private let bytes: Counter
    private let refused: Counter
    private let groupSize: Histogram
    private let synchronization: Histogram
    private let failedSynchronizations: Counter

    init(_ registry: MetricRegistry) {
        events = registry.counter("fx_bridge_events_committed", help: "Events that are on disk.")
        bytes = registry.counter(
            "fx_bridge_events_committed_bytes", unit: .bytes, help: "Bytes of events that are on disk.")
        refused = registry.counter(
            "fx_bridge_events_failed", help: "Events that could not be stored; their senders were told.")
        groupSize = registry.histogram(
            "fx_bridge_commit_group_events", help: "Events that shared one write and one fdatasync.",
            buckets: .powersOfTwo)
        synchronization = registry.histogram(
            "fx_bridge_fdatasync_duration_seconds", unit: .seconds,
            help: "How long the disk takes to make a group durable.",
            buckets: .latency)
        failedSynchronizations = registry.counter(
            "fx_bridge_fdatasync_failures", help: "Calls of fdatasync that failed.")
    }

    func noteCommit(records: Int, bytes byteCount: Int) {
        events.add(UInt64(records))
        bytes.add(UInt64(byteCount))
        groupSize.record(UInt64(records))
    }

    func noteRefusal(records: Int) {
        refused.add(UInt64(records))
    }

    /// The same disk, with its synchronizations timed.
    func timed(_ disk: any Disk) -> any Disk {
        TimedDisk(disk, nanoseconds: { Stopwatch.nanoseconds }) { [synchronization, failedSynchronizations] in
            synchronization.record($0)
            if !$1 { failedSynchronizations.add() }
        }
    }
}
