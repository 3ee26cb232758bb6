import Logging
import OperatorLog
import Settings
import Threading

/// The settings in force, and the way in which some of them change while fx-runner runs.
final class RunnerLiveSettings: Sendable {
    private let current: Monitor<BridgeSettings>
    private let read: @Sendable () throws(SettingsError) -> BridgeSettings
    private let log: LogSink
    private let logger: Logger

    init(
        _ settings: BridgeSettings, read: @escaping @Sendable () throws(SettingsError) -> BridgeSettings, log: LogSink,
        logger: Logger
    ) {
        current = Monitor(settings)
        self.read = read
        self.log = log
        self.logger = logger
    }

    /// Reads the settings again and takes over what may change; says what that was, and what needs a restart. Settings with
    /// a fault change nothing.
    ///
    /// - Returns: what is in force then.
    func readAgain() -> BridgeSettings {
        current.withLock { current in
            do throws(SettingsError) {
                take(try read(), over: &current)
            } catch {
                logger.error("the settings cannot be used; nothing was changed", metadata: ["because": "\(error)"])
            }
            return current
        }
    }

    private func take(_ fresh: BridgeSettings, over current: inout BridgeSettings) {
        let differences = fresh.differences(from: current, for: .runner)
        log.level = Logger.Level(rawValue: fresh.log.level.rawValue) ?? .info
        log.setFormat(fresh.log.format == .json ? .json : .text)
        var refused: Set<String> = []
        if fresh.runner.logFile != current.runner.logFile {
            do throws(LogError) {
                try log.move(to: fresh.runner.logFile.map { .file($0) } ?? .standardError)
            } catch {
                refused = ["runner.log_file"]
                logger.error(
                    "runner.log_file cannot be opened; the log stays where it is", metadata: ["because": "\(error)"])
            }
        }
        let change = SettingsChange(differences, in: fresh, except: refused)
        for settings in change.changed {
            logger.notice("the settings were read again", metadata: ["changed": "\(settings)"])
        }
        for settings in change.needingRestart {
            logger.warning(
                "some settings differ from those in force and need a restart", metadata: ["settings": "\(settings)"])
        }
        current.adoptLive(from: fresh, except: refused)
    }
}
