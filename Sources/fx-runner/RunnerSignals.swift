import CLinux
import Glibc
import Threading

/// The process's signals, read by one thread.
///
/// They come through a pipe that their handlers write to, and not through signalfd(2): swift-subprocess and the Swift
/// runtime have threads that block no signals, and a signal that one of them gets would end the process.
final class RunnerSignals {
    private let reading: Int32

    init() throws {
        let numbers = [SIGTERM, SIGINT, SIGHUP, SIGUSR1]
        var ends: [Int32] = [-1, -1]
        guard unsafe fx_pipe(&ends) == 0, fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0,
            unsafe fx_signals_to_pipe(numbers, Int32(numbers.count), ends[1]) == 0
        else { throw StartFailure("the signals cannot be taken: errno \(errno)") }
        reading = ends[0]
    }

    /// Starts the thread, which ends with the process.
    ///
    /// - Parameter take: called on it with the number of each signal.
    func listen(_ take: @escaping @Sendable (Int32) -> Void) throws {
        _ = try WorkerThread(name: "fx-signals") { [reading] in
            var number: UInt8 = 0
            while true {
                let count = unsafe read(reading, &number, 1)
                if count < 0, errno == EINTR { continue }
                guard count == 1 else { return }
                take(Int32(number))
            }
        }
    }
}
