import Synchronization

#if FX_SANITIZE_THREAD
    /// A value behind a lock, for ThreadSanitizer: it does not see into the futex of `Synchronization.Mutex`, which lies
    /// in a library of Swift's that is not built for it, and would report each access that this lock orders.
    ///
    /// deploy/lib/check-sanitizers builds with it; nothing else does.
    package struct Guarded<Value>: ~Copyable, Sendable {
        private let monitor: Monitor<Value>

        package init(_ value: sending Value) { monitor = Monitor(value) }

        package func withLock<Result, Failure: Error>(
            _ body: (inout Value) throws(Failure) -> Result
        ) throws(Failure) -> Result { try monitor.withLock(body) }
    }
#else
    /// A value behind a lock that nobody sleeps on for a change; see ``Monitor`` for that.
    package typealias Guarded<Value> = Mutex<Value>
#endif
