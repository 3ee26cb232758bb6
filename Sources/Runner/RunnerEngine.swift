import DurableIO
import Events
import Glibc
import Logging
import Spool

/// The embedded engine: reads events, announces executions, runs services, reports what became of them.
///
/// One thread owns all of it; services' ends, the log's acknowledgements and wishes from outside come through a mailbox.
/// It sleeps while nothing happens. An execution goes its way in steps, each durable in the runner's log before the next
/// one is taken:
/// ```
/// event matches ─► announced (pending) ─► waits for its turn ─► started (in progress) ─► runs ─► ended
///                                                ▲                                        │
///                                                └────────── failed run (in progress) ◄───┘
/// ```
/// Some events are announced together, all of their executions or none, and the next ones once these are: so after a
/// crash every event up to the last one that was announced has been looked at, and none behind it.
package final class RunnerEngine {
    /// Runs a job to its end. The engine's own is ``ServiceProcess``.
    package typealias Launcher = @Sendable (ServiceJob) async -> RunEnd

    let options: RunnerOptions
    let disk: any Disk
    let logger: Logger
    let nowMicroseconds: @Sendable () -> Int64
    let mailbox: EngineMailbox
    let journal: ExecutionJournal
    let watch: ProcessWatch
    let launcher: Launcher
    let turns = EngineTurns()
    let serviceHints: DirectoryWatch
    let lookup: EventLookup

    var catalog: ServiceCatalog
    var dispatcher: Dispatcher
    var cursors: RunnerCursors
    var feed: LogReader
    /// Executions whose announcement is on its way to the disk, in its order.
    var announcing: [PendingExecution] = []
    /// Executions that have had their turn and whose next step is not on disk yet.
    var inFlight: [ExecutionID: ExecutionInFlight] = [:]
    /// Entries that the disk has refused; nothing new is begun while there are any.
    var unwritten: [ExecutionJournal.Entry] = []
    var nextWriteMilliseconds: Int64 = 0
    var unacknowledgedCount = 0
    var counts: [String: RunnerStatus.ServiceLine] = [:]
    var writtenStatus: RunnerStatus?
    /// Something has happened since cursors and status were written.
    var hasChanged = true
    var nextNoteMilliseconds: Int64 = 0
    var eventHints: DirectoryWatch
    var sight = EventSight.blind
    var hasToldBlindness = false
    var drainMilliseconds: Int64
    var lastServicesError: ServicesError?
    var stopMilliseconds: Int64?
    var hasAskedServicesToStop = false

    /// Inotify is a hint; the truth is looked up at least that often.
    static let pollMilliseconds: Int64 = 30_000
    /// Where no hint can be had.
    static let blindPollMilliseconds: Int64 = 200
    /// How long a refused entry waits for the disk.
    static let rewriteMilliseconds: Int64 = 1000
    /// Cursors and the status file are written that often at most.
    static let noteMilliseconds: Int64 = 1000
    /// How often services that are to end are asked.
    static let askAgainMilliseconds: Int64 = 250
    /// Events looked at before ends and acknowledgements get their turn.
    static let readsPerRound = 1024
    /// Executions that are announced together; those of one event always are.
    static let announcementsPerRound = 64

    /// Locks the runner's log, finds out what an earlier runner has left undone, and ends what that has left running.
    ///
    /// - Parameters:
    ///   - nowMicroseconds: since 1970.
    ///   - launcher: nil for processes.
    /// - Throws: ``RunnerError``
    package init(
        options: RunnerOptions, disk: any Disk, logger: Logger, nowMicroseconds: @escaping @Sendable () -> Int64,
        launcher: Launcher? = nil
    ) throws(RunnerError) {
        self.options = options
        self.disk = disk
        self.logger = logger
        self.nowMicroseconds = nowMicroseconds
        drainMilliseconds = options.drainMilliseconds
        do { catalog = try ServicesFile.read(options.servicesPath) } catch { throw .services(error) }
        let mailbox = try EngineMailbox()
        self.mailbox = mailbox
        journal = try ExecutionJournal(layout: options.layout, options: options.log, disk: disk) { finding in
            logger.error("recovery found damage in the runner's log", metadata: ["what": "\(finding)"])
        } acknowledge: { acknowledgement in
            mailbox.post(.acknowledged(acknowledgement))
        }
        let cursors = try RunnerCursors(layout: options.layout, disk: disk) { () throws(RunnerError) in
            do throws(SpoolError) {
                return try LogStatistics(directory: options.layout.events, disk: disk).nextSequence
            } catch {
                throw .log(error)
            }
        }
        self.cursors = cursors
        let recovery: JournalRecovery
        do {
            recovery = try JournalRecovery(
                directory: journal.directory, from: cursors.log, limit: journal.position, disk: disk)
            eventHints = try DirectoryWatch()
            serviceHints = try DirectoryWatch()
        } catch let error as SpoolError {
            throw .log(error)
        } catch let error as IOError {
            throw .disk(error)
        } catch {
            preconditionFailure("only these two are thrown above")
        }
        watch = try ProcessWatch()
        let processes = ServiceProcess(scratchRoot: options.scratchRoot, watch: watch) { id, service, note in
            var logger = logger
            logger[metadataKey: "execution_id"] = "\(id)"
            logger[metadataKey: "service"] = "\(service)"
            switch note {
            case .errorLine(let line): logger.info("\(line)")
            case .scratchLeft(let error):
                logger.warning("a scratch directory could not be removed", metadata: ["because": "\(error)"])
            }
        }
        self.launcher = launcher ?? { job in await processes.run(job) }
        lookup = EventLookup(directory: options.layout.events, disk: disk)
        dispatcher = Dispatcher(limits: options.limits, catalog: catalog)
        feed = LogReader(
            directory: options.layout.events, disk: disk, from: max(cursors.event, recovery.nextEventSequence))
        try prepareScratch()
        restore(recovery)
    }

    /// Works until a stop was asked for and is done. Call it once, on a thread of its own.
    package func run() {
        for finding in catalog.findings() { logger.error("a service will not run", metadata: ["what": "\(finding)"]) }
        do { try serviceHints.add(LinuxDisk.parent(of: options.servicesPath)) } catch {
            logger.warning("changes of the services are seen on SIGHUP only", metadata: ["because": "\(error)"])
        }
        logger.notice(
            "ready",
            metadata: [
                "services": "\(catalog.services.count)", "spool": "\(options.layout.root)",
                "next_event": "\(feed.nextSequence)", "unfinished": "\(dispatcher.waitingCount)",
            ])
        while true {
            turns.change()
            // Before the mailbox: what is on disk up to here has been told by then.
            let position = journal.position
            takeMessages()
            let now = nowMilliseconds
            writeAgain(now)
            if stopMilliseconds == nil {
                readEvents()
                refill()
                launch(now)
            } else if isStopped(now) {
                note(position: position, now: .max)
                break
            }
            note(position: position, now: now)
            turns.change()
            sleep(until: wakeMilliseconds(now), now: now)
        }
        journal.stop()
        // What the last commit has told.
        let position = journal.position
        takeMessages()
        hasChanged = true
        note(position: position, now: .max)
        watch.end()
        logger.notice("stopped", metadata: ["next_event": "\(feed.nextSequence)"])
    }

    /// Lets what runs go on to its end, for a time, and ends ``run()``. From any thread.
    package var stopRequest: @Sendable () -> Void { { [mailbox] in mailbox.post(.stop) } }
    /// Has services.yaml read again. From any thread.
    package var reloadRequest: @Sendable () -> Void {
        { [mailbox] in mailbox.post(.reload(drainMilliseconds: nil, done: {})) }
    }
    /// Likewise, sets for how long a stop lets services run, and says when that is done. From any thread.
    package var settingsRequest: @Sendable (_ drainMilliseconds: Int64, _ done: @escaping @Sendable () -> Void) -> Void
    {
        { [mailbox] milliseconds, done in mailbox.post(.reload(drainMilliseconds: milliseconds, done: done)) }
    }
    /// For a watchdog, from any thread: numbers that grow while the log's threads are not held.
    package var journalSigns: @Sendable () -> [UInt64] { { [journal] in journal.signs() } }
    /// For a watchdog, from any thread: odd while the engine works, and another number for each of its turns.
    package var turnsCount: @Sendable () -> UInt64 { { [turns] in turns.count } }

    var nowMilliseconds: Int64 { nowMicroseconds() / 1000 }
    var now: Timestamp { Timestamp(microseconds: nowMicroseconds()) }

    private func takeMessages() {
        for message in mailbox.take() {
            hasChanged = true
            switch message {
            case .acknowledged(let acknowledgement): take(acknowledgement)
            case .ended(let id, let end): take(end, of: id)
            case .reload(let drainMilliseconds, let done):
                if let drainMilliseconds { self.drainMilliseconds = drainMilliseconds }
                readServices()
                done()
            case .stop:
                guard stopMilliseconds == nil else { continue }
                logger.notice("stopping", metadata: ["running": "\(dispatcher.runningCount)"])
                stopMilliseconds = nowMilliseconds
            }
        }
    }

    /// Whether all that ran has ended and is written; asks services to end when the time is up.
    private func isStopped(_ now: Int64) -> Bool {
        guard let stopMilliseconds else { return false }
        let elapsed = now - stopMilliseconds
        if elapsed >= drainMilliseconds, dispatcher.runningCount > 0 {
            if !hasAskedServicesToStop {
                logger.warning(
                    "services are still running after process.drain_timeout; they are asked to end",
                    metadata: ["running": "\(dispatcher.runningCount)"])
            }
            hasAskedServicesToStop = true
            // Again and again: one may be between its start and its watch.
            watch.stopAll()
        }
        // A disk that takes nothing any more must not keep the runner: the next start knows what ran.
        return inFlight.isEmpty && announcing.isEmpty || (dispatcher.runningCount == 0 && !unwritten.isEmpty)
    }

    // MARK: - Sleep

    private func wakeMilliseconds(_ now: Int64) -> Int64 {
        var wake = now + (sight == .blind ? Self.blindPollMilliseconds : Self.pollMilliseconds)
        if !unwritten.isEmpty { wake = min(wake, nextWriteMilliseconds) }
        if hasChanged { wake = min(wake, nextNoteMilliseconds) }
        if let stopMilliseconds {
            wake = min(
                wake,
                hasAskedServicesToStop ? now + Self.askAgainMilliseconds : stopMilliseconds + drainMilliseconds)
        } else if unwritten.isEmpty {
            if let due = dispatcher.nextDueMilliseconds { wake = min(wake, max(due, now)) }
            // The round ended with events still to be read.
            if hasMoreEvents, announcing.isEmpty { wake = now }
        }
        return wake
    }

    private func sleep(until wake: Int64, now: Int64) {
        var descriptors = [
            pollfd(fd: mailbox.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: serviceHints.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: eventHints.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        // While events are being announced no others are read, so nobody has to hear of them.
        let count = announcing.isEmpty && unwritten.isEmpty && stopMilliseconds == nil ? 3 : 2
        let timeout = Int32(min(max(wake - now, 0), Self.pollMilliseconds))
        guard unsafe poll(&descriptors, nfds_t(count), timeout) > 0 else { return }
        if descriptors[0].revents != 0 { mailbox.acknowledgeWake() }
        if descriptors[1].revents != 0 {
            serviceHints.drain()
            readServices()
        }
        if descriptors[2].revents != 0 { eventHints.drain() }
    }

    var hasMoreEvents = false
}
