import CLinux
import Glibc

/// Where nginx's open connections wait from the end of one bridge to the start of the next: the service manager's store
/// of file descriptors (sd_pid_notify_with_fds(3), `FDSTORE=1`).
///
/// A connection that is closed instead can be chosen by nginx for a request in the very moment in which it closes. nginx
/// cannot know whether an event that was sent into it has been taken, so it must not send it again, and answers 502.
package struct ConnectionStore: Sendable {
    private let notifySocket: String

    private static let name = "fx-connection"

    /// - Parameter notifySocket: the value of `NOTIFY_SOCKET`; without one nobody keeps anything.
    package init?(notifySocket: String?) {
        guard let notifySocket else { return nil }
        self.notifySocket = notifySocket
    }

    /// The connections that the last bridge left, which are ours from here on.
    ///
    /// - Parameters:
    ///   - listenPID: `LISTEN_PID`.
    ///   - listenDescriptors: `LISTEN_FDS`: how many descriptors came, from 3 on; the listening sockets come first.
    package func take(listenPID: String?, listenDescriptors: String?) -> [Int32] {
        guard listenPID == String(getpid()), let count = listenDescriptors.flatMap({ Int32($0) }) else { return [] }
        // systemd.exec(5): no service is handed more than it may have open.
        let descriptorsLimit: Int32 = 1 << 16
        let connections = (3..<3 + max(0, min(count, descriptorsLimit))).filter(Self.isConnection)
        for descriptor in connections { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        // The manager has copies: as long as it holds them, closing ours would not tell nginx.
        if !connections.isEmpty { _ = unsafe fx_notify(notifySocket, "FDSTOREREMOVE=1\nFDNAME=\(Self.name)", -1) }
        return connections
    }

    /// Leaves a connection to the next bridge, with all that nobody has read from it. Ours may be closed then.
    func keep(_ descriptor: Int32) {
        // Where the manager does not take it, it closes with ours, as it would without a store.
        _ = unsafe fx_notify(notifySocket, "FDSTORE=1\nFDNAME=\(Self.name)", descriptor)
    }

    private static func isConnection(_ descriptor: Int32) -> Bool {
        var (type, isListening) = (Int32(0), Int32(1))
        var size = socklen_t(MemoryLayout<Int32>.size)
        return unsafe getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) == 0
            && type == Int32(SOCK_STREAM.rawValue)
            && getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &size) == 0 && isListening == 0
    }
}
