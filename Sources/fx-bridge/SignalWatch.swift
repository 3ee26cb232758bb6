import CLinux
import DurableIO
import Glibc

/// The process's signals and changes in directories, waited for together: the main thread sleeps until one comes.
final class SignalWatch {
    enum Event {
        case signal(Int32)
        /// Something happened in a watched directory.
        case change
        /// ``SignalWatch/wake`` was called.
        case woken
    }

    private let signals: Int32
    private let directories: DirectoryWatch
    private let wakeDescriptor: Int32

    /// Blocks the signals for this thread and all that it makes.
    init(blocking numbers: [Int32]) throws {
        guard unsafe fx_signals_block(numbers, Int32(numbers.count)) == 0 else {
            throw StartFailure("the signals could not be blocked")
        }
        signals = unsafe fx_signal_descriptor(numbers, Int32(numbers.count))
        guard signals >= 0 else { throw StartFailure("signalfd failed with errno \(errno)") }
        wakeDescriptor = fx_event_descriptor()
        guard wakeDescriptor >= 0 else { throw StartFailure("eventfd failed with errno \(errno)") }
        do { directories = try DirectoryWatch() } catch { throw StartFailure("\(error)") }
    }

    deinit {
        close(signals)
        close(wakeDescriptor)
    }

    /// Ends every wait from now on, called by any thread while this object lives.
    var wake: @Sendable () -> Void { { [wakeDescriptor] in _ = fx_event_signal(wakeDescriptor) } }

    /// Watches a directory.
    ///
    /// - Returns: false where the kernel refuses; then only a truth that is looked up remains.
    func watch(_ directory: String) -> Bool {
        do { try directories.add(directory) } catch { return false }
        return true
    }

    /// Waits for what comes next, for ever or until the time is up: then it is nil.
    func next(milliseconds: Int) -> Event? { wait(milliseconds: Int32(clamping: milliseconds)) }

    func next() -> Event {
        while true { if let event = wait(milliseconds: -1) { return event } }
    }

    private func wait(milliseconds: Int32) -> Event? {
        while true {
            var descriptors = [
                pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
                pollfd(fd: directories.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: wakeDescriptor, events: Int16(POLLIN), revents: 0),
            ]
            let count = unsafe poll(&descriptors, nfds_t(descriptors.count), milliseconds)
            if count == 0 { return nil }
            // Interrupted by a debugger: the signals of this process are blocked.
            guard count > 0 else { continue }
            if descriptors[0].revents != 0 {
                // struct signalfd_siginfo: 128 bytes that begin with the signal's number (signalfd(2)).
                var info = [UInt32](repeating: 0, count: 32)
                if unsafe read(signals, &info, 128) == 128 { return .signal(Int32(info[0])) }
            }
            if descriptors[1].revents != 0 {
                directories.drain()
                return .change
            }
            if descriptors[2].revents != 0 { return .woken }
        }
    }
}
