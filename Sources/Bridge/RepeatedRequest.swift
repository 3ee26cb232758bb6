import Authentication
import Events
import HTTPMessage
import Idempotency
import Spool

/// A request that may turn out to be one that came before, and then gets the answer of that one: at once, or when the
/// event of that one is on disk.
final class RepeatedRequest: ClaimFollower {
    let bodyDigest: BodyDigest
    /// How far behind the first event of the request the one is whose cid tells those of all.
    let tellingOffset: UInt64
    private let reply: Reply
    /// Of a batch: the same body makes the same drafts.
    private let drafts: [EventDraft]?
    /// See ``EventDraft/isAnsweredEmpty``.
    private let isAnsweredEmpty: Bool

    private init(_ drafts: [EventDraft]?, isAnsweredEmpty: Bool, _ bodyDigest: BodyDigest, _ reply: Reply) {
        self.isAnsweredEmpty = isAnsweredEmpty
        self.bodyDigest = bodyDigest
        self.reply = reply
        self.drafts = drafts
        tellingOffset = UInt64(drafts?.firstIndex { $0.cid == nil } ?? 0)
    }

    static func event(_ draft: EventDraft, _ bodyDigest: BodyDigest, _ reply: Reply) -> RepeatedRequest {
        RepeatedRequest(nil, isAnsweredEmpty: draft.isAnsweredEmpty, bodyDigest, reply)
    }

    static func batch(_ drafts: [EventDraft], _ bodyDigest: BodyDigest, _ reply: Reply) -> RepeatedRequest {
        RepeatedRequest(drafts, isAnsweredEmpty: false, bodyDigest, reply)
    }

    func claimWasSettled(_ answer: ClaimAnswer) {
        reply.facts.cid = answer.cid
        reply.facts.eventType = answer.type
        guard let drafts else {
            let again = AcceptedAnswer(answer, bodyDigest: bodyDigest, isEmpty: isAnsweredEmpty, isReplayed: true)
            return reply.send(again.response)
        }
        // Every event of a batch brings an id, and all that bring no cid have the same one.
        guard let sharedCID = try? CorrelationID(answer.cid) else { return reply.refuse(.indexLags) }
        let items = drafts.map { AcceptedBatch.Item(id: $0.id ?? "", cid: $0.cid ?? sharedCID, type: $0.type) }
        reply.send(AcceptedBatch.response(items, bodyDigest: bodyDigest, isReplayed: true))
    }

    func claimWasConflicting() { reply.refuse(.idempotencyKeyReused) }

    func claimWasReleased(_ error: SpoolError) { reply.refuse(.spool(error)) }
}
