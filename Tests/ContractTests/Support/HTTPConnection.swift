import Foundation

/// One connection to an HTTP/1.1 server: writes what it is told, byte for byte, and reads answers.
final class HTTPConnection {
    private let descriptor: Int32
    private var unread: [UInt8] = []

    init(port: UInt16) throws {
        descriptor = try connectedSocket(port: port)
    }

    init(unixPath: String) throws {
        descriptor = try connectedSocket(unixPath: unixPath)
    }

    deinit { close(descriptor) }

    /// Sends a request and reads its answer.
    func send(
        _ method: String, _ path: String, fields: [(String, String)] = [], body: [UInt8]? = nil
    ) throws -> HTTPReply {
        var head = "\(method) \(path) HTTP/1.1\r\n"
        if !fields.contains(where: { $0.0.lowercased() == "host" }) { head += "Host: bridge.test\r\n" }
        for (name, value) in fields { head += "\(name): \(value)\r\n" }
        if let body { head += "Content-Length: \(body.count)\r\n" }
        try write(Array((head + "\r\n").utf8) + (body ?? []))
        return try readReply(toHead: method == "HEAD")
    }

    func write(_ bytes: [UInt8]) throws {
        try writeAll(bytes, to: descriptor)
    }

    /// Says that nothing more will be sent.
    func finishWriting() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Reads one answer, and skips `100 Continue`.
    func readReply(toHead: Bool = false) throws -> HTTPReply {
        while true {
            let reply = try readOneReply(toHead: toHead)
            if reply.status != 100 { return reply }
        }
    }

    private func readOneReply(toHead: Bool) throws -> HTTPReply {
        let head = try readText(upTo: "\r\n\r\n")
        var lines = head.components(separatedBy: "\r\n")
        let start = lines.removeFirst().split(separator: " ", maxSplits: 2)
        guard start.count >= 2, let status = Int(start[1]) else { throw HarnessError.malformedReply(head) }
        let fields = lines.map { line in
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(parts[0]), parts.count == 2 ? parts[1].trimmingCharacters(in: .whitespaces) : "")
        }
        var reply = HTTPReply(status: status, fields: fields, body: [])
        if toHead || status == 204 || status == 304 || status < 200 { return reply }
        if let length = reply.field("Content-Length").flatMap({ Int($0) }) {
            reply.body = try eventuallyRead { $0.count >= length ? (Array($0[..<length]), length) : nil }
        } else if reply.field("Transfer-Encoding")?.lowercased() == "chunked" {
            reply.body = try readChunks()
        } else {
            while try readMore() {}
            reply.body = unread
            unread = []
        }
        return reply
    }

    private func readChunks() throws -> [UInt8] {
        var body: [UInt8] = []
        while true {
            let size = try readText(upTo: "\r\n")
            guard let length = Int(size, radix: 16) else { throw HarnessError.malformedReply(size) }
            let chunk = try eventuallyRead { $0.count >= length + 2 ? (Array($0[..<length]), length + 2) : nil }
            if length == 0 { return body }
            body += chunk
        }
    }

    /// Reads raw bytes up to a text and gives them with it; for what comes piece by piece.
    func readText(until ending: String) throws -> String { try readText(upTo: ending) + ending }

    private func readText(upTo separator: String) throws -> String {
        try eventuallyRead { bytes in
            guard let range = bytes.firstRange(of: Array(separator.utf8)) else { return nil }
            return (String(decoding: bytes[..<range.lowerBound], as: UTF8.self), range.upperBound)
        }
    }

    /// Reads until `take` finds what it wants at the front; it returns that and how many bytes it was.
    private func eventuallyRead<Value>(_ take: ([UInt8]) -> (Value, Int)?) throws -> Value {
        while true {
            if let (value, count) = take(unread) {
                unread.removeFirst(count)
                return value
            }
            guard try readMore() else {
                throw HarnessError.malformedReply("closed after \(String(decoding: unread, as: UTF8.self))")
            }
        }
    }

    private func readMore() throws -> Bool {
        let bytes = try readSome(from: descriptor)
        unread += bytes
        return !bytes.isEmpty
    }
}

/// An answer as it came.
struct HTTPReply {
    let status: Int
    /// In the order they came, duplicates included.
    let fields: [(name: String, value: String)]
    var body: [UInt8]

    /// The value of the field of that name, if there is exactly one.
    func field(_ name: String) -> String? {
        let values = fields.filter { $0.name.lowercased() == name.lowercased() }
        return values.count == 1 ? values[0].value : nil
    }

    var text: String { String(decoding: body, as: UTF8.self) }

    /// The body as a JSON object, or an empty one.
    var json: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:]
    }

    /// The problem that the body describes (RFC 9457), if it is one and says the same status as the answer.
    var problem: Problem? {
        guard field("Content-Type") == "application/problem+json", json["status"] as? Int == status,
            let type = json["type"] as? String, let title = json["title"] as? String, !title.isEmpty
        else { return nil }
        return Problem(type: type, detail: json["detail"] as? String)
    }

    struct Problem {
        let type: String
        let detail: String?
    }
}
