import Events
import HTTPMessage
import JSONText

/// A request that was refused and is kept, to find out why and perhaps to take it after all.
///
/// As a file it is one line of JSON and behind it the body as it came, byte for byte:
/// ```
/// {"id":"019ab3c4-…","key":"k1b2…","tenant":"acme","received":"2026-…Z","reason":"signature-mismatch",
///  "sentence":"…","remote":"192.0.2.7","request":"5f0c…","contenttype":"application/json",
///  "fields":{"X_GITHUB_EVENT":"issues"},"bytes":19}
/// {"action":"opened"}
/// ```
/// (on one line; names of fields are in CGI's form). `tail -n +2` gives the body.
package struct KeptRequest: Sendable, Equatable {
    /// A UUIDv7 of the moment of arrival: names sort by time.
    package var id: String
    package var keyID: String
    package var tenant: String
    package var received: Timestamp
    /// Why it was refused: a ``Authentication/SignatureDiagnosis`` in its stable word.
    package var reason: String
    /// The same for people.
    package var sentence: String
    package var remoteAddress: String
    package var requestID: String
    package var contentType: String
    /// Those that signing and mapping look at; nothing else is kept.
    package var fields: [Field]
    package var body: [UInt8]

    package struct Field: Sendable, Equatable {
        /// `X_GITHUB_EVENT`
        package var name: String
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package init(
        id: String, keyID: String, tenant: String, received: Timestamp, reason: String, sentence: String,
        remoteAddress: String, requestID: String, contentType: String, fields: [Field], body: [UInt8]
    ) {
        self.id = id
        self.keyID = keyID
        self.tenant = tenant
        self.received = received
        self.reason = reason
        self.sentence = sentence
        self.remoteAddress = remoteAddress
        self.requestID = requestID
        self.contentType = contentType
        self.fields = fields
        self.body = body
    }

    /// The fields as the request had them.
    package var httpFields: HTTPFields {
        var all = HTTPFields()
        for field in fields { all.append(field.name, field.value) }
        return all
    }
}

extension KeptRequest {
    /// What is kept of a request's fields: the longest value of one.
    package static let fieldBytesLimit = 4096
    /// The first line of a file.
    static let headBytesLimit = 256 << 10

    var fileBytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(1024 + body.count)
        let texts = [
            ("id", id), ("key", keyID), ("tenant", tenant), ("received", received.text), ("reason", reason),
            ("sentence", sentence), ("remote", remoteAddress), ("request", requestID), ("contenttype", contentType),
        ]
        for (index, (name, text)) in texts.enumerated() {
            JSONWriter.appendRaw(index == 0 ? "{" : ",", to: &bytes)
            JSONWriter.appendString(name, to: &bytes)
            JSONWriter.appendRaw(":", to: &bytes)
            JSONWriter.appendString(text, to: &bytes)
        }
        JSONWriter.appendRaw(",\"fields\":{", to: &bytes)
        for (index, field) in fields.enumerated() {
            if index > 0 { JSONWriter.appendRaw(",", to: &bytes) }
            JSONWriter.appendString(field.name, to: &bytes)
            JSONWriter.appendRaw(":", to: &bytes)
            JSONWriter.appendString(field.value, to: &bytes)
        }
        JSONWriter.appendRaw("},\"bytes\":\(body.count)}\n", to: &bytes)
        bytes.append(contentsOf: body)
        return bytes
    }

    /// Reads a whole file, or its first line only.
    ///
    /// - Parameter isHeadOnly: whether `bytes` may end anywhere behind the first line; ``body`` is empty then.
    /// - Returns: nil for what is no kept request, or was torn by a crash.
    init?(fileBytes bytes: [UInt8], isHeadOnly: Bool) {
        guard let newline = bytes.firstIndex(of: UInt8(ascii: "\n")), newline <= Self.headBytesLimit else { return nil }
        let head = Array(bytes[..<newline])
        guard let document = try? JSONScanner.members(of: head, depthLimit: 4) else { return nil }
        func text(_ name: String) -> String? { document.member(name, in: head)?.value.string(in: head) }
        guard let id = text("id"), let keyID = text("key"), let tenant = text("tenant"),
            let received = text("received").flatMap({ Timestamp(rfc3339: $0) }), let reason = text("reason"),
            let count = document.member("bytes", in: head)?.value, count.kind == .number,
            let bytesCount = Int(String(decoding: head[count.range], as: UTF8.self)),
            let fieldsValue = document.member("fields", in: head)?.value, fieldsValue.kind == .object
        else { return nil }
        let fieldBytes = Array(head[fieldsValue.range])
        guard let fields = try? JSONScanner.members(of: fieldBytes, depthLimit: 2) else { return nil }
        if !isHeadOnly { guard bytes.count - newline - 1 == bytesCount else { return nil } }
        self.init(
            id: id, keyID: keyID, tenant: tenant, received: received, reason: reason, sentence: text("sentence") ?? "",
            remoteAddress: text("remote") ?? "", requestID: text("request") ?? "",
            contentType: text("contenttype") ?? "",
            fields: fields.members.compactMap { member in
                member.value.string(in: fieldBytes).map { Field(name: member.decodedName(in: fieldBytes), value: $0) }
            }, body: isHeadOnly ? [] : Array(bytes[(newline + 1)...]))
    }
}
