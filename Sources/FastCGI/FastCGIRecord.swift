import HTTPMessage

/// What a responder sends, record by record (FastCGI 1.0 §3.3, §5.3, §5.5).
///
/// ```
/// version 1 | type | request id, 2 | content length, 2 | padding length | reserved | content
/// ```
enum FastCGIRecord {
    private static let endRequest: UInt8 = 3
    private static let standardOutput: UInt8 = 6
    /// The most that a record can hold and still be a multiple of eight, as the specification advises.
    private static let contentBytesLimit = 65_528

    private static let headBytes = 8
    private static let endBytes = 2 * headBytes + 8

    /// Appends a whole answer and the end of its request. Head and body share a record where they fit into one.
    ///
    /// - Precondition: the head does; ours takes some hundred bytes.
    static func append(_ response: HTTPResponse, requestID: UInt16, to output: inout [UInt8]) {
        let bodyCount = response.isBodyOmitted ? 0 : response.body.count
        let start = output.count
        // Records of a long body take more, some bytes in 64 KiB.
        output.reserveCapacity(start + 2 * headBytes + response.headBytesLimit + bodyCount + endBytes)
        appendHead(standardOutput, requestID, contentBytes: 0, to: &output)
        response.appendHead(to: &output)
        let isJoined = output.count - start - headBytes + bodyCount <= contentBytesLimit
        if isJoined, bodyCount > 0 { output.append(contentsOf: response.body) }
        let contentBytes = output.count - start - headBytes
        output[start + 4] = UInt8(contentBytes >> 8)
        output[start + 5] = UInt8(contentBytes & 0xFF)
        if !isJoined { appendOutput(response.body, requestID: requestID, to: &output) }
        appendEnd(requestID: requestID, to: &output)
    }

    /// Appends the beginning of an answer whose body comes in pieces.
    static func appendBeginning(of response: HTTPResponse, requestID: UInt16, to output: inout [UInt8]) {
        var head: [UInt8] = []
        response.appendHead(to: &head)
        appendOutput(head, requestID: requestID, to: &output)
    }

    /// Appends bytes of the answer; none if there are none, because an empty record would end it.
    static func appendOutput(_ bytes: [UInt8], requestID: UInt16, to output: inout [UInt8]) {
        var start = 0
        while start < bytes.count {
            let end = min(start + contentBytesLimit, bytes.count)
            appendHead(standardOutput, requestID, contentBytes: end - start, to: &output)
            output.append(contentsOf: bytes[start..<end])
            start = end
        }
    }

    /// Appends the end of the answer and of the request: FCGI_REQUEST_COMPLETE, application status 0.
    static func appendEnd(requestID: UInt16, to output: inout [UInt8]) {
        appendHead(standardOutput, requestID, contentBytes: 0, to: &output)
        appendHead(endRequest, requestID, contentBytes: 8, to: &output)
        output.append(contentsOf: repeatElement(0, count: 8))
    }

    private static func appendHead(_ type: UInt8, _ requestID: UInt16, contentBytes: Int, to output: inout [UInt8]) {
        output.append(addingCapacity: headBytes) { free in
            free.append(1)
            free.append(type)
            free.append(UInt8(requestID >> 8))
            free.append(UInt8(requestID & 0xFF))
            free.append(UInt8(contentBytes >> 8))
            free.append(UInt8(contentBytes & 0xFF))
            free.append(0)
            free.append(0)
        }
    }
}

extension HTTPResponse {
    /// The most bytes that ``appendHead(to:)`` adds.
    fileprivate var headBytesLimit: Int { fieldLines.count + 64 }

    /// Appends status and fields as CGI has them (RFC 3875 §6.2), the empty line included.
    fileprivate func appendHead(to output: inout [UInt8]) {
        output.append(text: "Status: ")
        output.append(text: String(status.rawValue))
        output.append(UInt8(ascii: " "))
        let reason = status.reason
        unsafe output.append(
            contentsOf: UnsafeBufferPointer(start: reason.utf8Start, count: reason.utf8CodeUnitCount))
        output.append(text: "\r\n")
        output.append(contentsOf: fieldLines)
        output.append(text: "\r\n")
    }
}
