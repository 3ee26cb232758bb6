/// A thread that sleeps until it is poked, or for a while, and ends when its owner says so.
///
/// A poke is a hint: one that comes while the thread works makes it look again, and many are as good as one.
package final class PokedThread: Sendable {
    /// Why the thread is awake.
    package enum Waking: Sendable {
        case poked
        case timeIsUp
        case stopping
    }

    private struct State {
        /// What was asked for before the thread began is found by a first look.
        var isPoked = true
        var isStopping = false
    }

    private let state = Monitor(State())
    private let thread = ThreadSlot()

    package init() {}

    /// - Throws: ``ThreadError`` when the machine refuses the thread.
    package func start(name: String, run: @escaping @Sendable () -> Void) throws(ThreadError) {
        try thread.start(name: name, run: run)
    }

    package func poke() {
        state.update { state in
            state.isPoked = true
            return .one
        }
    }

    /// Ends the thread after what it is doing, and waits for that.
    package func stop() {
        state.update { state in
            state.isStopping = true
            return .all
        }
        thread.join()
    }

    /// For work that is long: whether it is time to leave the rest.
    package var isStopping: Bool { state.withLock { $0.isStopping } }

    /// Sleeps; called by the thread itself.
    package func wait(milliseconds: Int) -> Waking {
        state.wait(milliseconds: milliseconds) { state -> Waking? in
            if state.isStopping { return .stopping }
            guard state.isPoked else { return nil }
            state.isPoked = false
            return .poked
        } ?? .timeIsUp
    }
}
