import Bridge
import FastCGI
import Logging
import OperatorLog
import Settings
import Spool

/// The settings in force, and the way in which some of them change while the bridge runs.
final class LiveSettings {
    /// What takes a new value.
    struct Parts {
        let log: LogSink
        let limits: RequestLimits
        let server: FastCGIServer
        let trimmer: SpoolTrimmer
    }

    private(set) var current: BridgeSettings
    private let read: () throws(SettingsError) -> BridgeSettings
    private let parts: Parts
    private let logger: Logger

    init(
        _ settings: BridgeSettings, read: @escaping () throws(SettingsError) -> BridgeSettings, parts: Parts,
        logger: Logger
    ) {
        current = settings
        self.read = read
        self.parts = parts
        self.logger = logger
    }

    /// Reads the settings again and takes over what may change; says what that was, and what needs a restart. Settings with
    /// a fault change nothing.
    func readAgain() {
        let fresh: BridgeSettings
        do throws(SettingsError) {
            fresh = try read()
        } catch {
            logger.error("the settings cannot be used; nothing was changed", metadata: ["because": "\(error)"])
            return
        }
        let differences = fresh.differences(from: current)
        let changed = differences.filter(\.isLive)
        let held = differences.filter { !$0.isLive }
        parts.log.level = Logger.Level(rawValue: fresh.log.level.rawValue) ?? .info
        parts.log.setSampling(fresh.log.sampling)
        parts.limits.set(
            jsonDepth: fresh.limits.jsonDepth, eventSourceBytes: fresh.limits.eventSourceBytes,
            eventTypeBytes: fresh.limits.eventTypeBytes)
        parts.server.bodyBytesLimit = fresh.limits.bodyBytes
        if changed.contains(where: { $0.key.hasPrefix("spool.retention_") }) {
            parts.trimmer.setPolicy(RetentionPolicy(fresh.spool))
        }
        logger.notice(
            "the settings were read again",
            metadata: ["changed": "\(changed.isEmpty ? "nothing" : Self.list(changed, of: fresh))"])
        if !held.isEmpty {
            logger.warning(
                "some settings differ from those in force and need a restart",
                metadata: ["settings": "\(held.map(\.key).joined(separator: ", "))"])
        }
        current.adoptLive(from: fresh)
    }

    private static func list(_ definitions: [SettingDefinition], of settings: BridgeSettings) -> String {
        definitions.map { "\($0.key)=\(settings.effective[$0.key]?.text ?? "")" }.joined(separator: ", ")
    }
}
