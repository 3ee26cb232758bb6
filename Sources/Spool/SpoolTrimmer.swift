import Threading

/// Keeps a spool within its retention, on a thread of its own that sleeps while nothing can have become removable.
///
/// That is: it looks at the start, when the writer has begun a new segment, and when the oldest segment's time is up.
package final class SpoolTrimmer: Sendable {
    /// What there is to tell, on the trimmer's thread.
    package enum Event: Sendable {
        /// What came of a look at a log; told after each, also where nothing was removed.
        case looked(SpoolRetention.Look)
        /// Sealed segments were compressed.
        case compressed(log: String, LogCompression.Outcome)
        case notCompressed(log: String, CursorError)
    }
    package typealias Notice = @Sendable (Event) -> Void

    private struct Signal {
        /// The segment that the writer was in at the last commit.
        var segment: UInt64?
        var isPoked = true
        var isStopping = false
        var policy: RetentionPolicy
    }

    private let retention: SpoolRetention
    private let isCompressing: Bool
    private let nowSeconds: @Sendable () -> Int64
    private let notice: Notice
    private let signal: Monitor<Signal>
    private let thread = ThreadSlot()

    /// A clock that is set, or a consumer that has passed since, is noticed after a day though nothing is written.
    private static let sleepSecondsLimit: Int64 = 86_400

    /// - Parameters:
    ///   - isCompressing: whether sealed segments are compressed, see ``LogCompression``.
    ///   - nowSeconds: the time in seconds since 1970.
    ///   - notice: called on the trimmer's thread.
    package init(
        retention: SpoolRetention, policy: RetentionPolicy, isCompressing: Bool = false,
        nowSeconds: @escaping @Sendable () -> Int64,
        notice: @escaping Notice
    ) {
        self.retention = retention
        signal = Monitor(Signal(policy: policy))
        self.isCompressing = isCompressing
        self.nowSeconds = nowSeconds
        self.notice = notice
    }

    package func start() throws(ThreadError) {
        try thread.start(name: "fx-trimmer") { self.run() }
    }

    /// Says where the log's writer is. Costs a lock, and a wake-up if it is another segment than before.
    package func noteCommit(_ position: LogPosition) {
        signal.update { signal in
            defer { signal.segment = position.segment }
            guard signal.segment != position.segment else { return .nobody }
            signal.isPoked = true
            return .one
        }
    }

    /// Keeps to another policy from now on, and looks at once.
    package func setPolicy(_ policy: RetentionPolicy) {
        signal.update { signal in
            signal.policy = policy
            signal.isPoked = true
            return .one
        }
    }

    /// Ends the thread after the look it is at.
    package func stop() {
        signal.update { signal in
            signal.isStopping = true
            return .all
        }
        thread.join()
    }

    private func run() {
        WorkerThread.yieldToOthers()
        var dueSeconds: Int64?
        while waitForWork(dueSeconds: dueSeconds) {
            let looks = retention.apply(signal.withLock { $0.policy }, nowSeconds: nowSeconds())
            dueSeconds = (try? looks[0].trim.get())?.nextDueSeconds
            for look in looks { notice(.looked(look)) }
            if isCompressing { compress() }
        }
    }

    private func compress() {
        for log in retention.compressions() where !signal.withLock({ $0.isStopping }) {
            do throws(CursorError) {
                let outcome = try log.run()
                if outcome.segments > 0 { notice(.compressed(log: log.log, outcome)) }
            } catch {
                notice(.notCompressed(log: log.log, error))
            }
        }
    }

    /// False when it is time to stop.
    private func waitForWork(dueSeconds: Int64?) -> Bool {
        // At least one second: a file's time has no more precision here.
        let sleepSeconds =
            dueSeconds.map { min(max($0 - nowSeconds(), 1), Self.sleepSecondsLimit) } ?? Self.sleepSecondsLimit
        return signal.wait(milliseconds: Int(sleepSeconds) * 1000) { signal -> Bool? in
            if signal.isStopping { return false }
            guard signal.isPoked else { return nil }
            signal.isPoked = false
            return true
        } ?? true
    }
}
