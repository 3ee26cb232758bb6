import Authentication
import Bridge
import Credentials
import DurableIO
import Events
import FastCGI
import Glibc
import Idempotency
import Logging
import Metrics
import OperatorLog
import Settings
import Spool
import StatusIndex
import Supervision
import Threading

/// Puts the parts together, in the order in which they depend on each other, and takes them apart again.
struct Responder {
    let settings: BridgeSettings
    let signals: SignalWatch
    let log: LogSink
    let logger: Logger
    /// Reads the settings as they are now, from the same file, environment and flags.
    let readSettings: () throws(SettingsError) -> BridgeSettings
    let metrics = MetricRegistry()
    let notifier = ServiceNotifier(socket: ProcessEnvironment.variables()["NOTIFY_SOCKET"])
    /// Set before the listener is closed, for readiness.
    let isDraining = DrainFlag()
    /// The event log's; synchronizations are timed.
    private let commits: CommitMetrics

    let disk = LinuxDisk()

    init(
        settings: BridgeSettings, signals: SignalWatch, log: LogSink, logger: Logger,
        readSettings: @escaping () throws(SettingsError) -> BridgeSettings
    ) {
        self.readSettings = readSettings
        self.settings = settings
        self.signals = signals
        self.log = log
        self.logger = logger
        commits = CommitMetrics(metrics)
    }

    func run() throws {
        if let limit = DescriptorLimit.raise(forConnections: settings.fastCGI.connectionsLimit) {
            logger.warning(
                "fewer descriptors are allowed than fastcgi.connections_limit needs (LimitNOFILE, ulimit -n)",
                metadata: ["limit": "\(limit)"])
        }
        let layout = SpoolLayout(root: settings.spool.directory)
        let lastUses = makeLastUseRecorder(layout)
        let credentials = try openCredentials(lastUses.notice)
        let appender = try openSpool(layout)
        let recent = RecentEvents()
        // The writer tells its followers, who ask the writer: the box breaks the ring.
        let followers = Monitor<LogFollowers?>(nil)
        let writer = try startWriter(appender, followers)
        let room = try startRoom(recent)
        let indexer = try startIndexer(layout, writer, recent, room)
        let reportWriter = try startReportWriter(layout, indexer, room)
        let claims = try startClaims(layout, writer, recent)
        let trimmer = try startTrimmer(layout, indexer, claims)
        followers.withLock {
            $0 = LogFollowers(writer: writer, indexer: indexer, trimmer: trimmer, claims: claims)
        }
        let options = bridgeOptions
        let bridge = makeBridge(
            options, credentials: credentials, writer: writer, reportWriter: reportWriter, recent: recent, room: room,
            indexer: indexer, claims: claims, quarantine: quarantineOptions(layout))
        try startQuarantine(bridge, layout)
        let replays = try startReplays(layout, writer, recent)
        let listener = try listen()
        // Before the first answer: who sees that the bridge is ready may look for its process.
        let pidFile: PIDFile
        do { pidFile = try PIDFile(path: settings.process.pidFile) } catch {
            throw StartFailure("process.pid_file: \(error)")
        }
        let server = try startServer(listener, bridge)
        try lastUses.start(credentials)
        registerCredentialGauges(credentials)
        registerGauges(layout, writer: writer, recent: recent, server: server)
        logger.notice(
            "ready",
            metadata: [
                "socket": "\(settings.fastCGI.socketPath)", "spool": "\(layout.root)",
                "next_sequence": "\(writer.position.nextSequence)", "workers": "\(settings.fastCGI.workersCount)",
            ])

        let live = LiveSettings(
            settings, read: readSettings,
            parts: .init(log: log, limits: options.limits, policy: options.policy, server: server, trimmer: trimmer),
            logger: logger)
        let watchdog = try startWatchdog([writer, reportWriter], server)
        notifier.ready(Self.readyStatus)

        serve(layout, credentials, indexer, room, live, bridge, replays)

        // Whoever waits is told what is known.
        let isDrained = drain(server, live.current.process) { room.close() }
        if !isDrained { logger.warning("some connections were still busy when the drain ended") }
        watchdog?.stop()
        bridge.refusedRequests?.stop()
        replays.stop()
        trimmer.stop()
        writer.stop()
        claims?.stop()
        reportWriter.stop()
        indexer.stop()
        room.stop()
        lastUses.stop()
        pidFile.unlink()
        logger.notice("stopped", metadata: ["next_sequence": "\(writer.position.nextSequence)"])
    }
}

// MARK: - Opening the parts

