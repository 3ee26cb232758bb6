import Authentication
import Events
import HTTPMessage
import Idempotency
import Spool
import StatusIndex

/// An event on its way to the disk, and the answer that waits for it.
final class AcceptedEvent: CommitWaiter {
    private let tenant: String
    private let recent: RecentEvents
    private let reply: Reply
    private let answer: ClaimAnswer
    /// Made before the commit: the one thread that answers answers many.
    private let response: HTTPResponse
    /// The key it answers for, if it has one.
    private let claim: EventClaim?
    /// The id that the sender gave it, if it did.
    private let sentID: String?

    init(
        tenant: String, cid: CorrelationID, type: String, sentID: String?, bodyDigest: BodyDigest,
        isAnsweredEmpty: Bool, claim: EventClaim?, recent: RecentEvents, reply: Reply
    ) {
        self.sentID = sentID
        self.tenant = tenant
        self.recent = recent
        self.reply = reply
        self.claim = claim
        answer = ClaimAnswer(cid: cid.text, type: type)
        response = AcceptedAnswer(answer, bodyDigest: bodyDigest, isEmpty: isAnsweredEmpty).response
    }

    func recordWasCommitted(sequence: UInt64) {
        // Before the answer: who has it may ask at once.
        recent.note(tenant: tenant, cid: answer.cid, sequence: sequence, sentID: sentID)
        claim?.settle(sequence: sequence, answer: answer)
        reply.send(response)
    }

    func recordWasRefused(_ error: SpoolError) {
        claim?.release(because: error)
        reply.refuse(.spool(error))
    }
}
