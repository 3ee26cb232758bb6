import Glibc

/// Time that only goes forward, for durations.
package enum Stopwatch {
    /// Nanoseconds since some moment; 25 ns. `clock_gettime(2)`
    package static var nanoseconds: UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
