import Authentication
import Events
import HTTPMessage
import Idempotency
import Spool
import StatusIndex

/// Gives a request that comes again the first one's answer, and makes no second event of it.
///
/// A request is the same one if tenant and credential are the same and so is its `Idempotency-Key`; where it has none,
/// the provider's delivery id.
struct AnswerRepeats: Sendable {
    /// nil where the operator wants none of it.
    let claims: ClaimStore?

    /// What the request will say again when it comes again; nil where it says nothing of the kind.
    ///
    /// - Parameter deliveryID: by what the sender knows the event.
    func subject(
        of request: HTTPRequest, deliveryID: String?, principal: Principal, release: Release? = nil
    ) throws(BridgeError) -> ClaimSubject? {
        guard claims != nil else { return nil }
        // A release that is tried again after a crash must know itself, whatever its sender says.
        let itself = release.map { ClaimSubject.release($0.id) }
        guard principal.signature?.key.settings.isIdempotent ?? true else { return itself }
        if let key = try Self.key(request) { return .header(key) }
        return deliveryID.map { .delivery($0) } ?? itself
    }

    /// The same for a batch, which is one request: by the ids of all its events.
    func subject(
        of request: HTTPRequest, batch drafts: [EventDraft], principal: Principal
    ) throws(BridgeError) -> ClaimSubject? {
        if drafts.count == 1 {
            return try subject(of: request, deliveryID: drafts[0].deliveryID, principal: principal)
        }
        guard claims != nil, principal.signature?.key.settings.isIdempotent ?? true else { return nil }
        if let key = try Self.key(request) { return .header(key) }
        return .batch(drafts.map { $0.deliveryID ?? "" })
    }

    private static func key(_ request: HTTPRequest) throws(BridgeError) -> String? {
        do { return try IdempotencyKey.read(request.fields) } catch { throw .idempotencyKey(error) }
    }

    /// Takes the key for the event that is about to be made, or for the batch.
    ///
    /// - Returns: nil where the request is answered already, or will be when the event of another one is on disk.
    /// - Throws: what is wrong with it; nothing was taken.
    func claim(
        _ subject: ClaimSubject, principal: Principal, now: Timestamp, context: WorkerContext,
        repeated: RepeatedRequest
    ) throws(BridgeError) -> EventClaim? {
        guard let claims else { return nil }
        let key = ClaimKey(tenant: principal.tenant.name, credentialID: principal.credentialID, subject: subject)
        var stamp = ClaimStamp(key: key, bodyDigest: repeated.bodyDigest.bytes)
        // Stripe counts in the body how many deliveries of the event are still to come: there the id alone decides.
        if case .delivery = subject, principal.signature?.key.provider == .stripe {
            stamp = ClaimStamp(key: key, body: ClaimKey(high: 0, low: 0))
        }
        let nowSeconds = now.milliseconds / 1000
        let outcome: ClaimOutcome
        do {
            outcome = try claims.claim(stamp, nowSeconds: nowSeconds, follower: repeated)
        } catch {
            throw .claims(error)
        }
        switch outcome {
        case .granted: return EventClaim(store: claims, stamp: stamp, recordedSeconds: nowSeconds)
        case .following: return nil
        case .settled(let sequence, let answer):
            // `??` would lose the error's type.
            let known = if let answer { answer } else { try indexed(sequence, repeated, context: context) }
            repeated.claimWasSettled(known)
            return nil
        case .conflicting: throw .idempotencyKeyReused
        case .notReady: throw .idempotencyNotReady(because: claims.notReadyBecause)
        case .tooManyFollowers: throw .idempotencyInProgress
        }
    }

    /// What the first request was answered, as the index tells it.
    private func indexed(
        _ sequence: UInt64, _ repeated: RepeatedRequest, context: WorkerContext
    ) throws(BridgeError) -> ClaimAnswer {
        let event: EventRow?
        do { event = try context.index.event(sequence: sequence + repeated.tellingOffset) } catch {
            throw .index(error)
        }
        guard let event else { throw .indexLags }
        return ClaimAnswer(
            cid: String(decoding: event.cid, as: UTF8.self), type: String(decoding: event.type, as: UTF8.self))
    }
}

/// A key that was taken for one event; given back, or settled, exactly once.
struct EventClaim: Sendable {
    fileprivate let store: ClaimStore
    let stamp: ClaimStamp
    fileprivate let recordedSeconds: Int64

    func settle(sequence: UInt64, answer: ClaimAnswer) {
        store.settle(stamp, sequence: sequence, recordedSeconds: recordedSeconds, answer: answer)
    }

    func release(because error: SpoolError) {
        store.release(stamp, because: error)
    }
}
