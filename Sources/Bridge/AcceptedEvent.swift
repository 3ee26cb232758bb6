import Events
import HTTPMessage
import JSONText
import Spool
import StatusIndex

/// An event on its way to the disk, and the answer that waits for it.
final class AcceptedEvent: CommitWaiter {
    private let tenant: String
    private let cid: CorrelationID
    private let recent: RecentEvents
    private let reply: Reply
    /// Made before the commit: the committer's thread answers many.
    private let response: HTTPResponse

    init(
        tenant: String, cid: CorrelationID, type: String, bodyDigest: String, isAnsweredEmpty: Bool,
        recent: RecentEvents, reply: Reply
    ) {
        self.tenant = tenant
        self.cid = cid
        self.recent = recent
        self.reply = reply
        guard !isAnsweredEmpty else {
            response = Self.emptyResponse(cid, bodyDigest: bodyDigest)
            return
        }
        var body: [UInt8] = []
        body.reserveCapacity(cid.text.utf8.count + type.utf8.count + 32)
        JSONWriter.appendRaw(#"{"cid":""#, to: &body)
        JSONWriter.appendRaw(cid.text, to: &body)
        JSONWriter.appendRaw(#"","eventType":"#, to: &body)
        JSONWriter.appendString(type, to: &body)
        body.append(UInt8(ascii: "}"))
        var response = HTTPResponse(.accepted)
        response.add("Location", "/fx/cid/" + cid.text)
        response.add("FX-Body-Digest", bodyDigest)
        response.add("Cache-Control", "no-store")
        response.setBody(body, type: "application/json")
        self.response = response
    }

    private static func emptyResponse(_ cid: CorrelationID, bodyDigest: String) -> HTTPResponse {
        var response = HTTPResponse(.ok)
        response.add("Location", "/fx/cid/" + cid.text)
        response.add("FX-Body-Digest", bodyDigest)
        response.add("Cache-Control", "no-store")
        response.setBody([], type: "text/plain; charset=utf-8")
        return response
    }

    func recordWasCommitted(sequence: UInt64) {
        // Before the answer: who has it may ask at once.
        recent.note(tenant: tenant, cid: cid.text, sequence: sequence)
        reply.send(response)
    }

    func recordWasRefused(_ error: SpoolError) {
        reply.refuse(.spool(error))
    }
}
