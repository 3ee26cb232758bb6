/// When an execution that failed is tried again: after `base`, then after `factor` times as long each time, never longer
/// than `cap`.
///
/// base 1s, factor 2, cap 10s: after 1, 2, 4, 8, 10, 10 … seconds, each shortened by up to `jitter` of it, so that what
/// failed together does not come back together.
package struct RetryPolicy: Sendable, Equatable {
    /// Runs in all, the first one included.
    package var attempts: Int
    package var base: Duration
    package var factor: Double
    package var cap: Duration
    /// 0 to 1.
    package var jitter: Double

    package static let none = RetryPolicy(
        attempts: 1, base: .seconds(1), factor: 2, cap: .seconds(300), jitter: 0.2)

    package init(attempts: Int, base: Duration, factor: Double, cap: Duration, jitter: Double) {
        self.attempts = attempts
        self.base = base
        self.factor = factor
        self.cap = cap
        self.jitter = jitter
    }

    /// Milliseconds until the run after `attempt`; nil when that was the last one.
    ///
    /// - Parameter chance: 0 to below 1, where in the jitter's range it falls.
    package func delayMilliseconds(after attempt: Int, chance: Double) -> Int64? {
        guard attempt < attempts else { return nil }
        let capMilliseconds = Double(cap.milliseconds)
        var delay = min(Double(base.milliseconds), capMilliseconds)
        // Not pow(3): a factor of 1 with a million attempts ends as soon as the cap is reached.
        var step = 1
        while step < attempt, delay < capMilliseconds, factor > 1 {
            delay = min(delay * factor, capMilliseconds)
            step += 1
        }
        return Int64(delay * (1 - jitter * chance))
    }
}

extension Duration {
    package var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
