import JSONText

/// The body of `POST /fx/events`: `{"event_source":"…","event_type":"…","payload":…}`.
///
/// All three are required, others are ignored. No name may occur twice, not even an ignored one.
package struct EventRequest: Sendable, Equatable {
    /// As sent, escapes understood; not yet a URI-reference.
    package let source: String
    package let type: String
    /// Any JSON value, as a slice of the body.
    package let payload: JSONValue

    package static let sourceBytesLimit = 1024
    package static let typeBytesLimit = 255

    /// Reads a body.
    ///
    /// - Parameters:
    ///   - depthLimit: how many objects and arrays may be open at once, the body's own included.
    ///   - sourceBytesLimit: of `event_source` in UTF-8, after unescaping.
    ///   - typeBytesLimit: of `event_type`, likewise.
    package init(
        body: [UInt8], depthLimit: Int, sourceBytesLimit: Int = sourceBytesLimit,
        typeBytesLimit: Int = typeBytesLimit
    ) throws(EventsError) {
        let reader = try ObjectReader(body, depthLimit: depthLimit)
        try reader.refuseDuplicates()
        source = try reader.line("event_source", bytesLimit: sourceBytesLimit)
        type = try reader.line("event_type", bytesLimit: typeBytesLimit)
        payload = try reader.requiredValue("payload")
    }
}
