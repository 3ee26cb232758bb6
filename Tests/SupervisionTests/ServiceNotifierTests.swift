import Foundation
import Testing

@testable import Supervision

@Suite struct ServiceNotifierTests {
    @Test func `each message is one datagram to systemd's socket`() throws {
        let path = NSTemporaryDirectory() + "/fx-notify-\(getpid())"
        let socket = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        defer {
            close(socket)
            unlink(path)
        }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0)
        func message() -> String {
            var buffer = [UInt8](repeating: 0, count: 1024)
            let count = recv(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
        }

        let notifier = ServiceNotifier(socket: path)
        notifier.ready("Works.")
        #expect(message() == "READY=1\nSTATUS=Works.")
        notifier.alive()
        #expect(message() == "WATCHDOG=1")
        notifier.reloading()
        #expect(message().wholeMatch(of: #/RELOADING=1\nMONOTONIC_USEC=\d+/#) != nil)
        notifier.stopping("Ends.")
        #expect(message() == "STOPPING=1\nSTATUS=Ends.")

        ServiceNotifier(socket: nil).ready("nobody hears it")
        ServiceNotifier(socket: path + "-gone").ready("nobody hears it")
        #expect(message() == "")
    }
}
