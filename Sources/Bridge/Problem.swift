import HTTPMessage
import JSONText

/// The body of every error answer (RFC 9457 §3): what happened and what the sender can change.
///
/// ```json
/// {"type":"urn:fx-bridge:problem:malformed-json","title":"The body is not valid JSON","status":400,
///  "detail":"expected ':' after a member name, at byte 17","offset":17,"instance":"urn:fx-bridge:request:5f0c…"}
/// ```
struct Problem: Sendable {
    /// Stable: senders may branch on it.
    let type: StaticString
    let title: StaticString
    var status: HTTPStatus
    var detail: String?
    /// Where in the body, counted in bytes from 0.
    var offset: Int?
    /// The member of the body that is wrong.
    var member: String?
    /// Which element of an array is wrong, counted from 0.
    var index: Int?
    /// What is wrong with events of a batch.
    var items: [RefusedItem] = []
    /// Seconds after which trying again makes sense.
    var retryAfterSeconds: Int?
    /// The media types that are taken, for a 415.
    var acceptPost: StaticString = "application/json"
    /// The methods that are allowed, for a 405.
    var allow: StaticString?

    init(_ type: StaticString, _ title: StaticString, _ status: HTTPStatus, detail: String? = nil) {
        self.type = type
        self.title = title
        self.status = status
        self.detail = detail
    }

    func response(requestID: String) -> HTTPResponse {
        var response = HTTPResponse(status)
        if let retryAfterSeconds { response.add("Retry-After", String(retryAfterSeconds)) }
        if let allow { response.add("Allow", allow) }
        if status == .unauthorized { response.add("WWW-Authenticate", "ApiKey, Bearer") }
        if status == .unsupportedMediaType { response.add("Accept-Post", acceptPost) }
        response.add("Cache-Control", "no-store")
        response.setBody(body(requestID: requestID), type: "application/problem+json")
        return response
    }

    private func body(requestID: String) -> [UInt8] {
        var json: [UInt8] = []
        JSONWriter.appendRaw(#"{"type":"urn:fx-bridge:problem:"#, to: &json)
        JSONWriter.appendRaw(type.description, to: &json)
        JSONWriter.appendRaw(#"","title":"#, to: &json)
        JSONWriter.appendString(title.description, to: &json)
        JSONWriter.appendRaw(#","status":"#, to: &json)
        JSONWriter.appendRaw(String(status.rawValue), to: &json)
        if let detail {
            JSONWriter.appendRaw(#","detail":"#, to: &json)
            JSONWriter.appendString(detail, to: &json)
        }
        if let offset {
            JSONWriter.appendRaw(#","offset":"#, to: &json)
            JSONWriter.appendRaw(String(offset), to: &json)
        }
        if let member {
            JSONWriter.appendRaw(#","member":"#, to: &json)
            JSONWriter.appendString(member, to: &json)
        }
        if let index {
            JSONWriter.appendRaw(#","index":"#, to: &json)
            JSONWriter.appendRaw(String(index), to: &json)
        }
        if !items.isEmpty {
            JSONWriter.appendRaw(#","errors":["#, to: &json)
            for (position, item) in items.prefix(RefusedItem.toldLimit).enumerated() {
                if position > 0 { json.append(UInt8(ascii: ",")) }
                item.append(to: &json)
            }
            json.append(UInt8(ascii: "]"))
        }
        if !requestID.isEmpty {
            JSONWriter.appendRaw(#","instance":"#, to: &json)
            JSONWriter.appendString("urn:fx-bridge:request:" + requestID, to: &json)
        }
        json.append(UInt8(ascii: "}"))
        return json
    }
}