extension Responder {
    private func openCredentials(_ useNotice: UseNotice) throws -> CredentialFollower {
        let logger = logger
        do {
            return try CredentialFollower(path: settings.credentials.file, useNotice: useNotice) { report in
                switch report {
                case .replaced(let tokens, let secretKeys):
                    logger.notice(
                        "the credentials were read again",
                        metadata: ["tokens": "\(tokens)", "secret_keys": "\(secretKeys)"])
                case .keptLastGood(let error):
                    logger.error(
                        "the credentials cannot be read; what was known of them stays in force",
                        metadata: ["because": "\(error)"])
                }
            }
        } catch {
            throw StartFailure("\(error)")
        }
    }

    private func openSpool(_ layout: SpoolLayout) throws -> sending LogAppender {
        do {
            _ = try disk.names(in: layout.root)
        } catch let error where error.errno == ENOENT {
            throw StartFailure(
                "the spool directory \(layout.root) does not exist; make it, owned by the user that fx-bridge runs as "
                    + "(mkdir -m 0750 \(layout.root)), or set spool.directory")
        } catch {
            throw StartFailure("the spool cannot be read: \(error)")
        }
        let options = LogOptions(
            segmentBytes: UInt64(settings.spool.segmentBytes), reserveBytes: UInt64(settings.spool.freeBytesReserve))
        do {
            let appender = try LogAppender(
                directory: layout.events, quarantine: layout.quarantine, options: options, disk: commits.timed(disk))
            do { try disk.makeDirectory(layout.executions) } catch { throw SpoolError.disk(error) }
            for finding in appender.recovery.findings {
                logger.error("recovery found damage in the spool", metadata: ["what": "\(finding)"])
            }
            return appender
        } catch let error as SpoolError {
            switch error {
            case .locked:
                throw StartFailure("\(error); only one fx-bridge can run on a spool")
            case .disk:
                throw StartFailure(
                    "the spool cannot be written: \(error); it must belong to the user that fx-bridge runs as")
            case .unsuitableFileSystem, .full, .shortWrite, .overloaded, .recordTooLarge, .stopped:
                throw StartFailure("\(error)")
            }
        }
    }

    private func startWriter(_ appender: sending LogAppender, _ followers: Monitor<LogFollowers?>) throws -> LogWriter {
        let (logger, commits) = (logger, commits)
        let limits = LogWriter.Limits(
            pendingBytes: settings.spool.pendingBytesLimit, pendingRecords: settings.spool.pendingEventsLimit)
        return try LogWriter(appender, limits: limits) { event in
            switch event {
            case .durable(let records, let bytes): commits.noteCommit(records: records, bytes: bytes)
            case .committed: followers.withLock { $0 }?.noteCommit()
            case .refused(let records, let error):
                commits.noteRefusal(records: records)
                logger.error(
                    "events could not be stored; their senders were told",
                    metadata: ["events": "\(records)", "because": "\(error)"])
            case .recovered: logger.notice("events are stored again")
            }
        }
    }

    private func startIndexer(
        _ layout: SpoolLayout, _ writer: LogWriter, _ recent: RecentEvents, _ room: WaitingRoom
    ) throws -> StatusIndexer {
        let logger = logger
        let executions = ExecutionMetrics(metrics, begin: Timestamp(microseconds: Self.now()))
        let indexer = StatusIndexer(
            path: settings.index.file, layout: layout, disk: disk, recent: recent, committed: { writer.position },
            executionsChanged: room.executionsChanged, executionsRead: executions.note
        ) { notice in
            switch notice {
            case .finding(let finding):
                logger.error("the index skipped something in a log", metadata: ["what": "\(finding)"])
            case .rebuilding(let error):
                logger.warning(
                    "the index is thrown away and built again from the logs", metadata: ["because": "\(error)"])
            case .failed(let error):
                logger.error("the index cannot follow the logs; trying again", metadata: ["because": "\(error)"])
            case .cannotRead(let error):
                logger.error("a log cannot be read for the index", metadata: ["because": "\(error)"])
            case .caughtUp(let sequence):
                logger.info("the index has caught up", metadata: ["next_sequence": "\(sequence)"])
            case .forgot(let log, let rows, let sequence):
                logger.info(
                    "the index forgot what was trimmed",
                    metadata: ["log": "\(log)", "rows": "\(rows)", "before": "\(sequence)"])
            }
        }
        try indexer.start()
        return indexer
    }

    private var bridgeOptions: BridgeOptions {
        let policy = EventPolicy.Values(settings.events)
        var options = BridgeOptions(
            jsonDepthLimit: settings.limits.jsonDepth, eventSourceBytesLimit: settings.limits.eventSourceBytes,
            eventTypeBytesLimit: settings.limits.eventTypeBytes,
            // What is more than may wait at once could never be taken.
            batchEventsLimit: min(settings.limits.batchEvents, settings.spool.pendingEventsLimit),
            generic: policy.generic, webhook: policy.webhook, handshake: policy.handshake)
        options.failuresPerMinute = settings.limits.failuresPerMinute
        options.failuresBurst = settings.limits.failuresBurst
        return options
    }

