import Foundation

/// The socket on which systemd hears of a service (sd_notify(3)).
final class NotifySocket {
    let path: String
    private let descriptor: Int32

    init(path: String) throws {
        self.path = path
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw TimeIsUp(description: "\(path) cannot be bound: errno \(errno)") }
    }

    deinit { close(descriptor) }

    /// Waits for a message that begins so; others before it are passed over.
    func expect(_ prefix: String) async throws {
        try await waitUntil("systemd hears \(prefix)") {
            while let message = next() { if message.hasPrefix(prefix) { return true } }
            return false
        }
    }

    private func next() -> String? {
        var buffer = [UInt8](repeating: 0, count: 1024)
        let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        return count < 0 ? nil : String(decoding: buffer.prefix(count), as: UTF8.self)
    }
}
