/// The one thread that an object has of its own: begun once, waited for by whoever stops the object first.
package final class ThreadSlot: Sendable {
    private let thread = Monitor<WorkerThread?>(nil)

    package init() {}

    /// Begins the thread.
    ///
    /// - Throws: ``ThreadError`` when the machine refuses it.
    package func start(name: String, run: @escaping @Sendable () -> Void) throws(ThreadError) {
        let started = try WorkerThread(name: name, run: run)
        thread.withLock { $0 = started }
    }

    /// Waits until the thread has ended. The caller has told it to; where there is none, or another waits already, it
    /// returns at once.
    package func join() {
        let running = thread.withLock { thread -> WorkerThread? in
            defer { thread = nil }
            return thread
        }
        running?.join()
    }
}
