import CLinux
import Glibc

/// The socket that the front server connects to: bound to a path of its own, or inherited.
///
/// libfcgi's own `FCGX_OpenSocket` ends the process when it fails and removes whatever lies at the path.
@safe
package final class ListeningSocket: Sendable {
    let descriptor: Int32
    /// The path to remove at the end; nil for an inherited socket, which belongs to whoever made it.
    private let ownedPath: String?

    private init(descriptor: Int32, ownedPath: String?) {
        self.descriptor = descriptor
        self.ownedPath = ownedPath
    }

    /// The socket that a supervisor passed: descriptor 3 (`LISTEN_FDS`, sd_listen_fds(3)) or 0 (`StandardInput=socket`).
    ///
    /// - Returns: nil if none was passed.
    package static func inherited(
        listenPID: String?, listenDescriptors: String?
    ) throws(FastCGIError) -> ListeningSocket? {
        let candidates: [Int32] = listenPID == String(getpid()) && listenDescriptors != nil ? [3, 0] : [0]
        for descriptor in candidates where isListening(descriptor) {
            try makeNonBlocking(descriptor, path: "descriptor \(descriptor)")
            return ListeningSocket(descriptor: descriptor, ownedPath: nil)
        }
        return nil
    }

    /// Binds `path`, replacing a socket that nobody listens on any more.
    ///
    /// - Parameters:
    ///   - mode: permissions of the socket, for instance `0o660`.
    ///   - group: name of the group it is given to; empty leaves it.
    ///   - backlog: connections that may wait to be accepted (listen(2)).
    package static func bind(
        path: String, mode: UInt32, group: String, backlog: Int32
    ) throws(FastCGIError) -> ListeningSocket {
        var address = sockaddr_un()
        let pathLimit = MemoryLayout.size(ofValue: address.sun_path) - 1
        guard path.utf8.count <= pathLimit else { throw .socketPathTooLong(path: path, limit: pathLimit) }
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { bytes in unsafe bytes.copyBytes(from: path.utf8) }

        let groupID = try group.isEmpty ? nil : groupID(group)
        try removeStaleSocket(path, address)
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .systemCall("socket", path: path, errno: errno) }
        var isBound = false
        do throws(FastCGIError) {
            // Nobody can connect before listen(2), so mode and group are right when the first one may.
            try check("bind", path, unsafe call(&address) { unsafe Glibc.bind(descriptor, $0, $1) })
            isBound = true
            if let groupID { try check("chown", path, unsafe chown(path, uid_t.max, groupID)) }
            try check("chmod", path, unsafe chmod(path, mode_t(mode)))
            try check("listen", path, listen(descriptor, backlog))
            try makeNonBlocking(descriptor, path: path)
        } catch {
            if isBound { unsafe unlink(path) }
            Glibc.close(descriptor)
            throw error
        }
        return ListeningSocket(descriptor: descriptor, ownedPath: path)
    }

    /// Ends listening; the path of an own socket goes, so that nobody connects to nothing.
    func close() {
        if let ownedPath { unsafe unlink(ownedPath) }
        Glibc.close(descriptor)
    }

    private static func groupID(_ name: String) throws(FastCGIError) -> gid_t {
        guard let entry = unsafe getgrnam(name) else { throw .unknownGroup(name) }
        return unsafe entry.pointee.gr_gid
    }

    private static func removeStaleSocket(_ path: String, _ address: sockaddr_un) throws(FastCGIError) {
        var facts = stat()
        guard unsafe lstat(path, &facts) == 0 else {
            if errno == ENOENT { return }
            throw .systemCall("lstat", path: path, errno: errno)
        }
        guard facts.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket(path: path) }
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard probe >= 0 else { throw .systemCall("socket", path: path, errno: errno) }
        defer { Glibc.close(probe) }
        var address = address
        let status = unsafe call(&address) { unsafe connect(probe, $0, $1) }
        // A full backlog (EAGAIN) is a listener too.
        if status == 0 || errno == EAGAIN { throw .inUse(path: path) }
        guard errno == ECONNREFUSED else { throw .systemCall("connect", path: path, errno: errno) }
        try check("unlink", path, unsafe unlink(path))
    }

    private static func isListening(_ descriptor: Int32) -> Bool {
        var value: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        return unsafe getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &value, &size) == 0 && value == 1
    }

    /// A connection may be gone between the event and accept(2): then accept must not wait for another.
    private static func makeNonBlocking(_ descriptor: Int32, path: String) throws(FastCGIError) {
        let flags = fcntl(descriptor, F_GETFL)
        try check("fcntl", path, flags < 0 ? -1 : fcntl(descriptor, F_SETFL, flags | O_NONBLOCK))
        try check("fcntl", path, fcntl(descriptor, F_SETFD, FD_CLOEXEC))
    }

    private static func call(
        _ address: inout sockaddr_un, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    private static func check(_ call: String, _ path: String, _ status: Int32) throws(FastCGIError) {
        guard status >= 0 else { throw .systemCall(call, path: path, errno: errno) }
    }
}
