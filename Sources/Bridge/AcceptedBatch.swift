import Authentication
import Events
import HTTPMessage
import Idempotency
import JSONText
import Spool
import StatusIndex

/// The events of a batch on their way to the disk, and the one answer that waits for them.
final class AcceptedBatch: CommitWaiter {
    /// What the answer tells of one event.
    struct Item: Sendable {
        let id: String
        let cid: CorrelationID
        let type: String
    }

    private let tenant: String
    private let items: [Item]
    private let sharedCID: CorrelationID
    /// The key it answers for, if it has one.
    private let claim: EventClaim?
    private let recordedTime: Timestamp
    private let recent: RecentEvents
    private let reply: Reply
    private let response: HTTPResponse

    /// - Parameter sharedCID: of the events that brought none.
    init(
        tenant: String, items: [Item], sharedCID: CorrelationID, bodyDigest: BodyDigest, claim: EventClaim?,
        recordedTime: Timestamp, recent: RecentEvents, reply: Reply
    ) {
        self.recordedTime = recordedTime
        self.sharedCID = sharedCID
        self.claim = claim
        self.tenant = tenant
        self.items = items
        self.recent = recent
        self.reply = reply
        response = Self.response(items, bodyDigest: bodyDigest)
    }

    /// `{"cid":"…","events":[{"id":"…","cid":"…","eventType":"…"},…]}`; the first cid is the first event's. Of an empty
    /// batch only `{"events":[]}` can be said.
    ///
    /// - Parameter isReplayed: whether the events were made for an earlier request.
    static func response(_ items: [Item], bodyDigest: BodyDigest, isReplayed: Bool = false) -> HTTPResponse {
        var body: [UInt8] = []
        body.reserveCapacity(items.count * 128 + 64)
        body.append(UInt8(ascii: "{"))
        if let first = items.first {
            JSONWriter.appendRaw(#""cid":""#, to: &body)
            JSONWriter.appendRaw(first.cid.text, to: &body)
            JSONWriter.appendRaw(#"","#, to: &body)
        }
        JSONWriter.appendRaw(#""events":["#, to: &body)
        for (index, item) in items.enumerated() {
            JSONWriter.appendRaw(index > 0 ? #",{"id":"# : #"{"id":"#, to: &body)
            JSONWriter.appendString(item.id, to: &body)
            JSONWriter.appendRaw(#","cid":""#, to: &body)
            JSONWriter.appendRaw(item.cid.text, to: &body)
            JSONWriter.appendRaw(#"","eventType":"#, to: &body)
            JSONWriter.appendString(item.type, to: &body)
            body.append(UInt8(ascii: "}"))
        }
        JSONWriter.appendRaw("]}", to: &body)
        var response = HTTPResponse(.accepted)
        if let first = items.first { response.add("Location", "/fx/cid/" + first.cid.text) }
        response.add("FX-Body-Digest", bodyDigest.field)
        if isReplayed { response.add("Idempotent-Replayed", "true") }
        response.add("Cache-Control", "no-store")
        response.setBody(body, type: "application/json")
        return response
    }

    func recordWasCommitted(sequence: UInt64) {
        // Before the answer: who has it may ask at once. The sequence is the last one's.
        var sequence = sequence - UInt64(items.count)
        for item in items {
            sequence += 1
            recent.note(
                RecentEvent(
                    sequence: sequence, tenant: tenant, cid: item.cid.text, id: item.id, isIDSent: true,
                    type: item.type, recordedMicroseconds: recordedTime.microseconds))
        }
        claim?.settle(
            sequence: sequence - UInt64(items.count) + 1, answer: ClaimAnswer(cid: sharedCID.text, type: items[0].type))
        reply.send(response)
    }

    func recordWasRefused(_ error: SpoolError) {
        claim?.release(because: error)
        reply.refuse(.spool(error))
    }
}
