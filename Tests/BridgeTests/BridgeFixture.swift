import Authentication
import Credentials
import DurableIO
import Events
import Foundation
import HTTPMessage
import Idempotency
import Metrics
import Quarantine
import Spool
import StatusIndex
import Testing
import Threading

@testable import Bridge

/// 2026-01-02T03:04:05.678901Z
let moment: Int64 = 1_767_323_045_678_901

/// A whole bridge in this process: all parts are real but the transport, the clock and the dice.
final class BridgeFixture {
    /// How many requests may wait for another one of the same key.
    static let followersLimit = 32

    let directory: TemporaryDirectory
    let disk = TroubledDisk()
    let log: RecordingLog
    let metrics = MetricRegistry()
    let clock = Monitor<Int64>(moment)
    let recent = RecentEvents()
    let writer: LogWriter
    let reportWriter: LogWriter
    /// Of the waiting room, in milliseconds; it stands still unless a test sets it forward.
    let waitClock = Monitor<Int64>(0)
    let room: WaitingRoom
    let indexer: StatusIndexer
    let claims: ClaimStore
    let quarantineNotices = Monitor<[QuarantineNotice]>([])
    let credentials: CredentialFollower
    let bridge: EventBridge
    private var dice = SeededGenerator(state: 7)

    /// - Parameters:
    ///   - isIndexing: whether the indexer runs from the start.
    ///   - limits: what may wait for the disk.
    init(
        in directory: TemporaryDirectory? = nil, isIndexing: Bool = true, limits: LogWriter.Limits = .init(),
        reserveBytes: UInt64 = 0, waits: WaitingRoom.Limits = .init(), failuresPerMinute: Int = 0,
        failuresBurst: Int = 1
    ) throws {
        log = try RecordingLog()
        let directory = try directory ?? TemporaryDirectory()
        self.directory = directory
        let (layout, disk, clock, recent) = (directory.layout, disk, clock, recent)
        try disk.makeDirectory(layout.root)
        let appender = try LogAppender(
            directory: layout.events, quarantine: layout.quarantine, options: LogOptions(reserveBytes: reserveBytes),
            disk: disk)
        try disk.makeDirectory(layout.executions)
        let box = Monitor<StatusIndexer?>(nil)
        var claimOptions = ClaimOptions(
            directory: layout.claims, log: layout.events, disk: LinuxDisk(), windowSeconds: 72 * 3600,
            keysLimit: 100_000, indexedBefore: { recent.indexedBefore }, notice: { _ in })
        claimOptions.followersLimit = Self.followersLimit
        let claims = ClaimStore(claimOptions)
        try claims.start(at: appender.position, nowSeconds: moment / 1_000_000)
        self.claims = claims
        let writer = try LogWriter(appender, limits: limits) { _ in box.withLock { $0 }?.poke() }
        let waitClock = waitClock
        let room = WaitingRoom(recent: recent, limits: waits, clock: { waitClock.withLock { $0 } })
        try room.start(index: StatusIndexReader(path: directory.index))
        self.room = room
        let indexer = StatusIndexer(
            path: directory.index, layout: layout, disk: LinuxDisk(), recent: recent, committed: { writer.position },
            executionsChanged: room.executionsChanged
        ) { _ in }
        box.withLock { $0 = indexer }
        self.writer = writer
        let reports = try LogAppender(
            directory: layout.executions(writer: "bridge"), quarantine: layout.quarantine,
            options: LogOptions(reserveBytes: reserveBytes), disk: disk)
        reportWriter = try LogWriter(reports, limits: limits) { _ in indexer.poke() }
        self.indexer = indexer
        // A follower needs a file: the first credential makes it.
        _ = try CredentialStore(path: directory.credentials).createToken(
            CredentialRequest(tenant: "nobody", name: "first", scopes: ["status:read"]), nowSeconds: 0, using: &dice)
        let credentials = try CredentialFollower(path: directory.credentials) { _ in }
        self.credentials = credentials
        let health = ReportHealth(checks: [
            .init("spool") { writer.lastError?.description },
            .init("index") { recent.isIndexComplete ? nil : "the index is catching up with the log" },
            .init("credentials") { credentials.brokenBecause.map { "\($0)" } },
        ])
        var options = BridgeOptions(
            jsonDepthLimit: 128, eventSourceBytesLimit: 1024, eventTypeBytesLimit: 255,
            generic: EventDefaults(source: "/fx/generic", type: "fx.events.generic.incoming"),
            webhook: EventDefaults(source: "/fx/webhook", type: "fx.events.webhook.incoming"))
        options.failuresPerMinute = failuresPerMinute
        options.failuresBurst = failuresBurst
        let notices = quarantineNotices
        let quarantine = QuarantineOptions(
            root: layout.refused, bytesPerKeyLimit: 64 << 10, ageSeconds: 7 * 86_400, reserveBytes: 0
        ) { notice in
            notices.update {
                $0.append(notice)
                return .all
            }
        }
        bridge = EventBridge(
            options: options, credentials: credentials, writer: writer, reportWriter: reportWriter, recent: recent,
            room: room, claims: claims, quarantine: quarantine,
            indexReaders: [StatusIndexReader(path: directory.index), StatusIndexReader(path: directory.index)],
            health: health,
            clock: { clock.withLock { $0 } }, randomness: { CountingGenerator(number: 0) },
            observer: RequestObserver(log: log.sink, metrics: metrics))
        try bridge.refusedRequests?.start()
        while claims.notReadyBecause != nil { sched_yield() }
        if isIndexing {
            try indexer.start()
            try waitForIndex(of: "nothing")
        } else {
            // What the indexer's start says first: whatever the log has already is in no memory.
            recent.indexMayLack(before: writer.position.nextSequence)
        }
    }

