import CLinux
import Glibc

/// The process's signals and changes in directories, waited for together: the main thread sleeps until one comes.
final class SignalWatch {
    enum Event {
        case signal(Int32)
        /// Something happened in a watched directory.
        case change
    }

    private let signals: Int32
    private let inotify: Int32

    /// Blocks the signals for this thread and all that it makes.
    init(blocking numbers: [Int32]) throws {
        guard unsafe fx_signals_block(numbers, Int32(numbers.count)) == 0 else {
            throw StartFailure("the signals could not be blocked")
        }
        signals = unsafe fx_signal_descriptor(numbers, Int32(numbers.count))
        inotify = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
        guard signals >= 0, inotify >= 0 else { throw StartFailure("signalfd or inotify_init1 failed (errno \(errno))") }
    }

    deinit {
        close(signals)
        close(inotify)
    }

    /// Watches a directory for files that are written, renamed into it, made or removed (inotify(7)).
    ///
    /// - Returns: false where the kernel refuses; then only a truth that is looked up remains.
    func watch(_ directory: String) -> Bool {
        let mask = UInt32(IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_MODIFY)
        return unsafe inotify_add_watch(inotify, directory, mask) >= 0
    }

    func next() -> Event {
        while true {
            var descriptors = [
                pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
                pollfd(fd: inotify, events: Int16(POLLIN), revents: 0),
            ]
            guard unsafe poll(&descriptors, 2, -1) > 0 else { continue }
            if descriptors[0].revents != 0 {
                // struct signalfd_siginfo: 128 bytes that begin with the signal's number (signalfd(2)).
                var info = [UInt32](repeating: 0, count: 32)
                if unsafe read(signals, &info, 128) == 128 { return .signal(Int32(info[0])) }
            }
            if descriptors[1].revents != 0 {
                var buffer = [UInt8](repeating: 0, count: 4096)
                while unsafe read(inotify, &buffer, buffer.count) > 0 {}
                return .change
            }
        }
    }
}
