import ArgumentParser
import Glibc
import Logging
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
            """)

    @Option(help: ArgumentHelp("The settings file.", valueName: "file"))
    var config = "/etc/fx-bridge/fx-bridge.yaml"

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
            settings = try BridgeSettings.read(path: config, environment: ProcessEnvironment.variables())
        } catch {
            throw StartFailure("the settings are not usable\n\(error)")
        }
        if checkConfig { return }
        // Before the first thread exists, so that all inherit it: libfcgi knows no EINTR.
        let signals = try SignalWatch(blocking: [SIGTERM, SIGINT, SIGHUP])
        let level = Logger.Level(rawValue: settings.log.level.rawValue) ?? .info
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        try Responder(settings: settings, signals: signals, logger: Logger(label: "fx-bridge")).run()
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
