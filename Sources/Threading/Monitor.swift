import Glibc

/// A value behind a lock, and a way to sleep until it changes (`pthread_mutex_t` and `pthread_cond_t`).
///
/// Synchronization's `Mutex` has no condition to wait on, and this server's threads wait for each other.
@safe
package final class Monitor<State>: @unchecked Sendable {
    // `state` is only touched between lock and unlock of `mutex`: as a property it would be asked at each access whether
    // somebody else is at it.
    @usableFromInline let state: UnsafeMutablePointer<State>
    @usableFromInline let mutex: UnsafeMutablePointer<pthread_mutex_t>
    @usableFromInline let condition: UnsafeMutablePointer<pthread_cond_t>

    package init(_ state: sending State) {
        unsafe self.state = .allocate(capacity: 1)
        unsafe self.state.initialize(to: state)
        unsafe mutex = .allocate(capacity: 1)
        unsafe condition = .allocate(capacity: 1)
        unsafe mutex.initialize(to: pthread_mutex_t())
        unsafe condition.initialize(to: pthread_cond_t())
        unsafe pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        unsafe pthread_condattr_init(&attributes)
        // Deadlines must not jump when somebody sets the clock.
        unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        unsafe pthread_cond_init(condition, &attributes)
        unsafe pthread_condattr_destroy(&attributes)
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe pthread_mutex_destroy(mutex)
        unsafe state.deinitialize(count: 1)
        unsafe state.deallocate()
        unsafe condition.deallocate()
        unsafe mutex.deallocate()
    }

    @inlinable
    package func withLock<Result, Failure: Error>(
        _ body: (inout State) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return try unsafe body(&state.pointee)
    }

    /// Changes the value and wakes one sleeper if `body` says so.
    @inlinable
    package func update<Failure: Error>(_ body: (inout State) throws(Failure) -> Wake) throws(Failure) {
        let wake = try withLock(body)
        switch wake {
        case .nobody: break
        case .one: unsafe pthread_cond_signal(condition)
        case .all: unsafe pthread_cond_broadcast(condition)
        }
    }

    /// Sleeps until `body` gives a result.
    @inlinable
    package func wait<Result>(for body: (inout State) -> Result?) -> Result {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        while true {
            if let result = unsafe body(&state.pointee) { return result }
            unsafe pthread_cond_wait(condition, mutex)
        }
    }

    /// Sleeps until `body` gives a result, or gives nil when the time is up.
    @inlinable
    package func wait<Result>(milliseconds: Int, for body: (inout State) -> Result?) -> Result? {
        wait(nanoseconds: Int64(milliseconds) * 1_000_000, for: body)
    }

    /// Sleeps until `body` gives a result, or gives nil when the time is up.
    @inlinable
    package func wait<Result>(nanoseconds: Int64, for body: (inout State) -> Result?) -> Result? {
        var deadline = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &deadline)
        let fraction = Int64(deadline.tv_nsec) + nanoseconds % 1_000_000_000
        deadline.tv_sec += Int(nanoseconds / 1_000_000_000 + fraction / 1_000_000_000)
        deadline.tv_nsec = Int(fraction % 1_000_000_000)
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        while true {
            if let result = unsafe body(&state.pointee) { return result }
            if unsafe pthread_cond_timedwait(condition, mutex, &deadline) == ETIMEDOUT {
                return unsafe body(&state.pointee)
            }
        }
    }
}

/// Whom a change concerns.
package enum Wake: Sendable {
    case nobody, one, all
}
