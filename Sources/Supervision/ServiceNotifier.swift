import CLinux
import Glibc

/// Tells systemd how the service is doing: datagrams to the socket that `NOTIFY_SOCKET` names (sd_notify(3)). Without the
/// variable it says nothing to nobody.
package struct ServiceNotifier: Sendable {
    private let socket: String?

    /// - Parameter socket: the environment's `NOTIFY_SOCKET`.
    package init(socket: String?) {
        self.socket = socket
    }

    /// - Parameter status: what `systemctl status` shows, in one line.
    package func ready(_ status: String) { send("READY=1\nSTATUS=\(status)") }
    package func stopping(_ status: String) { send("STOPPING=1\nSTATUS=\(status)") }
    package func alive() { send("WATCHDOG=1") }

    /// Between this and the next ``ready(_:)`` settings are read again; systemd wants the time, on the monotonic clock,
    /// to tell this time from an earlier one.
    package func reloading() {
        var now = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &now)
        send("RELOADING=1\nMONOTONIC_USEC=\(now.tv_sec * 1_000_000 + now.tv_nsec / 1000)")
    }

    /// What cannot be sent is not sent: a manager that hears nothing thinks the worst of us by itself.
    private func send(_ text: String) {
        guard let socket else { return }
        _ = unsafe fx_notify(socket, text, -1)
    }
}
