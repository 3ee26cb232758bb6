import Events
import Metrics
import StatusIndex
import Synchronization
import Threading

/// Counts what the logs of executions bring, by service and status; called by the indexer.
///
/// An index that is built again reads every report again: what was counted, or came before this process began, does not
/// count then.
final class ExecutionMetrics: Sendable {
    /// Services times statuses; what is beyond it counts as `other`.
    private static let seriesLimit = 500

    private let reports: LabeledCounter
    private let begin: Timestamp
    /// By the log's name: the reports before that sequence were counted.
    private let countedBefore = Guarded<[String: UInt64]>([:])

    /// - Parameter begin: when this process began.
    init(_ registry: MetricRegistry, begin: Timestamp) {
        reports = registry.labeledCounter(
            "fx_bridge_execution_reports",
            help: "Reports of executions, of fx-runner and of others, by service and status.",
            labels: ["service", "status"], seriesLimit: Self.seriesLimit)
        self.begin = begin
    }

    /// - Parameter rows: in the order of the log.
    func note(log: String, _ rows: [ExecutionRow]) {
        let counted = countedBefore.withLock { all -> UInt64 in
            let counted = all[log] ?? 0
            if let last = rows.last { all[log] = max(counted, last.sequence + 1) }
            return counted
        }
        for row in rows where row.sequence >= counted && row.recordedMicroseconds >= begin.microseconds {
            guard let status = ExecutionStatus(indexCode: row.status) else { continue }
            reports.add([String(decoding: row.service, as: UTF8.self), status.rawValue])
        }
    }
}
