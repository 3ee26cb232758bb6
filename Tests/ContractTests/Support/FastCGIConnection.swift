import Foundation

/// One connection to a FastCGI responder, as nginx would hold it, or as nginx never would.
final class FastCGIConnection {
    private let descriptor: Int32
    private var records: FastCGIRecordReader

    enum RecordType: UInt8 {
        case begin = 1
        case abort = 2
        case end = 3
        case parameters = 4
        case input = 5
        case output = 6
        case errors = 7
    }

    init(_ socket: String) throws {
        descriptor = try connectedSocket(unixPath: socket)
        records = FastCGIRecordReader(descriptor: descriptor)
    }

    deinit { close(descriptor) }

    /// Sends a whole request.
    func write(_ request: FastCGIRequest) throws {
        try writeHead(request)
        try writeInput(request.body)
        try write(.input, [])
    }

    /// Sends what stands before the body.
    func writeHead(_ request: FastCGIRequest) throws {
        // Role RESPONDER (1), then the flag FCGI_KEEP_CONN.
        try write(.begin, [0, 1, request.isKept ? 1 : 0, 0, 0, 0, 0, 0])
        let parameters = request.encodedParameters
        for start in stride(from: 0, to: parameters.count, by: 65_535) {
            try write(.parameters, Array(parameters[start..<min(start + 65_535, parameters.count)]))
        }
        try write(.parameters, [])
    }

    func writeInput(_ body: [UInt8]) throws {
        for start in stride(from: 0, to: body.count, by: 32_768) {
            try write(.input, Array(body[start..<min(start + 32_768, body.count)]))
        }
    }

    func write(_ type: RecordType, _ content: [UInt8]) throws {
        let header: [UInt8] = [1, type.rawValue, 0, 1, UInt8(content.count >> 8), UInt8(content.count & 0xff), 0, 0]
        try writeAll(header + content, to: descriptor)
    }

    func writeRaw(_ bytes: [UInt8]) throws {
        try writeAll(bytes, to: descriptor)
    }

    /// Reads the answer to one request.
    ///
    /// - Throws: ``HarnessError/malformedReply(_:)`` if the responder closed before its end.
    func readReply() throws -> HTTPReply {
        var output: [UInt8] = []
        while true {
            guard let (type, content) = try records.next() else {
                throw HarnessError.malformedReply("closed after \(records.unread.count) bytes")
            }
            if type == RecordType.output.rawValue { output += content }
            if type == RecordType.end.rawValue { break }
        }
        guard let end = output.firstRange(of: Array("\r\n\r\n".utf8)) else {
            throw HarnessError.malformedReply(String(decoding: output, as: UTF8.self))
        }
        let fields = String(decoding: output[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n").map {
            let parts = $0.split(separator: ":", maxSplits: 1)
            return (String(parts[0]), parts.count == 2 ? parts[1].trimmingCharacters(in: .whitespaces) : "")
        }
        let status = fields.first { $0.0 == "Status" }.flatMap { Int($0.1.prefix(3)) } ?? 200
        return HTTPReply(status: status, fields: fields, body: Array(output[end.upperBound...]))
    }

    /// True once the responder has closed; waits for that or for bytes.
    func isClosedByPeer() throws -> Bool {
        // What ends a request without an answer may come first.
        let readsLimit = 10
        for _ in 0..<readsLimit where try !records.readMore() { return true }
        return false
    }

    /// Whether the responder has taken everything that was sent out of its socket.
    var isAllReadByPeer: Bool {
        var bytes: Int32 = 0
        return ioctl(descriptor, UInt(TIOCOUTQ), &bytes) == 0 && bytes == 0
    }
}

/// A request in FastCGI's terms.
struct FastCGIRequest {
    var parameters: [(name: String, value: String)]
    var body: [UInt8] = []
    /// Whether the connection is to stay open.
    var isKept = true

    /// What nginx sends for a request to this path; `fields` are HTTP header fields.
    ///
    /// - Parameter announcedLength: CONTENT_LENGTH, if it shall differ from the body's.
    init(
        _ method: String, _ path: String, fields: [(String, String)] = [], body: [UInt8] = [],
        announcedLength: Int? = nil
    ) {
        parameters = [
            ("REQUEST_METHOD", method), ("REQUEST_URI", path), ("REMOTE_ADDR", "127.0.0.1"), ("HTTP_PROXY", ""),
            ("REQUEST_ID", "00112233445566778899aabbccddeeff"), ("FX_LISTENER", "public"),
            ("CONTENT_TYPE", method == "POST" ? "application/json" : ""),
            ("CONTENT_LENGTH", method == "POST" ? String(announcedLength ?? body.count) : ""),
        ]
        for (name, value) in fields {
            parameters.append(("HTTP_" + name.uppercased().replacingOccurrences(of: "-", with: "_"), value))
        }
        self.body = body
    }

    /// Name and value, each with its length before it: one byte below 128, else four with the top bit set
    /// (FastCGI 1.0 §3.4).
    var encodedParameters: [UInt8] {
        func length(_ text: String) -> [UInt8] {
            let count = UInt32(text.utf8.count)
            return count < 128 ? [UInt8(count)] : withUnsafeBytes(of: (count | 1 << 31).bigEndian) { Array($0) }
        }
        return parameters.flatMap { length($0.name) + length($0.value) + Array($0.name.utf8) + Array($0.value.utf8) }
    }
}
