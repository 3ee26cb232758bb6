import Glibc

/// Where an HTTP server listens on this machine, and one question to it.
struct HTTPAddress {
    private enum Place {
        case unix(String)
        case tcp(host: String, port: String)
    }

    private let place: Place
    private static let answerBytesLimit = 1 << 20
    private static let patienceSeconds = 10

    /// - Parameter text: `http://HOST:PORT` or `unix:PATH`.
    init?(_ text: String) {
        if text.hasPrefix("unix:/") {
            place = .unix(String(text.dropFirst("unix:".count)))
            return
        }
        guard text.hasPrefix("http://") else { return nil }
        let authority = text.dropFirst("http://".count).prefix { $0 != "/" }
        guard !authority.isEmpty, !authority.contains("@") else { return nil }
        let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2, !parts[0].isEmpty else { return nil }
        if parts.count == 2 { guard UInt16(parts[1]) != nil else { return nil } }
        place = .tcp(host: String(parts[0]), port: parts.count == 2 ? String(parts[1]) : "80")
    }

    struct Answer {
        let status: Int
        let body: String
    }

    /// Asks, and reads the answer to the end.
    ///
    /// - Returns: nil if nobody answers.
    func ask(_ method: String, _ path: String, fields: [(String, String)] = [], body: String? = nil) -> Answer? {
        guard let descriptor = connected() else { return nil }
        defer { close(descriptor) }
        var request = "\(method) \(path) HTTP/1.0\r\nHost: localhost\r\n"
        for (name, value) in fields { request += "\(name): \(value)\r\n" }
        if let body { request += "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n" }
        var rest = Array((request + "\r\n" + (body ?? "")).utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return nil }
            rest = rest.dropFirst(count)
        }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while bytes.count < Self.answerBytesLimit {
            let count = unsafe recv(descriptor, &chunk, chunk.count, 0)
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        let text = String(decoding: bytes, as: UTF8.self)
        guard let status = text.split(separator: " ", maxSplits: 2).dropFirst().first.flatMap({ Int($0) }) else {
            return nil
        }
        let body = text.utf8Split(at: "\r\n\r\n")
        return Answer(status: status, body: body)
    }

    private func connected() -> Int32? {
        switch place {
        case .unix(let path): UnixSocket.connect(path)
        case .tcp(let host, let port): connectedTCP(host, port)
        }
    }

    /// `getaddrinfo(3)`
    private func connectedTCP(_ host: String, _ port: String) -> Int32? {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(host, port, &hints, &list) == 0 else { return nil }
        defer { unsafe freeaddrinfo(list) }
        var next = unsafe list
        while let entry = unsafe next {
            let descriptor = unsafe socket(
                entry.pointee.ai_family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            if descriptor >= 0 {
                UnixSocket.setPatience(descriptor, seconds: Self.patienceSeconds)
                if unsafe connect(descriptor, entry.pointee.ai_addr, entry.pointee.ai_addrlen) == 0 {
                    return descriptor
                }
                close(descriptor)
            }
            unsafe next = entry.pointee.ai_next
        }
        return nil
    }
}

/// A unix socket somebody listens on.
enum UnixSocket {
    /// Nil if nobody does; errno says why. `unix(7)`
    static func connect(_ path: String) -> Int32? {
        var address = sockaddr_un()
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        setPatience(descriptor, seconds: 10)
        let status = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard status != 0 else { return descriptor }
        let reason = errno
        close(descriptor)
        errno = reason
        return nil
    }

    static func setPatience(_ descriptor: Int32, seconds: Int) {
        var patience = timeval(tv_sec: seconds, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            unsafe setsockopt(descriptor, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
        }
    }
}

extension String {
    /// What stands behind the first occurrence of a mark; nothing if there is none.
    fileprivate func utf8Split(at mark: String) -> String {
        firstRange(of: mark).map { String(self[$0.upperBound...]) } ?? ""
    }
}
