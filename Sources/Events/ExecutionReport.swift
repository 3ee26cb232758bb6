import JSONText

/// What a service or a runner tells about an execution: the body of `POST /fx/executions`.
///
/// `{"cid":"…","execution_id":"…","service":"…","status":"…","datetime":"…","execution_time":1.5,"data":…}`; the last
/// three may be missing or null.
package struct ExecutionReport: Sendable, Equatable {
    package var cid: CorrelationID
    package var executionID: String
    package var service: String
    package var status: ExecutionStatus
    /// `nil` if the reporter left it to us.
    package var datetime: Timestamp?
    /// Seconds, as the number was written: 1.50 stays 1.50.
    package var executionTime: String?
    /// One JSON value without newlines between its tokens; `null` if there is none.
    package var data: [UInt8]

    package static let serviceBytesLimit = 255
    package static let dataBytesLimit = 1 << 20
    /// A number of seconds is a few digits; RFC 8259 would take a megabyte of them.
    package static let executionTimeBytesLimit = 64

    /// - Precondition: `executionID` is of ``IdentifierAlphabet``; `executionTime` and `data` are valid JSON, the latter
    ///   without newlines.
    package init(
        cid: CorrelationID, executionID: String, service: String, status: ExecutionStatus, datetime: Timestamp? = nil,
        executionTime: String? = nil, data: [UInt8] = Array("null".utf8)
    ) {
        precondition(IdentifierAlphabet.contains(executionID))
        self.cid = cid
        self.executionID = executionID
        self.service = service
        self.status = status
        self.datetime = datetime
        self.executionTime = executionTime
        self.data = data
    }

    /// Reads a body, or a part of one. No name may occur twice; members that are not known are ignored.
    package init(
        body: [UInt8], in range: Range<Int>? = nil, depthLimit: Int, dataBytesLimit: Int = dataBytesLimit
    ) throws(EventsError) {
        let reader = try ObjectReader(body, in: range, depthLimit: depthLimit)
        try reader.refuseDuplicates()
        cid = try CorrelationID(reader.string("cid"))
        executionID = try reader.identifier("execution_id")
        service = try reader.line("service", bytesLimit: Self.serviceBytesLimit)
        guard let status = ExecutionStatus(spelling: try reader.string("status")) else {
            throw .memberNotAStatus("status")
        }
        self.status = status
        datetime = reader.presentValue("datetime") == nil ? nil : try reader.timestamp("datetime")
        executionTime = try Self.executionTime(of: reader)
        data = try Self.data(of: reader, bytesLimit: dataBytesLimit)
    }

    static func executionTime(of reader: ObjectReader) throws(EventsError) -> String? {
        let name = "execution_time"
        guard let value = reader.presentValue(name) else { return nil }
        guard value.kind == .number else { throw .memberOfWrongKind(name, expected: .number, found: value.kind) }
        guard reader.bytes[value.range.lowerBound] != UInt8(ascii: "-") else { throw .memberNegative(name) }
        guard value.range.count <= executionTimeBytesLimit else {
            throw .memberTooLong(name, bytesLimit: executionTimeBytesLimit)
        }
        return String(decoding: reader.bytes[value.range], as: UTF8.self)
    }

    private static func data(of reader: ObjectReader, bytesLimit: Int) throws(EventsError) -> [UInt8] {
        guard let value = reader.value("data") else { return Array("null".utf8) }
        guard value.range.count <= bytesLimit else { throw .memberTooLong("data", bytesLimit: bytesLimit) }
        var data: [UInt8] = []
        data.reserveCapacity(value.range.count)
        value.append(to: &data, from: reader.bytes)
        return data
    }

    /// What is put on the log of executions.
    ///
    /// `{"cid":"…","execution_id":"…","service":"…","status":"…","datetime":"…","execution_time":1.5,"fxtenant":"…",`
    /// `"authid":"…","recordedtime":"…","sequence":"000…","data":…`
    ///
    /// - Parameter isCIDKnown: false adds the mark `"fxcidknown":false` behind the sequence: nobody had sent an event of
    ///   that cid when the report came.
    /// - Precondition: `tenant` and `authID` are of ``IdentifierAlphabet``.
    package func spoolLine(
        tenant: String, authID: String, recordedTime: Timestamp, isCIDKnown: Bool = true
    ) -> SpoolLine {
        precondition(IdentifierAlphabet.contains(tenant) && IdentifierAlphabet.contains(authID))
        // Names, punctuation, timestamps and the sequence take 224 bytes, the longest status 11; the mark is rare.
        let ids = cid.text.utf8.count + executionID.utf8.count + tenant.utf8.count + authID.utf8.count
        let texts = service.utf8.count + (executionTime?.utf8.count ?? 4) + data.count
        var bytes: [UInt8] = []
        bytes.reserveCapacity(235 + ids + texts + SpoolLine.trailerCapacity)
        JSONWriter.appendRaw("{\"cid\":\"", to: &bytes)
        JSONWriter.appendRaw(cid.text, to: &bytes)
        JSONWriter.appendRaw("\",\"execution_id\":\"", to: &bytes)
        JSONWriter.appendRaw(executionID, to: &bytes)
        JSONWriter.appendRaw("\",\"service\":", to: &bytes)
        JSONWriter.appendString(service, to: &bytes)
        JSONWriter.appendRaw(",\"status\":\"", to: &bytes)
        JSONWriter.appendRaw(status.rawValue, to: &bytes)
        JSONWriter.appendRaw("\",\"datetime\":\"", to: &bytes)
        (datetime ?? recordedTime).append(to: &bytes)
        JSONWriter.appendRaw("\",\"execution_time\":", to: &bytes)
        JSONWriter.appendRaw(executionTime ?? "null", to: &bytes)
        JSONWriter.appendRaw(",\"fxtenant\":\"", to: &bytes)
        JSONWriter.appendRaw(tenant, to: &bytes)
        JSONWriter.appendRaw("\",\"authid\":\"", to: &bytes)
        JSONWriter.appendRaw(authID, to: &bytes)
        JSONWriter.appendRaw("\",\"recordedtime\":\"", to: &bytes)
        recordedTime.append(to: &bytes)
        bytes.append(UInt8(ascii: "\""))
        let sequenceOffset = SpoolLine.appendSequence(to: &bytes)
        JSONWriter.appendRaw(isCIDKnown ? "\"" : "\",\"fxcidknown\":false", to: &bytes)
        JSONWriter.appendRaw(",\"data\":", to: &bytes)
        bytes.append(contentsOf: data)
        return SpoolLine(bytes: bytes, sequenceOffset: sequenceOffset)
    }
}