    deinit {
        disk.release()
        bridge.refusedRequests?.stop()
        writer.stop()
        reportWriter.stop()
        claims.stop()
        indexer.stop()
        room.stop()
    }
}

// MARK: - Credentials

extension BridgeFixture {
    /// A new token's text; in force at once.
    func token(
        tenant: String = "acme", scopes: [String] = ["events:write", "status:read"], sources: [String] = [],
        types: [String] = [], expiresSeconds: Int64? = nil
    ) throws -> AccessToken {
        let request = try CredentialRequest(
            tenant: tenant, name: "a token", scopes: scopes, sources: sources, types: types,
            expiresSeconds: expiresSeconds)
        let made = try CredentialStore(path: directory.credentials)
            .createToken(request, nowSeconds: moment / 1_000_000 - 60, using: &dice)
        credentials.reload()
        return made.token
    }

    /// A new secret key; in force at once.
    func key(
        tenant: String = "acme", scopes: [String] = ["events:write", "status:read"], sources: [String] = [],
        types: [String] = [], provider: WebhookProvider = .github, settings: WebhookSettings = WebhookSettings(),
        secret: String? = nil, expiresSeconds: Int64? = nil
    ) throws -> SecretKeyRecord {
        let request = try CredentialRequest(
            tenant: tenant, name: "a key", scopes: scopes, sources: sources, types: types,
            expiresSeconds: expiresSeconds)
        var settings = settings
        if provider == .generic, settings.scheme == nil {
            settings.scheme = try GenericScheme(header: "X-Signature")
        }
        let made = try CredentialStore(path: directory.credentials)
            .createSecretKey(
                request, provider: provider, settings: settings, secret: secret.map(Secret.init),
                nowSeconds: moment / 1_000_000 - 60, using: &dice)
        credentials.reload()
        return made
    }

    func revoke(token: AccessToken) throws {
        _ = try CredentialStore(path: directory.credentials).revokeToken(token.id, nowSeconds: moment / 1_000_000)
        credentials.reload()
    }
}

extension SecretKeyRecord {
    /// The value of `X-Hub-Signature-256` for these bytes.
    func signature(of text: String) -> String { HubSignature.sign(Array(text.utf8), secret: secrets[0].value) }
}

// MARK: - Requests

extension BridgeFixture {
    /// Sends a request and gives the exchange that its answer comes to.
    func begin(
        _ method: HTTPMethod, _ path: String, _ body: String = "", token: AccessToken? = nil,
        fields: [(String, String)] = [], contentType: String = "application/json", requestID: String = "",
        listener: HTTPListener = .public
    ) -> RecordingExchange {
        var all = HTTPFields()
        if let token { all.append("X-API-KEY", token.text.revealed) }
        for (name, value) in fields { all.append(name, value) }
        let exchange = RecordingExchange()
        let target = path.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        bridge.handle(
            HTTPRequest(
                method: method, path: String(target[0]), query: target.count > 1 ? String(target[1]) : "",
                contentType: contentType, fields: all, body: .complete(Array(body.utf8)),
                requestID: requestID, remoteAddress: "192.0.2.7", listener: listener), exchange: exchange, worker: 0)
        return exchange
    }

