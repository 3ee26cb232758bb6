import Authentication
import Credentials
import Events
import HTTPMessage
import Idempotency
import Metrics
import Quarantine
import Spool
import StatusIndex

/// The product behind its transport: takes a request, says who sent it, and gives it to the use case of its route.
package final class EventBridge: HTTPHandler {
    private let credentials: CredentialFollower
    private let acceptEvent: AcceptEvent
    private let acceptReports: AcceptReports
    private let answerStatus: AnswerStatus
    private let policy: EventPolicy
    private let reportHealth: ReportHealth
    private let failures: FailureLimiter
    private let contexts: [WorkerContext]
    /// Who made the bridge starts, pokes and stops it.
    package let refusedRequests: RefusedRequests?
    /// Microseconds since 1970, UTC.
    private let clock: @Sendable () -> Int64
    private let observer: RequestObserver

    private static let acceptField = HTTPFieldName("Accept")

    /// - Parameters:
    ///   - reportWriter: of the bridge's own log of executions.
    ///   - room: where requests wait that want to know what becomes of an event; who made it starts and stops it.
    ///   - quarantine: nil where refused requests are not kept. The last of `indexReaders` is for what keeps them.
    ///   - claims: nil where repeated requests make events of their own.
    ///   - indexReaders: one for each worker thread of the transport.
    ///   - randomness: makes a generator for one worker.
    package init(
        options: BridgeOptions, credentials: CredentialFollower, writer: LogWriter, reportWriter: LogWriter,
        recent: RecentEvents, room: WaitingRoom, claims: ClaimStore?, quarantine: QuarantineOptions? = nil,
        indexReaders: sending [StatusIndexReader], health: ReportHealth,
        clock: @escaping @Sendable () -> Int64, randomness: () -> any RandomNumberGenerator, observer: RequestObserver
    ) {
        self.credentials = credentials
        acceptEvent = AcceptEvent(options: options, writer: writer, recent: recent, claims: claims)
        acceptReports = AcceptReports(options: options, writer: reportWriter, recent: recent)
        answerStatus = AnswerStatus(readStatus: ReadStatus(recent: recent), room: room)
        policy = options.policy
        reportHealth = health
        failures = FailureLimiter(perMinute: options.failuresPerMinute, burst: options.failuresBurst)
        contexts = indexReaders.map { WorkerContext(randomness: randomness(), index: $0) }
        let (acceptEvent, context) = (acceptEvent, contexts[contexts.count - 1])
        refusedRequests = quarantine.map { options in
            RefusedRequests(
                options, credentials: credentials, acceptEvent: acceptEvent, context: context, observer: observer,
                clock: clock)
        }
        self.clock = clock
        self.observer = observer
    }

    package func handle(_ request: HTTPRequest, exchange: any HTTPExchange, worker: Int) {
        let reply = Reply(request, exchange: exchange, observer: observer)
        do throws(BridgeError) {
            try serve(request, reply: reply, context: contexts[worker])
        } catch {
            reply.refuse(error)
            refusedRequests?.consider(request, refusedFor: error)
        }
    }

    private func serve(_ request: HTTPRequest, reply: Reply, context: WorkerContext) throws(BridgeError) {
        guard let route = Route(path: request.path, listener: request.listener) else { throw .noSuchPath }
        reply.facts.route = route.name
        guard route.allows(request.method) else { throw .methodNotAllowed(route) }
        if request.method == .options {
            return reply.send(policy.current.handshake.response(to: request, route: route))
        }
        switch route {
        case .events, .genericEvents, .webhook:
            let body = try body(of: request)
            let now = Timestamp(microseconds: clock())
            let principal = try authenticate(
                request, route: route, signed: body, now: now, context: context, reply: reply)
            try acceptEvent.run(
                request, body: body, route: route, principal: principal, now: now, context: context, reply: reply)
        case .executions:
            let body = try body(of: request)
            let now = Timestamp(microseconds: clock())
            let principal = try authenticate(
                request, route: route, signed: body, now: now, context: context, reply: reply)
            try acceptReports.run(
                request, body: body, principal: principal, now: now, context: context, reply: reply)
        case .correlation(let cid):
            let principal = try authenticateReader(request, route: route, context: context, reply: reply)
            try answerStatus.correlation(cid, request, principal: principal, context: context, reply: reply)
        case .delivery(let id):
            let principal = try authenticateReader(request, route: route, context: context, reply: reply)
            let cid = try answerStatus.readStatus.cid(
                ofDelivery: id, tenant: principal.tenant.name, index: context.index)
            try answerStatus.correlation(cid, request, principal: principal, context: context, reply: reply)
        case .execution(let id):
            let principal = try authenticateReader(request, route: route, context: context, reply: reply)
            try answerStatus.execution(id, request, principal: principal, context: context, reply: reply)
        case .openAPI:
            var response = HTTPResponse(.ok)
            response.add("Cache-Control", "public, max-age=300")
            response.setBody(OpenAPIDocument.bytes, type: "application/json")
            reply.send(response)
        case .health: reply.send(reportHealth.liveness())
        case .readiness: reply.send(reportHealth.readiness())
        case .metrics: reply.send(metrics(request))
        }
    }

    private func authenticateReader(
        _ request: HTTPRequest, route: Route, context: WorkerContext, reply: Reply
    ) throws(BridgeError) -> Principal {
        let now = Timestamp(microseconds: clock())
        // There is no body to sign: a signature covers the path as it was sent, without the query.
        let principal = try authenticate(
            request, route: route, signed: Array(request.path.utf8), now: now, context: context, reply: reply)
        do {
            try principal.allows(.statusRead)
        } catch {
            throw .authentication(error)
        }
        return principal
    }

    private func authenticate(
        _ request: HTTPRequest, route: Route, signed: [UInt8], now: Timestamp, context: WorkerContext, reply: Reply
    ) throws(BridgeError) -> Principal {
        var presented = PresentedCredentials(
            apiKey: PresentedToken.header(of: request.fields), fields: request.fields)
        if case .webhook(let keyID) = route { presented.keyID = keyID }
        let nowSeconds = now.milliseconds / 1000
        let begin = Stopwatch.nanoseconds
        defer { observer.noteAuthentication(beginNanoseconds: begin) }
        let keyRing = credentials.keyRing(&context.credentials, now: .now)
        let principal: Principal
        do {
            principal = try keyRing.authenticate(presented, signed: signed, nowSeconds: nowSeconds)
        } catch {
            throw refusal(error, of: request, now: now)
        }
        reply.facts.tenant = principal.tenant.name
        reply.facts.credentialID = principal.credentialID
        // Where a token let it in, the key in the path was not looked at yet.
        if case .webhook(let keyID?) = route, principal.kind == .accessToken {
            guard keyRing.hasSecretKey(id: keyID, tenant: principal.tenant) else { throw .unknownKey }
        }
        return principal
    }

    /// A failed authentication is put on the account of its address, and only there: the next request that is good gets
    /// in.
    private func refusal(_ error: AuthenticationError, of request: HTTPRequest, now: Timestamp) -> BridgeError {
        guard case .refused = error,
            let seconds = failures.note(address: request.remoteAddress, nowMicroseconds: now.microseconds)
        else { return .authentication(error) }
        return .tooManyFailures(error, retryAfterSeconds: seconds)
    }

    private func metrics(_ request: HTTPRequest) -> HTTPResponse {
        let format = MetricsText.Format(accept: request.fields.text(Self.acceptField))
        var response = HTTPResponse(.ok)
        response.add("Cache-Control", "no-store")
        response.setBody(observer.registry.text(format), type: format.contentType)
        return response
    }

    private func body(of request: HTTPRequest) throws(BridgeError) -> [UInt8] {
        switch request.body {
        case .complete(let bytes): return bytes
        case .tooLarge(let limit): throw .bodyTooLarge(limit: limit)
        case .wrongLength(let announced, let received):
            throw .bodyOfWrongLength(announced: announced, received: received)
        }
    }
}
