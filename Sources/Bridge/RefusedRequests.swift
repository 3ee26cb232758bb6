import Authentication
import Credentials
import DurableIO
import Events
import HTTPMessage
import Quarantine
import StatusIndex
import Threading

/// Keeps requests whose signature failed on a key's own URL, and makes events of those that the operator releases.
///
/// All of it happens behind the answers, on one thread that lets every other go before it. What a flood of forged
/// requests costs is bounded three times: by what may wait, by ``Quarantine/RefusalMeter``, and by what is kept of a key.
package final class RefusedRequests: Sendable {
    private struct Refusal {
        let request: HTTPRequest
        let body: [UInt8]
        let keyID: String
        let received: Timestamp
    }

    private struct Waiting {
        var refusals: [Refusal] = []
        var bytes = 0
        var meter = RefusalMeter()
        var droppedCount = 0
        /// The operator may have asked for a release.
        var isLookDue = true
    }

    static let waitingLimit = 64
    static let waitingBytesLimit = 8 << 20
    /// What has become too old is looked for this often where nothing else happens.
    private static let idleMilliseconds = 3_600_000
    /// After a release that the disk, or the index, was not ready for.
    private static let retryMilliseconds = 5000

    private let options: QuarantineOptions
    private let directory: QuarantineDirectory
    private let credentials: CredentialFollower
    private let acceptEvent: AcceptEvent
    private let context: WorkerContext
    private let observer: RequestObserver
    private let clock: @Sendable () -> Int64
    private let waiting = Monitor(Waiting())
    /// What is kept of each key; looked at when it may have changed, not when somebody asks.
    private let usages = Monitor<[String: KeptUsage]>([:])
    private let thread = PokedThread()

    init(
        _ options: QuarantineOptions, credentials: CredentialFollower, acceptEvent: AcceptEvent,
        context: WorkerContext, observer: RequestObserver, clock: @escaping @Sendable () -> Int64
    ) {
        self.options = options
        directory = QuarantineDirectory(root: options.root)
        self.credentials = credentials
        self.acceptEvent = acceptEvent
        self.context = context
        self.observer = observer
        self.clock = clock
    }

    package func start() throws(ThreadError) {
        try thread.start(name: "fx-quarantine") { self.run() }
    }

    /// Says that the operator may have asked for a release.
    package func poke() {
        waiting.withLock { $0.isLookDue = true }
        thread.poke()
    }

    /// Ends the thread after what it is doing; what waits to be kept is let go.
    package func stop() { thread.stop() }

    /// What is kept in all.
    package var usage: KeptUsage {
        usages.withLock { usages in
            usages.values.reduce(into: KeptUsage()) { sum, usage in
                sum.requests += usage.requests
                sum.bytes += usage.bytes
            }
        }
    }

    /// Called after the answer, which knows nothing of this. Costs a lock where the request is one to be kept.
    func consider(_ request: HTTPRequest, refusedFor error: BridgeError) {
        guard case .authentication(.refused(let reason, let keyID?)) = error, reason.isOfSignature,
            case .webhook(keyID)? = Route(path: request.path, listener: request.listener),
            case .complete(let body) = request.body,
            credentials.keyRing(now: .now).webhook(ofKey: keyID)?.key.settings.isQuarantined == true
        else { return }
        let received = Timestamp(microseconds: clock())
        let isNews = waiting.withLock { waiting in
            guard waiting.refusals.count < Self.waitingLimit, waiting.bytes + body.count <= Self.waitingBytesLimit,
                waiting.meter.admits(keyID, nowSeconds: received.milliseconds / 1000)
            else {
                waiting.droppedCount += 1
                return false
            }
            waiting.refusals.append(Refusal(request: request, body: body, keyID: keyID, received: received))
            waiting.bytes += body.count
            return true
        }
        if isNews { thread.poke() }
    }

    // MARK: The thread

    private func run() {
        WorkerThread.yieldToOthers()
        do { try directory.prepare() } catch { options.notice(.failed(error)) }
        var pauseMilliseconds = Self.idleMilliseconds
        var cleanedMilliseconds = Int64.min
        while true {
            let waking = thread.wait(milliseconds: pauseMilliseconds)
            guard waking != .stopping else { return }
            let (refusals, droppedCount, isLookDue) = takeWaiting()
            if droppedCount > 0 { options.notice(.dropped(count: droppedCount)) }
            for refusal in refusals where !thread.isStopping { keep(refusal) }
            guard isLookDue || waking == .timeIsUp else { continue }
            // Pokes come for other reasons too, and this reads every directory.
            let now = clock() / 1000
            if cleanedMilliseconds == .min || now - cleanedMilliseconds >= Int64(Self.idleMilliseconds) {
                removeOld(nowMilliseconds: now)
                cleanedMilliseconds = now
            }
            pauseMilliseconds = releaseAll() ? Self.idleMilliseconds : Self.retryMilliseconds
        }
    }

    private func takeWaiting() -> (refusals: [Refusal], droppedCount: Int, isLookDue: Bool) {
        waiting.withLock { waiting in
            defer {
                waiting.refusals = []
                waiting.bytes = 0
                waiting.droppedCount = 0
                waiting.isLookDue = false
            }
            return (waiting.refusals, waiting.droppedCount, waiting.isLookDue)
        }
    }

    private func keep(_ refusal: Refusal) {
        let keyRing = credentials.keyRing(now: .now)
        guard let (key, tenant) = keyRing.webhook(ofKey: refusal.keyID) else { return }
        let request = refusal.request
        let diagnosis = keyRing.diagnose(
            keyID: refusal.keyID, fields: request.fields, body: refusal.body,
            nowSeconds: refusal.received.milliseconds / 1000)
        let kept = KeptRequest(
            id: context.makeUUID(at: refusal.received).text, keyID: refusal.keyID, tenant: tenant.name,
            received: refusal.received, reason: diagnosis.reason.rawValue, sentence: diagnosis.sentence,
            remoteAddress: request.remoteAddress, requestID: request.requestID, contentType: request.contentType,
            fields: KeptFields.of(request.fields, key: key), body: refusal.body)
        do throws(QuarantineError) {
            let removedCount = try directory.keep(
                kept, bytesPerKeyLimit: options.bytesPerKeyLimit, reserveBytes: options.reserveBytes)
            try look(atKey: kept.keyID)
            options.notice(.kept(id: kept.id, keyID: kept.keyID, reason: kept.reason, removedCount: removedCount))
        } catch {
            options.notice(.failed(error))
        }
    }

    private func removeOld(nowMilliseconds: Int64) {
        let limit = nowMilliseconds - options.ageSeconds * 1000
        do throws(QuarantineError) {
            try directory.removeOlder(thanMilliseconds: limit)
            let fresh = try directory.usages()
            usages.withLock { $0 = fresh }
        } catch {
            options.notice(.failed(error))
        }
    }

    private func look(atKey keyID: String) throws(QuarantineError) {
        let usage = try directory.usage(ofKey: keyID)
        usages.withLock { $0[keyID] = usage }
    }

    /// Makes events of the requests that the operator wants; false if some must be tried again.
    private func releaseAll() -> Bool {
        do throws(QuarantineError) {
            var isDone = true
            for name in try directory.wantedReleases() where !thread.isStopping {
                if try !release(name) { isDone = false }
            }
            return isDone
        } catch {
            options.notice(.failed(error))
            return false
        }
    }

    /// - Returns: whether it has come to an end, good or not.
    private func release(_ name: QuarantineDirectory.Name) throws(QuarantineError) -> Bool {
        let kept: KeptRequest
        do throws(QuarantineError) {
            kept = try directory.read(name)
        } catch .unknown {
            // A crash came after the event and before the mark was gone; or it has become too old.
            try directory.withdrawRelease(of: name)
            return true
        }
        let principal: Principal
        do throws(AuthenticationError) {
            principal = try credentials.keyRing(now: .now)
                .verify(kept: kept.httpFields, body: kept.body, keyID: kept.keyID, nowSeconds: clock() / 1_000_000)
        } catch {
            try directory.noteRefused(name, outcome: ReleaseOutcome.refused(error.reason))
            return true
        }
        let response = accept(kept, principal)
        switch response.status.rawValue {
        case 200..<300:
            try directory.noteReleased(name, outcome: ReleaseOutcome.released(response))
            try look(atKey: name.keyID)
            options.notice(.released(id: name.id, keyID: name.keyID))
            return true
        case 409, 429, 500...: return false
        default:
            try directory.noteRefused(name, outcome: ReleaseOutcome.refused(response))
            return true
        }
    }

    /// Takes the request as if it had just come, but for its time.
    private func accept(_ kept: KeptRequest, _ principal: Principal) -> HTTPResponse {
        let request = HTTPRequest(
            method: .post, path: "/fx/events/webhook/" + kept.keyID, contentType: kept.contentType,
            fields: kept.httpFields, body: .complete(kept.body), requestID: kept.requestID,
            remoteAddress: kept.remoteAddress)
        let exchange = ReleaseExchange()
        let reply = Reply(request, exchange: exchange, observer: observer)
        reply.facts.route = .webhook
        reply.facts.tenant = principal.tenant.name
        reply.facts.credentialID = principal.credentialID
        do throws(BridgeError) {
            try acceptEvent.run(
                request, body: kept.body, route: .webhook(keyID: kept.keyID), principal: principal,
                now: Timestamp(microseconds: clock()), context: context, reply: reply,
                release: Release(id: kept.id, received: kept.received))
        } catch {
            reply.refuse(error)
        }
        return exchange.waitForResponse()
    }
}

