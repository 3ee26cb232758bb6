import Glibc
import Testing

/// The front server's side of a connection, record by record (FastCGI 1.0 §3.3): what a well-behaved one never sends too.
final class FastCGIClient {
    struct Response: Equatable {
        /// From the `Status` field.
        let status: Int
        let head: String
        let body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    private enum Kind: UInt8 {
        case beginRequest = 1, endRequest = 3, parameters = 4, input = 5, output = 6, errors = 7
    }

    private var descriptor: Int32
    /// A test that waits in vain shall fail and not hang.
    private static let timeoutSeconds = 20

    init(_ path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var timeout = timeval(tv_sec: Self.timeoutSeconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        let status = withUnixAddress(path) { connect(descriptor, $0, $1) }
        try #require(status == 0, "connect: errno \(errno)")
    }

    deinit { hangUp() }

    /// Closes the connection, whatever is under way.
    func hangUp() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }

    /// Ends sending; answers can still come.
    func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    // MARK: - Sending

    /// A whole request as nginx would send it.
    func send(
        _ method: String = "POST", _ target: String = "/", body: [UInt8] = [], announcing length: String? = nil,
        fields: [(String, String)] = [], keepingConnection isKept: Bool = true
    ) {
        begin(method, target, announcing: length ?? String(body.count), fields: fields, keepingConnection: isKept)
        sendBody(body)
        endBody()
    }

    func send(_ body: String, keepingConnection isKept: Bool = true) {
        send(body: Array(body.utf8), keepingConnection: isKept)
    }

    /// A request up to its body.
    func begin(
        _ method: String = "POST", _ target: String = "/", announcing length: String,
        fields: [(String, String)] = [], keepingConnection isKept: Bool = true
    ) {
        write(.beginRequest, [0, 1, isKept ? 1 : 0, 0, 0, 0, 0, 0])
        let parameters = [("REQUEST_METHOD", method), ("REQUEST_URI", target), ("CONTENT_LENGTH", length)] + fields
        write(.parameters, parameters.flatMap { Self.pair($0, $1) })
        write(.parameters, [])
    }

    func sendBody(_ body: [UInt8]) {
        var rest = body[...]
        while !rest.isEmpty {
            write(.input, Array(rest.prefix(65_528)))
            rest = rest.dropFirst(65_528)
        }
    }

    func endBody() { write(.input, []) }

    func sendRaw(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.send(descriptor, buffer.baseAddress! + sent, buffer.count - sent, Int32(MSG_NOSIGNAL))
            }
            // A server that has closed is seen when its answer is read.
            guard count > 0 else { return }
            sent += count
        }
    }

    private func write(_ kind: Kind, _ content: [UInt8]) {
        let head: [UInt8] = [1, kind.rawValue, 0, 1, UInt8(content.count >> 8), UInt8(content.count & 0xFF), 0, 0]
        sendRaw(head + content)
    }

    private static func pair(_ name: String, _ value: String) -> [UInt8] {
        func length(_ text: String) -> [UInt8] {
            let count = UInt32(text.utf8.count)
            if count < 128 { return [UInt8(count)] }
            return [24, 16, 8, 0].map { shift in UInt8(count >> shift & 0xFF) | (shift == 24 ? 0x80 : 0) }
        }
        return length(name) + length(value) + name.utf8 + value.utf8
    }

    // MARK: - Receiving

    /// The next answer; nil where the server has closed the connection or ended the request instead.
    func response() throws -> Response? {
        var output: [UInt8] = []
        while let (kind, content) = try record() {
            switch kind {
            case .output: output += content
            case .endRequest: return output.isEmpty ? nil : try Self.response(output)
            case .beginRequest, .parameters, .input, .errors: Issue.record("a record of kind \(kind)")
            }
        }
        #expect(output.isEmpty, "an answer without an end")
        return nil
    }

    /// Whether the server has closed the connection, with nothing more to read.
    func isClosedByServer() throws -> Bool { try record() == nil }

    private func record() throws -> (kind: Kind, content: [UInt8])? {
        guard let head = try read(8) else { return nil }
        let kind = try #require(Kind(rawValue: head[1]))
        let (count, padding) = (Int(head[4]) << 8 | Int(head[5]), Int(head[6]))
        let content = try #require(try read(count + padding), "half a record")
        return (kind, Array(content.prefix(count)))
    }

    private func read(_ count: Int) throws -> [UInt8]? {
        var bytes: [UInt8] = []
        while bytes.count < count {
            var chunk = [UInt8](repeating: 0, count: count - bytes.count)
            let got = recv(descriptor, &chunk, chunk.count, 0)
            try #require(got >= 0 || errno == ECONNRESET, "recv: errno \(errno)")
            if got <= 0 { return nil }
            bytes += chunk[..<got]
        }
        return bytes
    }

    private static func response(_ output: [UInt8]) throws -> Response {
        let end = try #require(output.firstRange(of: Array("\r\n\r\n".utf8)))
        let head = String(decoding: output[..<end.lowerBound], as: UTF8.self)
        let status = head.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return Response(status: try #require(status), head: head, body: Array(output[end.upperBound...]))
    }
}

extension [UInt8] {
    func firstRange(of needle: [UInt8]) -> Range<Int>? {
        guard count >= needle.count else { return nil }
        for start in 0...(count - needle.count) where self[start..<(start + needle.count)].elementsEqual(needle) {
            return start..<(start + needle.count)
        }
        return nil
    }
}

/// The address of a Unix socket, as the system calls want it.
func withUnixAddress<Result>(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
}
