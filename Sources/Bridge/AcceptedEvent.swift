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
    private let id: String
    private let isIDSent: Bool
    private let recordedTime: Timestamp

    /// - Parameter isIDSent: whether its sender gave it its id.
    init(
        _ line: EventLine, isIDSent: Bool, bodyDigest: BodyDigest, isAnsweredEmpty: Bool, claim: EventClaim?,
        recent: RecentEvents, reply: Reply
    ) {
        id = line.id
        self.isIDSent = isIDSent
        recordedTime = line.recordedTime
        tenant = line.tenant
        self.recent = recent
        self.reply = reply
        self.claim = claim
        answer = ClaimAnswer(cid: line.cid.text, type: line.type)
        response = AcceptedAnswer(answer, bodyDigest: bodyDigest, isEmpty: isAnsweredEmpty).response
    }

    func recordWasCommitted(sequence: UInt64) {
        // Before the answer: who has it may ask at once.
        recent.note(
            RecentEvent(
                sequence: sequence, tenant: tenant, cid: answer.cid, id: id, isIDSent: isIDSent, type: answer.type,
                recordedMicroseconds: recordedTime.microseconds))
        claim?.settle(sequence: sequence, answer: answer)
        reply.send(response)
    }

    func recordWasRefused(_ error: SpoolError) {
        claim?.release(because: error)
        reply.refuse(.spool(error))
    }
}
