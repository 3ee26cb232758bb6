import Glibc
import HTTPMessage

/// The head of a request, copied out of libfcgi's parameters: they die when the body is read.
struct FastCGIRequestHead {
    var method = HTTPMethod.other("")
    /// As the sender wrote it, up to `?`, and what is behind it.
    var path = ""
    var query = ""
    var contentType = ""
    /// As announced; nil where the front server gave none.
    var contentLength: Int?
    /// The front server gave one that is no number.
    var isContentLengthWrong = false
    var requestID = ""
    var remoteAddress = ""
    var listener = HTTPListener.public
    var fields = HTTPFields()

    /// - Parameter environment: `NAME=value` strings, ended by nil, as `FCGX_Request.envp` holds them.
    init(environment: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) {
        fields.reserve(bytes: 768, fields: 16)
        var index = 0
        while let entry = unsafe environment[index] {
            unsafe take(UnsafeRawBufferPointer(start: entry, count: strlen(entry)))
            index += 1
        }
    }

    consuming func request(body: HTTPBody) -> HTTPRequest {
        HTTPRequest(
            method: method, path: path, query: query, contentType: contentType, fields: fields, body: body,
            requestID: requestID, remoteAddress: remoteAddress, listener: listener)
    }

    private mutating func take(_ entry: UnsafeRawBufferPointer) {
        guard let base = entry.baseAddress, let found = unsafe memchr(base, Int32(UInt8(ascii: "=")), entry.count)
        else { return }
        let nameCount = unsafe UnsafeRawPointer(found) - base
        let name = unsafe UnsafeRawBufferPointer(rebasing: entry[..<nameCount])
        let value = unsafe UnsafeRawBufferPointer(rebasing: entry[(nameCount + 1)...])
        if unsafe Self.starts(name, with: "HTTP_") {
            unsafe fields.append(
                name: UnsafeRawBufferPointer(rebasing: name[5...]).assumingMemoryBound(to: UInt8.self),
                value: value.assumingMemoryBound(to: UInt8.self))
            return
        }
        // A front server may send many more parameters than these: the length tells most of them apart.
        switch nameCount {
        case 10 where unsafe Self.equals(name, "REQUEST_ID"): requestID = unsafe String(decoding: value, as: UTF8.self)
        case 11 where unsafe Self.equals(name, "REQUEST_URI"): unsafe takeTarget(value)
        case 11 where unsafe Self.equals(name, "REMOTE_ADDR"):
            remoteAddress = unsafe String(decoding: value, as: UTF8.self)
        case 11 where unsafe Self.equals(name, "FX_LISTENER"):
            listener = unsafe Self.equals(value, "operator") ? .operator : .public
        case 12 where unsafe Self.equals(name, "CONTENT_TYPE"):
            // A literal costs no memory, and nearly everybody sends this one.
            contentType =
                unsafe Self.equals(value, "application/json")
                ? "application/json" : String(decoding: value, as: UTF8.self)
        case 14 where unsafe Self.equals(name, "REQUEST_METHOD"): method = unsafe Self.method(value)
        case 14 where unsafe Self.equals(name, "CONTENT_LENGTH"):
            if unsafe !value.isEmpty {
                contentLength = unsafe Self.decimal(value)
                isContentLengthWrong = contentLength == nil
            }
        default: break
        }
    }

    private mutating func takeTarget(_ value: UnsafeRawBufferPointer) {
        guard let base = value.baseAddress, let found = unsafe memchr(base, Int32(UInt8(ascii: "?")), value.count)
        else {
            path = unsafe String(decoding: value, as: UTF8.self)
            return
        }
        let pathCount = unsafe UnsafeRawPointer(found) - base
        path = unsafe String(decoding: UnsafeRawBufferPointer(rebasing: value[..<pathCount]), as: UTF8.self)
        query = unsafe String(decoding: UnsafeRawBufferPointer(rebasing: value[(pathCount + 1)...]), as: UTF8.self)
    }

    private static func method(_ value: UnsafeRawBufferPointer) -> HTTPMethod {
        if unsafe equals(value, "POST") { return .post }
        if unsafe equals(value, "GET") { return .get }
        if unsafe equals(value, "HEAD") { return .head }
        if unsafe equals(value, "OPTIONS") { return .options }
        return unsafe .other(String(decoding: value, as: UTF8.self))
    }

    private static func decimal(_ value: UnsafeRawBufferPointer) -> Int? {
        var result = 0
        for index in value.indices {
            let digit = Int(unsafe value[index]) - 0x30
            guard (0...9).contains(digit), result < 1 << 50 else { return nil }
            result = result * 10 + digit
        }
        return result
    }

    private static func equals(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
        unsafe bytes.count == text.utf8CodeUnitCount && starts(bytes, with: text)
    }

    private static func starts(_ bytes: UnsafeRawBufferPointer, with text: StaticString) -> Bool {
        guard bytes.count >= text.utf8CodeUnitCount, let base = bytes.baseAddress else { return false }
        return unsafe memcmp(base, text.utf8Start, text.utf8CodeUnitCount) == 0
    }
}
