import Glibc

/// Where the log's lines go: fence around its file descriptor.
final class LogOutput: @unchecked Sendable {
    // Written and reopened by the log's own thread only.
    private var descriptor: Int32
    private let path: String?

    /// How long a pipe that nobody reads may stand still before its lines are given up.
    private static let patienceMilliseconds: Int32 = 2000

    /// Standard error.
    init() {
        descriptor = 2
        path = nil
    }

    /// - Throws: ``LogError``; there is no log then.
    init(path: String) throws(LogError) {
        self.path = path
        descriptor = try Self.open(path)
    }

    deinit { if path != nil { close(descriptor) } }

    /// Opens the file of that name again, which may be another one now; the old one goes on if that fails.
    ///
    /// - Returns: false for standard error, which nobody can rename.
    func reopen() throws(LogError) -> Bool {
        guard let path else { return false }
        let fresh = try Self.open(path)
        close(descriptor)
        descriptor = fresh
        return true
    }

    /// Writes all bytes. `write(2)`
    ///
    /// - Throws: ``LogError`` with how many bytes were written before.
    func write(_ bytes: [UInt8]) throws(LogError) {
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[written...])
                return unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
            }
            if count >= 0 {
                written += count
            } else if errno == EAGAIN {
                // Somebody made standard error non-blocking for all who share it.
                var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                guard unsafe poll(&wait, 1, Self.patienceMilliseconds) > 0 else {
                    throw LogError(call: "write", path: path ?? "standard error", errno: EAGAIN, writtenBytes: written)
                }
            } else if errno != EINTR {
                throw LogError(call: "write", path: path ?? "standard error", errno: errno, writtenBytes: written)
            }
        }
    }

    private static func open(_ path: String) throws(LogError) -> Int32 {
        let descriptor = unsafe Glibc.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw LogError(call: "open", path: path, errno: errno, writtenBytes: 0) }
        return descriptor
    }

    /// Whether standard error is the journal: `JOURNAL_STREAM` names its device and inode then (systemd.exec(5)).
    static func isJournal(_ stream: String?) -> Bool {
        var facts = stat()
        guard let stream, unsafe fstat(2, &facts) == 0 else { return false }
        return stream == "\(facts.st_dev):\(facts.st_ino)"
    }
}

/// Why the log was not written.
package struct LogError: Error, Equatable, Sendable, CustomStringConvertible {
    let call: String
    let path: String
    let errno: Int32
    let writtenBytes: Int

    package var description: String { unsafe "\(call) \(path): \(String(cString: strerror(errno)))" }
}