/// What was kept and becomes an event now.
struct Release: Sendable {
    /// Under which it was kept.
    let id: String
    /// When it came at first.
    let received: Timestamp
}

package struct QuarantineOptions: Sendable {
    package var root: String
    package var bytesPerKeyLimit: Int
    package var ageSeconds: Int64
    /// Of the disk, for events.
    package var reserveBytes: UInt64
    /// Called on the thread that keeps.
    package var notice: @Sendable (QuarantineNotice) -> Void

    package init(
        root: String, bytesPerKeyLimit: Int, ageSeconds: Int64, reserveBytes: UInt64,
        notice: @escaping @Sendable (QuarantineNotice) -> Void
    ) {
        self.root = root
        self.bytesPerKeyLimit = bytesPerKeyLimit
        self.ageSeconds = ageSeconds
        self.reserveBytes = reserveBytes
        self.notice = notice
    }
}

/// What an operator should hear of.
package enum QuarantineNotice: Sendable, Equatable {
    case kept(id: String, keyID: String, reason: String, removedCount: Int)
    /// More were refused than are looked at.
    case dropped(count: Int)
    case released(id: String, keyID: String)
    case failed(QuarantineError)
}

extension RefusalReason {
    /// Whether the signature was wrong, or when it was made; not whether anybody is allowed anything.
    var isOfSignature: Bool {
        switch self {
        case .signatureMissing, .signatureMalformed, .timestampMissing, .timestampMalformed,
            .timestampOutsideTolerance, .signatureMismatch, .keySecretsExpired:
            true
        case .credentialMissing, .tokenMalformed, .tokenChecksumWrong, .tokenUnknown, .tokenSecretWrong, .tokenRevoked,
            .tokenExpired, .keyUnknown, .keyRevoked, .keyExpired, .tenantsDiffer:
            false
        }
    }
}
