import JSONText

/// What is put on the spool for one accepted event.
package struct EventLine: Sendable {
    /// Unique for one source; a UUID, or a provider's delivery id.
    package var id: String
    package var source: EventSource
    package var type: String
    /// When it happened, as the sender wrote it (RFC 3339); nil for when it was received.
    package var sentTime: String?
    /// When it was received.
    package var recordedTime: Timestamp
    /// Of the data; nil where the sender said nothing of it and nothing follows from it.
    package var dataContentType: String?
    /// What only some events have.
    package var attributes: EventAttributes
    package var cid: CorrelationID
    package var tenant: String
    /// The id of the credential that let it in.
    package var authID: String
    /// Which key it answers for, and which body came under it: 64 hexadecimal digits. nil where it has none.
    package var claim: String?
    /// The id under which its request was kept when it was refused at first.
    package var released: String?

    /// - Precondition: `tenant` and `authID` are of ``IdentifierAlphabet``; `id` and `type` are not empty.
    package init(
        id: String, source: EventSource, type: String, sentTime: String? = nil, recordedTime: Timestamp,
        cid: CorrelationID, tenant: String, authID: String, dataContentType: String? = "application/json",
        attributes: EventAttributes = EventAttributes()
    ) {
        precondition(IdentifierAlphabet.contains(tenant) && IdentifierAlphabet.contains(authID))
        precondition(!id.isEmpty && !type.isEmpty)
        self.id = id
        self.source = source
        self.type = type
        self.sentTime = sentTime
        self.recordedTime = recordedTime
        self.cid = cid
        self.tenant = tenant
        self.authID = authID
        self.dataContentType = dataContentType
        self.attributes = attributes
    }

    /// The CloudEvent as structured JSON (CloudEvents 1.0.2, JSON format 1.0.2 §3) with its payload passed through.
    ///
    /// `{"specversion":"1.0","id":"…","source":"…","type":"…","time":"…","datacontenttype":"application/json",`
    /// `"correlationid":"…","sequence":"000…","fxtenant":"…","authid":"…","recordedtime":"…","subject":"…","data":…`
    ///
    /// `subject` stands for what only some events have. Before `recordedtime` stand `fxclaim` and `fxreleased` where there
    /// are any. No payload, no `data`; bytes become `data_base64`.
    ///
    /// - Parameters:
    ///   - data: validated.
    ///   - body: the bytes that `data` speaks of.
    package func spoolLine(data: EventData, of body: [UInt8]) -> SpoolLine {
        var bytes: [UInt8] = []
        let sequenceOffset = append(data: data, of: body, to: &bytes)
        return SpoolLine(bytes: bytes, sequenceOffset: sequenceOffset)
    }

    /// Appends the same to what may be used again; gives where the digits of the sequence begin.
    ///
    /// - Precondition: `bytes` is empty.
    package func append(data: EventData, of body: [UInt8], to bytes: inout [UInt8]) -> Int {
        precondition(bytes.isEmpty)
        // Names, punctuation, timestamps and the sequence take 256 bytes; escapes, which are rare, make the array grow.
        let texts = id.utf8.count + source.reference.utf8.count + type.utf8.count + cid.text.utf8.count
        let ids = tenant.utf8.count + authID.utf8.count
        let some = attributes.members.count + (dataContentType?.utf8.count ?? 0) + (sentTime?.utf8.count ?? 0)
        bytes.reserveCapacity(256 + texts + ids + some + data.bytesCount(of: body) + SpoolLine.trailerCapacity)

        JSONWriter.appendLiteral("{\"specversion\":\"1.0\",\"id\":", to: &bytes)
        JSONWriter.appendString(id, to: &bytes)
        JSONWriter.appendLiteral(",\"source\":\"", to: &bytes)
        JSONWriter.appendRaw(source.reference, to: &bytes)
        JSONWriter.appendLiteral("\",\"type\":", to: &bytes)
        JSONWriter.appendString(type, to: &bytes)
        JSONWriter.appendLiteral(",\"time\":\"", to: &bytes)
        if let sentTime { JSONWriter.appendRaw(sentTime, to: &bytes) } else { recordedTime.append(to: &bytes) }
        if let dataContentType {
            JSONWriter.appendLiteral("\",\"datacontenttype\":", to: &bytes)
            JSONWriter.appendString(dataContentType, to: &bytes)
            JSONWriter.appendLiteral(",\"correlationid\":\"", to: &bytes)
        } else {
            JSONWriter.appendLiteral("\",\"correlationid\":\"", to: &bytes)
        }
        JSONWriter.appendRaw(cid.text, to: &bytes)
        bytes.append(UInt8(ascii: "\""))
        let sequenceOffset = SpoolLine.appendSequence(to: &bytes)
        JSONWriter.appendLiteral("\",\"fxtenant\":\"", to: &bytes)
        JSONWriter.appendRaw(tenant, to: &bytes)
        JSONWriter.appendLiteral("\",\"authid\":\"", to: &bytes)
        JSONWriter.appendRaw(authID, to: &bytes)
        if let claim {
            JSONWriter.appendLiteral("\",\"fxclaim\":\"", to: &bytes)
            JSONWriter.appendRaw(claim, to: &bytes)
        }
        if let released {
            JSONWriter.appendLiteral("\",\"fxreleased\":\"", to: &bytes)
            JSONWriter.appendRaw(released, to: &bytes)
        }
        JSONWriter.appendLiteral("\",\"recordedtime\":\"", to: &bytes)
        recordedTime.append(to: &bytes)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: attributes.members)
        data.append(to: &bytes, from: body)
        return sequenceOffset
    }
}