    private func makeBridge(
        _ options: BridgeOptions, credentials: CredentialFollower, writer: LogWriter, reportWriter: LogWriter,
        recent: RecentEvents, room: WaitingRoom, indexer: StatusIndexer, claims: ClaimStore?,
        quarantine: QuarantineOptions?
    ) -> EventBridge {
        let disk = disk
        let spool = settings.spool
        let isDraining = isDraining
        let health = ReportHealth(checks: [
            .init("serving") { isDraining.isSet ? "the process is stopping" : nil },
            .init("spool") { writer.lastError?.description },
            .init("space") {
                guard let facts = try? disk.fileSystem(at: spool.directory) else { return "statfs failed" }
                let reserve = UInt64(spool.freeBytesReserve)
                return facts.availableBytes > reserve
                    ? nil : "\(facts.availableBytes) bytes are free, \(reserve) are kept in reserve"
            },
            .init("index") {
                if let error = indexer.lastError { return "\(error)" }
                return recent.isIndexComplete ? nil : "the index is catching up with the log"
            },
            .init("idempotency") { claims?.notReadyBecause },
            .init("credentials") { credentials.brokenBecause.map { "\($0)" } },
        ])
        var readers: [StatusIndexReader] = []
        for _ in 0..<settings.fastCGI.workersCount + 1 { readers.append(StatusIndexReader(path: settings.index.file)) }
        return EventBridge(
            options: options, credentials: credentials, writer: writer, reportWriter: reportWriter, recent: recent,
            room: room, claims: claims, quarantine: quarantine, indexReaders: readers, health: health, clock: Self.now,
            randomness: { BufferedRandomness() }, observer: RequestObserver(log: log, metrics: metrics))
    }

    private func startWatchdog(_ writers: [LogWriter], _ server: FastCGIServer) throws -> Watchdog? {
        let variables = ProcessEnvironment.variables()
        let watchdog = Watchdog(
            watchdogMicroseconds: variables["WATCHDOG_USEC"], watchdogPID: variables["WATCHDOG_PID"],
            workerStallMilliseconds: settings.fastCGI.peerTimeout.milliseconds + 5000,
            signs: .init(committers: { writers.flatMap { $0.signs() } }, workers: { server.workerTurns }),
            tell: { [notifier] in notifier.alive() })
        try watchdog?.start()
        return watchdog
    }

    private func listen() throws -> ListeningSocket {
        let variables = ProcessEnvironment.variables()
        let fastCGI = settings.fastCGI
        do {
            let inherited = try ListeningSocket.inherited(
                listenPID: variables["LISTEN_PID"], listenDescriptors: variables["LISTEN_FDS"])
            return try inherited
                ?? ListeningSocket.bind(
                    path: fastCGI.socketPath, mode: fastCGI.socketMode, group: fastCGI.socketGroup ?? "",
                    backlog: Int32(fastCGI.backlog))
        } catch {
            throw StartFailure("fastcgi.socket: \(error)")
        }
    }

    private func startServer(_ listener: ListeningSocket, _ bridge: EventBridge) throws -> FastCGIServer {
        let (logger, settings) = (logger, settings)
        let options = FastCGIServer.Options(
            workers: settings.fastCGI.workersCount, connectionsLimit: settings.fastCGI.connectionsLimit,
            peerTimeoutSeconds: max(1, settings.fastCGI.peerTimeout.milliseconds / 1000),
            bodyBytesLimit: settings.limits.bodyBytes)
        do {
            let variables = ProcessEnvironment.variables()
            let store = ConnectionStore(notifySocket: variables["NOTIFY_SOCKET"])
            let inherited =
                store?.take(listenPID: variables["LISTEN_PID"], listenDescriptors: variables["LISTEN_FDS"]) ?? []
            let server = try FastCGIServer(
                listener: listener, inherited: inherited, store: store, options: options, handler: bridge
            ) { notice in
                switch notice {
                case .acceptFailed(let errno):
                    logger.error(
                        "a connection could not be accepted; trying again",
                        metadata: ["because": "\(IOError("accept", settings.fastCGI.socketPath, errno: errno))"])
                case .connectionsLimitReached(let limit):
                    logger.warning("no more connections are accepted for now", metadata: ["limit": "\(limit)"])
                }
            }
            try server.start()
            return server
        } catch {
            throw StartFailure("\(error)")
        }
    }

    /// Microseconds since 1970, UTC.
    static func now() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }
}

extension Duration {
    var milliseconds: Int {
        Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000)
    }
}