    /// Sends a request and waits for its answer.
    func send(
        _ method: HTTPMethod, _ path: String, _ body: String = "", token: AccessToken? = nil,
        fields: [(String, String)] = [], contentType: String = "application/json", requestID: String = "",
        listener: HTTPListener = .public, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Answer {
        try begin(
            method, path, body, token: token, fields: fields, contentType: contentType, requestID: requestID,
            listener: listener
        ).answer(sourceLocation: sourceLocation)
    }

    /// Sends a request whose body came as the transport says.
    func send(_ method: HTTPMethod, _ path: String, body: HTTPBody, token: AccessToken) throws -> Answer {
        var fields = HTTPFields()
        fields.append("X-API-KEY", token.text.revealed)
        let exchange = RecordingExchange()
        bridge.handle(
            HTTPRequest(method: method, path: path, contentType: "application/json", fields: fields, body: body),
            exchange: exchange, worker: 0)
        return try exchange.answer()
    }

    /// The lines of the event log, without their newlines.
    func spoolLines() throws -> [String] {
        let reader = LogReader(directory: directory.layout.events, disk: LinuxDisk(), from: 1)
        var lines: [String] = []
        while case .record(_, let range) = try reader.next() {
            lines.append(String(decoding: reader.buffer[range].dropLast(), as: UTF8.self))
        }
        return lines
    }

    /// The last event as its reader sees it.
    func lastEvent() throws -> [String: Any] {
        let line = try #require(try spoolLines().last)
        return try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }

    /// Waits until the index has the last event of a cid, or everything, if there is no such cid.
    func waitForIndex(of cid: String, tenant: String = "acme") throws {
        let deadline = ContinuousClock.now.advanced(by: .seconds(20))
        while recent.answer(tenant: tenant, cid: cid) != .askIndex {
            try #require(ContinuousClock.now < deadline, "the index does not follow")
            sched_yield()
        }
    }
}

// MARK: - Reports

extension BridgeFixture {
    /// Writes reports to a log of executions, as another process does, and waits until the index has them.
    func report(_ reports: [ExecutionReport]) throws {
        let log = try LogAppender(
            directory: directory.layout.executions(writer: "runner"), quarantine: directory.layout.quarantine,
            options: LogOptions(reserveBytes: 0), disk: LinuxDisk())
        var group = CommitGroup()
        for (index, report) in reports.enumerated() {
            let recorded = Timestamp(microseconds: moment + Int64(index))
            let line = report.spoolLine(tenant: "acme", authID: "tok_1", recordedTime: recorded)
            group.add(line.bytes, sequenceOffset: line.sequenceOffset)
        }
        _ = try log.append(&group)
        indexer.poke()
        try waitForExecution(try #require(reports.last?.executionID))
    }

    /// Reports one status of an execution, as another process does; later than all before.
    func report(_ id: String, _ status: ExecutionStatus, cid: String, data: String = "null") throws {
        clock.withLock { $0 += 1 }
        let report = ExecutionReport(
            cid: try CorrelationID(cid), executionID: id, service: "mail", status: status, data: Array(data.utf8))
        let line = report.spoolLine(
            tenant: "acme", authID: "tok_1", recordedTime: Timestamp(microseconds: clock.withLock { $0 }))
        let log = try LogAppender(
            directory: directory.layout.executions(writer: "runner"), quarantine: directory.layout.quarantine,
            options: LogOptions(reserveBytes: 0), disk: LinuxDisk())
        var group = CommitGroup()
        group.add(line.bytes, sequenceOffset: line.sequenceOffset)
        _ = try log.append(&group)
        indexer.poke()
    }

    /// Lets time pass for those who wait.
    func pass(seconds: Int64) {
        waitClock.withLock { $0 += seconds * 1000 }
        room.wake()
    }

    /// Waits until so many requests wait.
    func waitForWaiters(_ count: Int) throws {
        let deadline = ContinuousClock.now.advanced(by: .seconds(20))
        while room.count != count {
            try #require(ContinuousClock.now < deadline, "\(room.count) requests wait")
            sched_yield()
        }
    }

    /// Waits until the index has an execution.
    func waitForExecution(_ id: String, tenant: String = "acme") throws {
        let reader = StatusIndexReader(path: directory.index)
        let deadline = ContinuousClock.now.advanced(by: .seconds(20))
        while try reader.execution(id: id, tenant: tenant) == nil {
            try #require(ContinuousClock.now < deadline, "the index does not follow")
            sched_yield()
        }
    }
}

/// 1, 2, 3, …: a UUID made of it can be written down.
struct CountingGenerator: RandomNumberGenerator {
    var number: UInt64

    mutating func next() -> UInt64 {
        number += 1
        return number
    }
}

/// Random numbers that are the same in every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
