import JSONText

/// An event as it lies on the spool: what ``EventLine`` wrote, the sequence number stamped.
package struct RecordedEvent: Sendable, Equatable {
    package let id: String
    package let source: String
    package let type: String
    package let time: Timestamp
    package let recordedTime: Timestamp
    package let cid: CorrelationID
    package let tenant: String
    package let authID: String
    package let sequence: UInt64
    /// See ``EventLine/claim``.
    package let claim: String?
    /// See ``ReplayedEvent/mark(replay:sequence:)``; nil for an event that came from outside.
    package let replay: String?
    /// The payload, ``EventData/json(_:)`` or ``EventData/base64(_:)``, as a slice of the bytes that were read.
    package let data: EventData

    /// Reads a complete line, with or without its newline. Members it does not know are for later versions.
    ///
    /// The checksum is the log's affair and not looked at.
    package init(line bytes: [UInt8], in range: Range<Int>? = nil) throws(EventsError) {
        // What is on the spool was held to a depth limit before; a line of n bytes is never deeper than n.
        let reader = try ObjectReader(bytes, in: range, depthLimit: bytes.count)
        id = try reader.string("id")
        // CloudEvents 1.0.2 §3.1.1. Others look for an event by it.
        guard !id.isEmpty else { throw .memberEmpty("id") }
        source = try reader.string("source")
        type = try reader.string("type")
        time = try reader.timestamp("time")
        recordedTime = try reader.timestamp("recordedtime")
        cid = try CorrelationID(reader.string("correlationid"), member: "correlationid")
        tenant = try reader.string("fxtenant")
        authID = try reader.string("authid")
        sequence = try reader.sequence("sequence")
        claim = reader.value("fxclaim") == nil ? nil : try reader.string("fxclaim")
        replay = reader.value("fxreplay") == nil ? nil : try reader.string("fxreplay")
        if let value = reader.value("data") {
            data = .json(value)
        } else if let value = reader.value("data_base64") {
            guard value.kind == .string else {
                throw .memberOfWrongKind("data_base64", expected: .string, found: value.kind)
            }
            data = .base64(value)
        } else {
            data = .absent
        }
    }
}
