import Threading

/// How values are distributed over fixed buckets, or how for each of a fixed list of label values.
///
/// Values are whole numbers (nanoseconds, bytes, records): recording is a short search and two additions.
package final class Histogram: Metric {
    /// Upper bounds of the buckets, each inclusive, and how many of the value's units make one of the metric's.
    package struct Buckets: Sendable {
        let bounds: [UInt64]
        let unitsPerWhole: Double

        /// - Precondition: ascending.
        package init(_ bounds: [UInt64], unitsPerWhole: Double = 1) {
            precondition(!bounds.isEmpty && zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 })
            self.bounds = bounds
            self.unitsPerWhole = unitsPerWhole
        }

        /// Of nanoseconds, shown as seconds.
        package static func nanoseconds(_ bounds: [UInt64]) -> Buckets { Buckets(bounds, unitsPerWhole: 1e9) }

        /// 50 µs to 10 s: requests, and what they wait for.
        package static let latency = nanoseconds([
            50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000,
            100_000_000, 250_000_000, 500_000_000, 1_000_000_000, 2_500_000_000, 5_000_000_000, 10_000_000_000,
        ])
        /// 1 µs to 10 ms: computations.
        package static let computation = nanoseconds([
            1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 10_000_000,
        ])
        /// 1, 2, 4, … 4096.
        package static let powersOfTwo = Buckets((0...12).map { 1 << UInt64($0) })
    }

    package let description: MetricDescription
    private let series: [[String]]
    private let buckets: Buckets
    /// For each series its buckets, the last one without a bound, then the sum.
    private let cells: AtomicCells
    private let isSparse: Bool

    init(_ description: MetricDescription, buckets: Buckets, series: [[String]], isSparse: Bool) {
        precondition(series.allSatisfy { $0.count == description.labels.count }, "\(description.name): labels missing")
        self.description = description
        self.series = series
        self.buckets = buckets
        self.isSparse = isSparse
        cells = AtomicCells(count: series.count * (buckets.bounds.count + 2))
    }

    /// - Parameter value: in the units of the buckets' bounds.
    package func record(_ value: UInt64, series: Int = 0) {
        let first = series * (buckets.bounds.count + 2)
        var bucket = 0
        while bucket < buckets.bounds.count, value > buckets.bounds[bucket] { bucket += 1 }
        cells.add(1, at: first + bucket)
        cells.add(value, at: first + buckets.bounds.count + 1)
    }

    package func count(series: Int = 0) -> UInt64 {
        let first = series * (buckets.bounds.count + 2)
        return (0...buckets.bounds.count).reduce(0) { $0 + cells.value(at: first + $1) }
    }

    package func write(to text: inout MetricsText) {
        let names = description.labels + ["le"]
        for (index, labels) in series.enumerated() {
            let first = index * (buckets.bounds.count + 2)
            if isSparse, count(series: index) == 0 { continue }
            var count: UInt64 = 0
            for (bucket, bound) in buckets.bounds.enumerated() {
                count += cells.value(at: first + bucket)
                // Divided, not multiplied by 1e-9: 250,000 ns is 0.00025 and not 0.00025000000000000001.
                text.sample("_bucket", names: names, labels + ["\(Double(bound) / buckets.unitsPerWhole)"], count)
            }
            count += cells.value(at: first + buckets.bounds.count)
            text.sample("_bucket", names: names, labels + ["+Inf"], count)
            // From the same reading as the buckets, so that the two agree.
            text.sample("_count", names: description.labels, labels, count)
            let sum = Double(cells.value(at: first + buckets.bounds.count + 1)) / buckets.unitsPerWhole
            text.sample("_sum", names: description.labels, labels, sum)
        }
    }
}
