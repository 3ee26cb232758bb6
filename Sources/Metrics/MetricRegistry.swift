import Synchronization
import Threading

/// All metrics of a process, in the order in which they were registered.
///
/// ```swift
/// let requests = metrics.counter("fx_bridge_requests", help: "Requests answered.", labels: ["route"], series: [["a"], ["b"]])
/// requests.add(series: 1)
/// metrics.gauge("fx_bridge_waiters", help: "Senders that wait for a result.") { waiters.count }
/// ```
package final class MetricRegistry: Sendable {
    private let metrics = Guarded<[any Metric]>([])

    package init() {}

    /// - Parameter isSparse: series that have counted nothing are left out.
    package func counter(
        _ name: String, unit: MetricDescription.Unit? = nil, help: String, labels: [String] = [],
        series: [[String]] = [[]], isSparse: Bool = false
    ) -> Counter {
        let description = MetricDescription(.counter, name, unit: unit, help: help, labels: labels)
        return register(Counter(description, series: series, isSparse: isSparse))
    }

    /// - Parameter seriesLimit: combinations of label values; further ones count as `other`.
    package func labeledCounter(
        _ name: String, help: String, labels: [String], seriesLimit: Int
    ) -> LabeledCounter {
        register(LabeledCounter(.counter(name, help: help, labels: labels), seriesLimit: seriesLimit))
    }

    package func histogram(
        _ name: String, unit: MetricDescription.Unit? = nil, help: String, buckets: Histogram.Buckets,
        labels: [String] = [], series: [[String]] = [[]], isSparse: Bool = false
    ) -> Histogram {
        let description = MetricDescription(.histogram, name, unit: unit, help: help, labels: labels)
        return register(Histogram(description, buckets: buckets, series: series, isSparse: isSparse))
    }

    /// A number that is looked up when somebody asks.
    package func gauge(
        _ name: String, unit: MetricDescription.Unit? = nil, help: String, read: @escaping @Sendable () -> Int
    ) {
        collect([.gauge(name, unit: unit, help: help)]) { [[MetricSample(read())]] }
    }

    /// Metrics that come from one look at something.
    ///
    /// - Parameter read: gives the samples of each description, in their order; none where a thing cannot be known now.
    ///   Called on the thread that answers `/metrics`.
    package func collect(
        _ descriptions: [MetricDescription], read: @escaping @Sendable () -> [[MetricSample]]
    ) {
        let look = Look(read)
        for index in descriptions.indices {
            _ = register(CollectedMetric(description: descriptions[index], index: index, look: look))
        }
    }

    /// What a scraper gets.
    package func text(_ format: MetricsText.Format) -> [UInt8] {
        var text = MetricsText(format)
        // Metrics of one look stand together, and share it.
        for metric in metrics.withLock({ $0 }) {
            text.begin(metric.description)
            metric.write(to: &text)
        }
        return text.finished()
    }

    private func register<Registered: Metric>(_ metric: Registered) -> Registered {
        metrics.withLock { metrics in
            let name = metric.description.name
            precondition(!metrics.contains { $0.description.name == name }, "\(name) is registered already")
            metrics.append(metric)
        }
        return metric
    }
}

/// Something that `/metrics` tells.
protocol Metric: Sendable {
    var description: MetricDescription { get }
    func write(to text: inout MetricsText)
}

/// A reading that several metrics share: the first of them takes it, the last gives it up.
private final class Look: Sendable {
    private let read: @Sendable () -> [[MetricSample]]
    private let taken = Guarded<[[MetricSample]]>([])

    init(_ read: @escaping @Sendable () -> [[MetricSample]]) { self.read = read }

    func samples(_ index: Int) -> [MetricSample] {
        if index == 0 {
            let fresh = read()
            taken.withLock { $0 = fresh }
        }
        return taken.withLock { $0.indices.contains(index) ? $0[index] : [] }
    }
}

private struct CollectedMetric: Metric {
    let description: MetricDescription
    let index: Int
    let look: Look

    func write(to text: inout MetricsText) {
        let suffix: StaticString = description.kind == .counter ? "_total" : ""
        for sample in look.samples(index) where sample.labels.count == description.labels.count {
            text.sample(suffix, names: description.labels, sample.labels, sample.value)
        }
    }
}
