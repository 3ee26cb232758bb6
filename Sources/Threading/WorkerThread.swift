import CLinux
import Glibc

/// A thread that runs one function to its end and is waited for (`pthread_create(3)`).
///
/// It inherits the signal mask of its maker: block the process's signals first, because libfcgi knows no EINTR.
package final class WorkerThread: @unchecked Sendable {
    // `handle` is written before the thread exists for anybody else and read once, by the owner that joins.
    private let handle: pthread_t

    private final class Body {
        let name: String
        let run: @Sendable () -> Void

        init(name: String, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// - Parameter name: what `top -H` shows; Linux keeps 15 bytes of it.
    /// - Throws: ``ThreadError`` when the machine refuses another thread.
    package init(name: String, run: @escaping @Sendable () -> Void) throws(ThreadError) {
        let body = unsafe Unmanaged.passRetained(Body(name: String(name.prefix(15)), run: run))
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        defer { unsafe pthread_attr_destroy(&attributes) }
        // The default of 8 MiB is address space only, but many of them fail under a memory limit.
        unsafe pthread_attr_setstacksize(&attributes, 1 << 20)
        var handle = pthread_t()
        let status = unsafe pthread_create(
            &handle, &attributes,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let body = unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
                unsafe fx_thread_set_name(body.name)
                body.run()
                return nil
            }, body.toOpaque())
        guard status == 0 else {
            unsafe body.release()
            throw ThreadError(errno: status)
        }
        self.handle = handle
    }

    /// Lets every thread that answers somebody go before the calling one. On Linux a thread has a
    /// priority of its own. `setpriority(2)`
    package static func yieldToOthers() {
        let niceness: Int32 = 10
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness)
    }

    /// Lets a thread run that waits for the calling one's processor. For work that nobody waits for and that takes long:
    /// otherwise the kernel lets it go on for 3 ms while somebody has to answer. `sched_yield(2)`
    package static func giveWay() { sched_yield() }

    /// Waits for the end of the function. Called once.
    package func join() {
        pthread_join(handle, nil)
    }
}

/// The machine refused another thread.
package struct ThreadError: Error, Sendable, CustomStringConvertible {
    package let errno: Int32
    package var description: String { unsafe "pthread_create: \(String(cString: strerror(errno)))" }
}
