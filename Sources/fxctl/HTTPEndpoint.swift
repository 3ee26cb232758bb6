import Glibc

/// One plain HTTP/1.1 request at a time, on a connection of its own: enough to try an event, and no TLS.
struct HTTPEndpoint {
    struct Answer {
        let status: Int
        let fields: [(name: String, value: String)]
        let body: [UInt8]

        func field(_ name: String) -> String? { fields.first { $0.name.lowercased() == name.lowercased() }?.value }
    }

    private let host: String
    private let port: String
    private let prefix: String

    /// Longest wait for the next bytes; longer than any `?wait=`.
    private static let patienceSeconds = 75
    private static let answerBytesLimit = 64 << 20

    /// - Parameter url: `http://127.0.0.1:8080`, with a path in front of `/fx` if there is one.
    init(_ url: String) throws {
        guard url.hasPrefix("http://") else {
            throw CommandError.request("\(url): only http:// is spoken here; for https:// use curl")
        }
        let rest = url.dropFirst("http://".count)
        let authority = rest.prefix { $0 != "/" }
        prefix = String(rest.dropFirst(authority.count).reversed().drop { $0 == "/" }.reversed())
        let colon = authority.lastIndex(of: ":").flatMap { authority[$0...].contains("]") ? nil : $0 }
        let name = colon.map { authority[..<$0] } ?? authority
        host = String(name.hasPrefix("[") && name.hasSuffix("]") ? name.dropFirst().dropLast() : name)
        port = colon.map { String(authority[authority.index(after: $0)...]) } ?? "80"
        guard !host.isEmpty, UInt16(port) != nil, prefix.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw CommandError.request("\(url) is no URL of a host, such as http://127.0.0.1:8080")
        }
    }

    func send(
        _ method: String, _ path: String, fields: [(String, String)], body: [UInt8]? = nil
    ) throws -> Answer {
        let descriptor = try connected()
        defer { close(descriptor) }
        let shownHost = host.contains(":") ? "[\(host)]" : host
        var head = "\(method) \(prefix)\(path) HTTP/1.1\r\nHost: \(shownHost):\(port)\r\nConnection: close\r\n"
        for (name, value) in fields { head += "\(name): \(value)\r\n" }
        if let body { head += "Content-Length: \(body.count)\r\n" }
        try write(Array((head + "\r\n").utf8) + (body ?? []), to: descriptor)
        return try Self.answer(try readAll(from: descriptor))
    }

    /// `getaddrinfo(3)`, `connect(2)`
    private func connected() throws -> Int32 {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = unsafe getaddrinfo(host, port, &hints, &list)
        guard status == 0 else {
            throw CommandError.request(unsafe "\(host): \(String(cString: gai_strerror(status)))")
        }
        defer { unsafe freeaddrinfo(list) }
        var failure: Int32 = 0
        var next = unsafe list
        while let address = unsafe next {
            let descriptor = unsafe socket(
                address.pointee.ai_family, address.pointee.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), 0)
            if descriptor >= 0 {
                var patience = timeval(tv_sec: Self.patienceSeconds, tv_usec: 0)
                let size = socklen_t(MemoryLayout<timeval>.size)
                unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, size)
                unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, size)
                if unsafe connect(descriptor, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0 {
                    return descriptor
                }
            }
            failure = errno
            if descriptor >= 0 { close(descriptor) }
            unsafe next = address.pointee.ai_next
        }
        throw Self.failure("connect to \(host):\(port)", failure)
    }

    private func write(_ bytes: [UInt8], to descriptor: Int32) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.failure("send", errno) }
            rest = rest.dropFirst(count)
        }
    }

    private func readAll(from descriptor: Int32) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count <= Self.answerBytesLimit {
            let count = unsafe recv(descriptor, &chunk, chunk.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Self.failure("recv", errno) }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
        throw CommandError.request("the answer is longer than \(Self.answerBytesLimit) bytes")
    }

    /// Splits an answer whose body ends with the connection or after its Content-Length.
    private static func answer(_ bytes: [UInt8]) throws -> Answer {
        let text = String(decoding: bytes.prefix(64 << 10), as: UTF8.self)
        guard text.hasPrefix("HTTP/1."), let end = text.utf8Offset(of: "\r\n\r\n") else {
            throw CommandError.request("the answer is no HTTP/1.1")
        }
        var lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
        guard let status = lines.removeFirst().split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            throw CommandError.request("the answer has no status")
        }
        let fields = lines.map { line -> (name: String, value: String) in
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(parts[0]), parts.count == 2 ? String(parts[1].drop { $0 == " " }) : "")
        }
        return Answer(status: status, fields: fields, body: Array(bytes[(end + 4)...]))
    }

    private static func failure(_ what: String, _ number: Int32) -> CommandError {
        unsafe .request("\(what): \(String(cString: strerror(number)))")
    }
}

extension String {
    fileprivate func utf8Offset(of needle: String) -> Int? {
        let (bytes, wanted) = (Array(utf8), Array(needle.utf8))
        guard bytes.count >= wanted.count else { return nil }
        return (0...(bytes.count - wanted.count)).first { bytes[$0..<($0 + wanted.count)].elementsEqual(wanted) }
    }
}
