import Glibc
import Threading

/// Tells systemd that a service works, as long as it does; where it is silent for `WatchdogSec=`, systemd starts a new one.
///
/// The thread that says so lives whatever happens to the others, so that alone would prove nothing. It speaks only after
/// the committer of each log has given a sign since the last time, and while not every worker has been held by the same
/// request for longer than a peer may stall.
package final class Watchdog: Sendable {
    /// What is looked at.
    package struct Signs: Sendable {
        /// Two for each log: numbers that grow while its committer, and who tells the waiters, are not held.
        let committers: @Sendable () -> [UInt64]
        /// One for each worker: odd while it serves, and another number for each request.
        let workers: @Sendable () -> [UInt64]

        package init(
            committers: @escaping @Sendable () -> [UInt64], workers: @escaping @Sendable () -> [UInt64]
        ) {
            self.committers = committers
            self.workers = workers
        }
    }

    private struct State {
        var isStopping = false
    }

    private let intervalMilliseconds: Int
    private let workerStallMilliseconds: Int
    private let signs: Signs
    private let tell: @Sendable () -> Void
    private let state = Monitor(State())
    private let thread = ThreadSlot()

    /// - Parameters:
    ///   - watchdogMicroseconds: the environment's `WATCHDOG_USEC`.
    ///   - watchdogPID: the environment's `WATCHDOG_PID`; the watchdog of another process is not ours.
    ///   - workerStallMilliseconds: for how long all workers may be held.
    /// - Returns: nil where systemd asks for none: then nothing ever wakes up for it.
    package init?(
        watchdogMicroseconds: String?, watchdogPID: String?, workerStallMilliseconds: Int, signs: Signs,
        tell: @escaping @Sendable () -> Void
    ) {
        guard let microseconds = watchdogMicroseconds.flatMap({ Int($0) }), microseconds > 0,
            watchdogPID == nil || watchdogPID == String(getpid())
        else { return nil }
        // Half of what is allowed, as sd_watchdog_enabled(3) recommends.
        intervalMilliseconds = max(1, microseconds / 2000)
        self.workerStallMilliseconds = workerStallMilliseconds
        self.signs = signs
        self.tell = tell
    }

    package func start() throws(ThreadError) {
        try thread.start(name: "fx-watchdog") { self.run() }
    }

    package func stop() {
        state.update { state in
            state.isStopping = true
            return .all
        }
        thread.join()
    }

    private func run() {
        var judge = Judge(signs: signs, workerStallMilliseconds: workerStallMilliseconds)
        while state.wait(milliseconds: intervalMilliseconds, for: { $0.isStopping ? true : nil }) == nil {
            if judge.isAlive(afterMilliseconds: intervalMilliseconds) { tell() }
        }
    }

    /// Compares what it sees with what it saw the last time.
    struct Judge {
        private let signs: Signs
        private let workerStallMilliseconds: Int
        private var committers: [UInt64]
        private var workers: [UInt64]
        private var heldMilliseconds = 0

        init(signs: Signs, workerStallMilliseconds: Int) {
            self.signs = signs
            self.workerStallMilliseconds = workerStallMilliseconds
            committers = signs.committers()
            workers = signs.workers()
        }

        mutating func isAlive(afterMilliseconds milliseconds: Int) -> Bool {
            let (newCommitters, newWorkers) = (signs.committers(), signs.workers())
            defer { (committers, workers) = (newCommitters, newWorkers) }
            let areHeld = !newWorkers.isEmpty && zip(newWorkers, workers).allSatisfy { $0 == $1 && $0 % 2 == 1 }
            heldMilliseconds = areHeld ? heldMilliseconds + milliseconds : 0
            return zip(newCommitters, committers).allSatisfy { $0 != $1 } && heldMilliseconds <= workerStallMilliseconds
        }
    }
}
