import Synchronization
import Threading

/// Counts by label values that are not known beforehand: names of services, say. Not for the way of a request: it takes
/// a lock.
///
/// What others send decides which values come, so there is a limit: beyond it everything counts as `other`, in one series
/// for all labels.
package final class LabeledCounter: Metric {
    package static let otherLabel = "other"
    /// A label's value is cut here.
    static let labelBytesLimit = 128

    package let description: MetricDescription
    private let seriesLimit: Int
    private let counts = Guarded<[[String]: UInt64]>([:])

    init(_ description: MetricDescription, seriesLimit: Int) {
        precondition(seriesLimit > 0 && !description.labels.isEmpty)
        self.description = description
        self.seriesLimit = seriesLimit
    }

    /// - Parameter labels: one for each label of the description.
    package func add(_ labels: [String], amount: UInt64 = 1) {
        precondition(labels.count == description.labels.count)
        let cut = labels.map { $0.utf8.count <= Self.labelBytesLimit ? $0 : Self.cut($0) }
        counts.withLock { counts in
            let isNew = counts[cut] == nil
            let key = isNew && counts.count >= seriesLimit ? cut.map { _ in Self.otherLabel } : cut
            counts[key, default: 0] += amount
        }
    }

    package func write(to text: inout MetricsText) {
        let counts = counts.withLock { $0 }
        for (labels, count) in counts.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            text.sample("_total", names: description.labels, labels, count)
        }
    }

    private static func cut(_ text: String) -> String {
        String(decoding: text.utf8.prefix(labelBytesLimit), as: UTF8.self)
    }
}
