import JSONText

/// What is put on the spool for one accepted event.
package struct EventLine: Sendable {
    /// Unique for one source; a UUID, or a provider's delivery id.
    package var id: String
    package var source: EventSource
    package var type: String
    /// When it happened, as far as the sender told; otherwise when it was received.
    package var time: Timestamp
    /// When it was received.
    package var recordedTime: Timestamp
    package var cid: CorrelationID
    package var tenant: String
    /// The id of the credential that let it in.
    package var authID: String

    /// - Precondition: `tenant` and `authID` are of ``IdentifierAlphabet``; `id` and `type` are not empty.
    package init(
        id: String, source: EventSource, type: String, time: Timestamp, recordedTime: Timestamp, cid: CorrelationID,
        tenant: String, authID: String
    ) {
        precondition(IdentifierAlphabet.contains(tenant) && IdentifierAlphabet.contains(authID))
        precondition(!id.isEmpty && !type.isEmpty)
        self.id = id
        self.source = source
        self.type = type
        self.time = time
        self.recordedTime = recordedTime
        self.cid = cid
        self.tenant = tenant
        self.authID = authID
    }

    /// The CloudEvent as structured JSON (CloudEvents 1.0.2, JSON format 1.0.2 §3) with `data` passed through.
    ///
    /// `{"specversion":"1.0","id":"…","source":"…","type":"…","time":"…","datacontenttype":"application/json",`
    /// `"correlationid":"…","sequence":"000…","fxtenant":"…","authid":"…","recordedtime":"…","data":…`
    ///
    /// - Parameters:
    ///   - data: a validated value.
    ///   - body: the bytes that `data` is a slice of.
    package func spoolLine(data: JSONValue, of body: [UInt8]) -> SpoolLine {
        // Names, punctuation, timestamps and the sequence take 256 bytes; escapes, which are rare, make the array grow.
        let texts = id.utf8.count + source.reference.utf8.count + type.utf8.count + cid.text.utf8.count
        let ids = tenant.utf8.count + authID.utf8.count
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256 + texts + ids + data.range.count + SpoolLine.trailerCapacity)

        JSONWriter.appendRaw("{\"specversion\":\"1.0\",\"id\":", to: &bytes)
        JSONWriter.appendString(id, to: &bytes)
        JSONWriter.appendRaw(",\"source\":\"", to: &bytes)
        JSONWriter.appendRaw(source.reference, to: &bytes)
        JSONWriter.appendRaw("\",\"type\":", to: &bytes)
        JSONWriter.appendString(type, to: &bytes)
        JSONWriter.appendRaw(",\"time\":\"", to: &bytes)
        time.append(to: &bytes)
        JSONWriter.appendRaw("\",\"datacontenttype\":\"application/json\",\"correlationid\":\"", to: &bytes)
        JSONWriter.appendRaw(cid.text, to: &bytes)
        bytes.append(UInt8(ascii: "\""))
        let sequenceOffset = SpoolLine.appendSequence(to: &bytes)
        JSONWriter.appendRaw("\",\"fxtenant\":\"", to: &bytes)
        JSONWriter.appendRaw(tenant, to: &bytes)
        JSONWriter.appendRaw("\",\"authid\":\"", to: &bytes)
        JSONWriter.appendRaw(authID, to: &bytes)
        JSONWriter.appendRaw("\",\"recordedtime\":\"", to: &bytes)
        recordedTime.append(to: &bytes)
        JSONWriter.appendRaw("\",\"data\":", to: &bytes)
        data.append(to: &bytes, from: body)
        return SpoolLine(bytes: bytes, sequenceOffset: sequenceOffset)
    }
}
