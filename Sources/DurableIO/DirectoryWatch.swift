import Glibc

/// Hints that something changed in a directory (inotify(7)). Only hints: what is true is what a look at the files tells,
/// and a watch may miss or repeat.
package final class DirectoryWatch: Sendable {
    private static let readsLimit = 64

    /// Becomes readable when there is a hint; for a caller that waits for other things too.
    package let descriptor: Int32

    /// - Throws: ``IOError`` when the kernel has no watches to give.
    package init() throws(IOError) {
        descriptor = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
        guard descriptor >= 0 else { throw IOError("inotify_init1", "", errno: errno) }
    }

    deinit { close(descriptor) }

    /// Watches for files that are written, renamed into it, made or removed. Adding a directory twice is once.
    package func add(_ directory: String) throws(IOError) {
        let mask = UInt32(IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_MODIFY)
        guard unsafe inotify_add_watch(descriptor, directory, mask) >= 0 else {
            throw IOError("inotify_add_watch", directory, errno: errno)
        }
    }

    /// Forgets the hints that have come; where they come without end, some thousands of them, so that the caller gets
    /// to what else it waits for.
    package func drain() {
        var buffer = [UInt8](repeating: 0, count: 4096)
        for _ in 0..<Self.readsLimit where unsafe read(descriptor, &buffer, buffer.count) <= 0 { return }
    }

    /// Sleeps until there is a hint, or until the time is up.
    package func wait(milliseconds: Int32) {
        var descriptors = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
        if unsafe poll(&descriptors, 1, milliseconds) > 0 { drain() }
    }
}
