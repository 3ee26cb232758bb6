import Foundation

/// How long a test waits for the other side. Long: on a busy machine nothing should fail for it.
private let patienceSeconds = Int(20 * patienceFactor)

func connectedSocket(port: UInt16) throws -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let descriptor = try newSocket(AF_INET)
    let result = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
    return try checked(descriptor, result, "connect to port \(port)")
}

func connectedSocket(unixPath: String) throws -> Int32 {
    let descriptor = try newSocket(AF_UNIX)
    let result = withUnixAddress(unixPath) { connect(descriptor, $0, $1) }
    return try checked(descriptor, result, "connect to \(unixPath)")
}

func listeningSocket(unixPath: String) throws -> Int32 {
    let descriptor = try newSocket(AF_UNIX)
    // A listener waits for as long as it takes.
    var forever = timeval()
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &forever, socklen_t(MemoryLayout<timeval>.size))
    let result = withUnixAddress(unixPath) { bind(descriptor, $0, $1) }
    return try checked(descriptor, result == 0 ? listen(descriptor, 64) : result, "listen on \(unixPath)")
}

private func withUnixAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    precondition(path.utf8.count <= 107)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    return withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
}

func writeAll(_ bytes: [UInt8], to descriptor: Int32) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        guard count > 0 else { throw HarnessError.io("send", errno: errno) }
        rest = rest.dropFirst(count)
    }
}

/// Reads what there is; nothing at all when the other side has closed.
func readSome(from descriptor: Int32) throws -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    var count = recv(descriptor, &buffer, buffer.count, 0)
    // A limit on the wait makes it one that a signal ends, SA_RESTART or not (signal(7)); ThreadSanitizer sends some.
    while count < 0, errno == EINTR { count = recv(descriptor, &buffer, buffer.count, 0) }
    if count < 0, errno == ECONNRESET { return [] }
    guard count >= 0 else { throw HarnessError.io("recv", errno: errno) }
    return Array(buffer[..<count])
}

private func newSocket(_ family: Int32) throws -> Int32 {
    let descriptor = socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw HarnessError.io("socket", errno: errno) }
    var patience = timeval(tv_sec: patienceSeconds, tv_usec: 0)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
        setsockopt(descriptor, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
    }
    return descriptor
}

private func checked(_ descriptor: Int32, _ result: Int32, _ what: String) throws -> Int32 {
    guard result == 0 else {
        let error = errno
        close(descriptor)
        throw HarnessError.io(what, errno: error)
    }
    return descriptor
}
