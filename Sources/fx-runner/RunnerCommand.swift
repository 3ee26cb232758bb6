import ArgumentParser
import DurableIO
import Glibc
import Logging
import OperatorLog
import Runner
import Settings
import Spool
import Supervision

/// `fx-runner --config FILE`: runs services for events until a signal says stop.
@main
struct RunnerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fx-runner",
        abstract: "Runs the services of services.yaml for the events on the spool, and reports what became of them.",
        discussion: """
            Reads the bridge's settings, follows its spool as the consumer "runner", and works until SIGTERM or SIGINT,
            which let running services end for process.drain_timeout. SIGHUP, and any change of the file, has
            services.yaml read again; SIGHUP also the settings, of which it says what needs a restart. SIGUSR1 opens
            runner.log_file again. Exit status: 0 stopped as asked, 1 could not start or the check found something, 2 wrong
            usage.
            """,
        version: ProductVersion.text)

    @Option(help: ArgumentHelp("The bridge's settings file.", valueName: "file"))
    var config = "/etc/fx-bridge/fx-bridge.yaml"

    @Option(help: ArgumentHelp("The services, instead of runner.services_file.", valueName: "file"))
    var services: String?

    @Flag(
        help: "Read settings and services, say what is wrong with them and what they need from this machine, and end.")
    var check = false

    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let failure as StartFailure {
            StandardError.write("fx-runner: \(failure.message)\n")
            Glibc.exit(1)
        } catch {
            let isHelp = exitCode(for: error) == .success
            if isHelp { exit(withError: error) }
            StandardError.write(fullMessage(for: error) + "\n")
            Glibc.exit(2)
        }
    }

    func run() throws {
        let settings: BridgeSettings
        do {
            settings = try readSettings()
        } catch {
            throw StartFailure("the settings are not usable\n\(error)")
        }
        let servicesPath = services ?? settings.runner.servicesFile
        if check { return try checkServices(servicesPath, concurrency: settings.runner.concurrency) }

        let signals = try RunnerSignals()
        let log = try openLog(settings)
        defer { log.stop() }
        LoggingSystem.bootstrap { _ in OperatorLogHandler(sink: log) }
        let logger = Logger(label: "fx-runner")
        // A service that crashes leaves no image of the payload behind; what it inherits it cannot raise.
        var noCore = rlimit(rlim_cur: 0, rlim_max: 0)
        guard unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &noCore) == 0 else {
            throw StartFailure("setrlimit failed with errno \(errno)")
        }
        let engine: RunnerEngine
        do {
            engine = try RunnerEngine(
                options: RunnerOptions(settings, servicesPath: servicesPath), disk: LinuxDisk(), logger: logger,
                nowMicroseconds: Self.now)
        } catch {
            throw StartFailure("\(error)")
        }
        let pidFile: PIDFile
        do { pidFile = try PIDFile(path: settings.runner.pidFile) } catch {
            throw StartFailure("runner.pid_file: \(error)")
        }
        let notifier = ServiceNotifier(socket: ProcessEnvironment.variables()["NOTIFY_SOCKET"])
        let live = RunnerLiveSettings(
            settings, read: { () throws(SettingsError) in try readSettings() }, log: log, logger: logger)
        try listen(signals, engine, live, notifier, log)
        let watchdog = try startWatchdog(engine, notifier)
        notifier.ready(Self.readyStatus)
        engine.run()
        watchdog?.stop()
        pidFile.unlink()
    }

    private static let readyStatus = "Running services for events."

    private func listen(
        _ signals: RunnerSignals, _ engine: RunnerEngine, _ live: RunnerLiveSettings, _ notifier: ServiceNotifier,
        _ log: LogSink
    ) throws {
        let (stop, take) = (engine.stopRequest, engine.settingsRequest)
        try signals.listen { signal in
            switch signal {
            case SIGHUP:
                notifier.reloading()
                take(live.readAgain().process.drainTimeout.milliseconds) { notifier.ready(Self.readyStatus) }
            case SIGUSR1: log.reopen()
            default:
                notifier.stopping("Stopping: running services may end.")
                stop()
            }
        }
    }

    private func startWatchdog(_ engine: RunnerEngine, _ notifier: ServiceNotifier) throws -> Watchdog? {
        let variables = ProcessEnvironment.variables()
        let (journalSigns, turnsCount) = (engine.journalSigns, engine.turnsCount)
        let watchdog = Watchdog(
            watchdogMicroseconds: variables["WATCHDOG_USEC"], watchdogPID: variables["WATCHDOG_PID"],
            workerStallMilliseconds: Self.turnMillisecondsLimit,
            signs: .init(committers: journalSigns, workers: { [turnsCount()] }),
            tell: { notifier.alive() })
        try watchdog?.start()
        return watchdog
    }

    /// A turn of the engine's takes a thousandth of that, unless the disk holds it.
    private static let turnMillisecondsLimit = 20_000

    private func readSettings() throws(SettingsError) -> BridgeSettings {
        try BridgeSettings.read(path: config, environment: ProcessEnvironment.variables())
    }

    private func openLog(_ settings: BridgeSettings) throws -> LogSink {
        do {
            return try LogSink(
                to: settings.runner.logFile.map { .file($0) } ?? .standardError,
                format: settings.log.format == .json ? .json : .text,
                level: Logger.Level(rawValue: settings.log.level.rawValue) ?? .info,
                journalStream: ProcessEnvironment.variables()["JOURNAL_STREAM"], clock: Self.now)
        } catch {
            throw StartFailure("runner.log_file: \(error)")
        }
    }

    private func checkServices(_ path: String, concurrency: Int) throws {
        let catalog: ServiceCatalog
        do { catalog = try ServicesFile.read(path) } catch {
            throw StartFailure("the services are not usable\n\(error)")
        }
        var findings = catalog.findings()
        if catalog.services.count > concurrency {
            findings.append(
                "runner.concurrency is \(concurrency), less than the \(catalog.services.count) services: one that is slow "
                    + "can make others wait")
        }
        guard findings.isEmpty else { throw StartFailure(findings.joined(separator: "\n")) }
        print("\(path): \(catalog.services.count) services, nothing to complain about")
    }

    /// Microseconds since 1970, UTC.
    private static func now() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }
}

extension RunnerOptions {
    init(_ settings: BridgeSettings, servicesPath: String) {
        self.init(
            layout: SpoolLayout(root: settings.spool.directory), servicesPath: servicesPath,
            scratchRoot: settings.runner.scratchDirectory)
        statusPath = settings.runner.statusFile
        limits = RunLimits(concurrency: settings.runner.concurrency, backlog: settings.runner.backlogLimit)
        log = LogOptions(
            segmentBytes: UInt64(settings.spool.segmentBytes), reserveBytes: UInt64(settings.spool.freeBytesReserve))
        drainMilliseconds = settings.process.drainTimeout.milliseconds
    }
}

/// Why the process ends with status 1, in words for the operator.
struct StartFailure: Error {
    let message: String

    init(_ message: String) {
        self.message = message
    }
}

enum StandardError {
    static func write(_ text: String) {
        let bytes = Array(text.utf8)
        _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(2, $0.baseAddress, $0.count) }
    }
}
