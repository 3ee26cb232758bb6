import ArgumentParser
import Glibc
import Logging
import OperatorLog
import Settings

/// `fx-bridge --config FILE`: serves until a signal says stop.
@main
struct ResponderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fx-bridge",
        abstract: "Receives events behind nginx and makes them durable.",
        discussion: """
            Reads its settings, recovers the spool, listens on a FastCGI socket (its own, or the one that systemd
            passes as descriptor 0 or 3) and serves until SIGTERM or SIGINT, which let it answer what has come.
            Exit status: 0 stopped as asked, 1 could not start or had to give up, 2 wrong usage.
            """,
        version: ProductVersion.text)

    @Option(help: ArgumentHelp("The settings file.", valueName: "file"))
    var config = "/etc/fx-bridge/fx-bridge.yaml"

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "A setting that overrules the file and the environment: log.level=debug. May be given several times.",
            valueName: "key=value"))
    var set: [String] = []

    @Flag(help: "Read the settings, say what is wrong with them, and end.")
    var checkConfig = false

    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let failure as StartFailure {
            StandardError.write("fx-bridge: \(failure.message)\n")
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
        if checkConfig { return }
        // Before the first thread exists, so that all inherit it: libfcgi knows no EINTR.
        let signals = try SignalWatch(blocking: [SIGTERM, SIGINT, SIGHUP, SIGUSR1])
        let log = try openLog(settings.log)
        defer { log.stop() }
        LoggingSystem.bootstrap { _ in OperatorLogHandler(sink: log) }
        let responder = Responder(
            settings: settings, signals: signals, log: log, logger: Logger(label: "fx-bridge"),
            readSettings: { () throws(SettingsError) in try readSettings() })
        try responder.run()
    }

    private func readSettings() throws(SettingsError) -> BridgeSettings {
        try BridgeSettings.read(path: config, environment: ProcessEnvironment.variables(), flags: set)
    }

    private func openLog(_ log: BridgeSettings.Log) throws -> LogSink {
        do {
            return try LogSink(
                to: log.file.map { .file($0) } ?? .standardError, format: log.format == .json ? .json : .text,
                level: Logger.Level(rawValue: log.level.rawValue) ?? .info, sampling: log.sampling,
                journalStream: ProcessEnvironment.variables()["JOURNAL_STREAM"], clock: Responder.now)
        } catch {
            throw StartFailure("log.file: \(error)")
        }
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
