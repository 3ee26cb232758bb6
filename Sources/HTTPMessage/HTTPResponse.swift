/// An answer: status, fields as they go over the wire, body.
package struct HTTPResponse: Sendable {
    package var status: HTTPStatus
    /// Complete lines, each `Name: value\r\n`.
    package private(set) var fieldLines: [UInt8] = []
    package private(set) var body: [UInt8] = []
    /// True when the body is announced but not sent (HEAD, RFC 9110 §9.3.2).
    package var isBodyOmitted = false

    package init(_ status: HTTPStatus) {
        self.status = status
        // What an accepted event is answered with takes 230.
        fieldLines.reserveCapacity(288)
    }

    /// Adds a field. The caller vouches that `value` holds no control characters.
    package mutating func add(_ name: StaticString, _ value: String) {
        appendName(name)
        fieldLines.append(text: value)
        endLine()
    }

    package mutating func add(_ name: StaticString, _ value: StaticString) {
        appendName(name)
        unsafe fieldLines.append(
            contentsOf: UnsafeBufferPointer(start: value.utf8Start, count: value.utf8CodeUnitCount))
        endLine()
    }

    /// Sets the body and announces its type and length.
    package mutating func setBody(_ bytes: [UInt8], type: StaticString) {
        add("Content-Type", type)
        appendName("Content-Length")
        fieldLines.append(text: String(bytes.count))
        endLine()
        body = bytes
    }

    /// Every field as name and value, for tests and logs.
    package var fields: [(name: String, value: String)] {
        String(decoding: fieldLines, as: UTF8.self).split(separator: "\r\n").map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (String(parts[0]), parts.count == 2 ? String(parts[1].drop { $0 == " " }) : "")
        }
    }

    private mutating func appendName(_ name: StaticString) {
        unsafe fieldLines.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        fieldLines.append(UInt8(ascii: ":"))
        fieldLines.append(UInt8(ascii: " "))
    }

    private mutating func endLine() {
        fieldLines.append(UInt8(ascii: "\r"))
        fieldLines.append(UInt8(ascii: "\n"))
    }
}

extension [UInt8] {
    /// Appends a text's UTF-8, which as a collection would cost two counts of its references and a loop.
    package mutating func append(text: String) {
        let utf8 = text.utf8Span.span
        // The pointer lives for this call, as the span does.
        unsafe utf8.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}

/// The status codes this product answers with.
package enum HTTPStatus: Int, CaseIterable, Sendable {
    case ok = 200
    case accepted = 202
    case noContent = 204
    case notModified = 304
    case badRequest = 400
    case unauthorized = 401
    case forbidden = 403
    case notFound = 404
    case methodNotAllowed = 405
    case requestTimeout = 408
    case conflict = 409
    case contentTooLarge = 413
    case unsupportedMediaType = 415
    case unprocessableContent = 422
    case tooManyRequests = 429
    case internalServerError = 500
    case badGateway = 502
    case serviceUnavailable = 503
    case gatewayTimeout = 504

    /// RFC 9110 §15.
    package var reason: StaticString {
        switch self {
        case .ok: "OK"
        case .accepted: "Accepted"
        case .noContent: "No Content"
        case .notModified: "Not Modified"
        case .badRequest: "Bad Request"
        case .unauthorized: "Unauthorized"
        case .forbidden: "Forbidden"
        case .notFound: "Not Found"
        case .methodNotAllowed: "Method Not Allowed"
        case .requestTimeout: "Request Timeout"
        case .conflict: "Conflict"
        case .contentTooLarge: "Content Too Large"
        case .unsupportedMediaType: "Unsupported Media Type"
        case .unprocessableContent: "Unprocessable Content"
        case .tooManyRequests: "Too Many Requests"
        case .internalServerError: "Internal Server Error"
        case .badGateway: "Bad Gateway"
        case .serviceUnavailable: "Service Unavailable"
        case .gatewayTimeout: "Gateway Timeout"
        }
    }
}
