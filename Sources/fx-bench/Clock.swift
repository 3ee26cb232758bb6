import Glibc

/// Nanoseconds and microseconds of the clocks that a measurement needs.
enum Clock {
    /// Microseconds since 1970, UTC.
    static func wallMicroseconds() -> Int64 {
        let time = read(CLOCK_REALTIME)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }

    /// Nanoseconds of a clock that nobody sets.
    static func nanoseconds() -> Int64 { nanoseconds(CLOCK_MONOTONIC) }

    /// Nanoseconds that this thread was running.
    static func threadNanoseconds() -> Int64 { nanoseconds(CLOCK_THREAD_CPUTIME_ID) }

    /// Nanoseconds that all threads of this process were running.
    static func processNanoseconds() -> Int64 { nanoseconds(CLOCK_PROCESS_CPUTIME_ID) }

    private static func nanoseconds(_ clock: clockid_t) -> Int64 {
        let time = read(clock)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    private static func read(_ clock: clockid_t) -> timespec {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return time
    }
}
