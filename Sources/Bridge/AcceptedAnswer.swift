import Authentication
import HTTPMessage
import Idempotency
import JSONText

/// What the sender of an accepted event is told, the first time and every time it asks again.
struct AcceptedAnswer {
    let response: HTTPResponse

    /// - Parameters:
    ///   - isEmpty: whether the sender is answered 200 and nothing else.
    ///   - isReplayed: whether the event was made for an earlier request.
    init(_ answer: ClaimAnswer, bodyDigest: BodyDigest, isEmpty: Bool, isReplayed: Bool = false) {
        var response = HTTPResponse(isEmpty ? .ok : .accepted)
        response.add("Location", "/fx/cid/" + answer.cid)
        response.add("FX-Body-Digest", bodyDigest.field)
        if isReplayed { response.add("Idempotent-Replayed", "true") }
        response.add("Cache-Control", "no-store")
        if isEmpty {
            response.setBody([], type: "text/plain; charset=utf-8")
        } else {
            response.setBody(Self.body(answer), type: "application/json")
        }
        self.response = response
    }

    private static func body(_ answer: ClaimAnswer) -> [UInt8] {
        var body: [UInt8] = []
        body.reserveCapacity(answer.cid.utf8.count + answer.type.utf8.count + 32)
        JSONWriter.appendRaw(#"{"cid":""#, to: &body)
        JSONWriter.appendRaw(answer.cid, to: &body)
        JSONWriter.appendRaw(#"","eventType":"#, to: &body)
        JSONWriter.appendString(answer.type, to: &body)
        body.append(UInt8(ascii: "}"))
        return body
    }
}
