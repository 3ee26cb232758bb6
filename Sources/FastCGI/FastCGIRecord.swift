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
        output.append(contentsOf: [
            1, type, UInt8(requestID >> 8), UInt8(requestID & 0xFF), UInt8(contentBytes >> 8),
            UInt8(contentBytes & 0xFF), 0, 0,
        ])
    }
}
