import Threading

/// A number that only grows, or one for each of a fixed list of label values.
///
/// The list is made once, from enumerations: a request counts by index, without a look at any text.
package final class Counter: Metric {
    package let description: MetricDescription
    private let series: [[String]]
    private let cells: AtomicCells
    /// Series that have counted nothing are left out; right where most of them never will.
    private let isSparse: Bool

    init(_ description: MetricDescription, series: [[String]], isSparse: Bool) {
        precondition(series.allSatisfy { $0.count == description.labels.count }, "\(description.name): labels missing")
        self.description = description
        self.series = series
        self.isSparse = isSparse
        cells = AtomicCells(count: series.count)
    }

    package func add(_ amount: UInt64 = 1, series: Int = 0) {
        cells.add(amount, at: series)
    }

    package func value(series: Int = 0) -> UInt64 { cells.value(at: series) }

    package func write(to text: inout MetricsText) {
        for (index, labels) in series.enumerated() {
            let value = cells.value(at: index)
            if value == 0, isSparse { continue }
            text.sample("_total", names: description.labels, labels, value)
        }
    }
}
