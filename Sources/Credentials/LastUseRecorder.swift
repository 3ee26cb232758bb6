import Authentication
import Threading

/// Writes down when credentials were last used: some seconds after a use, and at the stop.
///
/// Its thread sleeps until a credential is used in a second in which it was not used before; a request pays an atomic
/// load for that. It then waits for `interval`, so that a busy responder writes the file once in that time.
package final class LastUseRecorder: Sendable {
    package static let defaultInterval = Duration.seconds(10)

    private struct State {
        var isWoken = false
        var isStopping = false
        var thread: WorkerThread?
    }

    private let file: LastUseFile
    private let intervalMilliseconds: Int
    private let report: @Sendable (CredentialsError) -> Void
    private let state: Monitor<State>
    /// For the credentials' follower.
    package let notice: UseNotice

    /// - Parameter report: called on the recorder's thread when the file could not be written.
    package init(
        path: String, interval: Duration = defaultInterval, report: @escaping @Sendable (CredentialsError) -> Void
    ) {
        file = LastUseFile(path: path)
        intervalMilliseconds =
            Int(interval.components.seconds) * 1000 + Int(interval.components.attoseconds / 1_000_000_000_000_000)
        self.report = report
        let state = Monitor(State())
        self.state = state
        notice = UseNotice {
            state.update { state in
                state.isWoken = true
                return .all
            }
        }
    }

    /// Begins to record; before it, what an earlier process has recorded is taken over.
    ///
    /// - Parameter follower: made with ``notice``.
    /// - Throws: ``ThreadError``.
    package func start(_ follower: CredentialFollower) throws(ThreadError) {
        do throws(CredentialsError) {
            follower.adopt(try file.read())
        } catch {
            // It tells the operator something, and decides nothing: the next write mends it.
            report(error)
        }
        let thread = try WorkerThread(name: "last-use") { [self] in run(follower) }
        state.withLock { $0.thread = thread }
    }

    /// Writes what was not written yet, and ends.
    package func stop() {
        let thread = state.withLock { state in
            state.isStopping = true
            defer { state.thread = nil }
            return state.thread
        }
        state.update { _ in .all }
        thread?.join()
    }

    private func run(_ follower: CredentialFollower) {
        var isStopping = false
        while !isStopping {
            state.wait { state in state.isWoken || state.isStopping ? () : nil }
            let stop: Void? = state.wait(milliseconds: intervalMilliseconds) { $0.isStopping ? () : nil }
            isStopping = stop != nil
            state.withLock { $0.isWoken = false }
            // First taken, then looked at: a use in between wakes the thread again.
            guard notice.take() else { continue }
            do throws(CredentialsError) {
                try file.write(follower.lastUses)
            } catch {
                report(error)
            }
        }
    }
}
